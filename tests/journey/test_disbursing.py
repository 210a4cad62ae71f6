"""Refunds go back by two people with their second factors: one prepares, another approves, M-PESA pays each line, and
nobody can be both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.journey.authenticator import give_code
from tests.journey.buying import buy_and_pay
from tests.journey.conftest import SignedIn
from tests.journey.handset import Handset
from tests.journey.paying_by_hand import pay_bill
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import SHORTCODE, Network, Sim
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sound_books")]

FINANCE_ONE = Sim("254711000201", pin="1234")
FINANCE_TWO = Sim("254711000202", pin="1234")
FLOAT = "SELECT balance_cents FROM ledger_account WHERE code = 'mpesa:b2c:614251'"
OWED = """
    SELECT refund.number, refund.amount_cents, refund.msisdn FROM refunds_refund refund
    JOIN orders_purchase purchase ON purchase.id = refund.purchase_id WHERE purchase.number = %s
"""


@pytest.fixture
def unasked(network: Network) -> Iterator[None]:
    """M-PESA takes payments by hand without asking the market first, as it does from most paybills."""
    network.validate_payments(first=False)
    yield
    network.validate_payments(first=True)


@pytest.fixture
def paying_again(
    shopper: Shopper, handset: Handset, network: Network, books: MarketBooks, unasked: None
) -> Callable[[str], str]:
    """Somebody who is signed in pays an order, and by hand some shillings more for it; the refund's number."""

    def pay(shillings: str) -> str:
        bought = buy_and_pay(shopper, network, books)
        reference = books.value("SELECT reference FROM orders_purchase WHERE number = %s", [bought.number])
        pay_bill(handset, SHORTCODE, reference, shillings)
        return str(books.wait_for(OWED, [bought.number])["number"])

    return pay


def confirmed_a_week_ago(books: MarketBooks, numbers: list[str]) -> None:
    """M-PESA's record showed these payments then, so each stands in a file that was cut off since."""
    with books.connection.transaction():
        books.connection.execute("SET LOCAL session_replication_role = replica")
        books.connection.execute(
            """
            UPDATE refunds_refund SET state = 'reconciled', reconciled_from = 'list',
                owed_at = owed_at - interval '7 days', reconciled_at = owed_at - interval '7 days'
            WHERE number = ANY (%s)
            """,
            [numbers],
        )


def hand_over_files(stack: Stack, books: MarketBooks, folder: Path) -> None:
    """The days' files are closed, and those who pay acknowledge them."""
    stack.command("refunds", "file")
    for file in books.rows("SELECT number, sha256 FROM disbursement_refundfile WHERE answered_at IS NULL"):
        reply = folder / f"reply-{file['number']}.csv"
        head = f"H,sokopesa-refunds-reply,1,{file['number']},{file['sha256']},accepted,\n"
        reply.write_text(f"{head}T,{file['number']},0\n", encoding="utf-8")
        stack.command("refunds", "replies", str(reply))


@pytest.fixture
def filed(
    shopper: Shopper, paying_again: Callable[[str], str], stack: Stack, books: MarketBooks, tmp_path: Path
) -> tuple[str, str]:
    """Numbers of two refunds, of KES 700 and 45, that stand in acknowledged files."""
    shopper.errands.sign_in(shopper.sim)
    first, second = paying_again("700"), paying_again("45")
    confirmed_a_week_ago(books, [first, second])
    hand_over_files(stack, books, tmp_path)
    return first, second


def test_one_prepares_another_approves_and_each_line_is_paid(
    shopper: Shopper, filed: tuple[str, str], signed_in: SignedIn, network: Network, books: MarketBooks
) -> None:
    first, second = filed
    had, float_cents = network.balance(shopper.sim), books.value(FLOAT)

    maker = signed_in(FINANCE_ONE)
    maker.go("/desk/")
    maker.follow("Money out")
    maker.follow("Disbursements")
    maker.reads("2 lines wait, together KES 745")
    maker.press("Prepare disbursement")
    give_code(maker)
    maker.reads("Prepared. Nothing is paid until a second person", "You prepared this yourself", first, second)
    expect(maker.page.get_by_role("button", name="Approve")).to_have_count(0)
    number = maker.page.url.rstrip("/").rsplit("/", 1)[-1]
    maker.errands.get(f"/desk/money/disbursements/{number}/")
    refused = maker.errands.submit({"total": "745"}, to=f"/desk/money/disbursements/{number}/approve/")
    assert (refused.status, "You prepared this yourself. Another person has to" in refused.text()) == (409, True)
    assert books.value("SELECT count(*) FROM payouts_transfer WHERE refund_id IS NOT NULL") == 0

    approver = signed_in(FINANCE_TWO)
    approver.go("/desk/money/disbursements/")
    approver.follow(f"Look at disbursement {number}")
    approver.reads("2 payments of together KES 745 leave 614251.")
    approver.write({"Type the total": "754"})
    approver.press("Approve and pay")
    give_code(approver)
    approver.reads("“754” is not the total of this disbursement.")
    approver.write({"Type the total": "745"})
    approver.press("Approve and pay")
    approver.reads("Approved. The lines go to M-PESA now.", "Finance One", "Finance Two")

    approver.reads("100%", "2 paid, KES 745")
    for refund in (first, second):
        row = approver.page.get_by_role("row").filter(has_text=refund)
        expect(row).to_contain_text(re.compile(r"Paid\s*[A-Z0-9]{10}"))
    maker.page.reload()
    maker.reads("Done", "2 paid, KES 745")
    assert network.balance(shopper.sim) == had + 745
    assert books.value(FLOAT) == float_cents - 74_500
    network.wait_for_sms(shopper.sim.msisdn, "KES 700")
    states = books.rows("SELECT DISTINCT state FROM refunds_refund WHERE number = ANY (%s)", [[first, second]])
    assert states == [{"state": "paid"}]
