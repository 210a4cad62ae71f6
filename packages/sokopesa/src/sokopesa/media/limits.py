"""How much is taken. Whoever changes these numbers changes the words of `storefront/parts/uploads.html` with them."""

from __future__ import annotations

from datetime import timedelta

from sokopesa.media.models import MEGABYTE, Upload

LARGEST_OF: dict[str, int] = {
    Upload.Kind.IMAGE: 5 * MEGABYTE,
    Upload.Kind.PDF: 5 * MEGABYTE,
    Upload.Kind.VIDEO: 30 * MEGABYTE,
}
"""Bytes, as its owner sends it."""

MOST_FILES = 10
MOST_TOGETHER = 60 * MEGABYTE
"""Bytes of all files that are sent with one form; and of all that one person has sent and not used."""

MOST_WAITING = 60
"""Files that one person may have begun within a day and not used, refused ones among them."""

LARGEST_CHUNK = 512 * 1024
"""Bytes of one piece: what a connection that breaks can cost."""

KEPT_UNUSED = timedelta(hours=24)
"""A file that nothing refers to is deleted this long after its owner last did something about it."""

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2048
"""Pixels of a photo as it is sent, and of its longest side as it is kept."""
