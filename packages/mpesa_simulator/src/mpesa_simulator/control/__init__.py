"""The control API under ``/simulator/v1``: what a test or a person may arrange and look up."""
