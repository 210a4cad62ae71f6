"""The operators' desk: a mistyped payment finds its order by four eyes, and the buyer's page turns to paid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.journey.authenticator import code_of, give_code
from tests.journey.conftest import NewHandset, NewShopper
from tests.journey.handset import Handset
from tests.journey.paying_by_hand import pay_bill, terms_to_pay_by
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import OPERATOR, Network, Sim
from tests.stack import Stack

pytestmark = pytest.mark.browser

FINANCE_ONE = Sim("254711000201", pin="1234")
FINANCE_TWO = Sim("254711000202", pin="1234")
SUPPORT = Sim("254711000203", pin="1234")


@pytest.fixture
def unasked(network: Network) -> Iterator[None]:
    """M-PESA takes payments by hand without asking the market first, as it does from most paybills."""
    network.validate_payments(first=False)
    yield
    network.validate_payments(first=True)


def at_the_desk(new_shopper: NewShopper, sim: Sim) -> Shopper:
    """Somebody of the staff, signed in by the code that came by SMS, in a browser without JavaScript."""
    member = new_shopper(sim, javascript=False)
    member.errands.sign_in(sim)
    member.go("/desk/")
    return member


def approve_all_the_same(maker: Shopper, books: MarketBooks, receipt: str) -> str:
    """Past the page, which has no button for its own maker; what the desk answers."""
    release = books.rows("SELECT id FROM payments_release WHERE receipt_id = %s", [receipt])[0]["id"]
    maker.errands.get("/account/logout/")  # a form, for its token
    return maker.errands.submit({}, to=f"/desk/decisions/{release}/approve/").text()


def mistype(reference: str) -> str:
    """The last two characters swapped; the last one left out where they are the same."""
    swapped = reference[:-2] + reference[-1] + reference[-2]
    return swapped if swapped != reference else reference[:-1]


@pytest.mark.usefixtures("unasked")
def test_a_mistyped_payment_is_placed_by_two_people(
    shopper: Shopper, handset: Handset, network: Network, new_shopper: NewShopper, books: MarketBooks
) -> None:
    shopper.buy()
    handset.cancel()
    shopper.is_told("You cancelled the request")
    terms = terms_to_pay_by(shopper)
    typed = mistype(terms["Account number"])
    pay_bill(handset, terms["Business number"], typed, "540")
    network.wait_for_sms(OPERATOR, f"has no home: “{typed}”")

    maker = at_the_desk(new_shopper, FINANCE_ONE)
    maker.follow("Find homes")
    row = maker.page.get_by_role("row").filter(has_text=typed)
    receipt = row.get_by_role("link").inner_text()
    row.get_by_role("link").click()
    maker.page.get_by_role("radio", name=shopper.number).check()
    maker.write({"Why it belongs there": "The buyer swapped two characters; the amount is the order's."})
    maker.press("Propose to a second person")
    expect(maker.heading).to_have_text("Is it you?")
    give_code(maker)
    maker.reads("Proposed. The money moves when a second person in finance approves.", "You proposed this yourself")
    expect(maker.page.get_by_role("button", name="Approve")).to_have_count(0)
    assert "You proposed this yourself, so a second person must decide on it." in approve_all_the_same(
        maker, books, receipt
    )

    onlooker = at_the_desk(new_shopper, SUPPORT)
    onlooker.follow("Decisions")
    onlooker.follow(receipt)
    onlooker.reads("Only finance decides.")
    expect(onlooker.page.get_by_role("button")).to_have_count(0)

    second = at_the_desk(new_shopper, FINANCE_TWO)
    second.follow("Decisions")
    second.follow(receipt)
    second.reads("The buyer swapped two characters", "Proposed by", "Finance One")
    second.press("Approve: pay the order")
    second.reads("What you are sending moves money", "Nothing moves until the code is right.")
    second.write({"Code from your app": "000 000"})
    second.press("Give the code and send")
    second.reads("That is not the code that your app shows now. You have 4 tries left.")
    give_code(second)
    second.reads("Approved. The order is paid.", "Finance One", "Finance Two", "Placed")

    assert shopper.has_paid() == receipt
    network.wait_for_sms(shopper.sim.msisdn, f"We have matched your KES 540, M-PESA receipt {receipt}")
    maker.go("/desk/balances/")
    maker.reads("Both sides are equal: the books sum to zero.")


@pytest.mark.usefixtures("unasked")
def test_who_has_no_second_factor_sets_it_up_and_loses_nothing(
    network: Network, new_shopper: NewShopper, new_handset: NewHandset, stack: Stack, books: MarketBooks
) -> None:
    payer, newcomer = network.new_sim(), network.new_sim()
    stack.command("staff", "add", newcomer.local, "--role", "finance", "--name", "Finance Three")
    phone = new_handset(payer)
    pay_bill(phone, "174379", "RENT", "700")
    receipt = books.wait_for("SELECT code FROM payments_receipt WHERE account = %s", ["RENT"])["code"]

    maker = at_the_desk(new_shopper, FINANCE_ONE)
    maker.go(f"/desk/unmatched/{receipt}/")
    maker.page.get_by_role("radio", name="Back to the payer").check()
    maker.write({"Why it belongs there": "Somebody's rent."})
    maker.press("Propose to a second person")
    give_code(maker)
    maker.reads("Proposed.")

    second = at_the_desk(new_shopper, newcomer)
    second.go(f"/desk/unmatched/{receipt}/")
    second.press("Approve: send it back")
    expect(second.heading).to_have_text("Set up your second factor")
    second.reads("Nothing was sent yet.")
    secret = "".join(second.page.locator(".spelled").inner_text().split())
    second.write({"Code from your app": code_of(secret)})
    second.press("Set it up")
    expect(second.heading).to_have_text("Recovery codes")
    second.reads("10 left, each works once", "It has not been sent.")
    assert books.rows("SELECT state FROM payments_release WHERE receipt_id = %s", [receipt])[0]["state"] == "proposed"
    second.press("Send it now")
    second.reads("Approved. The money is owed back to the payer.", "Finance Three")
    network.wait_for_sms(newcomer.msisdn, "an authenticator app was added to your account")


def test_a_buyer_finds_no_desk(shopper: Shopper) -> None:
    shopper.errands.sign_in(shopper.sim)
    shopper.go("/desk/")
    expect(shopper.heading).to_have_text("We can't find that page")
