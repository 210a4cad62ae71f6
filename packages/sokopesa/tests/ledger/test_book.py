"""What an auditor would try on the books."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import Error, IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sokopesa.ledger.accounts import UNMATCHED, escrow, mpesa
from sokopesa.ledger.actions import Draft, Leg, book, credit, debit
from sokopesa.ledger.errors import KeyReused
from sokopesa.ledger.models import Account, Entry, Posting
from sokopesa.ledger.queries import balance_cents, discrepancies, total_cents, trial_balance

NOON = datetime(2026, 11, 23, 9, tzinfo=UTC)
PAYBILL = mpesa("174379")


def paid(key: str, cents: int, into: str = UNMATCHED) -> Draft:
    return Draft(key=key, kind="payment", happened_at=NOON, legs=(debit(PAYBILL, cents), credit(into, cents)))


@pytest.mark.django_db
def test_a_payment_moves_both_sides_and_the_books_stay_at_zero() -> None:
    assert book([paid("stk:SG632NMUAB", 125_000, escrow("8001"))]) == {"stk:SG632NMUAB"}
    assert trial_balance() == {"escrow:8001": -125_000, "mpesa:174379": 125_000}
    assert total_cents() == 0
    assert discrepancies() == []


@pytest.mark.django_db
def test_a_replayed_key_changes_nothing() -> None:
    book([paid("stk:A", 500)])
    assert book([paid("stk:A", 500), paid("stk:B", 700)]) == {"stk:B"}
    assert balance_cents(PAYBILL) == 1_200
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_a_key_with_other_postings_is_an_error_and_books_nothing() -> None:
    book([paid("stk:A", 500)])
    with pytest.raises(KeyReused):
        book([paid("stk:B", 100), paid("stk:A", 501)])
    assert balance_cents(PAYBILL) == 500
    assert not Entry.objects.filter(key="stk:B").exists()


@pytest.mark.django_db
def test_the_same_key_twice_in_one_call_books_once() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        book(
            [
                Draft("k", "x", NOON, (debit(PAYBILL, 5), credit(UNMATCHED, 5))),
                Draft("k", "x", NOON, (debit(PAYBILL, 5),)),
            ]
        )
    assert Entry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "legs",
    [
        (debit(PAYBILL, 100), credit(UNMATCHED, 99)),
        (debit(PAYBILL, 100),),
        (),
        (debit(PAYBILL, 0), credit(UNMATCHED, 0)),
    ],
    ids=["unbalanced", "one leg", "no legs", "nothing moves"],
)
def test_the_database_refuses_what_is_not_an_entry(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        book([Draft("bad", "test", NOON, legs)])
    assert Entry.objects.count() == 0


@pytest.mark.django_db
def test_escrow_cannot_pay_out_more_than_it_holds() -> None:
    book([paid("in", 1_000, escrow("8001"))])
    with pytest.raises(IntegrityError), transaction.atomic():
        book([Draft("out", "refund", NOON, (debit(escrow("8001"), 1_001), credit(PAYBILL, 1_001)))])
    assert balance_cents(escrow("8001")) == -1_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_cents = amount_cents + 1",
        "DELETE FROM ledger_posting",
        "UPDATE ledger_entry SET memo = 'tidied'",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_posting, ledger_entry",
        "UPDATE ledger_account SET balance_cents = 0",
        "DELETE FROM ledger_account",
        "INSERT INTO ledger_account (code, kind, guarded, balance_cents) VALUES ('mpesa:1', 'asset', false, 100)",
    ],
)
def test_history_cannot_be_changed_by_hand(statement: str) -> None:
    book([paid("in", 1_000)])
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert balance_cents(PAYBILL) == 1_000
    assert discrepancies() == []


@pytest.mark.usefixtures("committing")
def test_an_old_entry_takes_no_new_postings() -> None:
    book([paid("in", 1_000)])
    entry, account = Entry.objects.get(), Account.objects.get(code=PAYBILL)
    with pytest.raises(IntegrityError):
        Posting.objects.bulk_create(
            [
                Posting(entry=entry, account=account, amount_cents=5),
                Posting(entry=entry, account=account, amount_cents=-5),
            ]
        )
    assert entry.postings.count() == 2


class AnyBookings(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 6), st.integers(1, 10**9), st.sampled_from(["1", "2", "3"])),
            min_size=1,
            max_size=25,
        )
    )
    def test_any_bookings_with_any_repeats_balance(self, events: list[tuple[int, int, str]]) -> None:
        """Keys repeat, some with other amounts: what is booked is the first of each key, and all sums hold."""
        expected: dict[int, int] = {}
        for key, cents, number in events:
            try:
                book([paid(f"stk:{key}", cents, escrow(number))])
            except KeyReused:
                assert expected[key] != 0
            expected.setdefault(key, cents)
        assert balance_cents(PAYBILL) == sum(expected.values())
        assert total_cents() == 0
        assert discrepancies() == []
