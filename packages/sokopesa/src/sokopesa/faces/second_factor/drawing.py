"""The QR code as one path, for pages whose policy forbids styles and scripts inside them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode


@dataclass(frozen=True, slots=True)
class Drawing:
    """A square of ``side`` units, its quiet margin included; ``path`` is where it is dark."""

    side: int
    path: str


def draw(text: str) -> Drawing:
    """The QR code of the text, a dark stretch of a row at a time."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    return Drawing(len(rows), "".join(_row(y, row) for y, row in enumerate(rows)))


def _row(y: int, row: list[bool]) -> str:
    drawn, x = "", 0
    for is_dark, stretch in groupby(row):
        width = len(list(stretch))
        if is_dark:
            drawn += f"M{x} {y}h{width}v1h-{width}z"
        x += width
    return drawn
