"""Prompts on phones, M-PESA's answers, and the one place where a payment becomes money on our books."""
