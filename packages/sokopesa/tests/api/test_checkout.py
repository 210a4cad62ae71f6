"""A whole checkout by the API: what it costs, that it happens once, and whose it is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from sokopesa.catalog.models import Offer
from sokopesa.orders.models import BasketItem, Checkout, Order, Purchase
from sokopesa.payments.models import Prompt

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 25


def test_a_whole_checkout_orders_the_goods_and_asks_the_phone(market: Any, program: Any, statements: list[str]) -> None:
    offer, address = market.offer(), market.address(program.buyer)
    statements.clear()
    begun = program.ready(offer, address=address.pk, quantity=2)
    placed = program.place(begun)
    assert placed.status_code == 201, placed.content
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)
    purchase = Purchase.objects.get(number=placed.json()["number"])
    assert purchase.buyer == program.buyer
    assert purchase.total_cents == placed.json()["total_cents"] == begun["total_cents"] == 2 * 120_000 + 5_000
    assert placed.json()["page"].endswith(f"/pay/{purchase.number}/")
    order = Order.objects.get(purchase=purchase)
    assert (order.number, order.deliver_to) == (f"{purchase.number}-1", address.lines())
    line = order.lines.get()
    assert (line.offer, line.quantity, line.unit_cents, line.total_cents) == (offer, 2, 120_000, 240_000)
    assert line.snapshot["title"] == offer.product.title
    assert [event.kind for event in purchase.events.all()] == ["placed"]
    prompt = Prompt.objects.get(purchase=purchase)
    assert (prompt.msisdn, prompt.amount_cents) == (program.buyer.phone, purchase.total_cents)
    assert Offer.objects.get(pk=offer.pk).stock == 8
    assert not BasketItem.objects.filter(basket__buyer=program.buyer).exists()


def test_many_sellers_cost_no_more_statements_at_the_end(market: Any, program: Any, statements: list[str]) -> None:
    address = market.address(program.buyer)
    begun = program.ready(*(market.offer() for _ in range(6)), address=address.pk)
    statements.clear()
    placed = program.place(begun)
    assert placed.status_code == 201
    assert len(statements) <= 12, "\n".join(statements)
    numbers = Order.objects.filter(purchase__number=placed.json()["number"]).order_by("id")
    assert [order.number[-2:] for order in numbers] == ["-1", "-2", "-3", "-4", "-5", "-6"]
    assert [order.seller_id for order in numbers] == [parcel["seller"] for parcel in begun["parcels"]]


def test_asking_again_orders_once(market: Any, program: Any) -> None:
    begun = program.ready(market.offer(), address=market.address(program.buyer).pk)
    first, again = program.place(begun, key="wish-1"), program.place(begun, key="wish-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert Prompt.objects.count() == Purchase.objects.count() == 1


def test_asking_again_after_the_phone_said_no_does_not_ring_it_again(market: Any, program: Any) -> None:
    begun = program.ready(market.offer(), address=market.address(program.buyer).pk)
    program.place(begun, key="wish-1")
    Prompt.objects.update(state="refused", code="1032", ended_at=market.now, next_ask_at=None)
    assert program.place(begun, key="wish-1").status_code == 201
    assert Prompt.objects.count() == 1


def test_a_key_places_one_checkout(market: Any, program: Any, other_program: Any) -> None:
    offer, address = market.offer(stock=10), market.address(program.buyer)
    one = program.ready(offer, address=address.pk)
    two = program.ready(offer, address=address.pk)
    first = program.place(one, key="wish-1")
    refused = program.place(two, key="wish-1")
    assert refused.status_code == 409
    assert refused.json()["code"] == "key-used"
    assert refused.json()["number"] == first.json()["number"]
    assert Purchase.objects.count() == Prompt.objects.count() == 1
    assert Offer.objects.get(pk=offer.pk).stock == 9
    theirs = other_program.ready(offer, address=market.address(other_program.buyer).pk)
    assert other_program.place(theirs, key="wish-1").status_code == 201
    assert program.place(two, key="wish-2").status_code == 201


def test_a_key_is_needed(market: Any, program: Any) -> None:
    begun = program.ready(market.offer(), address=market.address(program.buyer).pk)
    sent = program.send("POST", f"checkouts/{begun['id']}/place", {"agreed_total_cents": begun["total_cents"]})
    assert (sent.status_code, sent.json()["field"]) == (422, "idempotency_key")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "checkouts/{id}", None),
        ("PUT", "checkouts/{id}/address", {"address": "{theirs}"}),
        ("PUT", "checkouts/{id}/shipping", {"ways": [{"profile": 1, "method": 1}]}),
        ("PUT", "checkouts/{id}/payment", {"msisdn": "0712 345 678"}),
        ("POST", "checkouts/{id}/place", {"agreed_total_cents": 125_000}),
        ("POST", "checkouts", {"address": "{address}"}),
        ("PUT", "basket/items/{item}", {"quantity": 2}),
        ("DELETE", "basket/items/{item}", None),
    ],
)
def test_other_peoples_things_are_not_there(
    market: Any, program: Any, other_program: Any, *, method: str, path: str, body: Any
) -> None:
    offer, address = market.offer(), market.address(program.buyer)
    begun = program.ready(offer, address=address.pk)
    names = {
        "id": begun["id"],
        "item": BasketItem.objects.get(basket__buyer=program.buyer).pk,
        "{address}": address.pk,
        "{theirs}": market.address(other_program.buyer).pk,
    }
    if body:
        body = {name: names.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
    told = other_program.send(method, path.format(**names), body, **{"Idempotency-Key": str(uuid4())})
    assert told.status_code == 404, told.content
    assert told["Content-Type"] == "application/problem+json"
    assert told.json()["code"] == "not-found"
    checkout = Checkout.objects.get(pk=begun["id"])
    assert (checkout.purchase, checkout.address, checkout.msisdn) == (None, address, program.buyer.phone)


def test_somebody_elses_address_is_not_there(market: Any, program: Any, other_program: Any) -> None:
    begun = program.ready(market.offer(), address=market.address(program.buyer).pk)
    theirs = market.address(other_program.buyer)
    assert program.send("PUT", f"checkouts/{begun['id']}/address", {"address": theirs.pk}).status_code == 404


def test_a_checkout_shows_what_it_comes_to(market: Any, program: Any) -> None:
    address = market.address(program.buyer)
    begun = program.ready(market.offer(), market.offer(), address=address.pk)
    shown = program.get(f"checkouts/{begun['id']}").json()
    assert shown["step"] == "pay"
    assert shown["total_cents"] == 2 * 125_000 == sum(parcel["total_cents"] for parcel in shown["parcels"])
    assert (shown["address"], shown["msisdn"], shown["purchase"]) == (address.pk, program.buyer.phone, None)
    number = program.place(begun).json()["number"]
    assert program.get(f"checkouts/{begun['id']}").json()["purchase"] == number
    late = program.send("PUT", f"checkouts/{begun['id']}/payment", {"msisdn": "0712 345 678"})
    assert (late.status_code, late.json()["code"]) == (409, "already-placed")
