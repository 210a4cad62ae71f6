"""In whatever order statements, messages and bookings come, the verdicts are the same, and every day's difference is
explained to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from told import DAY, MIDNIGHT, PAYBILL, Statements, Told

from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.models import Entry, Posting
from sokopesa.ledger.queries import discrepancies
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.reconciliation import closing, matching
from sokopesa.reconciliation.models import Discrepancy, StatementLine, Verdict, Waiting

CODE = f"mpesa:{PAYBILL}"
DAYS = 3
LATER = MIDNIGHT + 7 * DAY

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Fact:
    """A movement: on which day and when, what it is, and who tells of it."""

    day: int
    seconds: int
    cents: int
    kind: str
    told: str
    after: int
    """After how many files the message about it comes."""
    more: int = 0
    """What M-PESA's statement says more than the message."""

    @property
    def at(self) -> Any:
        return MIDNIGHT + self.day * DAY + timedelta(seconds=self.seconds)


facts = st.builds(
    Fact,
    day=st.integers(0, DAYS - 1),
    seconds=st.integers(0, 86_399),
    cents=st.integers(1, 500).map(lambda kes: kes * 100),
    kind=st.sampled_from(["payment", "payment", "bank", "charge", "strange"]),
    told=st.sampled_from(["both", "both", "statement", "books"]),
    after=st.integers(0, DAYS),
)


def live(lived: Sequence[Fact], order: Sequence[int], look: Any) -> Any:
    """Live through it in a transaction that is undone; what ``look`` saw at the end."""
    with transaction.atomic():
        _live(lived, order)
        seen = look()
        transaction.set_rollback(True)
    return seen


def _live(lived: Sequence[Fact], order: Sequence[int]) -> None:
    files = _files(lived)
    for place, day in enumerate([*order, None]):
        for number, fact in enumerate(lived):
            if fact.told != "statement" and fact.after == place:
                _book(fact, number)
        if day is not None:
            statements, lines = files[day]
            statements.take_in(*lines, since=MIDNIGHT + day * DAY)
        matching.run(now=LATER)
    for one in range(DAYS):
        assert [tied.unexplained_cents for tied, _ in _look(one)] in ([], [0]), one
    assert discrepancies() == []


def _look(day: int) -> list[Any]:
    try:
        return closing.look(day=(MIDNIGHT + day * DAY + DAY / 2).date())
    except closing.NothingStated:
        return []


def _files(lived: Sequence[Fact]) -> dict[int, tuple[Statements, list[Told]]]:
    files, balance = {}, 0
    for day in range(DAYS):
        lines = [_line(fact, number) for number, fact in enumerate(lived) if fact.day == day and fact.told != "books"]
        files[day] = (Statements(balance=balance), lines)
        balance += sum(line.cents for line in lines)
    return files


def _line(fact: Fact, number: int) -> Told:
    reasons = {"payment": "Pay Bill", "bank": "Deposit of Funds", "charge": "Pay Bill Charge", "strange": "Something"}
    sign = -1 if fact.kind == "charge" else 1
    return Told(sign * (fact.cents + fact.more), fact.at, reasons[fact.kind], f"UKA{number:07d}", reference="NOBODY")


def _book(fact: Fact, number: int) -> None:
    receipt = f"UKA{number:07d}"
    if fact.kind == "payment":
        credit_payments([Payment(receipt, fact.cents, fact.at, "callback", account="NOBODY")], now=fact.at)
        return
    legs = (debit(CODE, fact.cents), credit(accounts.BANK, fact.cents))
    if fact.kind == "charge":
        legs = (debit(accounts.MPESA_CHARGES, fact.cents), credit(CODE, fact.cents))
    keys = {"bank": f"bank:{receipt}:{CODE}", "charge": f"charge:{receipt}", "strange": f"hand:{number}"}
    book([Draft(keys[fact.kind], "hand", fact.at, legs, f"M-PESA receipt {receipt}")])


def verdicts() -> Any:
    """Every line with its entry, and what is open."""
    keys = dict(Entry.objects.values_list("id", "key"))
    entries = {posting: keys[entry] for posting, entry in Posting.objects.values_list("id", "entry")}
    receipts = dict(StatementLine.objects.values_list("id", "receipt"))
    pairs = {(receipts.get(line), entries[posting]) for line, posting in Verdict.objects.values_list("line", "posting")}
    open_ones = Discrepancy.objects.filter(state="open").values_list("kind", "receipt", "amount_cents", "effect_cents")
    return pairs, sorted(open_ones), sorted(Waiting.objects.values_list("key", flat=True))


EXAMPLES = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@EXAMPLES
@given(lived=st.lists(facts, max_size=7), first=st.permutations(range(DAYS)), second=st.permutations(range(DAYS)))
def test_the_order_of_files_decides_nothing(lived: list[Fact], first: list[int], second: list[int]) -> None:
    assert live(lived, first, verdicts) == live(lived, second, verdicts)


@EXAMPLES
@given(lived=st.lists(facts, min_size=1, max_size=7), order=st.permutations(range(DAYS)), more=st.integers(-50, 50))
def test_every_difference_is_explained_to_the_cent(lived: list[Fact], order: list[int], more: int) -> None:
    first = lived[0]
    differs = first.told == "both" and first.kind in ("payment", "strange")
    changed = Fact(**{**vars(first), "more": more if differs else 0})
    live([changed, *lived[1:]], order, lambda: None)
