"""A shop with a paid order, and somebody who acts for it before a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.kernel import clock
from sokopesa.orders import checkout as steps
from sokopesa.orders.models import Order
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import add_member

PHONE = "254711500900"
Market = Any


def words(answer: Any) -> str:
    """What a page says, without its marks."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


class Desk:
    """One shop's seller centre, with its member signed in."""

    def __init__(self, market: Market, client: Client) -> None:
        market.now = clock.now()
        self.market, self.client = market, client
        self.offer = market.offer(stock=200)
        self.shop: Seller = self.offer.seller
        self.member: User = add_member(seller=self.shop, phone=PHONE)
        client.force_login(self.member)

    def order(self, *, quantity: int = 1, is_tracked: bool = True) -> Order:
        """Paid just now: KES 1,200 a piece and KES 50 for shipping."""
        checkout = self.market.checkout(offer=self.offer, quantity=quantity)
        purchase = steps.place(
            checkout_id=checkout.pk, agreed_total_cents=120_000 * quantity + 5_000, now=self.market.now
        )
        self.market.pay(purchase)
        Order.objects.filter(purchase=purchase).update(is_tracked=is_tracked)
        return Order.objects.select_related("purchase__buyer", "seller").get(purchase=purchase)

    def url(self, name: str, *more: object, shop: Seller | None = None) -> str:
        return reverse(f"seller_centre:{name}", args=[(shop or self.shop).slug, *more])

    def get(self, name: str, /, *more: object, **query: str) -> str:
        answer = self.client.get(self.url(name, *more), query, follow=True)
        assert answer.status_code == 200, answer.status_code
        return words(answer)

    def post(self, name: str, /, *more: object, **said: object) -> str:
        """What the page after it says."""
        return words(self.client.post(self.url(name, *more), said, follow=True))

    def refused(self, name: str, /, *more: object, **said: object) -> str:
        """The page again, with what is wrong."""
        answer = self.client.post(self.url(name, *more), said)
        assert answer.status_code == 422, answer.status_code
        return words(answer)

    def hidden(self, field: str, name: str, *more: object) -> str:
        """The value of a hidden field on a page."""
        page = self.client.get(self.url(name, *more)).content.decode()
        found = re.search(rf'name="{field}" value="([^"]*)"', page)
        assert found, f"no field {field}"
        return html.unescape(found[1])


@pytest.fixture
def desk(db: None, market: Market, client: Client) -> Desk:
    return Desk(market, client)


@pytest.fixture
def queries() -> Callable[[Client, str], int]:
    """How many a page costs."""

    def count(client: Client, page: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(page).status_code == 200
        return len(seen)

    return count
