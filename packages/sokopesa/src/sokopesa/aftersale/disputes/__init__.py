"""Disputes: what a buyer claims of one line of an order, what the seller says to it, and who decides otherwise."""
