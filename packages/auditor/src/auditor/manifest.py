"""Is the export whole, and is it the one that was taken?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from auditor.books import LEDGER, Books
from auditor.findings import Fault, Finding


def check(books: Books) -> Iterator[Finding]:
    """Each file against its row of the manifest: there, byte for byte, with as many rows and as much money.

    The amount of a finding is by how much the control total is off.
    """
    for told in books.manifest["tables"]:
        path = books.folder / str(told["file"])
        promised = int(told["debit_cents"]) - int(told["credit_cents"])
        if not path.exists():
            yield Finding(Fault.FILE_MISSING, str(told["file"]), promised, "the manifest names it")
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        rows, cents = _counted(books, path, str(told["control"]))
        off = cents - promised
        if digest != told["sha256"]:
            words = f"it is not the file that was exported: {rows:,} rows where there were {told['rows']:,}"
            yield Finding(Fault.FILE_ALTERED, str(told["file"]), off, words)
        elif rows != told["rows"] or off:
            words = f"it has {rows:,} rows and the manifest says {told['rows']:,}"
            yield Finding(Fault.TOTALS_WRONG, str(told["file"]), off, words)
    for table in LEDGER:
        if table not in books.has and (books.folder / f"{table}.parquet").exists():
            yield Finding(Fault.FILE_ALTERED, f"{table}.parquet", 0, "it lacks columns, so nothing is proved")
        elif table not in books.has and f"{table}.parquet" not in {
            str(told["file"]) for told in books.manifest["tables"]
        }:
            yield Finding(
                Fault.FILE_MISSING, f"{table}.parquet", 0, "the manifest does not name it, so nothing is proved"
            )
    named = {str(told["name"]) for told in books.manifest["tables"]}
    for table in sorted(books.has - named):
        yield Finding(Fault.FILE_ALTERED, f"{table}.parquet", 0, "the manifest does not name it")


def _counted(books: Books, path: Path, control: str) -> tuple[int, int]:
    """Rows, and the sum of the column of cents; (0, 0) of what is no Parquet file."""
    total = f'coalesce(sum("{control}"), 0)::BIGINT' if control.isidentifier() else "0"
    try:
        ((rows, cents),) = books.rows(f"SELECT count(*), {total} FROM read_parquet(?)", [str(path)])
    except duckdb.Error:
        return 0, 0
    return int(rows), int(cents)
