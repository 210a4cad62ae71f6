"""Cancelling and reviving an order on its pages, and what is owed back: shown beside what was billed, never netted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.catalog.models import Offer
from sokopesa.kernel import clock
from sokopesa.orders.actions import lapse
from sokopesa.orders.models import Purchase
from sokopesa.payments.models import Prompt
from sokopesa.payments.withdrawing import withdraw
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund

Shop = Any
Cause = Refund.Cause


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def url(purchase: Purchase, name: str = "order") -> str:
    return reverse(f"storefront:{name}", args=[purchase.number])


def over(shop: Shop, buyer: User, offer: Offer | None = None, *, how: str = "cancelled") -> Purchase:
    purchase = shop.purchase(buyer, offer)
    if how == "lapsed":
        lapse([purchase.pk], now=shop.now)
    else:
        withdraw(purchase, now=shop.now)
    purchase.refresh_from_db()
    return purchase


def test_cancelling_asks_once_and_happens_once(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer(stock=9)
    purchase = shop.purchase(buyer, offer)
    assert url(purchase, "cancel") in signed_in.get(url(purchase)).content.decode()
    question = signed_in.get(url(purchase, "cancel"))
    assert "Cancel this order?" in words(question)
    assert Purchase.objects.get().state == "awaiting_payment"

    for _ in range(2):
        assert signed_in.post(url(purchase, "cancel"))["Location"] == url(purchase)
    page = words(signed_in.get(url(purchase)))
    assert "You cancelled this order" in page
    assert "Nothing was taken from your M-PESA account." in page
    assert "To pay" not in page
    assert "Arrives" not in page
    assert Offer.objects.get().stock == 9
    assert purchase.events.filter(kind="cancelled").count() == 1
    assert signed_in.get(url(purchase, "cancel"))["Location"] == url(purchase)


def test_cancelling_with_a_request_out_says_not_to_enter_the_pin(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.sent(purchase)
    assert url(purchase, "cancel") in signed_in.get(url(purchase, "live")).content.decode()
    assert "Do not enter your PIN" in words(signed_in.get(url(purchase, "cancel")))
    signed_in.post(url(purchase, "cancel"))
    for page in ("live", "order"):
        assert "Do not enter your PIN. Close the request on the phone." in words(signed_in.get(url(purchase, page)))
    live = signed_in.get(url(purchase, "live")).content.decode()
    assert "sse-connect" in live  # it goes on until M-PESA has spoken
    assert url(purchase, "cancel") not in live
    Prompt.objects.update(state="refused", code="1032", ended_at=shop.now, next_ask_at=None)
    page = signed_in.get(url(purchase, "live"))
    assert "Nothing was taken from your M-PESA account." in words(page)
    assert "Send the request" not in words(page)


def test_what_was_paid_meanwhile_is_not_cancelled_and_the_buyer_is_told(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    purchase = shop.purchase(buyer)
    shop.pay(purchase)
    page = signed_in.post(url(purchase, "cancel"), follow=True)
    assert page.redirect_chain == [(url(purchase), 302)]
    assert "this order is paid and was not cancelled" in words(page)
    assert Purchase.objects.get().state == "paid"


@pytest.mark.parametrize("name", ["cancel", "revive"])
def test_somebody_elses_order_is_not_there_to_be_changed(client: Client, shop: Shop, buyer: User, name: str) -> None:
    purchase = over(shop, buyer) if name == "revive" else shop.purchase(buyer)
    refund = shop.surplus(purchase, Cause.CANCELLED_PAYMENT) if name == "revive" else None
    before = purchase.state
    client.force_login(shop.buyer("254722000999"))
    sent = {"refund": refund.number} if refund else {}
    assert client.post(url(purchase, name), sent).status_code == 404
    if name == "cancel":
        assert client.get(url(purchase, name)).status_code == 404
    client.logout()
    assert reverse("account_login") in client.post(url(purchase, name), sent)["Location"]
    purchase.refresh_from_db()
    assert purchase.state == before


def test_changes_need_a_form_of_ours(shop: Shop, buyer: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(buyer)
    purchase = shop.purchase(buyer)
    assert strict.post(url(purchase, "cancel")).status_code == 403
    assert strict.get(url(purchase, "revive")).status_code == 405
    assert Purchase.objects.get().state == "awaiting_payment"


@pytest.mark.parametrize("how", ["lapsed", "cancelled"])
def test_late_money_revives_the_order_on_the_buyers_word(signed_in: Client, shop: Shop, buyer: User, how: str) -> None:
    purchase = over(shop, buyer, how=how)
    refund = shop.surplus(purchase, Cause.LATE_PAYMENT if how == "lapsed" else Cause.CANCELLED_PAYMENT)
    page = signed_in.get(url(purchase))
    assert "Revive this order" in words(page)
    assert "Nothing was taken" not in words(page)
    assert re.search(r"KES 1,250 goes back to 0712 \*\*\*678 between \d+ \w{3} and \d+ \w{3}\.", words(page))
    for _ in range(2):
        answer = signed_in.post(url(purchase, "revive"), {"refund": refund.number}, follow=True)
    assert "Billed" in words(answer)
    assert "You used it for this order." in words(answer)
    assert "Revive this order" not in words(answer)
    purchase.refresh_from_db()
    assert (purchase.state, Offer.objects.get().stock) == ("paid", 8)
    assert "Paid. Thank you!" in words(signed_in.get(url(purchase, "live")))


def test_sold_out_goods_are_not_offered_and_the_refund_stands(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = over(shop, buyer)
    refund = shop.surplus(purchase, Cause.CANCELLED_PAYMENT)
    Offer.objects.update(stock=0)
    page = words(signed_in.get(url(purchase)))
    assert "sold out. So this order cannot be revived. Your money comes back as promised." in page
    assert "Revive this order" not in page
    answer = signed_in.post(url(purchase, "revive"), {"refund": refund.number}, follow=True)
    assert "The money comes back to you as promised." in words(answer)
    assert Refund.objects.get().state == "owed"


@pytest.mark.parametrize("number", ["", "RAAAAAAAAAA", "x" * 300, "R\0"])
def test_a_refund_that_is_not_the_orders_revives_nothing(
    signed_in: Client, shop: Shop, buyer: User, number: str
) -> None:
    purchase = over(shop, buyer)
    shop.surplus(purchase, Cause.CANCELLED_PAYMENT)
    assert signed_in.post(url(purchase, "revive"), {"refund": number}).status_code == 404


def test_a_further_payment_is_called_that_and_shown_beside_what_was_billed(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    purchase = shop.purchase(buyer)
    receipt = shop.pay(purchase)
    refund = shop.surplus(purchase, Cause.FURTHER_PAYMENT)
    page = words(signed_in.get(url(purchase)))
    for expected in (
        "You paid twice",
        f"KES 1,250 , receipt {refund.receipt}, came when the order was paid already.",
        "Left your M-PESA KES 1,265",
        f"M-PESA receipt {receipt}",
        f"Paid again KES 1,250 M-PESA receipt {refund.receipt} Goes back to 0712 ***678 Between",
        f"Refund number {refund.number} State Owed",
    ):
        assert expected in page
    for other in (signed_in.get("/orders/"), signed_in.get("/orders/", {"q": refund.number.lower()})):
        assert "Billed KES 1,265" in words(other)
        assert f"We owe you KES 1,250 Paid again, receipt {refund.receipt}" in words(other)
    assert purchase.number in words(signed_in.get("/orders/", {"q": refund.receipt}))
    assert "You paid twice" in words(signed_in.get(url(purchase, "live")))


def test_what_is_beyond_the_price_is_owed_back_and_shown_in_what_left_the_wallet(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    purchase = shop.purchase(buyer)
    refund = shop.surplus(purchase, Cause.OVER_PAYMENT, 135_000)
    page = words(signed_in.get(url(purchase)))
    for expected in (
        f"KES 1,350 , receipt {refund.receipt}, is more than the KES 1,250 that the order costs.",
        "KES 100 goes back to 0712 ***678 between",
        "Goods KES 1,250 Shipping Free Paid too much KES 100 M-PESA paybill charge KES 15 Left your M-PESA KES 1,365",
    ):
        assert expected in page
    assert "Left your M-PESA KES 1,365" in words(signed_in.get(url(purchase, "live")))
    assert "Billed KES 1,365" in words(signed_in.get("/orders/"))
    assert "We owe you KES 100 Paid too much" in words(signed_in.get("/orders/"))


def test_the_wrong_amount_goes_back_and_the_order_still_awaits_payment(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    purchase = shop.purchase(buyer)
    shop.refused(purchase, "1032")
    shop.surplus(purchase, Cause.UNDER_PAYMENT, 100_000)
    page = words(signed_in.get(url(purchase, "live")))
    assert "You paid too little" in page
    assert "The order still awaits KES 1,250 ." in page
    assert "Nothing was taken" not in page
    assert "Send the request again" in page


def test_nobody_finds_anybody_elses_refund(client: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.pay(purchase)
    refund = shop.surplus(purchase, Cause.FURTHER_PAYMENT)
    client.force_login(shop.buyer("254722000999"))
    for text in (refund.number, refund.receipt):
        assert purchase.number not in words(client.get("/orders/", {"q": text}))


def test_the_list_costs_the_same_queries_with_and_without_refunds(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer(stock=50)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert signed_in.get("/orders/").status_code == 200
        return len(seen)

    purchases = [shop.purchase(buyer, offer) for _ in range(10)]
    without = queries()
    for purchase in purchases[:4]:
        shop.pay(purchase)
        for _ in range(3):
            shop.surplus(purchase, Cause.FURTHER_PAYMENT)
    assert queries() == without


def test_the_product_page_warns_of_a_request_that_waits(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer()
    purchase = shop.purchase(buyer, offer)
    shop.sent(purchase)
    shop.purchase(buyer, offer)  # newer, but no request is out for it
    shop.purchase(buyer, shop.offer())  # of other goods
    page = signed_in.get(reverse("storefront:product", args=[offer.product.slug]))
    assert "You have a payment request waiting for this item" in words(page)
    assert re.search(r"KES 1,250 , sent .*(ago|now)\. 1 more under My Orders", words(page))
    assert url(purchase, "live") in page.content.decode()
    assert url(purchase, "cancel") in page.content.decode()
    for one in Purchase.objects.filter(orders__lines__offer=offer):
        withdraw(one, now=clock.now())
    assert "waiting for this item" not in words(signed_in.get(page.request["PATH_INFO"]))


def test_an_order_without_a_request_is_called_unpaid(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer()
    shop.refused(shop.purchase(buyer, offer), "1032")
    page = words(signed_in.get(reverse("storefront:product", args=[offer.product.slug])))
    assert "You have ordered this item and not paid yet" in page
    assert "Cancel this order" in page


def test_the_warning_costs_shoppers_one_query_and_anonymous_ones_none(client: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer()
    address = reverse("storefront:product", args=[offer.product.slug])

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        return [query["sql"] for query in seen]

    assert not [sql for sql in queries() if "orders_purchase" in sql]
    client.force_login(buyer)
    assert len([sql for sql in queries() if "orders_purchase" in sql]) == 1
    for _ in range(3):
        shop.sent(shop.purchase(buyer, offer))
    assert len([sql for sql in queries() if "orders_purchase" in sql]) == 1
    client.force_login(shop.buyer("254722000999"))
    assert "waiting for this item" not in words(client.get(address))
