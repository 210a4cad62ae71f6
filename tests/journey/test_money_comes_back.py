"""Money comes home by itself: by a rule that two people put in force a refund leaves at once, and the phone says so."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect
from tests.journey.buying import buy_and_pay
from tests.journey.cancelling import ask_to_cancel, open_request
from tests.journey.conftest import SignedIn
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sound_books")]

A_MINUTE = 60
STEPS = ["Owed to you", "Payment confirmed", "Sent to M-PESA", "Paid back"]
PAID = """
    SELECT refund.state, refund.reconciled_from, transfer.receipt, transfer.via, transfer.amount_cents, transfer.payee,
        debt.balance_cents AS still_owed, escrow.balance_cents AS still_held
    FROM refunds_refund refund JOIN orders_order part ON part.id = refund.order_id
    JOIN payouts_transfer transfer ON transfer.refund_id = refund.id
    JOIN ledger_account debt ON debt.code = 'refunds:' || refund.id
    JOIN ledger_account escrow ON escrow.code = 'escrow:' || part.id
    WHERE part.number = %s
"""


def test_from_the_sellers_yes_to_the_phone_in_less_than_a_minute(
    shopper: Shopper, handset: Handset, signed_in: SignedIn, network: Network, books: MarketBooks
) -> None:
    shopper.errands.sign_in(shopper.sim)
    bought = buy_and_pay(shopper, network, books)
    had = network.balance(shopper.sim)
    ask_to_cancel(shopper, "I found it cheaper")
    seller = signed_in(bought.seller)
    open_request(seller, bought)

    seller.press("Approve")
    began = time.monotonic()
    theirs = network.wait_for_sms(shopper.sim.msisdn, r"You have received Ksh540\.00 from SOKOPESA B2C 614251")
    ours = network.wait_for_sms(shopper.sim.msisdn, "We paid back KES 540 to ")
    assert time.monotonic() - began < A_MINUTE

    receipt = theirs[:10]
    assert f"M-PESA receipt {receipt}" in ours
    assert network.balance(shopper.sim) == had + 540
    expect(handset.newest("MPESA")).to_contain_text("SOKOPESA B2C 614251")
    assert books.rows(PAID, [bought.part]) == [
        {
            "state": "paid",
            "reconciled_from": "list",
            "receipt": receipt,
            "via": "b2c",
            "amount_cents": 54_000,
            "payee": shopper.sim.msisdn,
            "still_owed": 0,
            "still_held": 0,
        }
    ]
    shopper.page.reload()
    way = shopper.page.get_by_role("list", name="The way of this refund").get_by_role("listitem")
    expect(way).to_have_text([re.compile(rf"{step}(?!.*still to come)", re.DOTALL) for step in STEPS])
    expect(way.last).to_have_attribute("aria-current", "step")
    expect(way.last).to_contain_text(f"M-PESA receipt {receipt}")
    shopper.reads("KES 540 went back to your M-PESA")
    seller.page.reload()
    seller.reads("Nothing is awaited any more.")
