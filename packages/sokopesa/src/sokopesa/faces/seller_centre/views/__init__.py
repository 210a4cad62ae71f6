"""Pages of the seller centre."""
