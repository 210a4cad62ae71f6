"""A recorded checkout run bare: the same statements with fresh parameters, no HTTP and no Django between them.

python -m benchmarks.replaying FILE FIRST_BUYER STRIDE SECONDS
"""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from benchmarks.planting import BUYERS, SELLERS
from benchmarks.recording import Recording, Statement
from sokopesa.kernel.ids import time_ordered_uuid
from sokopesa.orders.numbers import new_number, reference

LEARNED_FROM = 1_000_000
"""Ids from here on were given by the database while it was recorded, so each replay learns its own."""


def replay(file: Path, *, first: int, clients: int, seconds: float) -> float:
    """Checkouts a second that so many clients reach, each a process with one connection."""
    command = [sys.executable, "-m", "benchmarks.replaying", str(file)]
    running = [
        subprocess.Popen(  # noqa: S603 - our own command
            [*command, str(first + client), str(clients), str(seconds)], stdout=subprocess.PIPE, text=True
        )
        for client in range(clients)
    ]
    return sum(float(process.communicate()[0]) for process in running)


def main() -> None:
    recorded: Recording = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - our own file
    n, stride, seconds = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    done, began = 0, time.perf_counter()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        while (took := time.perf_counter() - began) < seconds:
            _replay(connection, recorded, _names(recorded, buyer=1 + n % BUYERS, offer=1 + n * 7 % SELLERS))
            done, n = done + 1, n + stride
    print(done / took)


def _names(recorded: Recording, *, buyer: int, offer: int) -> dict[str, str]:
    """Text as it was recorded → as it is now."""
    number = new_number()
    now = {
        "checkout": str(uuid4()),
        "prompt": str(time_ordered_uuid()),
        "number": number,
        "reference": reference(number),
        "key": str(uuid4()),
    }
    return {
        str(recorded.buyer): str(buyer),
        str(recorded.offer): str(offer),
        f"2547{recorded.buyer:08d}": f"2547{buyer:08d}",
        **{recorded.fresh[what]: text for what, text in now.items()},
    }


def _replay(connection: psycopg.Connection[Any], recorded: Recording, names: dict[str, str]) -> None:
    server, client = psycopg.Cursor(connection), psycopg.ClientCursor(connection)
    is_open = False
    for statement in recorded.statements:
        if statement.is_in_transaction and not is_open:
            connection.execute("BEGIN")
            is_open = True
        cursor = server if statement.is_bound_by_server else client
        cursor.execute(
            statement.query,
            _renamed(statement.parameters, names),
            binary=statement.is_bound_by_server,
            prepare=statement.is_prepared,
        )
        if statement.rows:
            _learn(statement, cursor.fetchall(), names)
        if statement.ends_transaction and is_open:
            connection.execute("COMMIT")
            is_open = False


def _learn(statement: Statement, rows: list[tuple[Any, ...]], names: dict[str, str]) -> None:
    for before, after in zip(statement.rows, rows, strict=True):
        for old, new in zip(before, after, strict=True):
            if type(old) is int and old >= LEARNED_FROM:
                names[str(old)] = str(new)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case bool() | None:
            return value
        case int() | UUID():
            return type(value)(names.get(str(value), str(value)))
        case str():
            return names.get(value) or re.sub(r"[\w-]+", lambda word: _word(word[0], names), value)
        case list() | tuple():
            each = [_renamed(each, names) for each in value]
            return each if isinstance(value, list) else tuple(each)
        case Jsonb():
            return Jsonb(_renamed(value.obj, names))
        case dict():
            return {name: _renamed(each, names) for name, each in value.items()}
        case _:
            return value


def _word(word: str, names: Mapping[str, str]) -> str:
    """A name, or an order's number: the purchase's with a dash and its place."""
    number, dash, place = word.partition("-")
    return names.get(word) or (f"{names[number]}-{place}" if dash and number in names and place.isdigit() else word)


if __name__ == "__main__":
    main()
