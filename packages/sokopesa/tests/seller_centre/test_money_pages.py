"""A shop's money: what it has earned, where it is paid, and its statement, for its own people alone."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from second_factor import fresh_factor

from sokopesa.orders.models import Order
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff
from sokopesa.settlements import payees
from sokopesa.settlements.models import Payee
from sokopesa.shipping import parcels
from sokopesa.shipping.completing import complete

Desk = Any


def completed(desk: Desk, **more: Any) -> Order:
    order: Order = desk.order(**more)
    parcels.ship(
        order, by=desk.member, now=desk.market.now, carrier="DHL", tracking_number=f"{3_000_000_000 + order.pk}"
    )
    order.refresh_from_db()
    complete(order, at=desk.market.now)
    return order


def test_what_was_earned_and_what_is_held_for_each_reason(desk: Desk) -> None:
    order = completed(desk)
    desk.order()
    Order.objects.filter(pk=desk.order(quantity=2).pk).update(disputed=True)
    page = desk.get("money")
    assert "Earned, and yours KES 1,187.50 The next payout is on" in page
    assert "Held until buyers are safe KES 3,700 For 2 orders" in page
    assert "Of that, in disputes KES 2,450 1 order. A dispute holds the money of its own order and no other." in page
    assert f"Sold: Order {order.number}" in page
    assert "Tell us where to pay you." in page


def test_asking_to_be_paid_at_a_paybill(desk: Desk) -> None:
    fresh_factor(desk.client)
    page = desk.refused("payee", kind="paybill", number="247247", reference="")
    assert "A paybill needs the account number to pay into" in page
    page = desk.post("payee", kind="paybill", number="247 247", reference="0712345678")
    assert "Asked. It is used once we have checked it" in page
    assert "Paybill 247247, account 0712345678 Asked for on" in page
    assert "Be paid elsewhere" not in page
    asked = Payee.objects.get()
    payees.approve(asked.pk, by=add_staff(phone="254711299001", role=Role.FINANCE), now=desk.market.now)
    assert "Where you are paid Paybill 247247, account 0712345678 Be paid elsewhere" in desk.get("money")


def test_without_a_second_factor_nothing_is_asked_for(desk: Desk) -> None:
    answer = desk.client.post(desk.url("payee"), {"kind": "till", "number": "512345"})
    assert (answer.status_code, Payee.objects.count()) == (302, 0)


def test_a_refused_place_says_why(desk: Desk) -> None:
    fresh_factor(desk.client)
    desk.post("payee", kind="till", number="512345")
    payees.refuse(
        Payee.objects.get().pk,
        by=add_staff(phone="254711299001", role=Role.FINANCE),
        remark="It is in another name.",
        now=desk.market.now,
    )
    assert "Till (Buy Goods) 512345 was refused" in desk.get("money")


def test_the_statement_as_a_file_has_every_line_and_ends_in_the_balance(desk: Desk) -> None:
    orders = [completed(desk), completed(desk, quantity=2)]
    answer = desk.client.get(desk.url("statement", "csv"))
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{desk.shop.slug}-')
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == [
        "Opening balance",
        *(f"Sold: Order {order.number}" for order in orders),
        "Closing balance",
    ]
    assert [row[2] for row in rows[2:4]] == ["1187.50", "2327.50"]
    assert rows[-1][3] == "3515.00"
    assert desk.client.get(desk.url("statement", "xlsx")).content[:2] == b"PK"
    assert desk.client.get(desk.url("statement", "pdf")).status_code == 404


def test_a_month_before_the_first_sale_is_empty_and_nonsense_is_this_month(desk: Desk) -> None:
    completed(desk)
    assert "Statement for March 2024 Month" in desk.get("money", month="2024-03")
    assert "At the end KES 0" in desk.get("money", month="2024-03")
    assert "At the end KES 1,187.50" in desk.get("money", month="soon")


def test_other_peoples_money_is_not_there(desk: Desk) -> None:
    completed(desk)
    other = Seller.objects.create(name="Other", slug="other", town="Kitale", joined_on=desk.market.now.date())
    add_member(seller=other, phone="254711500901")
    desk.client.force_login(User.objects.get(phone="254711500901"))
    for name, more in (("money", ()), ("payee", ()), ("statement", ("csv",))):
        assert desk.client.get(desk.url(name, *more)).status_code == 404
    assert desk.client.post(desk.url("payee"), {"kind": "till", "number": "512345"}).status_code == 404
    assert not Payee.objects.exists()


def test_queries_do_not_grow_with_what_was_sold(desk: Desk) -> None:
    completed(desk)
    desk.order()

    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            desk.get("money")
        return len(found)

    few = count()
    for _ in range(3):
        completed(desk)
        desk.order()
    assert count() == few <= 20
