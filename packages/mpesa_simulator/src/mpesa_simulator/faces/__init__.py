"""The pages for people: handsets and the network page."""
