"""Identifiers for rows that many writers make at once."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def time_ordered_uuid() -> UUID:
    """A random UUID that begins with the time (version 7 of RFC 9562), so that an index grows at its end only."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (high << 64) | (2 << 62) | low)
