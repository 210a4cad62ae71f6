"""How the API says no: status, code, words and the field, and nothing is changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.catalog.models import Offer, ShippingMethod
from sokopesa.faces.api import tokens
from sokopesa.kernel import clock
from sokopesa.orders.models import BasketItem, Purchase
from sokopesa.people.sellers import add_member

pytestmark = pytest.mark.django_db


def told(response: Any) -> tuple[int, str, str | None]:
    assert response["Content-Type"] == "application/problem+json", response.content
    problem = response.json()
    assert problem["detail"]
    assert problem["status"] == response.status_code
    return response.status_code, problem["code"], problem.get("field")


@pytest.mark.parametrize("quantity", [0, -1, 21, "two", 1.5, None])
def test_a_quantity_that_cannot_be(market: Any, program: Any, quantity: object) -> None:
    sent = program.send("POST", "basket/items", {"offer": market.offer().pk, "quantity": quantity})
    assert told(sent) == (422, "invalid", "quantity")
    assert not BasketItem.objects.exists()


def test_more_than_one_may_have(market: Any, program: Any) -> None:
    offer = market.offer(stock=100)
    program.send("POST", "basket/items", {"offer": offer.pk, "quantity": 15})
    sent = program.send("POST", "basket/items", {"offer": offer.pk, "quantity": 15})
    assert told(sent) == (422, "quantity-refused", "quantity")


def test_more_than_there_are(market: Any, program: Any) -> None:
    sent = program.send("POST", "basket/items", {"offer": market.offer(stock=2).pk, "quantity": 3})
    assert told(sent) == (409, "sold-out", "quantity")
    assert sent.json()["left"] == 2


@pytest.mark.parametrize("offer", [10**9, 10**18])
def test_an_offer_that_is_not_there(program: Any, offer: int) -> None:
    assert told(program.send("POST", "basket/items", {"offer": offer})) == (409, "not-for-sale", "offer")


@pytest.mark.parametrize("offer", [0, -1, 10**30, "x"])
def test_an_offer_that_cannot_be(program: Any, offer: object) -> None:
    assert told(program.send("POST", "basket/items", {"offer": offer})) == (422, "invalid", "offer")


def test_ones_own_goods(market: Any, program: Any) -> None:
    offer = market.offer()
    add_member(seller=offer.seller, phone=program.buyer.phone)
    assert told(program.send("POST", "basket/items", {"offer": offer.pk})) == (422, "own-goods", "offer")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\\xff", b"null"])
def test_a_body_that_is_no_json_object(program: Any, body: bytes) -> None:
    status, code, _ = told(program.send("POST", "basket/items", body))
    assert (status, code) in {(400, "unreadable"), (422, "invalid")}


def test_a_field_that_we_do_not_know(market: Any, program: Any) -> None:
    sent = program.send("POST", "basket/items", {"offer": market.offer().pk, "quantiy": 2})
    assert told(sent) == (422, "invalid", "quantiy")


def test_an_empty_basket(market: Any, program: Any) -> None:
    sent = program.send("POST", "checkouts", {"address": market.address(program.buyer).pk})
    assert told(sent) == (409, "basket-empty", None)


def test_a_basket_that_has_changed_is_agreed_to(market: Any, program: Any) -> None:
    offer, address = market.offer(), market.address(program.buyer)
    program.send("POST", "basket/items", {"offer": offer.pk, "quantity": 3})
    Offer.objects.filter(pk=offer.pk).update(price_minor=130_000, stock=2)
    assert told(program.send("POST", "checkouts", {"address": address.pk})) == (409, "basket-changed", None)
    line = program.get("basket").json()["parcels"][0]["lines"][0]
    assert "KES 1,300" in line["change"]
    agreed = {name: line[name] for name in ("item", "unit_cents", "quantity")}
    assert program.send("POST", "basket/agreement", {"items": [agreed]}).json()["total_cents"] == 2 * 130_000 + 5_000
    assert program.send("POST", "checkouts", {"address": address.pk}).status_code == 201


@pytest.mark.parametrize(
    ("typed", "code"), [("0733 123 456", "not-safaricom"), ("", "phone-missing"), ("07x", "phone-has-letters")]
)
def test_a_number_without_mpesa(market: Any, program: Any, typed: str, code: str) -> None:
    begun = program.begin(market.offer(), address=market.address(program.buyer).pk)
    sent = program.send("PUT", f"checkouts/{begun['id']}/payment", {"msisdn": typed})
    assert told(sent) == (422, code, "msisdn")


def test_a_total_that_has_changed(market: Any, program: Any) -> None:
    offer = market.offer()
    begun = program.ready(offer, address=market.address(program.buyer).pk)
    Offer.objects.filter(pk=offer.pk).update(price_minor=130_000)
    sent = program.place(begun)
    assert told(sent) == (409, "price-changed", "agreed_total_cents")
    assert sent.json()["total_cents"] == 135_000
    assert not Purchase.objects.exists()
    assert program.place(begun, total_cents=135_000).status_code == 201


def test_goods_that_went_meanwhile(market: Any, program: Any) -> None:
    offer = market.offer(stock=2)
    begun = program.ready(offer, address=market.address(program.buyer).pk, quantity=2)
    Offer.objects.filter(pk=offer.pk).update(stock=1)
    assert told(program.place(begun)) == (409, "sold-out", "quantity")
    Offer.objects.filter(pk=offer.pk).update(is_live=False)
    assert told(program.place(begun)) == (409, "not-for-sale", "offer")
    assert not Purchase.objects.exists()


def test_a_step_that_is_open(market: Any, program: Any) -> None:
    begun = program.begin(market.offer(), address=market.address(program.buyer).pk)
    sent = program.place(begun)
    assert told(sent) == (409, "not-ready", None)
    assert sent.json()["step"] == "method"


def test_a_parcel_that_goes_to_no_box(market: Any, program: Any) -> None:
    box = program.send(
        "POST",
        "addresses",
        {
            "kind": "po_box",
            "recipient": "Asha",
            "phone": program.buyer.phone,
            "box_number": "12345",
            "postcode": "00100",
        },
    )
    assert box.status_code == 201, box.content
    assert box.json()["lines"][1] == "P.O. Box 12345 - 00100"
    offer = market.offer()
    ShippingMethod.objects.filter(profile=offer.profile).update(to_po_box=False)
    begun = program.ready(offer, address=box.json()["id"])
    assert not begun["parcels"][0]["ways"][0]["to_po_box"]
    assert told(program.place(begun)) == (409, "not-to-box", "address")


def test_an_address_that_will_not_do(program: Any) -> None:
    sent = program.send("POST", "addresses", {"kind": "street", "recipient": "", "phone": "12", "town": "Nairobi"})
    assert told(sent)[:2] == (422, "invalid")
    assert {"recipient", "phone", "building", "county"} <= {fault["field"] for fault in sent.json()["faults"]}
    assert program.get("addresses").json() == []


def test_a_phone_that_was_asked_too_often(market: Any, program: Any) -> None:
    offer, address = market.offer(stock=20), market.address(program.buyer)
    for _ in range(5):
        assert program.place(program.ready(offer, address=address.pk)).status_code == 201
    sent = program.place(program.ready(offer, address=address.pk))
    assert told(sent) == (429, "too-many-prompts", "msisdn")
    assert Purchase.objects.count() == 5


def test_tokens_that_are_not_good(program: Any, client: Any, statements: list[str]) -> None:
    now = clock.now()
    old = tokens.issue(program.buyer, days=1, now=now - timedelta(days=2))
    statements.clear()
    for token in ("", "x", f"Bearer {program.token[:-1]}", f"Bearer {old}", f"Basic {program.token}"):
        sent = client.get("/api/v1/basket", headers={"Authorization": token})
        assert told(sent) == (401, "not-signed-in", None)
        assert sent["WWW-Authenticate"] == "Bearer"
    assert statements == []


def test_a_revoked_token_is_good_no_longer(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert program.get("basket").status_code == 200
    tokens.revoke(program.buyer)
    monkeypatch.setattr(tokens, "REMEMBERED", -1.0)
    assert told(program.get("basket"))[0] == 401
    program.buyer.is_active = False
    program.buyer.save()
    assert tokens.read(tokens.issue(program.buyer, now=clock.now()), now=clock.now()) is not None
