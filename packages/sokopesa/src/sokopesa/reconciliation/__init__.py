"""Tying our books to M-PESA's: what its statements say, line by line."""
