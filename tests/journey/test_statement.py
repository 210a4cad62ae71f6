"""The record of one's orders to keep (R35): narrowed to a month, in three files, each as the market's books have it."""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from tests.journey.buying import Bought, buy_and_pay
from tests.journey.conftest import SignedIn
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network

sys.path.append(str(Path(__file__).parents[2] / "packages/sokopesa/tests/support"))

from reading_pdf import drawn

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sound_books", "by_file")]

BILLED = """
    SELECT sum(posting.amount_cents + receipt.charge_cents)::bigint FROM payments_receipt receipt
    JOIN orders_purchase purchase ON purchase.id = receipt.purchase_id
    JOIN ledger_entry entry ON entry.key = 'receipt:' || receipt.code
    JOIN ledger_posting posting ON posting.entry_id = entry.id AND posting.amount_cents > 0
    WHERE purchase.number = ANY (%s)
"""
OWED_BACK = """
    SELECT -sum(account.balance_cents)::bigint FROM refunds_refund refund
    JOIN orders_purchase purchase ON purchase.id = refund.purchase_id
    JOIN ledger_account account ON account.code = 'refunds:' || refund.id
    WHERE purchase.number = ANY (%s)
"""


def cancel(shopper: Shopper, seller: Shopper, bought: Bought) -> None:
    """The buyer asks, the seller agrees."""
    shopper.go(f"/orders/{bought.number}/{bought.part}/cancel/")
    shopper.page.get_by_label("Reason").select_option("I found it cheaper")
    shopper.press("Submit")
    shopper.reads("You asked to cancel")
    seller.go("/seller/")
    seller.follow("Answer them")
    seller.follow(f"Answer about order {bought.part}")
    seller.press("Approve")
    seller.reads("Cancelled. The buyer gets the money back")


def download(shopper: Shopper, link: str) -> bytes:
    with shopper.page.expect_download() as coming:
        shopper.follow(link)
    return Path(coming.value.path()).read_bytes()


def test_a_month_of_orders_is_narrowed_read_and_kept_in_three_files(
    shopper: Shopper, signed_in: SignedIn, network: Network, books: MarketBooks
) -> None:
    shopper.errands.sign_in(shopper.sim)
    kept, back = (buy_and_pay(shopper, network, books) for _ in range(2))
    cancel(shopper, signed_in(back.seller), back)
    numbers = [kept.number, back.number]
    billed, owed = books.value(BILLED, [numbers]), books.value(OWED_BACK, [numbers])
    assert owed == 54_000

    shopper.go(f"/orders/{back.number}/")
    way = shopper.page.get_by_role("list", name="The way of this refund")
    expect(way.locator("[aria-current=step]")).to_contain_text(re.compile("Owed to you|Payment confirmed"))
    expect(way).to_contain_text("still to come")

    shopper.go("/orders/")
    shopper.follow("This month")
    shopper.reads("2 orders", kept.number, back.number)
    shopper.follow("Statement of these orders")
    shopper.reads("It is not an M-PESA statement", "It is not a tax invoice", "Totals of 2 lines")
    expect(shopper.page.get_by_role("main")).to_contain_text(
        re.compile(r"KES 540 (owed|on its way \(payment confirmed\)), promised")
    )

    *_, totals = csv.DictReader(download(shopper, "CSV").decode("utf-8-sig").splitlines()[3:])
    named = ("Billed KES", "Refunds KES", "Net KES")
    amounts = [billed / 100, owed / 100, (billed - owed) / 100]
    assert [float(totals[name]) for name in named] == amounts
    (sheet,) = load_workbook(io.BytesIO(download(shopper, "Excel"))).worksheets
    rows = [*sheet.values]
    assert [dict(zip(rows[3], rows[-1], strict=True))[name] for name in named] == amounts
    pieces = drawn(download(shopper, "PDF"))
    for name, cents in (("Billed by M-PESA", billed), ("Refunds", -owed), ("Net", billed - owed)):
        last = len(pieces) - 1 - pieces[::-1].index(name)
        assert float(pieces[last + 1].replace("KES ", "").replace(",", "")) * 100 == cents

    shopper.write({"Find an order": back.number})
    shopper.press("Find")
    shopper.reads("Totals of 1 line", f"only orders found by “{back.number}”")
