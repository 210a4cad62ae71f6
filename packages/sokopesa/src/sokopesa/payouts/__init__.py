"""Telling M-PESA to pay out, once, and learning what became of it. What is paid out and why, rooms above decide."""
