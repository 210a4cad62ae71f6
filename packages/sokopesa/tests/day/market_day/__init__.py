"""A day in the market's life against a network that misbehaves, and the audit at its end."""
