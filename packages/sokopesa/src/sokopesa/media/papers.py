"""PDFs are kept as they are, unless they hold something that runs, or hide from us whether they do."""

from __future__ import annotations

import re
import zlib

from sokopesa.media.errors import FileRefused

DAMAGED = "This PDF is damaged or did not arrive whole. Send it again, or take a photo of the paper."
RUNS = "This PDF holds a program or another file, so we do not take it. Print it to a new PDF, or send a photo of it."
LOCKED = "This PDF is locked with a password. Save it without one, or send a photo of it."

_RUNNING = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_BEFORE_A_STREAM = 2_048
"""Bytes in which the dictionary of a stream is looked for."""
_MOST_INFLATED = 50 * 1024 * 1024
"""Bytes of packed objects that are unpacked, in one file together."""


def check_paper(content: bytes) -> None:
    """Programs are named in objects. Those may be written with escapes (``/Java#53cript``) or lie packed in object
    streams, so both are undone before we look.

    Raises:
        FileRefused: not whole, locked, or with scripts, launch actions, embedded files, media or XFA forms.
    """
    if b"%%EOF" not in content[-2_048:]:
        raise FileRefused(DAMAGED)
    plain = _without_escapes(content)
    if b"/Encrypt" in plain:
        raise FileRefused(LOCKED)
    if _RUNNING.search(plain):
        raise FileRefused(RUNS)
    left = _MOST_INFLATED
    for stream in _STREAM.finditer(content):
        described = _without_escapes(content[max(0, stream.start() - _BEFORE_A_STREAM) : stream.start()])
        if b"/ObjStm" not in described.rpartition(b" obj")[2]:
            continue
        objects = _inflate(content, stream.end(), left)
        left -= len(objects)
        if _RUNNING.search(_without_escapes(objects)):
            raise FileRefused(RUNS)


def _without_escapes(part: bytes) -> bytes:
    return _ESCAPED.sub(lambda escape: bytes([int(escape[1], 16)]), part)


def _inflate(content: bytes, start: int, most: int) -> bytes:
    """What is packed there. Nobody packs objects in another way than this, but who wants to hide them."""
    unpacking = zlib.decompressobj()
    try:
        objects = unpacking.decompress(memoryview(content)[start:], most)
    except zlib.error as error:
        raise FileRefused(DAMAGED) from error
    if not unpacking.eof:
        raise FileRefused(DAMAGED)
    return objects
