"""The ways in which a booking is refused. They are faults of our own code, so no buyer is ever shown one."""

from __future__ import annotations


class KeyReused(ValueError):  # noqa: N818 - named for what happened
    """The key was booked before with other postings: two events claim to be the same one."""
