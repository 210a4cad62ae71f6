"""Rows of models by statements of our own.

Django works out anew for each query what to select and how to read it. For a statement that is sent hundreds of times a
second that costs more than the statement does, so here it is worked out once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models

from sokopesa.kernel.database import fetch

M = TypeVar("M", bound=models.Model)


class Rows(Generic[M]):
    """The rows of a model's table, which statements call ``alias``. ``columns`` is what they select to have whole
    rows."""

    def __init__(self, model: type[M], alias: str) -> None:
        about = model._meta  # noqa: SLF001 - Django's documented way to ask a model
        self._model = model
        self._fields = about.concrete_fields
        self._names = [field.attname for field in self._fields]
        self.columns = ", ".join(f"{alias}.{field.column}" for field in self._fields)
        self.table = f"{about.db_table} {alias}"
        names, places = (", ".join(field.column for field in self._fields), ", ".join("%s" for _ in self._fields))
        self._add = f"INSERT INTO {about.db_table} ({names}) VALUES ({places})"  # noqa: S608 - our own names

    def read(self, values: Sequence[Any]) -> M:
        """The row whose ``columns`` have these values, as `fetch` returns them."""
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)

    def take(self, values: Any) -> M:
        """The same from an iterator over a row of several models' columns, which it leaves at the next model's."""
        return self.read(list(islice(values, len(self._names))))

    def get(self, which: str, parameters: Sequence[object] | Mapping[str, object]) -> M:
        """The one row that is meant by what stands after ``WHERE``.

        Raises:
            django.core.exceptions.ObjectDoesNotExist: there is none; the model's own ``DoesNotExist``.
        """
        statement = f"SELECT {self.columns} FROM {self.table} WHERE {which}"  # noqa: S608 - the caller's own words
        found = fetch(statement, parameters, often=True)
        if not found:
            raise self._model.DoesNotExist  # type: ignore[attr-defined] # each model has its own, say the stubs
        return self.read(found[0])

    def add(self, row: M) -> None:
        """Store a new row that has its key already.

        Raises:
            django.db.IntegrityError: what the database refused.
        """
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in self._fields]
        fetch(self._add, values, often=True)
        row._state.adding = False  # noqa: SLF001 - as Django leaves what it has stored
