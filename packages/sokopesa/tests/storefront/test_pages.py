"""What holds for every page: it renders, it can be read by eye, ear and keyboard, and it runs nothing inline."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sokopesa.orders import checkout as steps
from sokopesa.orders.actions import lapse
from sokopesa.payments.withdrawing import withdraw
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund

Shop = Any

FIELDS = {"input", "select", "textarea"}


class Page(HTMLParser):
    """What a browser and a screen reader would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.faults: list[str] = []
        self.fields: list[dict[str, str | None]] = []
        self.inside_label = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags[tag] += 1
        if "id" in values:
            self.ids[values["id"] or ""] += 1
        if tag == "label":
            self.inside_label += 1
            self.labelled.add(values.get("for") or "")
        if tag == "img" and "alt" not in values:
            self.faults.append(f"a picture without a text: {values}")
        if tag in FIELDS and values.get("type") != "hidden" and not self.inside_label:
            self.fields.append(values)
        if (tag == "script" and "src" not in values) or tag == "style":
            self.faults.append(f"inline <{tag}>")
        self.faults.extend(f"inline {name} on <{tag}>" for name in values if name == "style" or name.startswith("on"))
        self.faults.extend(
            f"{name}={values[name]} comes from elsewhere"
            for name in ("src", "href", "action")
            if (values.get(name) or "").startswith(("http:", "https:", "//"))
        )

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.inside_label -= 1


def audit(html: str) -> list[str]:
    """Everything that is wrong with a page; empty is good."""
    page = Page(html)
    faults = list(page.faults)
    faults += [f"{page.tags[tag]} × <{tag}>" for tag in ("h1", "main", "title") if page.tags[tag] != 1]
    faults += [f"id {name} is used {times} times" for name, times in page.ids.items() if times > 1]
    faults += [f"no label for {field}" for field in page.fields if field.get("id") not in page.labelled]
    if '<html lang="' not in html:
        faults.append("no language")
    return faults


def check(client: Client, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 200, url
    assert audit(answer.content.decode()) == [], url


def test_pages_that_everybody_sees_are_sound(client: Client, shop: Shop) -> None:
    product = shop.product()
    shop.offer(product)
    shop.import_offer(product)
    sold_out = shop.offer(stock=0).product
    for url in ("/", "/c/light/", "/search/", "/search/?q=lantern", "/search/?q=zebra"):
        check(client, url)
    for shown in (product, sold_out):
        check(client, reverse("storefront:product", args=[shown.slug]))


@pytest.mark.parametrize("step", ["review", "address", "method", "number", "pay"])
def test_every_step_of_the_checkout_is_sound(signed_in: Client, shop: Shop, buyer: User, step: str) -> None:
    check(signed_in, reverse(f"storefront:{step}", args=[shop.checkout(buyer, shop.import_offer()).pk]))


def test_the_basket_is_sound_empty_full_changed_and_beyond_what_mpesa_moves(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    check(signed_in, "/basket/")
    offers = [shop.offer(), shop.import_offer(), shop.offer(stock=5), shop.offer(price_minor=24_000_000)]
    for offer in offers:
        signed_in.post("/basket/add/", {"offer": offer.pk, "quantity": 1})
    check(signed_in, "/basket/")
    signed_in.post("/basket/add/", {"offer": offers[2].pk, "quantity": 4})
    type(offers[0]).objects.filter(pk=offers[0].pk).update(is_live=False)
    type(offers[2]).objects.filter(pk=offers[2].pk).update(stock=2, price_minor=1_400_000)
    check(signed_in, "/basket/")


def test_the_address_step_is_sound_for_somebody_without_an_address(signed_in: Client, shop: Shop, buyer: User) -> None:
    checkout = steps.start(offer_id=shop.offer().pk, quantity=1, buyer=buyer, now=shop.now)
    steps.review(checkout=checkout)
    check(signed_in, reverse("storefront:address", args=[checkout.pk]))


def test_payments_and_orders_in_every_state_are_sound(signed_in: Client, shop: Shop, buyer: User) -> None:
    check(signed_in, "/orders/")
    waiting, unsure, refused, paid, silent = (shop.purchase(buyer) for _ in range(5))
    shop.sent(waiting)
    shop.prompt(unsure, state="unknown", sent_at=shop.now, last_asked_at=shop.now)
    shop.refused(refused, "1032")
    shop.pay(paid)
    for purchase in (waiting, unsure, refused, paid, silent):
        check(signed_in, reverse("storefront:live", args=[purchase.number]))
        check(signed_in, reverse("storefront:order", args=[purchase.number]))
    for url in ("/orders/", "/orders/?q=lantern", "/orders/?q=zebra"):
        check(signed_in, url)


def test_pages_about_cancelling_and_money_owed_back_are_sound(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer()
    waiting, cancelled, late, twice = (shop.purchase(buyer, offer) for _ in range(4))
    shop.sent(waiting)
    check(signed_in, reverse("storefront:product", args=[offer.product.slug]))
    check(signed_in, reverse("storefront:cancel", args=[waiting.number]))
    for purchase in (waiting, cancelled):
        withdraw(purchase, now=shop.now)
    lapse([late.pk], now=shop.now)
    shop.surplus(late, Refund.Cause.LATE_PAYMENT)
    shop.pay(twice)
    for _ in range(2):
        shop.surplus(twice, Refund.Cause.FURTHER_PAYMENT)
    for purchase in (waiting, cancelled, late, twice):
        check(signed_in, reverse("storefront:live", args=[purchase.number]))
        check(signed_in, reverse("storefront:order", args=[purchase.number]))
    check(signed_in, "/orders/")


@pytest.mark.parametrize("url", ["/search/?q=%00", "/orders/?q=%00x", "/search/?q=" + "a" * 5000, "/orders/?q=%25_%27"])
def test_odd_searches_are_answered(signed_in: Client, url: str) -> None:
    assert signed_in.get(url).status_code == 200


@pytest.mark.parametrize("url", ["/orders/%00/", "/pay/%00/", "/pay/1%27/", "/p/%00/", "/checkout/1/"])
def test_odd_addresses_are_not_found(signed_in: Client, url: str) -> None:
    assert signed_in.get(url).status_code == 404
