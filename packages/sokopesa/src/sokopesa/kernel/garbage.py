"""Python's search for rings of objects that nobody holds any more, in processes that make thousands of objects a
batch. Nearly all of those go by themselves when their batch is done, so looking among them often finds nothing."""

from __future__ import annotations

import gc

FRESH_OBJECTS = 50_000
"""New objects after which Python looks; its own measure is 700, which one request of a few callbacks reaches."""


def look_seldom() -> None:
    """Called once by a process that has loaded what it needs: that stays, and is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(FRESH_OBJECTS)
