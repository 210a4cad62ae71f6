"""Checkout, purchases and the orders in them. A purchase is one payment for one or more orders, one order a seller."""
