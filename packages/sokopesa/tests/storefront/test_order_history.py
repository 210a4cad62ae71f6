"""My Orders narrowed by day, seller and status, and turned page by page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sokopesa.faces.storefront.history import Days, named
from sokopesa.kernel import clock
from sokopesa.orders.models import Purchase
from sokopesa.people.models import User

Shop = Any


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def shown(client: Client, **asked: str) -> set[str]:
    answer = client.get("/orders/", asked)
    assert answer.status_code == 200
    return set(re.findall(r"Order (\d{16})", words(answer)))


def placed(shop: Shop, buyer: User, at: datetime, **offer: Any) -> Purchase:
    purchase = shop.purchase(buyer, shop.offer(**offer))
    Purchase.objects.filter(pk=purchase.pk).update(placed_at=at)
    return purchase  # type: ignore[no-any-return]


def test_days_are_days_in_nairobi_and_both_ends_are_in(signed_in: Client, shop: Shop, buyer: User) -> None:
    last_minute = placed(shop, buyer, datetime(2026, 10, 31, 20, 59, tzinfo=UTC))
    midnight = placed(shop, buyer, datetime(2026, 10, 31, 21, 0, tzinfo=UTC))  # already 1 November in Nairobi
    assert shown(signed_in) == {last_minute.number, midnight.number}
    assert shown(signed_in, **{"from": "2026-11-01"}) == {midnight.number}
    assert shown(signed_in, to="31/10/2026") == {last_minute.number}
    assert shown(signed_in, **{"from": "2026-10-31", "to": "2026-10-31"}) == {last_minute.number}
    assert shown(signed_in, **{"from": "2026-11-02"}) == set()


@pytest.mark.parametrize(
    ("period", "first"),
    [("month", date(2026, 5, 1)), ("quarter", date(2026, 3, 1)), ("year", date(2026, 1, 1)), ("decade", None)],
)
def test_named_periods_end_today(period: str, first: date | None) -> None:
    today = date(2026, 5, 31)  # three months ago there were 28 days
    assert named(period, today) == (Days(first, today) if first else Days())


def test_a_period_seller_status_and_text_narrow_together(signed_in: Client, shop: Shop, buyer: User) -> None:
    now = clock.now()
    old = placed(shop, buyer, now - timedelta(days=400), product=shop.product("Desk lamp"), seller="Old Ltd")
    lamp = placed(shop, buyer, now, product=shop.product("Clay lamp"), seller="New Ltd")
    kettle = placed(shop, buyer, now, product=shop.product("Kettle"), seller="Tea Ltd")
    shop.pay(kettle)
    slug = lamp.orders.get().seller.slug
    assert shown(signed_in, period="quarter") == {lamp.number, kettle.number}
    assert shown(signed_in, seller=slug) == {lamp.number}
    assert shown(signed_in, q="lamp") == {old.number, lamp.number}
    assert shown(signed_in, q="lamp", period="quarter") == {lamp.number}
    assert shown(signed_in, seller=slug, status="to-ship") == set()
    assert shown(signed_in, status="to-ship", period="quarter") == {kettle.number}
    assert shown(signed_in, seller="nobody", period="nonsense", status="x") == {old.number, lamp.number, kettle.number}
    page = words(signed_in.get("/orders/", {"q": "zebra", "period": "month"}))
    assert "No such orders" in page
    assert "Show all orders" in page


def test_status_and_seller_must_be_of_the_same_order(signed_in: Client, shop: Shop, buyer: User) -> None:
    paid, unpaid = placed(shop, buyer, clock.now()), placed(shop, buyer, clock.now())
    shop.pay(paid)
    assert shown(signed_in, seller=unpaid.orders.get().seller.slug, status="to-ship") == set()


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"from": "31/02/2026"}, "Write a day such as 25/11/2026."),
        ({"to": "tomorrow"}, "Write a day such as 25/11/2026."),
        ({"from": "2026-11-20", "to": "2026-11-01"}, "The last day is before the first."),
        ({"from": "0001-01-01"}, "Write a day such as 25/11/2026."),
        ({"to": "\0" * 50}, "Write a day such as 25/11/2026."),
    ],
)
def test_a_day_that_cannot_be_read_is_told_at_its_field_and_nothing_is_lost(
    signed_in: Client, shop: Shop, buyer: User, asked: dict[str, str], error: str
) -> None:
    placed(shop, buyer, clock.now())
    for address in ("/orders/", "/orders/statement/"):
        page = signed_in.get(address, {**asked, "q": "lantern"})
        html = page.content.decode()
        assert error in words(page)
        assert 'aria-invalid="true"' in html
        assert 'value="lantern"' in html
        assert all(f'value="{text}"' in html for text in asked.values())


def test_pages_are_linked_by_number_and_keep_what_was_asked(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer(stock=90)
    for _ in range(65):
        shop.purchase(buyer, offer)
    html = signed_in.get("/orders/", {"period": "year", "page": "4"}).content.decode()
    assert re.findall(r'href="\?period=year&amp;page=(\d+)"', html) == ["3", "1", "2", "3", "4", "5", "6", "7", "5"]
    assert "Page 4 of 7" in words(signed_in.get("/orders/", {"page": "4"}))


def test_narrowed_lists_cost_the_same_queries_for_10_and_120_orders(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer(stock=500)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            asked = {"q": "lantern", "period": "month", "status": "to-pay", "seller": offer.seller.slug}
            assert len(shown(signed_in, **asked)) == 10
        return len(seen)

    for _ in range(10):
        shop.purchase(buyer, offer)
    few = queries()
    for _ in range(110):
        shop.purchase(buyer, offer)
    assert queries() == few
