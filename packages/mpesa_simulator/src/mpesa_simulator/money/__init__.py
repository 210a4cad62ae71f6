"""Wallets, organisation accounts, tariffs, payments and statements."""
