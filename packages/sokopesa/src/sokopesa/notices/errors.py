"""How sending can fail."""

from __future__ import annotations


class NotDelivered(Exception):  # noqa: N818 - named for what happened
    """The provider did not take the message, or did not say so; trying again later is right."""


class NeverDelivered(NotDelivered):
    """The provider says that this phone or address cannot be reached, so it need not be asked again."""


class ProviderRefusesUs(NotDelivered):
    """The provider takes nothing from us until an operator mends something; trying again after that is right."""
