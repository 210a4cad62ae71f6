"""The words of a PDF of ours, in the order in which they were drawn. It knows what our own writer writes, no more."""

from __future__ import annotations

import base64
import re
import zlib

STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
DRAWN = re.compile(rb"\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def drawn(content: bytes) -> list[str]:
    """Each piece of text of every page."""
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    pages = [
        zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True)) for stream in STREAM.findall(content)
    ]
    return [ESCAPED.sub(_plain, text).decode("cp1252") for page in pages for text in DRAWN.findall(page)]


def _plain(found: re.Match[bytes]) -> bytes:
    escaped = found[1]
    return bytes([int(escaped, 8)]) if len(escaped) == 3 else escaped
