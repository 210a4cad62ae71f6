"""What a buyer sees and does between paying and the end of the order: parcels, deadlines, receipt, money."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.aftersale import cancelling
from sokopesa.kernel import clock
from sokopesa.kernel.phone import normalise
from sokopesa.orders.clocks import written
from sokopesa.orders.models import Clock, Order, Purchase
from sokopesa.orders.opening import open_paid
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member
from sokopesa.shipping import extending, parcels
from sokopesa.shipping.models import Extension
from sokopesa.shipping.tracking import Scan, take_in

Shop = Any
HOUR = timedelta(hours=1)


def words(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


class Sale:
    """A paid purchase of one order, and the person who ships it."""

    def __init__(self, shop: Shop, buyer: User, **offer: Any) -> None:
        self.shop = shop
        self.purchase: Purchase = shop.purchase(buyer, shop.offer(**offer))
        self.receipt = shop.pay(self.purchase)
        open_paid()
        self.order: Order = self.purchase.orders.get()
        number = normalise(f"07220{self.order.pk % 100_000:05d}")
        self.seller = add_member(seller=self.order.seller, phone=number)

    def url(self, name: str = "order") -> str:
        parts = [self.purchase.number] if name == "order" else [self.purchase.number, self.order.number]
        return reverse(f"storefront:{name}", args=parts)

    def ship(self) -> Any:
        return parcels.ship(
            self.order,
            by=self.seller,
            carrier="DHL",
            tracking_number=f"{4_000_000_000 + self.order.pk}",
            now=self.shop.now,
        )

    def due(self, kind: str) -> datetime:
        return Clock.objects.get(order=self.order, kind=kind).due_at

    def state(self) -> str:
        self.order.refresh_from_db()
        return str(self.order.state)


@pytest.fixture
def sale(shop: Shop, buyer: User) -> Sale:
    return Sale(shop, buyer, seller="Quick Ltd")


def test_the_page_says_whose_turn_it_is_and_what_happens_otherwise(signed_in: Client, sale: Sale) -> None:
    page = words(signed_in.get(sale.url()))
    assert f"The seller's turn The seller ships until {written(sale.due('ship'))}" in page
    assert "If not, what is not shipped is cancelled and its money goes back to you." in page
    assert "Confirm Receipt" not in page
    sale.ship()
    page = words(signed_in.get(sale.url()))
    assert f"The courier's turn The goods arrive until {written(sale.due('deliver'))}" in page
    assert f"Your turn Confirm receipt, or open a dispute until {written(sale.due('protection'))}" in page


def test_parcels_show_their_number_their_goods_and_the_couriers_words(signed_in: Client, sale: Sale) -> None:
    parcel = sale.ship()
    assert "The courier has not reported anything yet." in words(signed_in.get(sale.url()))
    say = Scan(parcel.carrier, parcel.tracking_number, sale.shop.now, "in_transit", "Nakuru", "<b>Sorted</b>")
    take_in([say], now=sale.shop.now)
    page = signed_in.get(sale.url())
    assert f"Tracking number {parcel.tracking_number}" in words(page)
    assert "1 courier update" in words(page)
    assert "On its way, Nakuru · <b>Sorted</b>" in words(page)
    assert "· seller The seller shipped everything by DHL Express" in words(page)
    assert "Nothing more is due to the shop" in words(page)


def test_where_the_money_is_follows_the_ledger(signed_in: Client, sale: Sale) -> None:
    page = words(signed_in.get(sale.url()))
    assert "You KES 1,250 M-PESA KES 1,250 Held for you KES 1,250 Seller not yet" in page
    sale.ship()
    signed_in.post(sale.url("received"), {"what": "accept"})
    page = words(signed_in.get(sale.url()))
    assert "Held for you KES 0 Seller KES 1,187.50" in page
    assert "The market keeps KES 62.50" in page


def test_money_on_its_way_back_is_shown_as_such(signed_in: Client, sale: Sale, buyer: User) -> None:
    request = cancelling.ask(sale.order, reason="changed_mind", by=buyer, now=sale.shop.now)
    cancelling.approve(request, by=sale.seller, now=sale.shop.now)
    page = words(signed_in.get(sale.url()))
    assert "Held for you KES 0 Back to you KES 1,250 Between" in page


def test_an_unpaid_order_has_no_money_on_its_way(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    assert "Where is my money" not in words(signed_in.get(reverse("storefront:order", args=[purchase.number])))


def test_confirming_asks_for_one_of_two_answers(signed_in: Client, sale: Sale) -> None:
    sale.ship()
    assert sale.url("received") in signed_in.get(sale.url()).content.decode()
    question = words(signed_in.get(sale.url("received")))
    assert "I have it, and want to check it first" in question
    assert "All is well: pay the seller now" in question
    for wrong in ({}, {"what": "nonsense"}):
        answer = signed_in.post(sale.url("received"), wrong)
        assert answer.status_code == 422
        assert "Choose one of the two." in words(answer)
    assert sale.state() == "shipped"
    page = words(signed_in.post(sale.url("received"), {"what": "confirm"}, follow=True))
    assert "Noted. Check the goods" in page
    assert sale.state() == "delivered"
    again = words(signed_in.post(sale.url("received"), {"what": "confirm"}, follow=True))
    assert "marked as delivered already" in again
    assert "I have it" not in words(signed_in.get(sale.url("received")))
    signed_in.post(sale.url("received"), {"what": "accept"})
    assert sale.state() == "completed"
    gone = words(signed_in.get(sale.url("received"), follow=True))
    assert "nothing to confirm" in gone


def test_nothing_can_be_confirmed_that_was_not_shipped(signed_in: Client, sale: Sale) -> None:
    assert signed_in.get(sale.url("received")).status_code == 302
    page = words(signed_in.post(sale.url("received"), {"what": "accept"}, follow=True))
    assert "has not shipped this order yet" in page
    assert sale.state() == "awaiting_shipment"


@pytest.mark.parametrize(("answer", "state"), [("agree", "granted"), ("refuse", "refused"), ("", "refused")])
def test_the_seller_asks_for_time_and_the_buyer_answers(signed_in: Client, sale: Sale, answer: str, state: str) -> None:
    extending.ask_ship_time(sale.order, days=4, why="Out of <i>boxes</i>", by=sale.seller, now=clock.now())
    page = signed_in.get(sale.url())
    assert "The seller asks for 4 more days to ship" in words(page)
    assert "Out of <i>boxes</i>" in words(page)
    signed_in.post(sale.url("ship_time"), {"answer": answer})
    assert Extension.objects.get().state == state
    again = words(signed_in.post(sale.url("ship_time"), {"answer": answer}, follow=True))
    assert "no request for more time" in again


def test_the_buyer_asks_for_longer_protection(signed_in: Client, sale: Sale) -> None:
    sale.ship()
    assert "From 1 to 30." in words(signed_in.get(sale.url("protection")))
    for days, said in (("", "1 to 30"), ("x", "1 to 30"), ("31", "1 to 30 days"), ("0", "1 to 30 days")):
        answer = signed_in.post(sale.url("protection"), {"days": days, "why": "It has not moved"})
        assert answer.status_code == 422
        assert said in words(answer)
        assert "It has not moved" in answer.content.decode()
    page = words(signed_in.post(sale.url("protection"), {"days": "10"}, follow=True))
    assert "The seller has been asked" in page
    assert "You asked for 10 more days of protection" in page
    assert "cannot be asked for now" in words(signed_in.get(sale.url("protection"), follow=True))
    assert Extension.objects.count() == 1


@pytest.mark.parametrize("name", ["received", "ship_time", "protection"])
def test_nobody_else_reaches_these_pages(client: Client, shop: Shop, sale: Sale, name: str) -> None:
    sale.ship()
    assert client.post(sale.url(name)).status_code == 302
    client.force_login(shop.buyer("254722000999"))
    for answer in (client.get(sale.url(name)), client.post(sale.url(name), {"what": "accept", "days": "3"})):
        assert answer.status_code in (404, 405)
    assert client.post(sale.url(name)).status_code == 404
    other = reverse(f"storefront:{name}", args=[sale.purchase.number, "1-2"])
    client.force_login(sale.purchase.buyer)
    assert client.post(other).status_code == 404
    assert sale.state() == "shipped"


def test_a_page_opened_after_the_deadline_shows_what_it_meant(signed_in: Client, shop: Shop, buyer: User) -> None:
    """No worker runs here: the page itself carries out what was announced."""
    shop.now -= timedelta(days=60)
    sale = Sale(shop, buyer)
    sale.ship()
    page = words(signed_in.get(sale.url()))
    assert "Completed" in page
    assert "The protection has ended. The order is completed" in page
    assert sale.state() == "completed"
    assert sale.order.completed_at < clock.now() - timedelta(days=30)


def test_what_is_late_and_what_has_come_say_so(signed_in: Client, shop: Shop, buyer: User) -> None:
    shop.now -= timedelta(days=12)
    sale = Sale(shop, buyer)
    sale.ship()
    page = words(signed_in.get(sale.url()))
    assert f"Late: it was promised by {sale.order.promised_until.day} {sale.order.promised_until:%b}" in page
    assert "The promised time is over." in page
    signed_in.post(sale.url("received"), {"what": "confirm"})
    page = words(signed_in.get(sale.url()))
    assert "Late" not in page
    assert "Arrived" in page


def test_my_orders_are_filtered_by_status_and_say_whose_turn_it_is(signed_in: Client, shop: Shop, buyer: User) -> None:
    unpaid, waiting, sent = shop.purchase(buyer), Sale(shop, buyer), Sale(shop, buyer)
    sent.ship()
    everything = words(signed_in.get("/orders/"))
    assert "The seller ships until" in everything
    assert "The goods arrive until" in everything
    for status, found in (("to-pay", unpaid), ("to-ship", waiting.purchase), ("on-the-way", sent.purchase)):
        page = words(signed_in.get("/orders/", {"status": status}))
        shown = {each.number for each in (unpaid, waiting.purchase, sent.purchase) if each.number in page}
        assert shown == {found.number}
    assert "No order of yours is under “Completed” now." in words(signed_in.get("/orders/", {"status": "completed"}))
    assert sent.purchase.number in words(signed_in.get("/orders/", {"status": "nonsense"}))


def test_both_pages_cost_the_same_queries_however_much_there_is(signed_in: Client, shop: Shop, buyer: User) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert signed_in.get(url).status_code == 200
        return len(seen)

    shop.now -= timedelta(hours=5)
    sale = Sale(shop, buyer)
    parcel = sale.ship()

    def say(count: int) -> None:
        scans = [
            Scan(parcel.carrier, parcel.tracking_number, shop.now - at * HOUR, "in_transit", f"Depot {at}")
            for at in range(count)
        ]
        take_in(scans, now=shop.now)

    say(1)
    few_detail, few_list = queries(sale.url()), queries("/orders/")
    say(40)
    for _ in range(8):
        shop.now += timedelta(minutes=11)  # no more requests than a phone may get
        Sale(shop, buyer).ship()
    assert queries(sale.url()) == few_detail
    assert queries("/orders/") == few_list
    assert few_detail <= 30
