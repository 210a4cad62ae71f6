"""Paying sellers what completed orders brought them: where to, when, and by whose approval."""
