"""Whoever judges, decides or closes at the same time comes after each other, and does it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from told import DAY, MIDNIGHT, PAYBILL, Statements, Told, receipt

from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import closing, matching, resolving
from sokopesa.reconciliation.models import DayClose, Discrepancy, Resolution, Verdict
from sokopesa.reconciliation.refusals import OwnResolution, ResolutionDecided

Market = Any
NOON = MIDNIGHT + timedelta(hours=12)
LATER = MIDNIGHT + 2 * DAY
AllAtOnce = Callable[..., list[object]]


def finance(number: int) -> Any:
    return add_staff(phone=f"25471190000{number}", role=Role.FINANCE)


def test_two_workers_and_a_late_callback(all_at_once: AllAtOnce, market: Market) -> None:
    market.now = MIDNIGHT - DAY
    purchases = [market.purchase() for _ in range(5)]
    payments = [
        Payment(receipt(), 125_000, NOON, "callback", purchase_id=one.pk, account=one.reference) for one in purchases
    ]
    told = [Told(125_000, NOON, receipt=payment.receipt, reference=payment.account, msisdn="") for payment in payments]
    Statements().take_in(*told, Told(-200, NOON, "Pay Bill Charge", told[0].receipt, linked=told[0].receipt))
    judge = partial(matching.run, now=LATER)
    ended = all_at_once(judge, judge, partial(credit_payments, payments, now=LATER), judge)
    assert not [one for one in ended if isinstance(one, Exception)]
    matching.run(now=LATER)
    assert Verdict.objects.count() == 6
    assert balance_cents(f"mpesa:{PAYBILL}") == 5 * 125_000 - 200
    assert discrepancies() == []
    assert list(Discrepancy.objects.values_list("kind", flat=True)) == ["fee_difference"]


def test_closing_at_once(all_at_once: AllAtOnce, market: Market) -> None:
    market.now = MIDNIGHT - DAY
    purchase, asha, brian = market.purchase(), finance(1), finance(2)
    Statements().take_in(Told(125_000, NOON, reference=purchase.reference))
    close = partial(closing.close, day=date(2026, 11, 23), now=LATER)
    all_at_once(partial(close, by=asha), partial(close, by=brian), partial(close, by=asha))
    assert DayClose.objects.count() == 1


def test_approving_at_once_books_once(all_at_once: AllAtOnce, market: Market) -> None:
    market.now = MIDNIGHT - DAY
    market.purchase()
    maker, *deciders = (finance(number) for number in (1, 2, 3))
    Statements().take_in(Told(50_000, NOON, "Something Else"))
    matching.run(now=LATER)
    made = resolving.propose(
        discrepancy_id=Discrepancy.objects.get().pk,
        how=Resolution.How.RECLASSIFY,
        against="bank",
        reason="We asked Safaricom.",
        maker=maker,
        now=LATER,
    )
    approve = partial(resolving.approve, resolution_id=made.pk, now=LATER)
    ended = all_at_once(*(partial(approve, decider=person) for person in (maker, *deciders)))
    assert sorted(type(one).__name__ for one in ended) == ["OwnResolution", "Resolution", "ResolutionDecided"], (
        OwnResolution,
        ResolutionDecided,
    )
    assert Entry.objects.filter(key__startswith="discrepancy:").count() == 1
