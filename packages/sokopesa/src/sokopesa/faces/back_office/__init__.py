"""The operators' desk: what happens to the money right now, and what two people decide about it. Staff only."""
