"""The whole path on a phone, from the front page to a paid order, as a shopper walks it with the phone in hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journey.conftest import NewHandset, NewShopper
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper
from tests.network import Network

pytestmark = pytest.mark.browser

LANTERN = "Solar lantern with phone charging"
PO_BOX = {
    "Full name": "Asha Test",
    "Box number": "12345",
    "Postcode": "00100",
}


def walk_to_the_number(shopper: Shopper, handset: Handset) -> None:
    """Home, shelf, product, another vendor, Buy Now, signing in, a P.O. Box, M-PESA."""
    shopper.go("/")
    shopper.follow("Solar & lighting")
    expect(shopper.heading).to_have_text("Solar & lighting")
    shopper.follow(LANTERN)
    expect(shopper.heading).to_have_text(LANTERN)
    shopper.reads("3 vendors sell this", "KES 774 more, ", " days sooner")
    shopper.follow("Choose Mwangaza Solar")
    offer = shopper.page.get_by_role("region", name="Price and delivery")
    expect(offer).to_contain_text("KES 2,350")
    expect(offer).to_contain_text("Sold byMwangaza Solar, from Nakuru")
    shopper.press("Buy Now")

    shopper.is_told("Review your order", "From Mwangaza Solar", LANTERN, "from Nakuru")
    shopper.press("Continue")

    expect(shopper.heading).to_have_text("Sign in or sign up")
    shopper.sign_in_by(handset)

    expect(shopper.heading).to_have_text("Where should we deliver?")
    shopper.page.get_by_label("P.O. Box", exact=True).check()
    shopper.write(PO_BOX)
    shopper.press("Continue")

    shopper.reads("Pickup point does not go to P.O. Boxes", "Posta – P.O. Box, KES 350", "KES 50 more")
    shopper.press("Continue")

    expect(shopper.heading).to_have_text("Select payment method")
    shopper.page.get_by_label("M-PESA", exact=True).check()
    shopper.press("Continue")
    expect(shopper.heading).to_have_text("Which number will pay?")


def check_what_is_due(shopper: Shopper) -> None:
    """KES 2,350 and 350 for the post; Safaricom takes 25 for KES 2,501 to 3,500."""
    shopper.is_told("Check and pay", "Goods", "KES 2,350", "Shipping", "KES 350", "Deliver to", "P.O. Box 12345")
    due = shopper.page.get_by_role("region", name="To pay")
    expect(due.get_by_role("term").filter(has_text="M-PESA paybill charge").locator("+ dd")).to_have_text("KES 25")
    expect(due.get_by_role("term").filter(has_text="Leaves your M-PESA").locator("+ dd")).to_have_text("KES 2,725")
    expect(due).to_contain_text("The request on your phone will say KES 2,700.")


def test_from_the_front_page_to_a_paid_order(shopper: Shopper, handset: Handset) -> None:
    expect(handset.balance).to_have_text("Ksh 50,000.00")
    walk_to_the_number(shopper, handset)
    national = shopper.sim.msisdn.removeprefix("254")
    shopper.write({"M-PESA number": f"+254 (0){national[:3]} {national[3:]} "})
    shopper.press("Continue")
    check_what_is_due(shopper)
    shopper.reads(shopper.sim.local)

    shopper.press_pay()
    shopper.is_told("Check your phone", "We sent an M-PESA request for KES 2,700")
    expect(handset.prompt).to_contain_text(re.compile(r"pay Ksh\. 2,700\.00 to SOKOPESA Account no\. [0-9A-Z]{10}"))
    shopper.page.evaluate("window.sameDocument = true")
    handset.type_pin()
    receipt = shopper.has_paid()
    assert shopper.page.evaluate("window.sameDocument"), "the page was loaded anew"

    expect(handset.newest("MPESA")).to_contain_text(f"{receipt} Confirmed. Ksh2,700.00 sent to SOKOPESA")
    expect(handset.newest("MPESA")).to_contain_text("Transaction cost, Ksh25.00.")
    expect(handset.newest("SOKOPESA")).to_contain_text("We received KES 2,700")
    expect(handset.balance).to_have_text("Ksh 47,275.00")
    shopper.reads("M-PESA paybill chargeKES 25", "Left your M-PESAKES 2,725")
    number = shopper.number

    shopper.go("/")
    shopper.follow("My Orders")
    order = shopper.page.get_by_role("listitem").filter(has_text=f"Order {number}")
    expect(order).to_contain_text("Paid")
    expect(order).to_contain_text("Billed KES 2,725")
    expect(order).to_contain_text("KES 2,700 + M-PESA charge KES 25")
    expect(order).to_contain_text(receipt)

    order.get_by_role("link", name="View Detail").click()
    shopper.is_told(f"Order {number}", LANTERN, "P.O. Box 12345 - 00100", "NAIROBI", receipt, "KES 2,725")
    what_happened = shopper.page.get_by_role("region", name="What happened").get_by_role("listitem")
    expect(what_happened).to_contain_text(
        [
            "You placed the order. The goods are reserved.",
            "We sent the M-PESA request to the phone.",
            f"M-PESA confirmed KES 2,700, receipt {receipt}.",
        ]
    )


def test_the_same_path_without_javascript(new_shopper: NewShopper, new_handset: NewHandset) -> None:
    shopper = new_shopper(javascript=False)
    handset = new_handset(shopper.sim)
    walk_to_the_number(shopper, handset)
    expect(shopper.page.get_by_label("M-PESA number")).to_have_value(shopper.sim.local)
    shopper.press("Continue")
    check_what_is_due(shopper)

    shopper.press_pay()
    handset.type_pin()
    receipt = shopper.has_paid()  # the page loads itself anew every few seconds
    expect(handset.newest("MPESA")).to_contain_text(receipt)
    shopper.follow("View Detail")
    shopper.is_told(f"Order {shopper.page.url.rstrip('/')[-16:]}", receipt)


def test_the_first_page_of_a_product_is_light(shopper: Shopper) -> None:
    """What a shopper on costly data downloads to see a product, its photos aside: at most 60 KB."""
    sizes: dict[str, int] = {}
    session = shopper.page.context.new_cdp_session(shopper.page)
    kinds: dict[str, str] = {}
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on(
        "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])})
    )
    shopper.go("/p/solar-lantern/")
    expect(shopper.heading).to_have_text(LANTERN)
    weighed = {kind: sum(sizes[one] for one in sizes if kinds.get(one) == kind) for kind in set(kinds.values())}
    assert weighed["Document"] > 0
    assert sum(weighed[kind] for kind in ("Document", "Stylesheet", "Script")) <= 60_000, weighed


def test_the_network_counts_the_charge_as_we_announced_it(shopper: Shopper, network: Network) -> None:
    shopper.buy()
    network.type_pin(shopper.sim)
    receipt = shopper.has_paid()
    paid = next(payment for payment in network.payments() if payment["receipt"] == receipt)
    assert (paid["amount"], paid["charge"]) == (540, 10)
    assert network.balance(shopper.sim) == 50_000 - 540 - 10
