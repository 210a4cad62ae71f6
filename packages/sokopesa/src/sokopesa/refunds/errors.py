"""The ways in which a debt is refused. They are faults of our own code, so no buyer is ever shown one."""

from __future__ import annotations


class DebtChanged(ValueError):  # noqa: N818 - named for what happened
    """The key is owed already, for another receipt or amount: two events claim to be the same one."""
