"""Telling open pages that something about a purchase has changed."""

from __future__ import annotations

from collections.abc import Iterable

from sokopesa.kernel.database import fetch

CHANNEL = "purchase"
"""PostgreSQL channel; the payload is numbers of purchases, separated by spaces. Listeners hear it at the commit."""


def changed(numbers: Iterable[str]) -> None:
    """Tell whoever watches these purchases, once this transaction is committed."""
    fetch("SELECT payments_changed(%b::text[])", [sorted(set(numbers))])
