"""The door through which M-PESA's callbacks come in."""
