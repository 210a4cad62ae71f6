"""How sending can fail."""

from __future__ import annotations


class NotDelivered(Exception):  # noqa: N818 - named for what happened
    """The provider did not take the message, or did not say so; trying again later is right."""
