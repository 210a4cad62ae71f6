"""Several people, tabs and workers at the same moment, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer
from sokopesa.ledger.accounts import mpesa
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.orders import checkout as steps
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts
from sokopesa.payments.models import InboxMessage, Prompt, Receipt
from sokopesa.payments.settlement import settle

pytestmark = pytest.mark.usefixtures("committing")
Market = Callbacks = Any


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
