"""My Orders and View Detail: what was billed, to the shilling, and nobody else's business."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.catalog.models import Offer, Product
from sokopesa.people.models import User

Shop = Any


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_no_orders_yet_says_so_and_leads_to_the_market(signed_in: Client) -> None:
    page = signed_in.get("/orders/")
    assert "No orders yet" in words(page)
    assert "Look around the market" in words(page)


def test_the_list_shows_billed_amounts_with_the_charge_split_out(signed_in: Client, shop: Shop, buyer: User) -> None:
    paid = shop.purchase(buyer)
    receipt = shop.pay(paid)
    shop.now += timedelta(minutes=1)
    unpaid = shop.purchase(buyer, shop.offer(price_minor=50_000))
    page = words(signed_in.get("/orders/"))
    assert "Billed KES 1,265" in page
    assert "KES 1,250 + M-PESA charge KES 15" in page
    assert f"Receipt {receipt}" in page
    assert "To pay KES 500 Nothing billed yet" in page
    assert page.index(unpaid.number) < page.index(paid.number)


def test_orders_are_found_by_number_receipt_and_product(signed_in: Client, shop: Shop, buyer: User) -> None:
    kettle = shop.purchase(buyer, shop.offer(shop.product("Steel kettle")))
    lamp = shop.purchase(buyer, shop.offer(shop.product("Desk lamp")))
    receipt = shop.pay(lamp)
    for wanted, found, other in (
        (kettle.number, kettle, lamp),
        (receipt.lower(), lamp, kettle),
        ("lamp", lamp, kettle),
    ):
        page = words(signed_in.get("/orders/", {"q": wanted}))
        assert f"Order {found.number}" in page
        assert other.number not in page
    assert "0 orders for “zebra”" in words(signed_in.get("/orders/", {"q": "zebra"}))


def test_nobody_sees_anybody_elses_orders(client: Client, shop: Shop, buyer: User) -> None:
    theirs = shop.purchase(buyer)
    receipt = shop.pay(theirs)
    client.force_login(shop.buyer("254722000999"))
    assert theirs.number not in words(client.get("/orders/"))
    assert f"Order {theirs.number}" not in words(client.get("/orders/", {"q": receipt}))
    assert client.get(reverse("storefront:order", args=[theirs.number])).status_code == 404
    assert client.get("/orders/not-a-number/").status_code == 404


def test_signed_out_one_is_asked_to_sign_in(client: Client, shop: Shop) -> None:
    assert client.get("/orders/")["Location"] == f"{reverse('account_login')}?next=/orders/"


def test_detail_tells_what_happened_what_it_cost_and_what_was_promised(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    offer = shop.offer(shop.product("Steel kettle"), seller="Quick Ltd", shipping_minor=20_000)
    purchase = shop.purchase(buyer, offer)
    receipt = shop.pay(purchase)
    Product.objects.update(title="Something else", description="Rewritten")
    Offer.objects.update(price_minor=1)
    page = words(signed_in.get(reverse("storefront:order", args=[purchase.number])))
    for expected in (
        "Steel kettle",
        "Bright for a whole evening.",
        "From Quick Ltd",
        "Goods KES 1,250",
        "Shipping KES 200",
        "M-PESA paybill charge KES 15",
        "Left your M-PESA KES 1,465",
        f"M-PESA receipt {receipt}",
        "Paid from 0712 ***678",
        "P.O. Box 12345 - 00100",
        "You placed the order.",
        f"M-PESA confirmed KES 1,450 , receipt {receipt}.",
        "Nothing more is due",
        "not an M-PESA statement",
    ):
        assert expected in page
    assert "Something else" not in page


def test_an_unpaid_order_leads_to_its_payment(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.sent(purchase)
    page = signed_in.get(reverse("storefront:order", args=[purchase.number]))
    assert "There is a request on 0712 ***678" in words(page)
    assert reverse("storefront:live", args=[purchase.number]) in page.content.decode()


@pytest.mark.parametrize("page", ["1", "2", "x", "0", "999"])
def test_pages_of_the_list_are_forgiving(signed_in: Client, shop: Shop, buyer: User, page: str) -> None:
    offer = shop.offer(stock=50)
    for _ in range(11):
        shop.purchase(buyer, offer)
    answer = signed_in.get("/orders/", {"page": page})
    assert answer.status_code == 200
    assert "of 2" in words(answer)


def test_the_list_costs_the_same_queries_for_10_and_200_orders(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer(stock=500)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert signed_in.get("/orders/").status_code == 200
        return len(seen)

    for number in range(10):
        purchase = shop.purchase(buyer, offer)
        if number % 5 == 0:
            shop.pay(purchase)
    few = queries()
    for _ in range(190):
        shop.purchase(buyer, offer)
    assert queries() == few
