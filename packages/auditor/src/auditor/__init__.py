"""Proves a market's books again from an export of them, with DuckDB and none of the market's code."""
