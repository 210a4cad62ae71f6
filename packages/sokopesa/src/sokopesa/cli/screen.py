"""What every command prints with: tables that lose nothing, whoever reads them."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

_WIDE = 10_000
"""Characters in a line where no terminal limits it, so that no cell is broken; a table takes what it needs."""


def console() -> Console:
    """For text as it is. What a terminal is too narrow for goes on in the next line; a pipe or a file has no width."""
    width = None if sys.stdout.isatty() else _WIDE
    return Console(highlight=False, soft_wrap=True, markup=False, width=width)


def table(*headings: str, title: str | None = None) -> Table:
    """A table whose cells are folded in a narrow terminal and never cut."""
    made = Table(title=title, title_justify="left")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made
