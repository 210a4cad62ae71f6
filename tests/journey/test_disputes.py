"""Goods that do not come, or come wrong: each way through a dispute, by buyer, seller and mediator (R43–R57)."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect
from tests.journey.ageing import days_pass, until_last_promised_day
from tests.journey.authenticator import give_code
from tests.journey.buying import Bought, buy_and_pay
from tests.journey.conftest import SignedIn
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network, Sim
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sound_books")]

NAIROBI = ZoneInfo("Africa/Nairobi")
MEDIATOR_ONE = Sim("254711000204", pin="1234")
MEDIATOR_TWO = Sim("254711000205", pin="1234")
ROUTES = 4

LATE = "It has not arrived in the promised time"
DAMAGED = "It arrived damaged"
REFUND = """
    SELECT refund.amount_cents, refund.owed_at, dispute.opened_at, dispute.closed_at,
        to_char(refund.promised_from, 'FMDD Mon') AS earliest, to_char(refund.promised_until, 'FMDD Mon YYYY') AS latest
    FROM refunds_refund refund JOIN aftersale_dispute dispute ON dispute.refund_id = refund.id
    JOIN orders_order part ON part.id = refund.order_id WHERE part.number = %s
"""


class Route:
    """One buyer's shipped order on its way through a dispute, with whoever takes part."""

    def __init__(self, buyer: Shopper, bought: Bought, signed_in: SignedIn, stack: Stack) -> None:
        self.buyer = buyer
        self.bought = bought
        self._signed_in = signed_in
        self._stack = stack
        self.dispute = ""

    def open_form(self) -> None:
        """From My Orders, as the market's help says."""
        self.buyer.go("/orders/")
        self.buyer.follow("View Detail")
        self.buyer.follow("Open Dispute")
        expect(self.buyer.heading).to_have_text("Open Dispute")

    def has_the_goods(self) -> None:
        """The buyer says that they came, and wants to look at them first."""
        self.buyer.go(f"/orders/{self.bought.number}/")
        self.buyer.follow("Confirm Receipt")
        self.buyer.page.get_by_label("I have it, and want to check it first").check()
        self.buyer.press("Confirm Receipt")
        self.buyer.reads("Delivered", "Say that all is well, or open a dispute", "14 days 23 h left")

    def claim(self, kind: str, reason: str, details: str, *, amount: str = "") -> None:
        """Fill in what is given, and submit."""
        self.buyer.page.get_by_role("radio", name=kind).check()
        self.buyer.page.get_by_label("Reason").select_option(reason)
        if amount:
            self.buyer.write({"Refund amount": amount})
        self.buyer.write({"Request details": details})
        self.buyer.press("Submit")

    def is_open(self) -> None:
        """The dispute has its page and number; the seller has five days."""
        self.buyer.reads("Your dispute is open. The seller has been told.", "The seller answers the dispute")
        self.buyer.reads("4 days 23 h left", "If not, the buyer's claim is granted.")
        found = re.search(r"/disputes/(\w+)/", self.buyer.page.url)
        assert found
        self.dispute = found[1]

    def seller(self) -> Shopper:
        """The shop's page of the dispute, found in its list."""
        seller = self._signed_in(self.bought.seller)
        seller.go("/seller/")
        seller.page.get_by_role("navigation").get_by_role("link", name="Disputes").click()
        seller.follow(self.dispute)
        expect(seller.heading).to_have_text(f"Dispute {self.dispute}")
        return seller

    def mediator(self, sim: Sim) -> Shopper:
        """The case at the desk, found among those to decide."""
        mediator = self._signed_in(sim)
        mediator.go("/desk/disputes/")
        mediator.follow(self.dispute)
        expect(mediator.heading).to_have_text(f"Case {self.dispute}")
        return mediator

    def buyer_looks(self) -> Shopper:
        """The buyer loads the dispute's page again."""
        self.buyer.go(f"/disputes/{self.dispute}/")
        return self.buyer

    def days_pass(self, days: int) -> None:
        with self._stack.database() as connection:
            days_pass(connection, self.bought.number, days=days)

    def last_promised_day_comes(self, today: date) -> None:
        with self._stack.database() as connection:
            until_last_promised_day(connection, self.bought.number, today=today)

    def pays_back(self, shillings: int) -> dict[str, datetime]:
        """The refund of the dispute is as much, and the buyer's pages say so and between which days it comes."""
        with self._stack.database() as connection:
            refund = MarketBooks(connection).wait_for(REFUND, [self.bought.part])
        assert refund["amount_cents"] == shillings * 100
        days = f"{refund['earliest']} and {refund['latest']}"
        self.buyer_looks().reads(f"KES {shillings} goes back to the phone that paid between {days}")
        self.buyer.go(f"/orders/{self.bought.number}/")
        self.buyer.reads(f"See dispute {self.dispute}", f"KES {shillings}", days)
        return refund


@pytest.fixture(scope="module")
def shipped(stack: Stack, whole_network: Network, signed_in: SignedIn) -> list[Route]:
    """An order of each test's own, paid, and sent by the shop this morning."""
    with stack.database() as connection:
        books = MarketBooks(connection)
        buyers = [signed_in(whole_network.new_sim()) for _ in range(ROUTES)]
        orders = [buy_and_pay(buyer, whole_network, books) for buyer in buyers]
    for order in orders:
        signed_in(order.seller).errands.ship(order.shop, order.part)
    return [Route(buyer, bought, signed_in, stack) for buyer, bought in zip(buyers, orders, strict=True)]


@pytest.fixture
def route(shipped: list[Route]) -> Route:
    return shipped.pop()


def photo(name: str) -> dict[str, object]:
    """A photo as a phone makes it."""
    image = io.BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(image, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": image.getvalue()}


def add_photo(form: Locator, name: str) -> None:
    """Choose it, and see it received."""
    form.get_by_label("Evidence").set_input_files([photo(name)])  # type: ignore[list-item]
    expect(form.get_by_role("listitem").filter(has_text=name)).to_contain_text("Ready")


def test_goods_that_do_not_come(route: Route, network: Network) -> None:
    """*Not received* can be claimed from the midnight that ends the last promised day, and not before. The seller says
    nothing for five days: the claim is granted, as of that moment."""
    buyer, today = route.buyer, datetime.now(NAIROBI)
    route.last_promised_day_comes(today.date())
    opens = today + timedelta(days=1)
    route.open_form()
    buyer.reads("It often helps to write to the seller first.", "Contact Now")
    buyer.reads("Not arrived yet?", f"you can open a dispute from {opens:%a} {opens.day} {opens:%b %Y}, 00:00")
    route.claim("Refund Only", LATE, "I waited at the pickup point every day.")
    buyer.reads("The promised time is not over.", f"from {opens:%a} {opens.day} {opens:%b} {opens.year} at 00:00")
    buyer.go(f"/orders/{route.bought.number}/")
    buyer.follow("Cancel Order")
    expect(buyer.heading).to_have_text("This can no longer be cancelled")
    expect(buyer.page.get_by_role("link", name="Open Dispute")).to_be_visible()
    expect(buyer.page.get_by_role("main").get_by_role("link", name="Contact Now")).to_be_visible()
    buyer.follow("Back to the order")
    buyer.reads("The goods arrive until the end of", "If not, you may open a dispute because they were not received")

    route.days_pass(1)
    buyer.page.reload()
    buyer.reads("Late: it was promised by", "The promised time is over.")
    over = buyer.page.get_by_role("listitem").filter(has_text="The promised time is over.")
    expect(over).to_contain_text(f"{today.day} {today:%b %Y}, 00:00")
    route.open_form()
    buyer.reads("This is what you typed on")
    expect(buyer.page.get_by_text("Not arrived yet?")).to_have_count(0)
    expect(buyer.page.get_by_label("Request details")).to_have_value("I waited at the pickup point every day.")
    buyer.press("Submit")
    route.is_open()
    network.wait_for_sms(route.bought.seller.msisdn, f"Dispute {route.dispute} .*KES 540 .*or it is granted")

    route.days_pass(5)
    network.wait_for_sms(buyer.sim.msisdn, f"We owe you KES 540: the dispute on order {route.bought.part}")
    buyer = route.buyer_looks()
    buyer.reads("Closed: the seller did not answer, so the claim was granted", "Goods received", "No")
    refund = route.pays_back(540)
    assert refund["closed_at"] == refund["owed_at"] == refund["opened_at"] + timedelta(days=5)


def test_a_part_of_the_money_by_a_counter_offer(route: Route) -> None:
    """Refund Only for goods that came: a part, with evidence. The seller offers less, the buyer splits the difference,
    and the seller accepts that."""
    route.has_the_goods()
    route.open_form()
    buyer = route.buyer
    route.claim("Refund Only", DAMAGED, "Two of the six books are torn.", amount="540")
    buyer.reads("To get all of KES 540 back choose Return Goods. If you keep the goods, ask for less.")
    buyer.reads("Add at least one photo, video or PDF that shows what is wrong.")
    for wrong, words in (("0", "At least KES 10"), ("200.50", "Whole shillings only"), ("541", "At most KES 540")):
        buyer.write({"Refund amount": wrong})
        buyer.press("Submit")
        buyer.reads(words)
    add_photo(buyer.page.get_by_role("main"), "torn.jpg")
    route.claim("Refund Only", DAMAGED, "Two of the six books are torn.", amount="200")
    route.is_open()
    buyer.reads("The three plans", "KES 200", "Refund Only: the goods are kept", "torn.jpg")

    seller = route.seller()
    seller.reads("The buyer asks for KES 200 and keeps the goods.", "Your answer")
    seller.page.get_by_text("Make another offer").click()
    offer = seller.page.locator("form").filter(has_text="Send the offer")
    offer.get_by_label("Amount").fill("300")
    offer.get_by_label("Your answer").fill("One book is torn; two is not what the photo shows.")
    offer.get_by_role("button", name="Send the offer").click()
    seller.reads("The buyer asks for KES 200. Offer less, or accept the claim as it is.")
    offer.get_by_label("Amount").fill("100")
    offer.get_by_role("button", name="Send the offer").click()
    seller.reads("Offered. The buyer has been told.", "KES 100")

    buyer = route.buyer_looks()
    buyer.reads(
        "The seller offers KES 100, and you keep the goods.", "Buyer and seller agree", "a mediator of the market"
    )
    buyer.press("Split the difference: KES 150")
    buyer.reads("KES 150")
    seller = route.seller()
    seller.press("Accept KES 150")
    seller.reads("Accepted. The buyer has been told.", "Closed: buyer and seller agreed")
    expect(seller.page.get_by_role("button")).to_have_count(0)
    route.buyer_looks().reads("The seller accepted the claim: KES 150 back without a return.")
    route.pays_back(150)
    route.buyer.reads("Delivered", "the order is completed and the seller is paid")
    expect(route.buyer.page.get_by_role("link", name="Open Dispute")).to_have_count(0)


def test_goods_go_back(route: Route) -> None:
    """Return Goods, from the report centre: all of the money, once the seller has the goods again."""
    route.has_the_goods()
    buyer = route.buyer
    buyer.go("/report/")
    buyer.write({"Order number, M-PESA receipt or goods": route.bought.number})
    buyer.press("Find")
    buyer.follow("Open Dispute")
    buyer.page.get_by_role("radio", name="Return Goods").check()
    add_photo(buyer.page.get_by_role("main"), "ruled-in-squares.jpg")
    route.claim("Return Goods", "It does not match the description", "The listing says lines; these are squares.")
    route.is_open()

    seller = route.seller()
    seller.reads("KES 540", "sends the goods back first")
    seller.press("Accept KES 540")
    seller.reads("Say where the buyer sends the goods: name, phone, and street or P.O. Box.")
    seller.page.get_by_label("Address for the return").first.fill("Jikoni & Nyumbani, 0711 000 302, Biashara Street 12")
    seller.press("Accept KES 540")
    seller.reads("Accepted. The buyer has been told.", "The buyer sends the goods back")

    buyer = route.buyer_looks()
    buyer.reads("Send the goods to Jikoni & Nyumbani, 0711 000 302, Biashara Street 12.", "9 days 23 h left")
    buyer.reads("If not, the dispute is closed and nothing is refunded.")
    buyer.press("I have sent the goods")
    buyer.reads("Give the tracking or parcel number from the receipt.")
    buyer.write({"Courier or post office": "Posta Kenya", "Tracking or parcel number": "RR123456785KE"})
    buyer.press("I have sent the goods")
    buyer.reads("The seller confirms that the goods came back", "If not, the refund is granted.", "RR123456785KE")

    route.days_pass(3)
    seller = route.seller()
    seller.reads("The goods are coming back", "Posta Kenya RR123456785KE")
    seller.press("They came back: refund KES 540")
    seller.reads("Confirmed. The buyer gets the money back.")
    route.buyer_looks().reads("Closed: the goods came back", "The seller confirmed that the goods came back.")
    route.pays_back(540)
    route.buyer.reads("Refunded")


def test_the_market_decides_and_decides_again(route: Route) -> None:
    """The seller refuses with evidence; a mediator rules; the buyer appeals; another mediator decides for good."""
    route.has_the_goods()
    route.open_form()
    buyer = route.buyer
    add_photo(buyer.page.get_by_role("main"), "wet.jpg")
    route.claim("Refund Only", DAMAGED, "The whole pack was wet.", amount="400")
    route.is_open()

    seller = route.seller()
    seller.page.get_by_text("Refuse", exact=True).click()
    refusal = seller.page.locator("form").filter(has_text="Refuse the claim")
    refusal.get_by_label("Your answer").fill("It was wrapped in plastic, and dry when it left.")
    refusal.get_by_role("button", name="Refuse the claim").click()
    seller.reads("Add what shows it: a photo, the post office's receipt, the tracking page.")
    add_photo(refusal, "wrapped.jpg")
    refusal.get_by_role("button", name="Refuse the claim").click()
    seller.reads("Refused. The buyer reads why, and may ask the market to decide.", "No refund")

    buyer = route.buyer_looks()
    buyer.reads("The seller refused your claim.", "It was wrapped in plastic", "wrapped.jpg")
    buyer.press("Ask the market to decide")
    buyer.reads("A mediator decides", "The buyer asked the market to decide.")

    first = route.mediator(MEDIATOR_ONE)
    first.reads(
        "wet.jpg", "wrapped.jpg", "The whole pack was wet.", "M-PESA receipt", "KES 540, of which shipping KES 150"
    )
    decide(first, "No refund", "The photo shows water on the outside of the wrapping only.")
    first.reads("Decided. Both sides have been told.", "Either side may appeal, once")

    buyer = route.buyer_looks()
    buyer.reads("No refund", "The photo shows water on the outside of the wrapping only.", "6 days 23 h left")
    buyer.page.get_by_text("Appeal against the decision").click()
    buyer.write({"Your reasons": "Please look at the second corner: the paper is wavy."})
    buyer.press("Appeal")
    buyer.reads("The buyer appealed. Another mediator decides, and that is final.")

    first = route.mediator(MEDIATOR_ONE)
    first.reads("The appeal is against your decision, so another mediator decides.")
    expect(first.page.get_by_role("button", name="Decide")).to_have_count(0)
    second = route.mediator(MEDIATOR_TWO)
    second.reads("Please look at the second corner: the paper is wavy.", "This is final: it is carried out at once.")
    decide(second, "Money back without a return", "The paper inside is wavy: half of the pack is spoilt.", amount="270")
    second.reads("Decided. Both sides have been told.", "Decision on the appeal", "The market decided")
    route.buyer_looks().reads("Closed: the market decided", "The paper inside is wavy: half of the pack is spoilt.")
    route.pays_back(270)


def decide(mediator: Shopper, decision: str, reasons: str, *, amount: str = "") -> None:
    """Reasons are owed with every decision."""
    mediator.page.get_by_role("radio", name=decision).check()
    if amount:
        mediator.write({"Amount": amount})
    mediator.press("Decide")
    give_code(mediator)
    mediator.reads("Give the reasons. Both sides read them.")
    mediator.write({"Reasons": reasons})
    mediator.press("Decide")
    give_code(mediator)
