"""For tests in Python: a network to start and its phones to act on, and a pytest plugin."""
