"""Whatever is booked and however it is sealed, the books verify; whatever byte of it changes, verification names it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.ledger.actions import book
from sokopesa.ledger.models import Block, Entry, Posting
from sokopesa.ledger.sealing import seal
from sokopesa.ledger.verification import verify

Books = Any

BOOKINGS = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 3)), min_size=1, max_size=8)
"""Each booking's cents, and how many entries are sealed after it."""
ENTRY_COLUMNS = {
    "key": "overlay(key PLACING chr(33 + (ascii(substr(key, %(at)s, 1)) - 16) %% 90) FROM %(at)s FOR 1)",
    "kind": "overlay(kind PLACING chr(33 + (ascii(substr(kind, %(at)s, 1)) - 16) %% 90) FROM %(at)s FOR 1)",
    "memo": "overlay(memo PLACING chr(33 + (ascii(substr(memo, %(at)s, 1)) - 16) %% 90) FROM %(at)s FOR 1)",
    "happened_at": "happened_at + %(bit)s * interval '1 microsecond'",
    "booked_at": "booked_at + %(bit)s * interval '1 microsecond'",
    "made_in": "made_in # %(bit)s",
}
POSTING_COLUMNS = {"amount_cents": "amount_cents # %(bit)s", "account_id": "account_id # %(bit)s", "id": "id + 1000"}


def fill(books: Books, bookings: list[tuple[int, int]]) -> None:
    books.wipe()
    for number, (cents, sealed_then) in enumerate(bookings, start=1):
        book([books.payment(number, cents)])
        if sealed_then:
            seal(now=books.noon, limit=sealed_then)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BOOKINGS)
def test_any_bookings_sealed_in_any_rhythm_verify(books: Books, bookings: list[tuple[int, int]]) -> None:
    fill(books, bookings)
    report = verify()
    assert report.findings == []
    assert report.entries + report.waiting == len(bookings)
    seal(now=books.noon)
    report = verify()
    assert (report.findings, report.entries, report.waiting) == ([], len(bookings), 0)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BOOKINGS, st.data())
def test_any_byte_of_sealed_history_that_changes_is_named(
    books: Books, bookings: list[tuple[int, int]], data: st.DataObject
) -> None:
    fill(books, bookings)
    seal(now=books.noon)
    column = data.draw(st.sampled_from([*ENTRY_COLUMNS, *(f"posting {name}" for name in POSTING_COLUMNS)]))
    entry = data.draw(st.sampled_from([*Entry.objects.order_by("id")]))
    value = {"bit": 2 ** data.draw(st.integers(0, 20)), "id": entry.id, "at": 1}
    if column.startswith("posting "):
        name = column.removeprefix("posting ")
        value["id"] = data.draw(st.sampled_from([*Posting.objects.filter(entry=entry).order_by("id")])).id
        statement = f"UPDATE ledger_posting SET {name} = {POSTING_COLUMNS[name]} WHERE id = %(id)s"
    else:
        value["at"] = data.draw(st.integers(1, len(getattr(entry, column)))) if "%(at)s" in ENTRY_COLUMNS[column] else 1
        statement = f"UPDATE ledger_entry SET {column} = {ENTRY_COLUMNS[column]} WHERE id = %(id)s"
    books.forge(statement % value)
    (finding,) = verify().findings
    assert finding.where.endswith(f"(entry {entry.id})")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BOOKINGS, st.data())
def test_any_bit_of_a_block_that_changes_is_named(
    books: Books, bookings: list[tuple[int, int]], data: st.DataObject
) -> None:
    fill(books, bookings)
    seal(now=books.noon)
    block = data.draw(st.sampled_from([*Block.objects.order_by("number")]))
    bit = data.draw(st.integers(0, 8 * len(block.seals) - 1))
    books.forge(
        f"UPDATE ledger_block SET seals = set_bit(seals, {bit}, 1 - get_bit(seals, {bit}))"
        f" WHERE number = {block.number}"
    )
    (finding,) = verify().findings
    assert finding.where == f"block {block.number}"
