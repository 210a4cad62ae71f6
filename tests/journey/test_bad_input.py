"""What people type by mistake, or on purpose: a clear word at the right place, and no dead end."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.journey.conftest import NewShopper
from tests.journey.errands import STREET
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network

pytestmark = pytest.mark.browser

NOT_A_PHONE = {
    "": "Enter the number that will pay",
    "0712 34S 678": "A phone number has only digits",
    "0712 345 67": "“0712 345 67” has 9 digits, 1 missing",
    "0712 345 6789": "has 11 digits, 1 too many",
    "020 222 2222": "0202222222 is a landline. Enter a mobile number",
    "+255 712 345 678": "+255 is not Kenya's code",
}
STEPS = ("", "address/", "address/?new", "payment/", "number/", "pay/")
NO_MPESA = {
    "0733 123 456": "0733 123 456 looks like an Airtel number. M-PESA works only on Safaricom lines",
    "0770 123 456": "0770 123 456 looks like a Telkom number. M-PESA works only on Safaricom lines",
}


def error_of(shopper: Shopper, label: str) -> str:
    """What is said about a field, to eyes and to screen readers alike."""
    field = shopper.page.get_by_label(label, exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    described_by = (field.get_attribute("aria-describedby") or "").split()
    return " ".join(shopper.page.locator(f"#{name}").inner_text() for name in described_by)


def test_numbers_that_cannot_pay(shopper: Shopper) -> None:
    shopper.errands.sign_in(shopper.sim)
    shopper.go(shopper.errands.take_to_pay(shopper.sim))
    shopper.follow("Change the number")
    for typed, words in {**NOT_A_PHONE, **NO_MPESA}.items():
        shopper.write({"M-PESA number": typed})
        shopper.press("Continue")
        shopper.reads(words)
        assert words in error_of(shopper, "M-PESA number")
        expect(shopper.page.get_by_label("M-PESA number")).to_have_value(typed)


@pytest.mark.parametrize("way", ["+254 0 {0} {1}", "+254(0){0}-{1}", "00254{0}{1}", "{0}{1}", "O{0}.{1}. "])
def test_ways_to_type_a_number(shopper: Shopper, way: str) -> None:
    national = shopper.sim.msisdn.removeprefix("254")
    shopper.errands.sign_in(shopper.sim)
    shopper.go(shopper.errands.take_to_pay(shopper.sim))
    shopper.follow("Change the number")
    shopper.write({"M-PESA number": way.format(national[:3], national[3:])})
    shopper.press("Continue")
    shopper.is_told("Check and pay", shopper.sim.local)


def test_signing_in_with_what_is_no_number_or_no_code(shopper: Shopper, network: Network) -> None:
    shopper.go("/account/login/")
    for typed, words in {**NOT_A_PHONE, "": "Enter a phone number"}.items():
        shopper.write({"Your phone number": typed})
        shopper.press("Send me a code")
        shopper.reads(words)
    shopper.write({"Your phone number": shopper.sim.local})
    shopper.press("Send me a code")
    expect(shopper.heading).to_have_text("Enter the code")
    code = network.wait_for_sms(shopper.sim.msisdn, "is your Sokopesa code")[:7].replace(" ", "")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for typed, words in {"12 34": "The code has 6 digits", wrong: "code"}.items():
        shopper.write({"Code from the SMS": typed})
        shopper.press("Continue")
        assert words in error_of(shopper, "Code from the SMS")
    shopper.write({"Code from the SMS": code})
    shopper.press("Continue")
    expect(shopper.page.get_by_role("link", name="Account")).to_be_visible()


def test_addresses_that_no_parcel_would_reach(shopper: Shopper) -> None:
    shopper.errands.sign_in(shopper.sim)
    shopper.errands.buy()
    shopper.go(shopper.errands.submit({}).url)
    shopper.page.get_by_label("P.O. Box", exact=True).check()
    shopper.write({"Full name": "Asha Test", "Postcode": "00100"})
    shopper.press("Continue")
    assert "Enter the number of the box" in error_of(shopper, "Box number")

    shopper.write({"Box number": "12345", "Post office town": "Mombasa"})
    shopper.press("Continue")
    assert "Mombasa’s main post office is 80100." in error_of(shopper, "Postcode")
    choice = shopper.page.get_by_role("group", name="Which post office is right?")
    expect(choice.get_by_role("radio")).to_have_count(2)

    shopper.write({"Postcode": "99999", "Post office town": "Gatundu"})
    shopper.press("Continue")
    assert "We do not know the postcode 99999." in error_of(shopper, "Postcode")
    expect(shopper.page.get_by_label("Use this address anyway")).to_be_visible()

    shopper.write({"Postcode": "00100", "Post office town": "Mombasa"})
    shopper.press("Continue")
    choice.get_by_label("80100").check()
    shopper.press("Continue")
    shopper.reads("does not go to P.O. Boxes")
    shopper.press("Continue")
    expect(shopper.heading).to_have_text("Select payment method")


def test_a_box_pasted_as_one_line(shopper: Shopper) -> None:
    shopper.errands.sign_in(shopper.sim)
    shopper.errands.buy()
    shopper.go(shopper.errands.submit({}).url)
    shopper.page.get_by_label("P.O. Box", exact=True).check()
    shopper.write({"Full name": "Asha Test", "Box number": "P.O. Box 12345-00100 Nairobi"})
    shopper.press("Continue")
    shopper.reads("does not go to P.O. Boxes")
    shopper.press("Continue")
    expect(shopper.heading).to_have_text("Select payment method")


@pytest.mark.parametrize(("goods", "quantity"), [("solar-power-system-5-kwh", 1), ("smartphone-6-7-inch", 20)])
def test_more_than_mpesa_moves_at_once(shopper: Shopper, goods: str, quantity: int) -> None:
    """Said before anybody has typed an address for nothing."""
    shopper.go(f"/p/{goods}/")
    shopper.page.get_by_label("Quantity").select_option(str(quantity))
    shopper.press("Buy Now")
    shopper.reads("M-PESA moves at most KES 250,000 in one payment")
    expect(shopper.page.get_by_role("button", name="Buy Now")).to_be_visible()


def test_sold_out_between_buy_now_and_pay(
    shopper: Shopper, new_shopper: NewShopper, network: Network, books: MarketBooks
) -> None:
    shopper.buy_up_to_pay(goods="kiondo-basket", quantity=9)
    quicker = new_shopper()
    quicker.errands.sign_in(quicker.sim)
    quicker.errands.place(quicker.sim, goods="kiondo-basket", quantity=9)
    network.type_pin(quicker.sim)

    shopper.press("Pay KES")
    expect(shopper.heading).to_have_text("Handwoven kiondo basket with leather handles")
    shopper.reads("sold out")
    assert network.prompts(shopper.sim) == []
    assert books.value("SELECT count(*) FROM payments_prompt WHERE msisdn = %s", [shopper.sim.msisdn]) == 0
    offer = shopper.page.get_by_role("region", name="Price and delivery")
    expect(offer).to_contain_text("Pwani Traders")  # the other vendor is offered instead
    expect(shopper.page.get_by_role("button", name="Buy Now")).to_be_visible()


def test_a_price_that_the_browser_made_up(shopper: Shopper, network: Network) -> None:
    shopper.buy_up_to_pay()
    shopper.page.locator("[name=agreed_total_cents]").evaluate("field => field.value = '100'")
    shopper.press("Pay KES 550")
    shopper.is_told("Check and pay", "Nothing has been charged. Please check it and press Pay again.", "KES 540")
    assert network.prompts(shopper.sim) == []


def test_quantities_that_nobody_can_buy(shopper: Shopper) -> None:
    for quantity in ("0", "-1", "21", "1.5", "many", "99999999999999999999"):
        shopper.errands.get("/p/exercise-books-pack/")
        answer = shopper.errands.submit({"offer": shopper.errands.offer, "quantity": quantity}, to="/buy/")
        assert answer.ok
        assert "Please choose a quantity from 1 to 20." in answer.text()


def test_somebody_elses_order(shopper: Shopper, new_shopper: NewShopper, network: Network) -> None:
    victim = new_shopper()
    victim.errands.sign_in(victim.sim)
    checkout = victim.errands.take_to_pay(victim.sim)
    number = victim.errands.place(victim.sim)
    private = [f"/orders/{number}/", f"/pay/{number}/", f"/pay/{number}/state/", f"/pay/{number}/events/", checkout]

    stranger = shopper.errands
    for address in private[:2]:
        assert "/account/login/" in stranger.get(address).url
    for address in private[2:4]:
        assert stranger.get(address).text() == ""
    stranger.sign_in(shopper.sim)
    for address in private:
        answer = stranger.get(address)
        assert answer.status == 404, address
        assert number not in answer.text().replace(address, "")
        assert victim.sim.local not in answer.text()
    stranger.get("/account/addresses/")
    assert stranger.submit({"msisdn": shopper.sim.local}, to=f"/pay/{number}/again/").status == 404
    shopper.go(f"/orders/{number}/")
    expect(shopper.heading).to_have_text("We can't find that page")
    network.type_pin(victim.sim)


def test_steps_skipped_by_address(shopper: Shopper) -> None:
    """Whoever types a later step's address comes to the first step that is still open."""
    shopper.errands.sign_in(shopper.sim)
    begun = shopper.errands.buy()
    for step in ("address/", "payment/", "number/", "pay/"):
        shopper.go(begun + step)
        expect(shopper.heading).to_have_text("Review your order")
    shopper.press("Continue")
    for step in ("payment/", "number/", "pay/"):
        shopper.go(begun + step)
        expect(shopper.heading).to_have_text("Where should we deliver?")
    shopper.errands.get(begun + "address/")
    shopper.errands.submit({**STREET, "phone": shopper.sim.local})
    for step in ("number/", "pay/"):
        shopper.go(begun + step)
        expect(shopper.heading).to_have_text("Select payment method")


def test_the_shop_never_asks_for_a_pin(shopper: Shopper, network: Network) -> None:
    """Nobody can teach shoppers to type their PIN into a web page if ours has no field that looks like one."""
    asked: set[str] = set()

    def look() -> None:
        for field in shopper.page.get_by_role("textbox").or_(shopper.page.locator("input, textarea")).all():
            asked.add(field.evaluate("f => [f.type, f.name, f.maxLength, f.labels?.[0]?.innerText ?? ''].join('|')"))

    shopper.errands.sign_in(shopper.sim)
    pay = shopper.errands.take_to_pay(shopper.sim)
    for address in ("/", "/account/addresses/new/", *(pay.replace("pay/", step) for step in STEPS)):
        shopper.go(address)
        look()
    shopper.press_pay()
    shopper.is_told("Check your phone", "Enter your M-PESA PIN on the phone, never on this page.")
    look()
    network.cancel(shopper.sim)
    shopper.is_told("You cancelled the request")
    look()

    assert "tel|msisdn" in " ".join(asked)
    for field in asked:
        kind, name, length, label = field.split("|", 3)
        assert kind != "password"
        assert length != "4"
        assert "pin" not in f"{name} {label}".lower().split()
