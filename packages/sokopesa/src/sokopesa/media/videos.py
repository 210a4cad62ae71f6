"""Videos are kept as they are, but for the boxes of an MP4 or 3GP in which phones write where they were taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sokopesa.media.errors import FileRefused

DAMAGED = "This video is damaged or did not arrive whole. Play it on your phone; if it plays there, send it again."

_HOLDERS = (b"moov", b"trak")
"""Boxes in which there are boxes that may tell about the sender."""
_TELLING = (b"udta", b"meta", b"uuid")
"""User data, metadata and extensions: place, maker and model of the phone, XMP. No player needs them."""

_SEGMENT = b"\x18\x53\x80\x67"


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def without_place(content: bytes) -> bytes:
    """The same MP4 or 3GP, byte for byte as long, in which those boxes are blank, so that every offset still holds.

    Raises:
        FileRefused: its boxes do not add up, or there is no film in it.
    """
    film = bytearray(content)
    boxes = list(_boxes(film, 0, len(film)))
    if not any(box.kind == b"moov" for box in boxes):
        raise FileRefused(DAMAGED)
    _blank(film, boxes)
    return bytes(film)


def check_webm(content: bytes) -> None:
    """Raises:
    FileRefused: it ends before its segment does. One that was recorded as it went does not say where that is.
    """
    at = 4
    length, at = _number(content, at)
    at += length
    if content[at : at + 4] != _SEGMENT:
        raise FileRefused(DAMAGED)
    length, start = _number(content, at + 4)
    unknown = (1 << 7 * (start - at - 4)) - 1
    if length != unknown and start + length > len(content):
        raise FileRefused(DAMAGED)


def _number(content: bytes, at: int) -> tuple[int, int]:
    """EBML's number there, and where it ends: the zeros before its first one say how many more bytes it has."""
    first = content[at] if at < len(content) else 0
    width = 9 - first.bit_length()
    if not first or at + width > len(content):
        raise FileRefused(DAMAGED)
    return int.from_bytes(content[at : at + width], "big") & ((1 << 7 * width) - 1), at + width


def _blank(film: bytearray, boxes: list[_Box]) -> None:
    for box in boxes:
        if box.kind in _TELLING:
            film[box.start + 4 : box.start + 8] = b"free"
            film[box.body : box.end] = bytes(box.end - box.body)
        elif box.kind in _HOLDERS:
            _blank(film, list(_boxes(film, box.body, box.end)))


def _boxes(film: bytearray, start: int, end: int) -> Iterator[_Box]:
    """The boxes one after another: four bytes of length, four of kind; length 1 means that eight more bytes have the
    length, 0 that it goes on to the end (ISO/IEC 14496-12, 4.2)."""
    while start < end and (end - start >= 8 or any(film[start:end])):
        header = 8
        length = int.from_bytes(film[start : start + 4], "big")
        if length == 1:
            header, length = 16, int.from_bytes(film[start + 8 : start + 16], "big")
        elif length == 0:
            length = end - start
        if length < header or start + length > end:
            raise FileRefused(DAMAGED)
        yield _Box(bytes(film[start + 4 : start + 8]), start, start + header, start + length)
        start += length
