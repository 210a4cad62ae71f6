"""Whoever owes what, in whatever order and however often: one effect a key, and never more than came."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.ledger import accounts
from sokopesa.ledger.accounts import UNMATCHED
from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.refunds.actions import owe
from sokopesa.refunds.errors import DebtChanged
from sokopesa.refunds.models import Refund

Market = Surplus = Any

BROUGHT = {"UKN1AAAAAA": 300, "UKN1BBBBBB": 500}
PARTS = st.tuples(st.sampled_from(sorted(BROUGHT)), st.integers(0, 4), st.integers(-1, 550))
"""A receipt, which of its debts, and its cents."""


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(PARTS, min_size=1, max_size=4), max_size=5))
def test_any_debts_leave_each_receipt_at_most_owed_back_once(
    market: Market, surplus: Surplus, calls: list[list[tuple[str, int, int]]]
) -> None:
    with transaction.atomic():
        for receipt, cents in BROUGHT.items():
            surplus.arrive(receipt, cents)
        purchase = market.purchase()
        for parts in calls:
            debts = [
                surplus.debt(purchase, receipt, cents, key=f"{receipt}:{which}", received_cents=BROUGHT[receipt])
                for receipt, which, cents in parts
            ]
            with suppress(IntegrityError, DebtChanged), transaction.atomic():
                owe(debts, now=market.now)
        refunds = list(Refund.objects.all())
        owed: Counter[str] = Counter()
        for refund in refunds:
            owed[refund.receipt] += refund.amount_cents
            assert balance_cents(accounts.refunds(refund.pk)) == -refund.amount_cents
        assert all(owed[receipt] <= cents for receipt, cents in BROUGHT.items())
        assert balance_cents(UNMATCHED) == owed.total() - sum(BROUGHT.values())
        assert Notice.objects.count() == purchase.events.filter(kind="refund-owed").count() == len(refunds)
        assert discrepancies() == []
        transaction.set_rollback(True)


def test_many_callers_with_the_same_debts_have_one_effect(market: Market, surplus: Surplus, all_at_once: Any) -> None:
    debts = []
    for n in range(10):
        surplus.arrive(f"UKN{n:07d}", 10_000)
        debts.append(surplus.debt(market.purchase(), f"UKN{n:07d}", 10_000))
    turned = [debts, debts[::-1], debts[5:] + debts[:5], debts[3:7]]
    outcomes = all_at_once(*[lambda mine=mine: owe(mine, now=market.now) for mine in turned])
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert sum(len(outcome) for outcome in outcomes if isinstance(outcome, list)) == 10
    assert Refund.objects.count() == Notice.objects.count() == 10
    assert Entry.objects.filter(key__startswith="refund:").count() == 10
    assert balance_cents(UNMATCHED) == 0


def test_two_debts_of_one_receipt_at_once_do_not_both_get_all_of_it(
    market: Market, surplus: Surplus, all_at_once: Any
) -> None:
    purchase = market.purchase()
    surplus.arrive("UKN1AAAAAA", 125_000)
    surplus.arrive("UKN1OTHERS", 900_000)  # unmatched holds enough, so only the receipt's own limit can refuse
    outcomes = all_at_once(
        *[lambda n=n: owe([surplus.debt(purchase, key=f"cause-{n}")], now=market.now) for n in range(4)]
    )
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 3
    assert Refund.objects.count() == 1
    assert balance_cents(UNMATCHED) == -900_000
