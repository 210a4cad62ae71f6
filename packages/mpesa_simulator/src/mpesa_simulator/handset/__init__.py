"""What happens on a customer's phone: prompts, SMS and the M-PESA menu."""
