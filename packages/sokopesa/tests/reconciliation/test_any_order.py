"""In whatever order statements, messages and bookings come, the verdicts are the same, and every day's difference is
explained to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from told import DAY, MIDNIGHT, PAYBILL, Statements, Told

import daraja
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.models import Entry, Posting
from sokopesa.ledger.queries import discrepancies
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payouts.enquiring import Heard
from sokopesa.reconciliation import closing, confirming, enquiring, matching
from sokopesa.reconciliation.asked import Enquiry
from sokopesa.reconciliation.models import Discrepancy, StatementLine, Verdict, Waiting
from sokopesa.refunds.models import Refund

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
    kind=st.sampled_from(["payment", "payment", "bank", "charge", "strange", "gone"]),
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
    reasons = {"payment": "Pay Bill", "bank": "Deposit of Funds", "charge": "Pay Bill Charge"}
    reason = reasons.get(fact.kind, "Something")
    sign = -1 if fact.kind in ("charge", "gone") else 1
    return Told(sign * (fact.cents + fact.more), fact.at, reason, f"UKA{number:07d}", reference="NOBODY")


def _book(fact: Fact, number: int) -> None:
    receipt = f"UKA{number:07d}"
    if fact.kind == "payment":
        credit_payments([Payment(receipt, fact.cents, fact.at, "callback", account="NOBODY")], now=fact.at)
        return
    legs = (debit(CODE, fact.cents), credit(accounts.BANK, fact.cents))
    if fact.kind == "charge":
        legs = (debit(accounts.MPESA_CHARGES, fact.cents), credit(CODE, fact.cents))
    elif fact.kind == "gone":
        legs = (debit(accounts.BANK, fact.cents), credit(CODE, fact.cents))
    keys = {"bank": f"bank:{receipt}:{CODE}", "charge": f"charge:{receipt}"}
    book([Draft(keys.get(fact.kind, f"hand:{number}"), "hand", fact.at, legs, f"M-PESA receipt {receipt}")])


def told_before_the_first_file(lived: Sequence[Fact]) -> list[Fact]:
    """What is from before the comparison and known when it begins is in its opening balance. Told later it has a name
    of its own, so there the order does decide the name, but no shilling."""
    begins = min((fact.day for fact in lived if fact.told != "books"), default=0)
    return [replace(fact, after=0) if fact.day < begins else fact for fact in lived]


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
    lived = told_before_the_first_file(lived)
    assert live(lived, first, verdicts) == live(lived, second, verdicts)


@EXAMPLES
@given(lived=st.lists(facts, min_size=1, max_size=7), order=st.permutations(range(DAYS)), more=st.integers(-50, 50))
def test_every_difference_is_explained_to_the_cent(lived: list[Fact], order: list[int], more: int) -> None:
    first = lived[0]
    differs = first.told == "both" and first.kind in ("payment", "strange")
    changed = Fact(**{**vars(first), "more": more if differs else 0})
    live([changed, *lived[1:]], order, lambda: None)


RIGHT, LESS = 125_000, 120_000
PLAIN = {
    "paid": Heard("", "Completed", daraja.Outcome.PAID, RIGHT, PAYBILL),
    "less": Heard("", "Completed", daraja.Outcome.PAID, LESS, PAYBILL),
    "elsewhere": Heard("", "Completed", daraja.Outcome.PAID, RIGHT, "600999"),
    "cancelled": Heard("", "Cancelled", daraja.Outcome.FAILED, RIGHT, PAYBILL),
}
VAGUE = {
    "begun": Heard("", "Initiated", daraja.Outcome.PENDING, RIGHT, PAYBILL),
    "nameless": Heard("", "Completed", daraja.Outcome.PAID, RIGHT, ""),
    "unknown": Heard("", "", daraja.Outcome.UNKNOWN, knows_nothing=True),
}
STATED = {"stated": RIGHT, "stated less": LESS}


def owed_back(market: Any) -> Refund:
    """A payment that nobody has shown yet, owed back."""
    purchase = market.purchase(total_cents=RIGHT)
    for code in ("UKA9000001", "UKA9000002"):
        payment = Payment(code, RIGHT, MIDNIGHT, "confirmation", purchase_id=purchase.pk, account=purchase.reference)
        credit_payments([payment], now=MIDNIGHT)
    refund = Refund.objects.get(purchase=purchase)
    Enquiry.objects.create(receipt=refund.receipt, next_ask_at=MIDNIGHT)
    return refund


def hear_or_read(word: str, refund: Refund) -> None:
    if word in STATED:
        told = Told(STATED[word], MIDNIGHT, receipt=refund.receipt, reference=refund.purchase.reference)  # type: ignore[union-attr]
        Statements().take_in(told)
    else:
        enquiring.hear([replace((PLAIN | VAGUE)[word], receipt=refund.receipt)], LATER)


@settings(EXAMPLES, max_examples=25)
@given(words=st.lists(st.sampled_from([*PLAIN, *VAGUE, *VAGUE]), max_size=6), stated=st.sampled_from([None, *STATED]))
def test_only_what_mpesa_says_plainly_lets_a_refund_go_or_holds_it(
    market: Any, words: list[str], stated: str | None
) -> None:
    with transaction.atomic():
        market.now = MIDNIGHT - DAY
        refund = owed_back(market)
        first, ends = "", ("owed", "", "")
        for word in [*words, *filter(None, [stated])]:
            hear_or_read(word, refund)
            confirming.confirm_due(now=LATER)
            first = first or (word if word in PLAIN else "")
            if ends == ("owed", "", "") and (record := word if word in STATED else first):
                source = "statement" if record in STATED else "status"
                is_right = record in ("paid", "stated")
                ends = ("reconciled", source, "") if is_right else ("owed", "", "operator")
            refund.refresh_from_db()
            assert (refund.state, refund.reconciled_from, refund.waits_for) == ends, word
        held = Discrepancy.objects.filter(key=f"refund:{refund.pk}", kind="unconfirmed_refund", state="open")
        assert held.count() == (ends[2] == "operator")
        assert (Enquiry.objects.get().told_at is not None) == bool(first)
        doubted = Discrepancy.objects.filter(key=f"unknown:{refund.pk}")
        assert set(doubted.values_list("state", flat=True)) <= ({"open"} if ends == ("owed", "", "") else {"cleared"})
        transaction.set_rollback(True)
