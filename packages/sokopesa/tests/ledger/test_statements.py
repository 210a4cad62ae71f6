"""The books as of any moment, by either clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.kernel.clock import now
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.actions import book
from sokopesa.ledger.models import Account
from sokopesa.ledger.queries import balance_cents, trial_balance
from sokopesa.ledger.statements import Period, balance_at, statement, trial_balance_at

Books = Any
PAYBILL = "mpesa:174379"


def test_a_moment_parts_what_was_before_it_from_what_was_not(books: Books) -> None:
    books.begin()
    third = books.noon + timedelta(minutes=3)
    assert balance_at(PAYBILL, third) == 125_000 - 1_500 + 70_000
    assert balance_at(PAYBILL, third + timedelta(microseconds=1)) == 125_000 - 1_500 + 140_000
    assert balance_at(PAYBILL, books.noon) == 0
    assert balance_at("escrow:none", third) == 0


def test_what_we_learned_late_is_in_the_past_but_not_in_what_we_knew_then(books: Books) -> None:
    books.begin()
    learned = now()
    book([books.payment(20, 5_000)])
    long_ago = books.noon + timedelta(days=1)
    assert balance_at(PAYBILL, long_ago, by="happened") == balance_cents(PAYBILL)
    assert balance_at(PAYBILL, learned, by="booked") == balance_cents(PAYBILL) - 5_000
    assert balance_at(PAYBILL, now() + timedelta(minutes=1), by="booked") == balance_cents(PAYBILL)


def test_a_statement_runs_from_opening_to_closing(books: Books) -> None:
    books.begin()
    period = Period(books.noon + timedelta(minutes=1, seconds=10), books.noon + timedelta(minutes=4))
    found = statement(PAYBILL, period)
    assert (found.opening_cents, found.debit_cents, found.credit_cents) == (125_000, 140_000, 1_500)
    assert (found.closing_cents, found.count) == (263_500, 3)
    with transaction.atomic():
        lines = [(line.key, line.amount_cents, line.balance_cents) for line in found.lines()]
    assert lines == [
        ("charge:1", -1_500, 123_500),
        ("receipt:SG2", 70_000, 193_500),
        ("receipt:SG3", 70_000, 263_500),
    ]


def test_an_account_that_is_not_on_the_books_has_no_statement(books: Books) -> None:
    with pytest.raises(Account.DoesNotExist):
        statement("escrow:nobody", Period(None, books.noon))


def test_the_trial_balance_of_a_moment_sums_to_zero_and_meets_the_kept_balances(books: Books) -> None:
    books.begin()
    with transaction.atomic():
        then = {code: cents for code, _, cents in trial_balance_at(books.noon + timedelta(minutes=2))}
        at_last = {code: cents for code, _, cents in trial_balance_at(books.noon + timedelta(days=1))}
    assert then == {PAYBILL: 123_500, escrow("81"): -125_000, "mpesa-charges": 1_500}
    assert at_last == trial_balance()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10**6)), max_size=12),
    st.lists(st.integers(0, 31), max_size=4),
)
def test_periods_join_without_gap_or_overlap(books: Books, payments: list[tuple[int, int]], cuts: list[int]) -> None:
    """However time is cut, each period opens with what the last one closed with, and all lines appear once."""
    books.wipe()
    book([books.payment(1_000, 1)])
    for number, (minute, cents) in enumerate(payments):
        draft = books.payment(number, cents)
        book([type(draft)(draft.key, draft.kind, books.noon + timedelta(minutes=minute), draft.legs, draft.memo)])
    borders = [books.noon + timedelta(minutes=cut) for cut in sorted(cuts)]
    balance, lines = 0, 0
    for start, end in zip([None, *borders], [*borders, books.noon + timedelta(days=2)], strict=True):
        found = statement(PAYBILL, Period(start, end))
        assert found.opening_cents == balance
        with transaction.atomic():
            shown = [*found.lines()]
        balance, lines = found.closing_cents, lines + len(shown)
        assert balance == (shown[-1].balance_cents if shown else found.opening_cents)
    assert (balance, lines) == (balance_cents(PAYBILL), len(payments) + 1)
