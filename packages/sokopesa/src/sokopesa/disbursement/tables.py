"""Reading the tables that others send: CSV in UTF-8, from whatever program."""

from __future__ import annotations

import csv
import io


class NoTableError(ValueError):
    """The bytes are no table; the words say why."""


def read_rows(body: bytes) -> list[list[str]]:
    """The rows that are not empty, whatever ends the lines.

    Raises:
        NoTableError: as it says.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoTableError("it is not text in UTF-8") from error
    if "\0" in text:
        raise NoTableError("it has characters that no text has")
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise NoTableError(f"it is no CSV: {error}") from error
