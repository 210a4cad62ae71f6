"""One checkout's statements as the market sends them, and the tokens of its buyers. Runs in a process of its own, on
the database in ``DATABASE_URL``, and writes what it found to the file that it is told.

    python -m benchmarks.recording BUYERS BUYER OFFER FILE
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import django
import psycopg

CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK")
"""Statements that only begin and end transactions."""


@dataclass
class Statement:
    """One statement, its parameters, what it returned, whether the server bound the parameters and kept its plan."""

    query: str
    parameters: Any
    is_bound_by_server: bool
    is_prepared: bool
    is_in_transaction: bool
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    ends_transaction: bool = False


@dataclass
class Recording:
    """Everything that a replay needs. ``fresh`` are texts that must be new in each replay, by what they are."""

    tokens: list[str]
    statements: list[Statement]
    buyer: int
    offer: int
    fresh: dict[str, str]

    @property
    def queries(self) -> int:
        """Statements that are more than the beginning or the end of a transaction."""
        return sum(not statement.query.startswith(CONTROL) for statement in self.statements)


def main() -> None:
    buyers, buyer, offer = (int(argument) for argument in sys.argv[1:4])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    django.setup()
    from sokopesa.faces.api import tokens
    from sokopesa.kernel.clock import now
    from sokopesa.people.models import User

    issued = [tokens.issue(user, now=now()) for user in User.objects.filter(pk__lte=buyers).order_by("pk")]
    statements, fresh = _record(issued[buyer - 1], buyer, offer)
    found = Recording(issued, statements, buyer, offer, fresh)
    Path(sys.argv[4]).write_bytes(pickle.dumps(found))


def _record(token: str, buyer: int, offer: int) -> tuple[list[Statement], dict[str, str]]:
    from django.test import Client

    from sokopesa.payments.models import Prompt

    statements: list[Statement] = []
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": (key := str(uuid4()))}
    client = Client(headers=headers, SERVER_NAME="localhost")

    def send(method: str, path: str, body: object) -> Any:
        answer = client.generic(method, f"/api/v1/{path}", json.dumps(body), content_type="application/json")
        if answer.status_code >= 300:
            raise RuntimeError(f"{method} {path}: {answer.content.decode()}")
        return json.loads(answer.content or b"null")

    with _taken_down(statements):
        send("POST", "basket/items", {"offer": offer})
        checkout = send("POST", "checkouts", {"address": buyer})
        way = {"profile": offer, "method": offer}
        send("PUT", f"checkouts/{checkout['id']}/shipping", {"ways": [way]})
        send("PUT", f"checkouts/{checkout['id']}/payment", {"method": "mpesa", "msisdn": f"2547{buyer:08d}"})
        total = {"agreed_total_cents": checkout["total_cents"]}
        placed = send("POST", f"checkouts/{checkout['id']}/place", total)
    prompt = Prompt.objects.get(purchase__number=placed["number"])
    fresh = {
        "checkout": checkout["id"],
        "prompt": str(prompt.pk),
        "number": placed["number"],
        "reference": placed["reference"],
        "key": key,
    }
    return statements, fresh


def _plain(value: Any) -> Any:
    """Without our own types, which a process without Django cannot read."""
    match value:
        case str():
            return str(value)
        case list() | tuple():
            each = [_plain(each) for each in value]
            return each if isinstance(value, list) else tuple(each)
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case _:
            return value


class _taken_down:  # noqa: N801 - reads as a with statement
    """Notes what psycopg is asked to do."""

    def __init__(self, statements: list[Statement]) -> None:
        self._statements = statements

    def __enter__(self) -> None:
        self._execute, self._commit = psycopg.Cursor.execute, psycopg.Connection.commit
        execute, commit, statements = self._execute, self._commit, self._statements

        def noting_execute(cursor: Any, query: Any, parameters: Any = None, **more: Any) -> Any:
            ended = execute(cursor, query, parameters, **more)
            noted = Statement(
                str(query),
                _plain(parameters),
                is_bound_by_server=not isinstance(cursor, psycopg.ClientCursor),
                is_prepared=bool(more.get("prepare")),
                is_in_transaction=not cursor.connection.autocommit,
            )
            if cursor.description:
                noted.rows = cursor.fetchall()
                cursor.scroll(0, mode="absolute")
            statements.append(noted)
            return ended

        def noting_commit(connection: Any) -> None:
            commit(connection)
            if statements:
                statements[-1].ends_transaction = True

        psycopg.Cursor.execute = noting_execute  # type: ignore[method-assign]
        psycopg.Connection.commit = noting_commit  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        psycopg.Cursor.execute, psycopg.Connection.commit = self._execute, self._commit  # type: ignore[method-assign]


if __name__ == "__main__":
    from benchmarks.recording import main as run  # so that what is pickled is known by its real name

    run()
