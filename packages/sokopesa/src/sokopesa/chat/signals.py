"""Telling open pages that something was said."""

from __future__ import annotations

from sokopesa.kernel.database import fetch

CHANNEL = "chat"
"""PostgreSQL channel; the payload is a thread's id. Listeners hear it at the commit."""


def changed(thread_id: int) -> None:
    """Tell whoever has this thread open, once this transaction is committed."""
    fetch("SELECT pg_notify(%s, %s)", [CHANNEL, str(thread_id)])
