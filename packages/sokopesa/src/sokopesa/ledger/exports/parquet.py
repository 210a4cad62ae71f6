"""The books as Parquet files for an auditor's own program: a file for each table, and a manifest of them all.

What each table and column means is in docs/export.md; `packages/auditor` proves such an export without this code.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from django.db import connection

from sokopesa.ledger.exports.files import Control, whole_file
from sokopesa.ledger.sealing import head

FORMAT = "sokopesa-export/1"
MANIFEST = "manifest.json"


class ParquetMissingError(Exception):
    """The package that writes Parquet is not installed."""

    def __str__(self) -> str:
        return "Parquet files need pyarrow: pip install 'sokopesa[parquet]'"


class NotEmptyError(Exception):
    """The folder exists already; an export is a folder of its own."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table of the export. ``query`` names its columns and reads them in the order of the table's key.

    ``columns`` says each one's type: ``int``, ``text``, ``bool``, ``time``, ``date``, ``bytes``, or ``ints`` and
    ``texts`` for arrays. ``control`` is the column of cents that the control totals add up. ``at_once`` rows are held
    in memory.
    """

    name: str
    columns: Mapping[str, str]
    query: str
    control: str = ""
    at_once: int = 50_000


def source(
    name: str, table: str, *, key: str, columns: Mapping[str, str], control: str = "", at_once: int = 50_000
) -> Source:
    """A source that is a table of the database as it stands, ordered by ``key``."""
    listed = ", ".join(f"{name}::text" if kind == "text" else name for name, kind in columns.items())
    return Source(name, columns, f"SELECT {listed} FROM {table} ORDER BY {key}", control, at_once)  # noqa: S608 - our own


LEDGER = (
    source(
        "accounts",
        "ledger_account",
        key="id",
        columns={"id": "int", "code": "text", "kind": "text", "guarded": "bool", "balance_cents": "int"},
        control="balance_cents",
    ),
    source(
        "entries",
        "ledger_entry",
        key="id",
        columns={
            "id": "int", "key": "text", "kind": "text", "memo": "text",
            "happened_at": "time", "booked_at": "time", "made_in": "int",
        },
    ),
    source(
        "postings",
        "ledger_posting",
        key="id",
        columns={"id": "int", "entry_id": "int", "account_id": "int", "amount_cents": "int"},
        control="amount_cents",
    ),
    source(
        "blocks",
        "ledger_block",
        key="number",
        columns={
            "number": "int", "previous_hash": "text", "hash": "text", "sealed_at": "time", "entry_ids": "ints",
            "seals": "bytes", "accounts": "texts",
            "sealed_to_transaction": "int", "sealed_to_entry": "int", "after_entry": "int",
        },
        at_once=200,
    ),
)  # fmt: skip


def write_parquet(sources: Sequence[Source], folder: Path, *, now: datetime) -> Iterator[tuple[str, Control]]:
    """Write the tables one after another, telling each with its totals; the folder gets its name once all are there.

    Call it within `ledger.images.one_moment`, so that the tables are of one moment. No table is held in memory.

    Raises:
        ParquetMissingError: pyarrow is not installed.
        NotEmptyError: the folder exists.
    """
    parquet = _pyarrow()
    if folder.exists():
        raise NotEmptyError(f"{folder} exists already. Name a folder that does not.")
    with _whole_folder(folder) as part:
        told = []
        for table in sources:
            control = _write(parquet, table, part / f"{table.name}.parquet")
            told.append(_described(table, control))
            yield table.name, control
        (part / MANIFEST).write_text(json.dumps(_manifest(told, now), indent=1) + "\n", encoding="utf-8")


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _manifest(tables: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    number, block_hash = head()
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        (transaction,) = cursor.fetchone()
    return {
        "format": FORMAT,
        "taken_at": now.isoformat(),
        "transaction": transaction,
        "head": {"block": number, "hash": block_hash},
        "tables": tables,
    }


def _described(table: Source, control: Control) -> dict[str, Any]:
    return {
        "name": table.name,
        "file": f"{table.name}.parquet",
        "rows": control.rows,
        "debit_cents": control.debit_cents,
        "credit_cents": control.credit_cents,
        "control": table.control,
        "sha256": control.sha256,
    }


def _write(parquet: ModuleType, table: Source, path: Path) -> Control:
    import pyarrow

    control = Control()
    schema = pyarrow.schema([(name, _type(kind)) for name, kind in table.columns.items()])
    with whole_file(path, control) as part, parquet.ParquetWriter(part, schema, compression="zstd") as writer:
        for rows in _batches(table):
            columns = [*zip(*rows, strict=True)]
            arrays = [pyarrow.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))
            totals = columns[[*table.columns].index(table.control)] if table.control else [0] * len(rows)
            for cents in totals:
                control.count(cents)
    return control


def _batches(table: Source) -> Iterator[list[tuple[Any, ...]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(table.query)
        while rows := cursor.fetchmany(table.at_once):
            yield rows


def _type(kind: str) -> Any:
    import pyarrow

    return {
        "int": pyarrow.int64(),
        "text": pyarrow.string(),
        "bool": pyarrow.bool_(),
        "time": pyarrow.timestamp("us", "UTC"),
        "date": pyarrow.date32(),
        "bytes": pyarrow.binary(),
        "ints": pyarrow.list_(pyarrow.int64()),
        "texts": pyarrow.list_(pyarrow.string()),
    }[kind]


def _pyarrow() -> ModuleType:
    try:
        from pyarrow import parquet
    except ImportError as missing:
        raise ParquetMissingError from missing
    return parquet  # type: ignore[no-any-return]
