"""Several people, tabs and workers at the same moment, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.accounts import UNMATCHED, escrow, mpesa
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.orders import checkout as steps
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts, releases
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.errors import ProposedAlready, ReleaseDecided
from sokopesa.payments.models import InboxMessage, Prompt, Receipt, Release
from sokopesa.payments.settlement import settle
from sokopesa.payments.unmatched import unmatched
from sokopesa.people.models import User

pytestmark = pytest.mark.usefixtures("committing")
Market = Callbacks = Desk = Any


def all_at_once(*works: Callable[[], object]) -> list[object]:
    """Run each in a thread of its own, started together; what each returned or raised."""
    together = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        together.wait()
        try:
            return work()
        except SoldOut as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_tabs_pressing_pay_make_one_purchase_and_one_prompt(market: Market) -> None:
    checkout = market.checkout(offer=market.offer(stock=5))

    def press_pay() -> Prompt:
        purchase = steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=market.now)
        return prompts.ask(purchase=purchase, msisdn=checkout.msisdn, now=market.now)

    shown = all_at_once(*[press_pay] * 6)
    assert len(set(shown)) == 1
    assert Purchase.objects.count() == Prompt.objects.count() == 1
    assert ProcrastinateJob.objects.filter(task_name="payments.send_prompt").count() == 1
    assert Offer.objects.get().stock == 4


def test_the_last_piece_goes_to_one_buyer(market: Market) -> None:
    offer = market.offer(stock=1)
    checkouts = [market.checkout(offer=offer) for _ in range(6)]
    outcomes = all_at_once(
        *[
            lambda pk=checkout.pk: steps.place(checkout_id=pk, agreed_total_cents=125_000, now=market.now)
            for checkout in checkouts
        ]
    )
    assert sum(isinstance(outcome, Purchase) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SoldOut) for outcome in outcomes) == 5
    assert Offer.objects.get().stock == 0


def test_many_workers_and_repeated_callbacks_book_each_receipt_once(market: Market, callbacks: Callbacks) -> None:
    for n in range(20):
        prompt, token = callbacks.sent(market.purchase(), market.now)
        for _ in range(3):
            callbacks.arrive(token, callbacks.paid(prompt, f"UKN{n:07d}"))

    def work() -> int:
        done = 0
        while count := settle(now=market.now, limit=7):
            done += count
        return done

    all_at_once(*[work] * 4)
    work()
    assert InboxMessage.objects.filter(settled_at=None).count() == 0
    assert InboxMessage.objects.filter(verdict="paid").count() == Receipt.objects.count() == 20
    assert balance_cents(mpesa("174379")) == 20 * 125_000
    assert Purchase.objects.filter(state="paid").count() == 20
    assert discrepancies() == []


def _approve(release: Release, decider: User, now: datetime) -> object:
    try:
        return releases.approve(release_id=release.pk, decider=decider, now=now).state
    except Refusal as refusal:
        return refusal


def test_six_colleagues_approving_at_once_move_the_money_once(market: Market, desk: Desk) -> None:
    purchase, receipt = market.purchase(), desk.payment("TYPO")
    proposed = releases.propose(
        receipt=receipt.code, purchase=purchase.number, reason="Fits.", maker=desk.member(), now=desk.now
    )
    colleagues = [desk.member() for _ in range(6)]
    outcomes = all_at_once(*[lambda who=who: _approve(proposed, who, desk.now) for who in colleagues])
    assert outcomes.count("approved") == 1
    assert sum(isinstance(outcome, ReleaseDecided) for outcome in outcomes) == 5
    assert balance_cents(UNMATCHED) == 0
    assert balance_cents(escrow(purchase.orders.get().pk)) == -125_000
    assert discrepancies() == []


def test_an_approval_and_a_payment_at_once_pay_the_order_once(market: Market, desk: Desk, callbacks: Callbacks) -> None:
    """The buyer pays again by hand, rightly this time, while a colleague approves the earlier payment."""
    for round_ in range(5):
        purchase, receipt = market.purchase(), desk.payment("TYPO")
        proposed = releases.propose(
            receipt=receipt.code, purchase=purchase.number, reason="Fits.", maker=desk.member(), now=desk.now
        )
        second = desk.member()
        again = Payment(
            receipt=f"UKR{round_:07d}",
            purchase_id=purchase.pk,
            amount_cents=125_000,
            paid_at=desk.now,
            learned_from="confirmation",
        )
        all_at_once(
            lambda proposed=proposed, second=second: _approve(proposed, second, desk.now),
            lambda again=again: credit_payments([again], now=desk.now),
        )
        assert Receipt.objects.filter(purchase=purchase).count() == 1
        assert Purchase.objects.get(pk=purchase.pk).state == "paid"
    assert -balance_cents(UNMATCHED) == sum(receipt.amount_cents for receipt in unmatched()) == 5 * 125_000
    assert discrepancies() == []


def test_two_proposals_at_once_for_one_receipt_are_one(market: Market, desk: Desk) -> None:
    receipt, colleagues = desk.payment("TYPO"), [desk.member() for _ in range(5)]

    def propose(maker: User) -> object:
        try:
            return releases.propose(receipt=receipt.code, purchase=None, reason="Back.", maker=maker, now=desk.now)
        except ProposedAlready as refusal:
            return refusal

    outcomes = all_at_once(*[lambda who=who: propose(who) for who in colleagues])
    assert sum(isinstance(outcome, ProposedAlready) for outcome in outcomes) == 4
    assert Release.objects.count() == 1
