"""Writing an export: whole or not at all, with the totals by which its reader checks that nothing was lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sokopesa.kernel.money import CENTS


@dataclass(slots=True)
class Control:
    """Control totals, counted while a file is written. ``rows`` are postings, or accounts of a trial balance."""

    rows: int = 0
    debit_cents: int = 0
    credit_cents: int = 0
    sha256: str = ""

    def count(self, cents: int) -> None:
        """A row of this amount went into the file; debit positive."""
        self.rows += 1
        if cents > 0:
            self.debit_cents += cents
        else:
            self.credit_cents -= cents


@contextmanager
def whole_file(path: Path, control: Control) -> Iterator[Path]:
    """Write to the path that is given; at the end the file is hashed and takes its name. A failure leaves no file."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as written:
            control.sha256 = hashlib.file_digest(written, "sha256").hexdigest()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def shillings(cents: int) -> Decimal:
    """The amount in shillings, exactly."""
    return Decimal(cents) / CENTS
