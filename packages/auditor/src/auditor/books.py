"""The export as tables of DuckDB, which reads them from the Parquet files and spills to disk what does not fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

FORMAT = "sokopesa-export/1"

SHAPE: Mapping[str, str] = {
    "accounts": "id BIGINT, code VARCHAR, kind VARCHAR, guarded BOOLEAN, balance_cents BIGINT",
    "entries": "id BIGINT, key VARCHAR, kind VARCHAR, memo VARCHAR, happened_at TIMESTAMPTZ, booked_at TIMESTAMPTZ,"
    " made_in BIGINT",
    "postings": "id BIGINT, entry_id BIGINT, account_id BIGINT, amount_cents BIGINT",
    "blocks": "number BIGINT, previous_hash VARCHAR, hash VARCHAR, sealed_at TIMESTAMPTZ, entry_ids BIGINT[],"
    " seals BLOB, accounts VARCHAR[], sealed_to_transaction BIGINT, sealed_to_entry BIGINT, after_entry BIGINT",
    "orders": "id BIGINT, number VARCHAR, purchase_id BIGINT, seller_id BIGINT, state VARCHAR, total_cents BIGINT,"
    " refunded_cents BIGINT",
    "receipts": "code VARCHAR, shortcode VARCHAR, amount_cents BIGINT, charge_cents BIGINT, purchase_id BIGINT,"
    " msisdn VARCHAR, paid_at TIMESTAMPTZ",
    "refunds": "id BIGINT, number VARCHAR, key VARCHAR, cause VARCHAR, order_id BIGINT, receipt VARCHAR,"
    " received_cents BIGINT, amount_cents BIGINT, msisdn VARCHAR, payee VARCHAR, state VARCHAR, topped_up_cents BIGINT",
    "transfers": "id VARCHAR, key VARCHAR, purpose VARCHAR, via VARCHAR, account VARCHAR, refund_id BIGINT,"
    " shortcode VARCHAR, payee VARCHAR, amount_cents BIGINT, state VARCHAR, receipt VARCHAR",
    "refund_files": "id BIGINT, number BIGINT, day DATE, lines BIGINT, total_cents BIGINT, sha256 VARCHAR,"
    " state VARCHAR",
    "file_lines": "id BIGINT, file_id BIGINT, position BIGINT, refund_id BIGINT, part BIGINT, parts BIGINT,"
    " amount_cents BIGINT, msisdn VARCHAR, receipt VARCHAR, state VARCHAR",
    "statement_lines": "id BIGINT, statement_import_id BIGINT, line_number BIGINT, shortcode VARCHAR, account VARCHAR,"
    " receipt VARCHAR, reason VARCHAR, completed_at TIMESTAMPTZ, paid_in_cents BIGINT, withdrawn_cents BIGINT,"
    " balance_cents BIGINT, linked VARCHAR",
    "approvals": "what VARCHAR, number VARCHAR, state VARCHAR, maker_id BIGINT, decider_id BIGINT, amount_cents BIGINT",
    "discrepancies": "id BIGINT, kind VARCHAR, code VARCHAR, receipt VARCHAR, line_id BIGINT",
    "day_closes": "id BIGINT, code VARCHAR, day DATE, opening_cents BIGINT, in_cents BIGINT, out_cents BIGINT,"
    " closing_cents BIGINT, stated_opening_cents BIGINT, stated_closing_cents BIGINT, items_cents BIGINT,"
    " ledger_head VARCHAR, signed_by_id BIGINT, countersigned_by_id BIGINT, known_entry BIGINT,"
    " known_transaction BIGINT, known_snapshot VARCHAR",
}
"""The tables and the columns of each that a proof reads. A table that the export does not have is empty, and what
would be proved of it is not."""


LEDGER = ("accounts", "entries", "postings", "blocks")
"""Without these nothing is proved."""


class NotAnExportError(Exception):
    """The folder holds no export that can be read; the text says why."""


class Books:
    """An export, opened. Amounts are cents, debit positive; moments are UTC."""

    def __init__(self, folder: Path, *, memory: str = "2GB", spill: Path | None = None) -> None:
        self.folder = folder
        self.manifest = _manifest(folder)
        self.duck = duckdb.connect()
        self.duck.execute("SET TimeZone = 'UTC'")
        self.duck.execute(f"SET memory_limit = '{memory}'")
        self.duck.execute("SET preserve_insertion_order = false")
        if spill is not None:
            self.duck.execute(f"SET temp_directory = '{_quoted(spill)}'")
        self.has = set[str]()
        self.unfit = list[str]()
        for table, columns in SHAPE.items():
            self._open(table, columns)

    def _open(self, table: str, columns: str) -> None:
        path = self.folder / f"{table}.parquet"
        names = [column.split()[0] for column in columns.split(", ")]
        if path.exists():
            try:
                self.duck.execute(
                    f"CREATE VIEW {table} AS SELECT {', '.join(names)} FROM read_parquet('{_quoted(path)}')"
                )
            except duckdb.Error:
                self.unfit.append(table)
            else:
                self.has.add(table)
                return
        nothing = ", ".join(f"NULL::{column.split(' ', 1)[1]} AS {column.split()[0]}" for column in columns.split(", "))
        self.duck.execute(f"CREATE VIEW {table} AS SELECT {nothing} WHERE false")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; for those that answer with few."""
        return self.duck.execute(query, values).fetchall()

    def stream(self, query: str, *, at_once: int) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, some at a time, from a cursor of its own."""
        with self.duck.cursor() as cursor:
            cursor.execute(query)
            while found := cursor.fetchmany(at_once):
                yield from found

    def number(self, query: str) -> int:
        """The one number that a query answers with."""
        (row,) = self.rows(query)
        return int(row[0] or 0)

    def do(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Make a table or view, or add rows to one."""
        self.duck.execute(statement, values)

    def close(self) -> None:
        """Let go of memory and of what was spilt."""
        self.duck.close()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise NotAnExportError(f"{folder} has no manifest.json that can be read: {wrong}") from wrong
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NotAnExportError(f"{folder / 'manifest.json'} is not of format {FORMAT}")
    return manifest


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
