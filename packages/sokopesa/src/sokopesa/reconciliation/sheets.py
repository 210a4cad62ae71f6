"""A statement's rows as text, a block at a time, each with the number of its line in the file.

Blocks are read by Polars, thousands of lines at once. Where a block is in any way unusual (a line with too few cells or
too many, a line break within a cell, a quote that does not end) it is read again by Python's own reader, which knows
lines and says what is wrong with each.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from sokopesa.reconciliation.dialect import Layout, Preamble, layout
from sokopesa.reconciliation.errors import RIGHT_FILE, Fault, StatementRefused

BLOCK_BYTES = 8 * 1024 * 1024
"""Read at a time; what a file of any length needs of memory follows from it."""

_LONGEST_LINE = 1024 * 1024
_STEPS_BACK = 1000
"""Lines that a block is shortened by at most, to end outside of quotes."""
_PIECE = 1024 * 1024

LINE = "line"
"""The column with the number of the line in the file."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's layout, and its rows. ``blocks`` gives frames of text columns, named as in `dialect.HEADINGS`, and puts
    what cannot be read at all into ``faults``."""

    layout: Layout
    blocks: Iterator[pl.DataFrame]
    lines: int
    """Lines of the file, for telling how far one is."""
    is_excel: bool = False


def digest(file: BinaryIO) -> tuple[str, int]:
    """The file's SHA-256 in hexadecimal, and how many lines it has. Rewinds the file."""
    file.seek(0)
    hashed, lines = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        hashed.update(piece)
        lines += piece.count(b"\n")
    file.seek(0)
    return hashed.hexdigest(), lines


def open_csv(file: BinaryIO, lines: int, faults: list[Fault]) -> Sheet:
    """The statement in a CSV file, with or without a byte order mark, with any line ends.

    Raises:
        StatementRefused: it has no line of headings.
    """
    found = find(_csv_rows(file))
    return Sheet(found, _csv_blocks(file, found, faults), lines)


def find(rows: Iterable[tuple[int, list[str]]]) -> Layout:
    """Where the columns are, by the first line with headings. Leaves the rows after it.

    Raises:
        StatementRefused: there is none.
    """
    preamble = Preamble()
    for line, cells in rows:
        if any(cells):
            if found := layout(cells, line, preamble):
                return found
            preamble.read(cells, line)
    words = "No line of this file has the heading “Receipt No.”, so it is not a statement."
    raise StatementRefused([Fault(0, words, RIGHT_FILE)])


def _csv_rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Rows one by one, without reading a byte beyond the row that was given last."""

    def text() -> Iterator[str]:
        encoding = "utf-8-sig"
        while line := file.readline(_LONGEST_LINE):
            yield line.decode(encoding, errors="replace").replace("\0", "")
            encoding = "utf-8"

    rows = csv.reader(text())
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise StatementRefused([Fault(rows.line_num, f"this is not CSV: {error}.")]) from None


def _csv_blocks(file: BinaryIO, found: Layout, faults: list[Fault]) -> Iterator[pl.DataFrame]:
    rest, line = b"", found.line + 1
    while piece := file.read(BLOCK_BYTES):
        block = rest + piece
        end = _end(block)
        block, rest = block[:end], block[end:]
        if block:
            yield _frame(block, line, found, faults)
            line += block.count(b"\n")
    if rest:
        yield _frame(rest, line, found, faults)


def _end(block: bytes) -> int:
    """Where the last whole row of the block ends: after a line end that is not within quotes. 0 if more has to be read
    first; the last line end where quotes are in such disorder that more would not help."""
    end = block.rfind(b"\n") + 1
    if block.count(b'"', 0, end) % 2 == 0:
        return end
    at = end
    for _ in range(_STEPS_BACK):
        earlier = block.rfind(b"\n", 0, at - 1) + 1
        if earlier == 0:
            return 0 if len(block) < _LONGEST_LINE else end
        if block.count(b'"', earlier, end) % 2:
            return earlier
        at = earlier
    return end


def _frame(block: bytes, line: int, found: Layout, faults: list[Fault]) -> pl.DataFrame:
    """The block's rows that are not empty."""
    frame = _quickly(block, line, found)
    if frame is None:
        frame = _carefully(block, line, found, faults)
    places = {name: f"c{place}" for name, place in found.places.items()}
    named = frame.select(LINE, *(pl.col(cell).str.strip_chars().alias(name) for name, cell in places.items()))
    return named.filter(pl.any_horizontal(pl.col(name) != "" for name in places))


def _quickly(block: bytes, line: int, found: Layout) -> pl.DataFrame | None:
    """None where the block is not plainly a row to a line, with all its cells."""
    schema = {f"c{place}": pl.String for place in range(found.width)}
    try:
        frame = pl.read_csv(block, has_header=False, schema=schema, infer_schema=False, empty_string_is_null=False)
    except pl.exceptions.PolarsError:
        return None
    rows = block.count(b"\n") + (not block.endswith(b"\n"))
    within = frame.select(pl.sum_horizontal(pl.all().str.count_matches(",", literal=True).sum())).item() or 0
    # Polars fills up what a short row lacks. Commas between cells and within them must be all that there are.
    if frame.height != rows or block.count(b",") != within + rows * (found.width - 1) or b"\0" in block:
        return None
    return frame.with_columns(pl.int_range(line, line + rows, dtype=pl.Int64).alias(LINE))


def _carefully(block: bytes, line: int, found: Layout, faults: list[Fault]) -> pl.DataFrame:
    numbers: list[int] = []
    rows: list[list[str]] = []
    reader = csv.reader(_decoded(block, line, faults), strict=True)
    last = 0
    try:
        for row in reader:
            number, last = line + last, reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            if wrong := _width(row, found):
                faults.append(Fault(number, wrong))
                continue
            numbers.append(number)
            rows.append((row + [""] * found.width)[: found.width])
    except csv.Error as error:
        faults.append(Fault(line + last, f"this is not CSV: {error}. The rest of the file was not read from here."))
    schema = {f"c{place}": pl.String for place in range(found.width)}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.Series(LINE, numbers, dtype=pl.Int64))


def _width(row: list[str], found: Layout) -> str:
    """What is wrong with a row's number of cells."""
    named = max(found.places.values()) + 1
    if len(row) < named:
        return f"it has {len(row)} of {named} cells. If it is the last line, the file was cut off."
    if any(cell.strip() for cell in row[found.width :]):
        return f"it has {len(row)} cells instead of {found.width}."
    return ""


def _decoded(block: bytes, line: int, faults: list[Fault]) -> Iterator[str]:
    for number, raw in enumerate(io.BytesIO(block), line):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            faults.append(Fault(number, "it is not text in UTF-8."))
            text = raw.decode(errors="replace")
        if "\0" in text:
            faults.append(Fault(number, "it has a character that no text has."))
        yield text.replace("\0", "")


Progress = Callable[[str, int, int], None]
"""Told what is being done (*Reading*, *Writing*), how many lines are done, and of how many."""
