"""Somebody who shops on a phone: finds things by their words, and reads what the page says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect
from tests.journey.errands import GOODS, Errands
from tests.journey.handset import Handset
from tests.network import Sim


class Shopper:
    """One browser window on the shop."""

    def __init__(self, page: Page, shop: str, errands: Errands, sim: Sim) -> None:
        self.page = page
        self.sim = sim
        self.errands = errands
        self._shop = shop

    @property
    def heading(self) -> Locator:
        """What the page is about."""
        return self.page.get_by_role("heading", level=1)

    @property
    def retry(self) -> Locator:
        """The button that is there only when paying again is right."""
        return self.page.get_by_role("button", name="Send the request again")

    @property
    def receipt(self) -> Locator:
        """M-PESA's receipt number, once the page has it."""
        return self.page.get_by_role("term").filter(has_text="M-PESA receipt").locator("+ dd")

    @property
    def number(self) -> str:
        """The order's number, from the page that follows its payment."""
        found = re.search(r"/pay/(\d{16})/", self.page.url)
        assert found, f"{self.page.url} follows no payment"
        return found[1]

    def go(self, path: str) -> None:
        """Open an address of the shop."""
        self.page.goto(path if path.startswith("http") else self._shop + path)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link).first.click()

    def write(self, answers: dict[str, str]) -> None:
        """Fill in fields by their labels."""
        for label, text in answers.items():
            self.page.get_by_label(label).fill(text)

    def reads(self, *sentences: str) -> None:
        """Each of these stands on the page, or soon does."""
        for sentence in sentences:
            expect(self.page.get_by_role("main")).to_contain_text(sentence)

    def sign_in_by(self, handset: Handset) -> None:
        """On the sign-in page: number, then the code that the phone shows."""
        self.write({"Your phone number": handset.sim.local})
        self.press("Send me a code")
        expect(self.heading).to_have_text("Enter the code")
        self.write({"Code from the SMS": handset.read_code()})
        self.press("Continue")

    def press_pay(self) -> None:
        """Press the button that names the whole sum, and come to the page that follows the payment."""
        self.page.get_by_role("button", name=re.compile("^Pay KES")).click()
        self.page.wait_for_url(re.compile(r"/pay/\d{16}/$"))

    def buy_up_to_pay(self, *, goods: str = GOODS, quantity: int = 1) -> None:
        """Stand before *Pay*, signed in, with every question answered quickly."""
        self.errands.sign_in(self.sim)
        self.go(self.errands.take_to_pay(self.sim, goods, quantity))

    def buy(self) -> None:
        """Press *Pay* for the usual goods: KES 540, of which M-PESA asks the phone, and KES 10 to M-PESA."""
        self.buy_up_to_pay()
        self.press_pay()

    def is_told(self, title: str, *sentences: str) -> None:
        """The page turns to this by itself."""
        expect(self.heading).to_have_text(title)
        self.reads(*sentences)

    def is_told_one_of(self, titles: Sequence[str]) -> None:
        expect(self.heading).to_have_text(re.compile("|".join(map(re.escape, titles))))

    def has_paid(self) -> str:
        """The page turns to paid by itself; the receipt that it shows."""
        self.is_told("Paid. Thank you!")
        expect(self.receipt).to_have_text(re.compile(r"^[A-Z0-9]{10}$"))
        return self.receipt.inner_text()
