"""A buyer, a shop with somebody who acts for it, and what they say to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from sokopesa.chat import talking
from sokopesa.chat.models import Message, Read, Thread
from sokopesa.kernel import clock
from sokopesa.orders.models import Order
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member


@dataclass
class Talks:
    """Makes conversations by the same verbs as the pages. ``now`` moves on with every message."""

    market: Any
    now: datetime = field(default_factory=clock.now)

    def __post_init__(self) -> None:
        self.offer = self.market.offer()
        self.shop = self.offer.seller
        self.buyer = self.person("Asha Test")
        self.member = self.join("Otieno Test")

    def person(self, name: str = "") -> User:
        user: User = self.market.buyer()
        user.name = name
        user.save()
        return user

    def join(self, name: str) -> User:
        """Somebody more who acts for the shop."""
        return add_member(seller=self.shop, phone=f"2547110{self.market._next():05d}", name=name)

    def about_product(self) -> Thread:
        return talking.open_about_product(by=self.buyer, seller=self.shop, product=self.offer.product, now=self.now)

    def order(self) -> Order:
        """An order of the buyer's at the shop, not paid yet."""
        from sokopesa.orders import checkout as steps

        checkout = self.market.checkout(buyer=self.buyer, offer=self.offer)
        placed = steps.place(checkout_id=checkout.pk, agreed_total_cents=125_000, now=self.market.now)
        return placed.orders.get()

    def about_order(self) -> Thread:
        return talking.open_about_order(by=self.buyer, order=self.order(), now=self.now)

    def say(self, thread: Thread, by: User, text: str = "Hello", *, minutes: float = 1) -> Message:
        """Say something so many minutes after what was said before."""
        self.now += timedelta(minutes=minutes)
        return talking.say(thread=thread, by=by, text=text, key=uuid4(), now=self.now).message

    def unread(self, thread: Thread) -> dict[str, int]:
        return dict(Read.objects.filter(thread=thread).values_list("side", "unread"))


@pytest.fixture
def talks(db: None, market: Any) -> Talks:
    return Talks(market)


@pytest.fixture
def make_talks() -> type[Talks]:
    """For tests that open the database in their own way."""
    return Talks
