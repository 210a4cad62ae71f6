"""Colleagues who decide at the same moment, and buyers who pay meanwhile, each with a connection of their own."""

from __future__ import annotations

from typing import Any

from sokopesa.ledger.accounts import UNMATCHED, escrow
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.orders.models import Purchase
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.errors import ProposedAlready, ReleaseDecided
from sokopesa.payments.models import Receipt, Release
from sokopesa.payments.releases import approve, propose
from sokopesa.payments.unmatched import unmatched
from sokopesa.refunds.models import Refund

Market = Desk = AllAtOnce = Any


def proposal(market: Market, desk: Desk) -> Release:
    return propose(
        receipt=desk.payment("TYPO").code,
        purchase=market.purchase().number,
        reason="It fits.",
        maker=desk.member(),
        now=desk.now,
    )


def test_six_colleagues_approving_at_once_move_the_money_once(
    all_at_once: AllAtOnce, market: Market, desk: Desk
) -> None:
    proposed = proposal(market, desk)
    colleagues = [desk.member() for _ in range(6)]
    outcomes = all_at_once(
        *[lambda who=who: approve(release_id=proposed.pk, decider=who, now=desk.now) for who in colleagues]
    )
    assert sum(isinstance(outcome, Release) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ReleaseDecided) for outcome in outcomes) == 5
    assert balance_cents(UNMATCHED) == 0
    assert proposed.purchase is not None
    assert balance_cents(escrow(proposed.purchase.orders.get().pk)) == -125_000
    assert discrepancies() == []


def test_an_approval_and_a_payment_at_once_pay_the_order_once(
    all_at_once: AllAtOnce, market: Market, desk: Desk
) -> None:
    """The buyer pays again by hand, rightly this time, while a colleague approves the earlier payment. Whichever comes
    second finds the order paid: the payment is then owed back, the approval refused."""
    for round_ in range(6):
        proposed, second = proposal(market, desk), desk.member()
        again = Payment(
            receipt=f"UKR{round_:07d}",
            purchase_id=proposed.purchase_id,
            amount_cents=125_000,
            paid_at=desk.now,
            learned_from="confirmation",
        )
        all_at_once(
            lambda proposed=proposed, second=second: approve(release_id=proposed.pk, decider=second, now=desk.now),
            lambda again=again: credit_payments([again], now=desk.now),
        )
        assert Receipt.objects.filter(purchase=proposed.purchase).count() == 1
        assert Purchase.objects.get(pk=proposed.purchase_id).state == "paid"
    owed = Refund.objects.count()
    assert owed + unmatched().count() == 6
    assert balance_cents(UNMATCHED) == -125_000 * unmatched().count()
    assert discrepancies() == []


def test_five_proposals_at_once_for_one_receipt_are_one(all_at_once: AllAtOnce, desk: Desk) -> None:
    receipt, colleagues = desk.payment("TYPO"), [desk.member() for _ in range(5)]
    outcomes = all_at_once(
        *[
            lambda who=who: propose(receipt=receipt.code, purchase=None, reason="Back.", maker=who, now=desk.now)
            for who in colleagues
        ]
    )
    assert sum(isinstance(outcome, ProposedAlready) for outcome in outcomes) == 4
    assert Release.objects.count() == 1
