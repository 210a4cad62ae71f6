"""Refunds go back by two people with their second factors: one prepares, another approves, M-PESA pays each line, and
nobody can be both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import expect
from tests.journey.authenticator import give_code
from tests.journey.conftest import SignedIn
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network, Sim
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sound_books")]

FINANCE_ONE = Sim("254711000201", pin="1234")
FINANCE_TWO = Sim("254711000202", pin="1234")
FLOAT = "SELECT balance_cents FROM ledger_account WHERE code = 'mpesa:b2c:614251'"
OWED = """
    SELECT refund.number, refund.amount_cents FROM refunds_refund refund
    JOIN orders_purchase purchase ON purchase.id = refund.purchase_id WHERE purchase.number = %s
"""

TRANSFERS = """
    SELECT count(*) AS many FROM payouts_transfer transfer JOIN refunds_refund refund ON refund.id = transfer.refund_id
    WHERE refund.number = ANY (%s)
"""


class Owed(NamedTuple):
    """A refund by its number, and its shillings."""

    number: str
    shillings: int


AGE = (
    """
    UPDATE refunds_refund SET owed_at = owed_at - interval '10 days', reconciled_at = reconciled_at - interval '10 days'
    WHERE number = ANY (%(numbers)s)
    """,
    """
    UPDATE disbursement_refundfile SET day = day - 10, cut_off_at = cut_off_at - interval '10 days',
        closed_at = closed_at - interval '10 days'
    """,
)


@pytest.fixture
def paying_for_nothing(shopper: Shopper, network: Network, books: MarketBooks) -> Callable[[int], Owed]:
    """Somebody who is signed in orders so many, thinks better of it while M-PESA's request is on the phone, and enters
    the PIN all the same: the money is owed back, and no rule lets it leave at once."""

    def pay(quantity: int) -> Owed:
        number = shopper.errands.place(shopper.sim, quantity=quantity)
        network.wait_for_prompt(shopper.sim)
        shopper.errands.get(f"/orders/{number}/cancel/")
        shopper.errands.submit({})
        network.type_pin(shopper.sim)
        row = books.wait_for(OWED, [number])
        return Owed(row["number"], row["amount_cents"] // 100)

    return pay


def age(books: MarketBooks, numbers: list[str]) -> None:
    """Once M-PESA's list has confirmed their payments, ten days pass for them and for all files, so that each stands
    in a file that was cut off since."""
    for number in numbers:
        books.wait_for("SELECT 1 FROM refunds_refund WHERE number = %s AND state = 'reconciled'", [number])
    with books.connection.transaction():
        books.connection.execute("SET LOCAL session_replication_role = replica")
        for update in AGE:
            books.connection.execute(update, {"numbers": numbers})


def hand_over_files(stack: Stack, books: MarketBooks) -> None:
    """The days' files are closed, and those who pay acknowledge them."""
    stack.command("refunds", "file")
    answers = stack.data / "refund-files" / "in"
    answers.mkdir(parents=True, exist_ok=True)
    for file in books.rows("SELECT number, sha256 FROM disbursement_refundfile WHERE answered_at IS NULL"):
        head = f"H,sokopesa-refunds-reply,1,{file['number']},{file['sha256']},accepted,\n"
        (answers / f"reply-{file['number']}.csv").write_text(f"{head}T,{file['number']},0\n", encoding="utf-8")
    stack.command("refunds", "replies")
    books.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM disbursement_refundfile WHERE answered_at IS NULL)")


@pytest.fixture
def filed(
    shopper: Shopper, paying_for_nothing: Callable[[int], Owed], stack: Stack, books: MarketBooks
) -> tuple[Owed, Owed]:
    """Two refunds of one buyer's that stand in acknowledged files."""
    shopper.errands.sign_in(shopper.sim)
    first, second = paying_for_nothing(1), paying_for_nothing(2)
    age(books, [first.number, second.number])
    hand_over_files(stack, books)
    return first, second


def test_one_prepares_another_approves_and_each_line_is_paid(
    shopper: Shopper, filed: tuple[Owed, Owed], signed_in: SignedIn, network: Network, books: MarketBooks
) -> None:
    first, second = filed
    total = first.shillings + second.shillings
    wrong = f"{total + 9}"
    had, float_cents = network.balance(shopper.sim), books.value(FLOAT)

    maker = signed_in(FINANCE_ONE)
    maker.go("/desk/")
    maker.follow("Money out")
    maker.follow("Disbursements")
    maker.reads(f"2 lines wait, together KES {total:,}")
    maker.press("Prepare disbursement")
    give_code(maker)
    maker.reads(
        "Prepared. Nothing is paid until a second person", "You prepared this yourself", first.number, second.number
    )
    expect(maker.page.get_by_role("button", name="Approve")).to_have_count(0)
    number = maker.page.url.rstrip("/").rsplit("/", 1)[-1]
    maker.errands.get(f"/desk/money/disbursements/{number}/")
    refused = maker.errands.submit({"total": f"{total}"}, to=f"/desk/money/disbursements/{number}/approve/")
    assert (refused.status, "You prepared this yourself. Another person has to" in refused.text()) == (409, True)
    assert books.value(TRANSFERS, [[first.number, second.number]]) == 0

    approver = signed_in(FINANCE_TWO)
    approver.go("/desk/money/disbursements/")
    approver.follow(f"Look at disbursement {number}")
    approver.reads(f"2 payments of together KES {total:,} leave 614251.")
    approver.write({"Type the total": wrong})
    approver.press("Approve and pay")
    give_code(approver)
    approver.reads(f"“{wrong}” is not the total of this disbursement.")
    approver.write({"Type the total": f"{total}"})
    approver.press("Approve and pay")
    approver.reads("Approved. The lines go to M-PESA now.", "Finance One", "Finance Two")

    approver.reads("100%", f"2 paid, KES {total:,}")
    for refund in (first, second):
        row = approver.page.get_by_role("row").filter(has_text=refund.number)
        expect(row).to_contain_text(re.compile(r"Paid\s*[A-Z0-9]{10}"))
    maker.page.reload()
    maker.reads("Done", f"2 paid, KES {total:,}")
    assert network.balance(shopper.sim) == had + total
    assert books.value(FLOAT) == float_cents - 100 * total
    network.wait_for_sms(shopper.sim.msisdn, f"KES {first.shillings}")
    states = books.rows(
        "SELECT DISTINCT state FROM refunds_refund WHERE number = ANY (%s)", [[first.number, second.number]]
    )
    assert states == [{"state": "paid"}]
