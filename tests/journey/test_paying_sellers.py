"""Sellers are paid by two people with their second factors, and the money is on the shop's phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journey.authenticator import give_code
from tests.journey.buying import Bought, buy_and_pay
from tests.journey.conftest import SignedIn
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network, Sim

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sound_books")]

FINANCE_ONE = Sim("254711000201", pin="1234")
FINANCE_TWO = Sim("254711000202", pin="1234")
RUNS = "/desk/money/sellers/"

GOODS = """
    SELECT product.slug FROM catalog_product product JOIN catalog_offer offer ON offer.product_id = product.id
    GROUP BY product.slug
    HAVING bool_and(offer.is_live AND offer.stock > 20 AND offer.currency = 'KES' AND offer.price_minor < 500000
        AND offer.seller_id IN (SELECT seller_id FROM settlements_payee WHERE state = 'current'))
    ORDER BY product.slug LIMIT 1
"""
"""Whichever vendor's is chosen, it is known where the shop is paid."""

EARNED = """
    SELECT account.balance_cents FROM ledger_account account
    JOIN people_seller seller ON account.code = 'seller:' || seller.id
    WHERE seller.slug = %s AND account.balance_cents < 0
"""


@pytest.fixture
def sold(shopper: Shopper, signed_in: SignedIn, network: Network, books: MarketBooks) -> Bought:
    """An order that was paid, shipped and found well."""
    shopper.errands.sign_in(shopper.sim)
    bought = buy_and_pay(shopper, network, books, goods=books.value(GOODS))
    signed_in(bought.seller).errands.ship(bought.shop, bought.part)
    shopper.errands.get(f"/orders/{bought.number}/{bought.part}/received/")
    shopper.errands.submit({"what": "accept"})
    return bought


def test_one_prepares_a_run_and_another_pays_it(
    sold: Bought, signed_in: SignedIn, network: Network, books: MarketBooks
) -> None:
    shillings = -books.wait_for(EARNED, [sold.shop])["balance_cents"] // 100
    had = network.balance(sold.seller)

    maker = signed_in(FINANCE_ONE)
    maker.go(RUNS)
    maker.press("Prepare a run")
    give_code(maker)
    maker.reads("Prepared. Nothing is paid until a second person", "You prepared this yourself", f"KES {shillings:,}")
    expect(maker.page.get_by_role("button", name="Approve")).to_have_count(0)
    number = int(maker.page.url.rstrip("/").rsplit("/", 1)[-1])
    total = books.value("SELECT total_cents / 100 AS total FROM settlements_run WHERE number = %s", [number])
    maker.errands.get(f"{RUNS}{number}/")
    refused = maker.errands.submit({"total": f"{total}"}, to=f"{RUNS}{number}/approve/")
    assert (refused.status, "You prepared this run. Another person" in refused.text()) == (409, True)

    approver = signed_in(FINANCE_TWO)
    approver.go(RUNS)
    approver.follow(f"Look at run {number}")
    approver.write({"Type the total": f"{total + 1}"})
    approver.press("Approve and pay")
    give_code(approver)
    approver.reads("The total that you typed is not the run's total.")
    approver.write({"Type the total": f"{total}"})
    approver.press("Approve and pay")
    approver.reads("Approved. The payments go to M-PESA now.", "100%", f"paid, KES {total:,}")
    shop = books.value("SELECT name FROM people_seller WHERE slug = %s", [sold.shop])
    row = approver.page.get_by_role("row").filter(has_text=shop)
    expect(row).to_contain_text(re.compile(r"Paid\s*[A-Z0-9]{10}"))
    assert network.balance(sold.seller) == had + shillings
    left = [row["balance_cents"] for row in books.rows(EARNED, [sold.shop])]
    assert all(cents > -100 for cents in left), "broken shillings stay"
