"""What a test is not about, done quickly: the shop's own forms, sent without a browser but in its session."""

from __future__ import annotations

import html
import re

from playwright.sync_api import APIRequestContext, APIResponse
from tests.network import Network, Sim

GOODS = "exercise-books-pack"
"""Cheap, and more in stock than the tests will ever buy: KES 390 and KES 150 for shipping."""

CODE_SMS = "is your Sokopesa code"

STREET = {
    "kind": "street",
    "recipient": "Asha Test",
    "building": "Jamii House, 2nd floor",
    "street": "Moi Avenue",
    "town": "Nairobi",
    "county": "Nairobi",
}


class Errands:
    """Fills in form after form. Each answer must lead to the page that is expected, or the test stops here."""

    def __init__(self, http: APIRequestContext, shop: str, network: Network) -> None:
        self._http = http
        self._shop = shop
        self._network = network
        self._page: APIResponse

    def sign_in(self, sim: Sim) -> None:
        """With the code that comes by SMS."""
        known = self._network.count_sms(sim.msisdn, CODE_SMS)
        self.get("/account/login/")
        self.submit({"phone": sim.local})
        self._arrived("/account/login/code/")
        message = self._network.wait_for_sms(sim.msisdn, CODE_SMS, beyond=known)
        self.submit({"code": message[:7]})
        self._arrived("/")

    def take_to_pay(self, sim: Sim, goods: str = GOODS, quantity: int = 1) -> str:
        """Buy Now, and every question answered; the address of the page with *Pay*."""
        self.buy(goods, quantity)
        self.submit({})
        self._arrived("/address/")
        self.submit({**STREET, "phone": sim.local})
        self._arrived("/payment/")
        self.submit({"method": "mpesa"})
        self._arrived("/number/")
        self.submit({"msisdn": sim.local})
        self._arrived("/pay/")
        return self._page.url

    def buy(self, goods: str = GOODS, quantity: int = 1) -> str:
        """*Buy Now*; the address of the page that follows."""
        self.get(f"/p/{goods}/")
        self.submit({"offer": self.offer, "quantity": str(quantity)}, to="/buy/")
        return self._page.url

    @property
    def offer(self) -> str:
        """The vendor's offer that the product's page, on which we are, has chosen."""
        return self._hidden("offer")

    def place(self, sim: Sim, goods: str = GOODS, quantity: int = 1) -> str:
        """Go all the way and press *Pay*; the purchase's number."""
        self.get(self.take_to_pay(sim, goods, quantity))
        self.submit({"agreed_total_cents": self._hidden("agreed_total_cents")})
        found = re.search(r"/pay/(\d{16})/", self._page.url)
        assert found, self._page.url
        return found[1]

    def ship(self, shop: str, order: str) -> None:
        """As a member of a shop: all of an order leaves, without tracking."""
        self.get(f"/seller/{shop}/orders/{order}/ship/")
        self.submit({"key": self._hidden("key")})
        assert self._page.ok, f"{self._page.url} answered {self._page.status}"

    def get(self, address: str) -> APIResponse:
        """Look at a page."""
        self._page = self._http.get(self._absolute(address))
        return self._page

    def submit(self, answers: dict[str, str], *, to: str = "") -> APIResponse:
        """Send the form of the page that we are on, to where it came from unless told otherwise."""
        token = self._hidden("csrfmiddlewaretoken")
        address = self._absolute(to) if to else self._page.url
        self._page = self._http.post(address, form={**answers, "csrfmiddlewaretoken": token})
        return self._page

    def _hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self._page.text())
        assert found, f"{self._page.url} has no field {name}"
        return html.unescape(found[1])

    def _arrived(self, ending: str) -> None:
        assert self._page.ok, f"{self._page.url} answered {self._page.status}"
        assert self._page.url.endswith(ending), f"expected a page …{ending}, came to {self._page.url}"

    def _absolute(self, address: str) -> str:
        return address if address.startswith("http") else self._shop + address
