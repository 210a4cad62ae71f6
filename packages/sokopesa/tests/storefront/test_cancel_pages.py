"""Cancelling what is paid, on the buyer's pages: what is asked, what is shown at once, and the way on afterwards."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.aftersale import cancelling
from sokopesa.aftersale.models import CancelRequest
from sokopesa.kernel import clock
from sokopesa.orders import pieces
from sokopesa.orders.changing import locked
from sokopesa.orders.models import Clock, Order, OrderLine, Purchase
from sokopesa.orders.opening import open_paid
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member

Shop = Any


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def paid(shop: Shop, buyer: User, *, quantity: int = 1) -> Order:
    purchase: Purchase = shop.purchase(buyer)
    if quantity > 1:
        OrderLine.objects.filter(order__purchase=purchase).update(
            quantity=quantity, total_cents=125_000, unit_cents=125_000 // quantity
        )
    shop.pay(purchase)
    open_paid()
    return Order.objects.select_related("purchase", "seller").get(purchase=purchase)


def url(order: Order, name: str) -> str:
    part = [order.number] if name.startswith("cancel_") else []
    return reverse(f"storefront:{name}", args=[order.purchase.number, *part])


@transaction.atomic
def send(order: Order) -> None:
    held = locked(order.pk)
    for line in pieces.lines_of(held):
        OrderLine.objects.filter(pk=line.pk).update(shipped_quantity=line.open_quantity)
    pieces.follow(held, at=clock.now())


def test_a_paid_order_shows_whose_turn_it_is_and_is_cancelled_by_asking(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    order = paid(shop, buyer)
    page = signed_in.get(url(order, "order"))
    assert re.search(r"The seller ships until the end of \w{3} \d+ \w{3} \d day", words(page))
    assert ". If not, what is not shipped is cancelled and its money goes back to you." in words(page)
    assert url(order, "cancel_part") in page.content.decode()
    assert signed_in.get(url(order, "cancel"))["Location"] == url(order, "cancel_part")
    assert "Awaiting shipment" in words(signed_in.get("/orders/"))

    form = words(signed_in.get(url(order, "cancel_part")))
    between = r"between \d+ \w{3} and \d+ \w{3} \d{4}"
    assert re.search(rf"If the seller agrees today, your money is back {between} . At the latest", form)
    assert re.search(rf"At the latest it is decided by .+: then {between}", form)
    assert "You get back KES 1,250" in form
    assert re.search("charge for the payment stays with M-PESA : nobody gives it back", form)
    assert "Pieces to cancel" not in form

    for _ in range(2):  # the second tab
        answer = signed_in.post(url(order, "cancel_part"), {"reason": "changed_mind", "words": ""})
        assert answer["Location"] == url(order, "order")
    assert CancelRequest.objects.count() == 1
    page = signed_in.get(url(order, "order"))
    assert "You asked to cancel 1 × Solar lantern with radio" in words(page)
    assert re.search(r"The seller answers until .+: 2 days 23 h left . Without an answer it counts as app", words(page))
    assert re.search(r"If the seller agrees today, the money is back between .+; at the latest between", words(page))
    assert "Keep the order" in words(page)
    assert signed_in.get(url(order, "cancel_part"))["Location"] == url(order, "order")
    assert "You asked to cancel the whole order. Reason: I changed my mind." in words(page)
    assert "The buyer" not in words(page)
    assert "Cancelling asked" in words(signed_in.get("/orders/"))


def test_the_buyer_keeps_the_order_after_all(signed_in: Client, shop: Shop, buyer: User) -> None:
    order = paid(shop, buyer)
    signed_in.post(url(order, "cancel_part"), {"reason": "changed_mind"})
    page = signed_in.post(url(order, "cancel_withdraw"), follow=True)
    assert "You keep the order. The seller has been told." in words(page)
    assert "You kept the order" in words(page)
    assert CancelRequest.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose the reason that fits best."),
        ({"reason": ""}, "Choose the reason that fits best."),
        ({"reason": "nonsense"}, "Choose the reason that fits best."),
        ({"reason": "other", "words": "  "}, "Say in a few words what the reason is."),
        ({"reason": "changed_mind", "words": "x" * 501}, "Please write at most 500 characters."),
        ({"reason": "changed_mind", "pieces": "4"}, "Choose a number from 0 to 3."),
        ({"reason": "changed_mind", "pieces": "-1"}, "Choose a number from 0 to 3."),
        ({"reason": "changed_mind", "pieces": "two"}, "Choose a number from 0 to 3."),
        ({"reason": "changed_mind", "pieces": "0"}, "Choose at least one piece to cancel."),
    ],
)
def test_what_will_not_do_is_said_at_its_field_and_nothing_is_lost(
    signed_in: Client, shop: Shop, buyer: User, sent: dict[str, str], said: str
) -> None:
    order = paid(shop, buyer)
    OrderLine.objects.filter(order=order).update(quantity=3, total_cents=375_000)  # as if three had been bought
    line = order.lines.get()
    data = {"words": "Sorry for that.", **sent, f"line_{line.pk}": sent.get("pieces", "2")}
    answer = signed_in.post(url(order, "cancel_part"), data)
    assert answer.status_code == 422
    assert said in words(answer)
    assert f'value="{data[f"line_{line.pk}"]}"' in answer.content.decode()
    if "words" not in sent:
        assert "Sorry for that." in words(answer)
    assert not CancelRequest.objects.exists()


def test_some_pieces_are_asked_for_by_number(signed_in: Client, shop: Shop, buyer: User) -> None:
    order = paid(shop, buyer, quantity=5)
    line = order.lines.get()
    assert "Pieces to cancel" in words(signed_in.get(url(order, "cancel_part")))
    signed_in.post(url(order, "cancel_part"), {"reason": "wrong_variant", f"line_{line.pk}": "2"})
    request = CancelRequest.objects.get()
    assert request.lines.get().quantity == 2
    cancelling.approve(request, by=add_member(seller=order.seller, phone="254711000777"), now=clock.now())
    page = words(signed_in.get(url(order, "order")))
    assert "2 cancelled" in page
    assert "Cancelled: 2 × Solar lantern" in page
    assert "KES 500 goes back to" in page


def test_after_shipment_the_button_explains_the_right_way(signed_in: Client, shop: Shop, buyer: User) -> None:
    order = paid(shop, buyer)
    form = signed_in.get(url(order, "cancel_part"))
    assert form.status_code == 200
    send(order)
    assert url(order, "cancel_part") in signed_in.get(url(order, "order")).content.decode()
    for answer in (
        signed_in.get(url(order, "cancel_part")),
        signed_in.post(url(order, "cancel_part"), {"reason": "changed_mind"}),
    ):
        assert answer.status_code == 409
        assert "This can no longer be cancelled" in words(answer)
        assert "you may send them back: Open Dispute, then Return Goods" in words(answer)
    assert not CancelRequest.objects.exists()


def test_the_page_is_right_though_no_worker_was_there(signed_in: Client, shop: Shop, buyer: User) -> None:
    order = paid(shop, buyer)
    Clock.objects.filter(order=order).update(due_at=clock.now() - timedelta(hours=1))
    page = words(signed_in.get(url(order, "order")))
    assert "The seller did not ship in time" in page
    assert "Money back: not shipped in time" in page
    assert Order.objects.get().state == "cancelled"
    for address in (url(order, "order"), "/orders/"):
        head = words(signed_in.get(address)).split(f"Order {order.purchase.number} ")[-1]
        assert head.strip().startswith("Cancelled")
    assert "This order is cancelled already." in words(signed_in.get(url(order, "cancel_part")))


def test_a_refusal_is_shown_in_the_sellers_words(signed_in: Client, shop: Shop, buyer: User) -> None:
    order = paid(shop, buyer)
    signed_in.post(url(order, "cancel_part"), {"reason": "changed_mind"})
    seller = add_member(seller=order.seller, phone="254711000777")
    cancelling.refuse(CancelRequest.objects.get(), words="Packed <b>already</b>.", by=seller, now=clock.now())
    page = signed_in.get(url(order, "order"))
    assert "“Packed &lt;b&gt;already&lt;/b&gt;.”" in page.content.decode()
    assert url(order, "cancel_part") in page.content.decode()


@pytest.mark.parametrize("name", ["cancel_part", "cancel_withdraw"])
def test_somebody_elses_order_is_not_there(client: Client, shop: Shop, buyer: User, name: str) -> None:
    order = paid(shop, buyer)
    cancelling.ask(order, reason="changed_mind", by=buyer, now=clock.now())
    client.force_login(shop.buyer("254722000999"))
    assert client.post(url(order, name), {"reason": "changed_mind"}).status_code == 404
    client.logout()
    assert reverse("account_login") in client.post(url(order, name))["Location"]
    client.force_login(buyer)
    wrong = reverse(f"storefront:{name}", args=[order.purchase.number, "8000000000000000-9"])
    assert client.post(wrong, {"reason": "changed_mind"}).status_code == 404
    assert CancelRequest.objects.get().state == "pending"


def test_the_list_costs_no_more_queries_with_requests(signed_in: Client, shop: Shop, buyer: User) -> None:
    orders = [paid(shop, buyer) for _ in range(4)]

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert signed_in.get("/orders/").status_code == 200
        return len(seen)

    before = queries()
    for order in orders:
        cancelling.ask(order, reason="changed_mind", by=buyer, now=clock.now())
    assert queries() == before
