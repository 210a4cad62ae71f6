"""Shipping from the seller centre: packing whole and in parts, labels, slips, and more time for either side."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sokopesa.aftersale import cancelling
from sokopesa.kernel import clock
from sokopesa.orders.clocks import written
from sokopesa.orders.models import Clock, Order
from sokopesa.people.sellers import add_member
from sokopesa.shipping import extending
from sokopesa.shipping.models import Extension, Shipment
from sokopesa.shipping.receiving import accept

Desk = Any
LABEL = {"carrier": "Fargo Courier", "tracking_number": "FC 1234 567"}


def due(order: Order, kind: str) -> Any:
    return Clock.objects.get(order=order, kind=kind).due_at


def state(order: Order) -> str:
    order.refresh_from_db()
    return str(order.state)


def ship(desk: Desk, order: Order, **said: object) -> str:
    key = desk.hidden("key", "ship", order.number)
    page: str = desk.post("ship", order.number, **{**LABEL, "key": key, **said})
    return page


def test_the_queue_names_what_goes_where_until_when(desk: Desk) -> None:
    assert "Nothing waits to be shipped" in desk.get("to_ship")
    later, first = desk.order(quantity=2), desk.order()
    Clock.objects.filter(order=first).update(due_at=clock.now() + timedelta(hours=5, minutes=1))
    page = desk.get("to_ship")
    assert page.index(first.number) < page.index(later.number)
    assert f"Ship until {written(due(first, 'ship'))} · 5 h 0 min left" in page
    assert "2 × Steel kettle" in page
    assert "To Asha Test, Nairobi" in page
    ship(desk, first)
    assert first.number not in desk.get("to_ship")


def test_an_order_is_packed_whole(desk: Desk) -> None:
    order = desk.order()
    question = desk.get("ship", order.number)
    for expected in ("Ship order", "Courier", "Tracking number", "Delivery address", "Moi Avenue", "Plot 5"):
        assert expected in question
    assert "Pieces in this parcel" not in question
    page = ship(desk, order)
    assert "Shipped by Fargo Courier FC1234567. The buyer has been told." in page
    assert "Tracking number FC1234567" in page
    assert "The courier has not reported anything yet." in page
    assert "Held until the buyer is safe KES 1,250" in page
    assert state(order) == "shipped"
    assert "Everything in this order was shipped already." in desk.get("ship", order.number)


def test_an_order_is_packed_in_parts(desk: Desk) -> None:
    order = desk.order(quantity=3)
    field = f"line_{order.lines.get().pk}"
    for wrong in ("", "x", "4", "-1"):
        assert "Choose a number from 0 to 3." in desk.refused("ship", order.number, key="k", **{**LABEL, field: wrong})
    assert "Choose at least one piece to ship." in desk.refused("ship", order.number, key="k", **{**LABEL, field: "0"})
    page = ship(desk, order, **{field: "2"})
    assert "2 shipped · 1 to ship" in page
    assert state(order) == "partly_shipped"
    assert "1 to ship of 3" in desk.get("ship", order.number)
    ship(desk, order, tracking_number="FC7654321")
    assert state(order) == "shipped"
    assert sorted(sum(line.quantity for line in each.lines.all()) for each in Shipment.objects.all()) == [1, 2]


def test_a_label_that_cannot_be_is_refused_at_its_field(desk: Desk) -> None:
    order = desk.order()
    for said, expected in (
        ({"carrier": "", "tracking_number": ""}, "Name the courier: the buyer paid for shipping that can be tracked."),
        ({"tracking_number": ""}, "Enter the tracking number from the courier's label"),
        ({"carrier": "Posta", "tracking_number": "RR123456780KE"}, "its digits do not fit together"),
        ({"carrier": "DHL", "tracking_number": "12345"}, "those have ten digits"),
        ({"tracking_number": "0712 345 678"}, "That is a phone number."),
        ({"carrier": "x" * 41}, "Shorten the courier's name to 40 characters."),
    ):
        answer = desk.client.post(desk.url("ship", order.number), {**LABEL, "key": "k", **said})
        assert answer.status_code == 422
        page = answer.content.decode().replace("&#x27;", "'")
        field = "carrier" if "courier's name" in expected or "Name the" in expected else "tracking_number"
        told = page[page.index(f'id="id_{field}_error"') :]
        assert expected in told[:400]
    assert state(order) == "awaiting_shipment"


def test_a_number_is_not_used_twice(desk: Desk) -> None:
    first, second = desk.order(), desk.order()
    ship(desk, first)
    page = desk.refused("ship", second.number, key="k", **LABEL)
    assert f"is registered already for order {first.number}" in page
    assert "FC 1234 567" in desk.client.post(desk.url("ship", second.number), LABEL).content.decode()


def test_what_needs_no_tracking_goes_without(desk: Desk) -> None:
    order = desk.order(is_tracked=False)
    assert "The buyer did not pay for tracking." in desk.get("ship", order.number)
    assert "Sent without tracking." in ship(desk, order, carrier="", tracking_number="")


@pytest.mark.parametrize("pieces", [1, 3])
def test_pressed_twice_it_ships_once(desk: Desk, pieces: int) -> None:
    order = desk.order(quantity=3)
    key = desk.hidden("key", "ship", order.number)
    said = {**LABEL, "key": key, f"line_{order.lines.get().pk}": pieces}
    pages = [desk.post("ship", order.number, **said) for _ in range(2)]
    assert all("Shipped by Fargo Courier FC1234567." in page for page in pages)
    assert Shipment.objects.count() == 1
    assert order.lines.get().shipped_quantity == pieces


def test_who_asks_to_cancel_is_shown_before_it_is_shipped(desk: Desk) -> None:
    order = desk.order()
    request = cancelling.ask(order, reason="changed_mind", by=order.purchase.buyer, now=clock.now())
    assert "Cancelling asked" in desk.get("to_ship")
    page = desk.get("ship", order.number)
    assert "The buyer asks to cancel" in page
    assert f"Answer until {written(request.answer_by)}" in page
    assert "What you ship now is not cancelled" in page
    ship(desk, order)
    request.refresh_from_db()
    assert request.state == "overtaken"


def test_what_was_cancelled_is_not_shipped(desk: Desk) -> None:
    order = desk.order()
    key = desk.hidden("key", "ship", order.number)
    request = cancelling.ask(order, reason="changed_mind", by=order.purchase.buyer, now=clock.now())
    cancelling.approve(request, by=desk.member, now=clock.now())
    assert "Please do not ship it." in desk.post("ship", order.number, key=key, **LABEL)
    assert "Please do not ship it." in desk.get("ship", order.number)
    assert not Shipment.objects.exists()


def test_the_slip_says_where_to_and_what_is_in_it(desk: Desk) -> None:
    order = desk.order(quantity=3)
    page = desk.get("slip", order.number)
    for expected in ("Asha Test", "Moi Avenue", "Nairobi", desk.shop.name, order.number, "3 Steel kettle"):
        assert expected in page
    assert "KES" not in page
    ship(desk, order, **{f"line_{order.lines.get().pk}": "3"})
    assert "Nothing is left to ship." in desk.get("slip", order.number)


def test_the_seller_asks_for_time(desk: Desk) -> None:
    order = desk.order()
    for wrong in ("", "x", "0", "31"):
        page = desk.refused("ask_ship_time", order.number, days=wrong, why="Out of <boxes>")
        assert re.search(r"Choose a number from 1 to 30\.|Please choose 1 to 30 days\.", page)
        assert "Out of <boxes>" in page
    page = desk.post("ask_ship_time", order.number, days="4", why="Out of <boxes>")
    assert "The buyer has been asked." in page
    assert "You asked for 4 more days to ship “Out of <boxes>” The buyer answers until" in page
    assert "You have asked for more time already" in desk.post("ask_ship_time", order.number, days="4")
    assert "You have asked for more time already" in desk.get("ask_ship_time", order.number)
    assert Extension.objects.get().days == 4


@pytest.mark.parametrize(("answer", "decided"), [("agree", "granted"), ("refuse", "refused"), ("", "refused")])
def test_the_buyer_asks_for_time_and_the_seller_answers(desk: Desk, answer: str, decided: str) -> None:
    order = desk.order()
    ship(desk, order)
    assert "Nobody waits" in desk.get("requests")
    extending.ask_protection(order, days=6, why="It is <stuck>", by=order.purchase.buyer, now=clock.now())
    for page in (desk.get("requests"), desk.get("order", order.number)):
        assert f"Answer until {written(due(order, 'answer_protection'))}" in page
        assert "It is <stuck>" in page
    assert "Buyers who ask for more time 1 The first until" in desk.get("overview")
    ends = due(order, "protection")
    desk.post("answer_protection", order.number, answer=answer)
    assert Extension.objects.get().state == decided
    assert due(order, "protection") - ends == timedelta(days=6 if decided == "granted" else 0)
    assert "no request for longer protection" in desk.post("answer_protection", order.number, answer=answer)


def test_the_seller_lengthens_the_protection_once_however_often_it_is_pressed(desk: Desk) -> None:
    order = desk.order()
    assert "That is not possible now" in desk.get("lengthen_protection", order.number)
    ship(desk, order)
    ends = due(order, "protection")
    seen = desk.hidden("seen", "lengthen_protection", order.number)
    for wrong in ("", "x", "0", "31"):
        page = desk.refused("lengthen_protection", order.number, days=wrong, seen=seen)
        assert re.search(r"Choose a number from 1 to 30\.|Please choose 1 to 30 days\.", page)
    assert "The buyer has more time now" in desk.post("lengthen_protection", order.number, days="5", seen=seen)
    for again in (seen, "nonsense"):
        page = desk.post("lengthen_protection", order.number, days="5", seen=again)
        assert "The protection was made longer already: it lasts until" in page
    assert due(order, "protection") == ends + timedelta(days=5)


def test_what_the_shop_earned_stands_on_the_order_and_on_the_overview(desk: Desk) -> None:
    order, held = desk.order(), desk.order()
    ship(desk, order)
    page = desk.get("overview")
    assert "Held until buyers are safe KES 2,500 for 2 orders" in page
    assert "Earned, and yours KES 0" in page
    accept(order, by=order.purchase.buyer, now=clock.now())
    page = desk.get("order", order.number)
    assert "The market's share KES 62.50 Yours KES 1,187.50" in page
    page = desk.get("overview")
    assert "Held until buyers are safe KES 1,250 for 1 order," in page
    assert "Earned, and yours KES 1,187.50" in page
    assert f"Order {order.number}" in page
    assert "+ KES 1,187.50" in page
    assert "In the last 30 days: 2 orders paid. Most on one day: 2" in page
    assert "Held until" in desk.get("order", held.number)


def test_another_shops_orders_are_not_there(desk: Desk, client: Client, market: Any) -> None:
    mine, order = desk.order(), market.paid_order()
    pages = ("ship", "slip", "ask_ship_time", "lengthen_protection")
    said = {**LABEL, "key": "k", "days": "3", "answer": "agree"}
    for name in (*pages, "answer_protection"):
        for address in (desk.url(name, order.number), desk.url(name, order.number, shop=order.seller)):
            assert client.post(address, said).status_code in (404, 405)
            if name in pages:
                assert client.get(address).status_code == 404
    for name in ("to_ship", "requests"):
        assert client.get(desk.url(name, shop=order.seller)).status_code == 404
    add_member(seller=order.seller, phone="254711500901")
    assert order.number not in desk.get("to_ship")
    assert mine.number in desk.get("to_ship")
    assert not Shipment.objects.exists()


def test_queues_and_orders_cost_the_same_however_many_there_are(
    desk: Desk, client: Client, queries: Callable[[Client, str], int]
) -> None:
    def fill(count: int) -> Order:
        for _ in range(count):
            order = desk.order()
            ship(desk, order, tracking_number=f"FC{order.pk:07d}")
            extending.ask_protection(order, days=6, by=order.purchase.buyer, now=clock.now())
            last = desk.order(quantity=2)
        return last

    first = fill(1)
    pages = [desk.url(name) for name in ("to_ship", "requests", "overview", "orders")]
    pages += [desk.url(name, first.number) for name in ("order", "ship", "slip", "ask_ship_time")]
    few = {page: queries(client, page) for page in pages}
    fill(5)
    assert {page: queries(client, page) for page in pages} == few
    assert max(few.values()) <= 18
