"""The operators' desk: a mistyped payment finds its order by four eyes, and the buyer's page turns to paid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.journey.conftest import NewShopper
from tests.journey.handset import Handset
from tests.journey.paying_by_hand import pay_bill, terms_to_pay_by
from tests.journey.shopper import Shopper
from tests.network import OPERATOR, Network, Sim

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


def mistype(reference: str) -> str:
    """The last two characters swapped; the last one left out where they are the same."""
    swapped = reference[:-2] + reference[-1] + reference[-2]
    return swapped if swapped != reference else reference[:-1]


@pytest.mark.usefixtures("unasked")
def test_a_mistyped_payment_is_placed_by_two_people(
    shopper: Shopper, handset: Handset, network: Network, new_shopper: NewShopper
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
    maker.reads("Proposed. The money moves when a second person in finance approves.", "You proposed this yourself")
    expect(maker.page.get_by_role("button", name="Approve")).to_have_count(0)

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
    second.reads("Approved. The order is paid.", "Finance One", "Finance Two", "Placed")

    assert shopper.has_paid() == receipt
    network.wait_for_sms(shopper.sim.msisdn, f"We have matched your KES 540, M-PESA receipt {receipt}")
    maker.go("/desk/balances/")
    maker.reads("Both sides are equal: the books sum to zero.")


def test_a_buyer_finds_no_desk(shopper: Shopper) -> None:
    shopper.errands.sign_in(shopper.sim)
    shopper.go("/desk/")
    expect(shopper.heading).to_have_text("We can't find that page")
