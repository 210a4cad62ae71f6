"""Statements of our own on Django's connection."""

from __future__ import annotations

import pytest
from django.db import connection

from sokopesa.kernel.database import fetch
from sokopesa.kernel.rows import Rows
from sokopesa.people.models import User

pytestmark = pytest.mark.django_db


def test_what_is_sent_often_is_planned_once_whatever_the_size_of_its_numbers() -> None:
    statement = "SELECT %s + 1 /* counted here */"
    assert [fetch(statement, [number], often=True) for number in (1, 10**6, 10**12)] == [
        [(2,)],
        [(10**6 + 1,)],
        [(10**12 + 1,)],
    ]
    fetch(statement, [1])
    known = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1 + 1 /* counted here */'"
    with connection.cursor() as cursor:
        cursor.execute(known)
        assert cursor.fetchone() == (1,)


def test_a_row_is_the_models_own_and_a_missing_one_is_told_as_by_django() -> None:
    users = Rows(User, "person")
    made = User.objects.create(phone="254712345678", name="Achieng")
    found = users.get("person.phone = %s", [made.phone])
    assert (found, found.name, found.created_at) == (made, "Achieng", made.created_at)
    found.name = "Atieno"
    found.save()
    assert User.objects.get().name == "Atieno"
    with pytest.raises(User.DoesNotExist):
        users.get("person.phone = %s", ["254700000000"])
