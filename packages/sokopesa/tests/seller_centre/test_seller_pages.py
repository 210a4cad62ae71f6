"""The seller centre: who gets in, what waits there, and answering buyers who ask to cancel."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.aftersale import cancelling
from sokopesa.aftersale.models import CancelRequest
from sokopesa.faces.back_office import paging
from sokopesa.kernel import clock
from sokopesa.orders.models import Clock, Order
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import add_member, remove_member

pytestmark = pytest.mark.django_db
Market = Any
PHONE = "254711500900"


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def to(order: Order, name: str, *more: object) -> str:
    return reverse(f"seller_centre:{name}", args=[order.seller.slug, *more])


@pytest.fixture
def order(market: Market) -> Order:
    """Paid now, for KES 1,250."""
    market.now = clock.now()
    paid: Order = market.paid_order()
    return paid


@pytest.fixture
def seller(order: Order) -> User:
    return add_member(seller=order.seller, phone=PHONE)


@pytest.fixture
def centre(client: Client, seller: User) -> Client:
    client.force_login(seller)
    return client


def asked(order: Order, **other: Any) -> CancelRequest:
    facts = {"reason": "other", "words": "I found <one> at home.", "by": order.purchase.buyer, "now": clock.now()}
    return cancelling.ask(order, **facts | other)


def pages(order: Order) -> list[str]:
    return [to(order, "overview"), to(order, "orders"), to(order, "order", order.number), to(order, "cancels")]


def test_only_members_get_in(client: Client, order: Order, seller: User, market: Market) -> None:
    request = asked(order)
    posts = [to(order, f"{verb}_request", request.pk) for verb in ("approve", "refuse")]
    for page in [*pages(order), reverse("seller_centre:choose")]:
        assert reverse("account_login") in client.get(page)["Location"]
    for person in (order.purchase.buyer, market.buyer()):
        client.force_login(person)
        for page in [*pages(order), reverse("seller_centre:choose")]:
            assert client.get(page).status_code == 404
        for post in posts:
            assert client.post(post, {"words": "no"}).status_code == 404
    other = market.paid_order()
    add_member(seller=other.seller, phone="254711500901")
    client.force_login(User.objects.get(phone="254711500901"))
    assert client.get(to(other, "order", order.number)).status_code == 404
    assert client.post(to(other, "approve_request", request.pk)).status_code == 404
    client.force_login(seller)
    remove_member(seller=order.seller, phone=PHONE)
    assert client.get(to(order, "overview")).status_code == 404
    assert CancelRequest.objects.get().state == "pending"


def test_one_shop_is_opened_and_several_are_chosen_from(centre: Client, order: Order) -> None:
    assert centre.get("/seller/")["Location"] == to(order, "overview")
    other = Seller.objects.create(name="Zuri", slug="zuri", town="Nakuru", joined_on=clock.now().date())
    add_member(seller=other, phone=PHONE)
    choice = centre.get("/seller/")
    assert "Which shop?" in words(choice)
    assert "/seller/zuri/" in choice.content.decode()
    assert to(order, "overview") in choice.content.decode()


def test_the_overview_counts_what_waits(centre: Client, order: Order) -> None:
    page = words(centre.get(to(order, "overview")))
    assert "To ship 1 The first until the end of" in page
    assert "Buyers who ask to cancel 0 Nobody waits for an answer." in page
    assert "Ship until" in page
    asked(order)
    page = words(centre.get(to(order, "overview")))
    assert "Buyers who ask to cancel 1 The first until" in page
    assert "Answer the request to cancel until" in page


def test_orders_are_listed_once_paid_and_narrowed_by_state(centre: Client, order: Order, market: Market) -> None:
    unpaid = market.purchase().orders.get()
    Order.objects.filter(pk=unpaid.pk).update(seller=order.seller)
    page = words(centre.get(to(order, "orders")))
    assert order.number in page
    assert unpaid.number not in page
    assert "Ship until" in page
    assert centre.get(to(order, "order", unpaid.number)).status_code == 404
    assert order.number in words(centre.get(to(order, "orders"), {"state": "ship"}))
    assert order.number not in words(centre.get(to(order, "orders"), {"state": "over"}))
    assert order.number in words(centre.get(to(order, "orders"), {"state": "nonsense", "before": "x" * 40}))


def test_lists_go_on_page_by_page(
    centre: Client, order: Order, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [market.paid_order() for _ in range(4)]
    Order.objects.update(seller=order.seller)
    Clock.objects.update(seller=order.seller)
    everyone = [order, *others]
    for number, each in enumerate(everyone):
        each.seller = order.seller
        asked(each, now=clock.now() + timedelta(minutes=number))
    for name, cursor in (("orders", "before"), ("cancels", "after")):
        monkeypatch.setattr(paging, "PAGE", 2)
        for module in ("orders", "cancels"):
            monkeypatch.setattr(f"sokopesa.faces.seller_centre.views.{module}.ONE_MORE", 3)
        seen: list[str] = []
        address = to(order, name)
        while address:
            text = centre.get(address).content.decode()
            seen += dict.fromkeys(re.findall(r"/orders/([0-9]{16}-1)/", text))
            following = re.search(rf'rel="next" href="([^"]*{cursor}=[^"]+)"', text)
            address = to(order, name) + following[1].replace("&amp;", "&") if following else ""
        expected = [each.number for each in everyone]
        assert seen == (expected[::-1] if name == "orders" else expected)


def test_the_cost_of_a_list_does_not_grow(centre: Client, order: Order, market: Market) -> None:
    asked(order)

    def queries(page: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert centre.get(page).status_code == 200
        return len(seen)

    before = {page: queries(page) for page in pages(order)}
    for _ in range(4):
        other = market.paid_order()
        Order.objects.filter(pk=other.pk).update(seller=order.seller)
        Clock.objects.filter(order=other).update(seller=order.seller)
        asked(Order.objects.select_related("purchase__buyer").get(pk=other.pk))
    assert {page: queries(page) for page in pages(order)} == before
    assert max(before.values()) <= 16


def test_approving_on_the_orders_page(centre: Client, order: Order) -> None:
    request = asked(order)
    page = centre.get(to(order, "order", order.number))
    for expected in (
        "The buyer asks to cancel",
        "Another reason on the buyer&#x27;s side",
        "I found &lt;one&gt; at home.",
        "Goes back to the buyer KES 1,250",
        "No answer counts as yes.",
    ):
        assert expected in words(page)
    assert "We owe you" not in words(page)
    answer = centre.post(to(order, "approve_request", request.pk), follow=True)
    assert "Cancelled. The buyer gets the money back; please do not ship it." in words(answer)
    assert "Cancelling: approved by the seller" in words(answer)
    assert "We owe you" not in words(answer)
    centre.post(to(order, "approve_request", request.pk))
    order.refresh_from_db()
    assert (order.state, order.refunded_cents) == ("cancelled", order.total_cents)


def test_refusing_needs_words(centre: Client, order: Order) -> None:
    request = asked(order)
    answer = centre.post(to(order, "refuse_request", request.pk), {"words": " "})
    assert answer.status_code == 422
    assert "Say why not. The buyer reads it." in words(answer)
    answer = centre.post(to(order, "refuse_request", request.pk), {"words": "It is packed."}, follow=True)
    assert "Refused. The buyer reads why; the order waits to be shipped." in words(answer)
    assert "You answered: “It is packed.”" in words(answer)
    assert order.number not in words(centre.get(to(order, "cancels")))


def test_an_answer_that_comes_too_late_changes_nothing_more(centre: Client, order: Order) -> None:
    request = asked(order)
    Clock.objects.filter(kind="answer_cancel").update(due_at=clock.now() - timedelta(minutes=5))
    answer = centre.post(to(order, "refuse_request", request.pk), {"words": "It is packed."}, follow=True)
    assert "There is no request to cancel that waits for an answer." in words(answer)
    request.refresh_from_db()
    assert request.state == "expired_approved"


def test_forms_need_to_be_ours(seller: User, order: Order) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(seller)
    request = asked(order)
    assert strict.post(to(order, "approve_request", request.pk)).status_code == 403
    assert strict.get(to(order, "approve_request", request.pk)).status_code == 405
