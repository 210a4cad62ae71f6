"""The page that follows a payment: by events, by asking, and by reloading."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test import AsyncClient, Client
from django.urls import reverse

from sokopesa.faces.storefront.streams import LOOK_AGAIN_AFTER
from sokopesa.orders.models import Purchase
from sokopesa.payments.models import Prompt
from sokopesa.people.models import User

Shop = Any


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def url(purchase: Purchase, name: str = "live") -> str:
    return reverse(f"storefront:{name}", args=[purchase.number])


def mark(page: Any) -> str:
    found = re.search(r"/events/\?seen=([0-9a-f]+)", page.content.decode())
    assert found
    return found[1]


def test_while_the_prompt_is_out_the_page_follows_in_three_ways(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.sent(purchase)
    page = signed_in.get(url(purchase))
    html = page.content.decode()
    assert "Check your phone" in words(page)
    assert f"Ksh. 1,250.00 to SOKOPESA Account no. {purchase.reference}" in words(page)
    assert "M-PESA then adds its charge of KES 15 : KES 1,265 in all" in words(page)
    assert f'sse-connect="{url(purchase, "events")}?seen=' in html
    assert f'hx-get="{url(purchase, "state")}?seen=' in html
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in html
    assert 'aria-live="polite"' in html
    assert "Send the request again" not in words(page)


@pytest.mark.parametrize("code", ["1", "1001", "1019", "1025", "1032", "1037", "2001", "busy", "down", "credentials"])
def test_a_prompt_that_ended_without_payment_offers_to_send_again(
    signed_in: Client, shop: Shop, buyer: User, code: str
) -> None:
    purchase = shop.purchase(buyer)
    shop.refused(purchase, code)
    page = signed_in.get(url(purchase))
    assert "Nothing was taken from your M-PESA account." in words(page)
    assert "Send the request again" in words(page)
    assert "http-equiv" not in page.content.decode()
    assert 'hx-trigger="every' not in page.content.decode()


def test_when_nobody_knows_yet_nothing_can_be_sent_again(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.prompt(purchase, state="unknown", sent_at=shop.now)
    page = signed_in.get(url(purchase))
    assert "Please do not pay again." in words(page)
    assert "Send the request again" not in words(page)


def test_a_paid_order_shows_receipt_charge_and_what_left_the_wallet(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    receipt = shop.pay(purchase)
    page = signed_in.get(url(purchase))
    assert f"M-PESA receipt {receipt}" in words(page)
    assert "M-PESA paybill charge KES 15" in words(page)
    assert "Left your M-PESA KES 1,265" in words(page)
    assert "sse-connect" not in page.content.decode()
    assert url(purchase, "order") in page.content.decode()


def test_asking_for_news_answers_nothing_until_there_is_some(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.sent(purchase)
    seen = mark(signed_in.get(url(purchase)))
    assert signed_in.get(url(purchase, "state"), {"seen": seen}).status_code == 204
    Prompt.objects.update(state="refused", code="1032", ended_at=shop.now, next_ask_at=None)
    news = signed_in.get(url(purchase, "state"), {"seen": seen})
    assert news.status_code == 200
    assert "You cancelled the request" in words(news)
    assert b"<html" not in news.content


def test_sending_again_makes_a_second_attempt_perhaps_to_another_phone(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    purchase = shop.purchase(buyer)
    shop.refused(purchase, "1032")
    answer = signed_in.post(url(purchase, "again"), {"msisdn": "0722 000 111"})
    assert answer["Location"] == url(purchase)
    latest = Prompt.objects.get(purchase=purchase, attempt=2)
    assert (latest.msisdn, latest.state) == ("254722000111", "requested")


def test_sending_again_while_one_is_live_sends_nothing(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.sent(purchase)
    signed_in.post(url(purchase, "again"), {"msisdn": "0722 000 111"})
    assert Prompt.objects.count() == 1


def test_sending_again_for_a_paid_order_is_refused_in_words(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.pay(purchase)
    answer = signed_in.post(url(purchase, "again"), {"msisdn": "0722 000 111"}, follow=True)
    assert "This order is paid. Nothing more is due." in words(answer)
    assert Prompt.objects.count() == 1


def test_a_number_without_mpesa_is_refused_beside_the_field(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.refused(purchase, "1")
    answer = signed_in.post(url(purchase, "again"), {"msisdn": "0733 123 456"})
    assert answer.status_code == 422
    assert "Airtel" in words(answer)
    assert 'value="0733 123 456"' in answer.content.decode()
    assert Prompt.objects.count() == 1


@pytest.mark.parametrize("name", ["live", "state", "order"])
def test_somebody_elses_purchase_does_not_exist(client: Client, shop: Shop, buyer: User, name: str) -> None:
    purchase = shop.purchase(buyer)
    client.force_login(shop.buyer("254722000999"))
    assert client.get(url(purchase, name)).status_code == 404
    assert client.post(url(purchase, "again"), {"msisdn": "0722 000 111"}).status_code == 404
    assert not Prompt.objects.exists()


def test_signed_out_one_is_asked_to_sign_in_and_comes_back(client: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    assert client.get(url(purchase))["Location"] == f"{reverse('account_login')}?next={url(purchase)}"
    assert client.get(url(purchase, "state"))["HX-Refresh"] == "true"
    assert client.get(url(purchase, "events")).status_code == 204


def test_an_order_whose_request_was_never_sent_can_still_be_paid(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    page = signed_in.get(url(purchase))
    assert "No request was sent yet" in words(page)
    signed_in.post(url(purchase, "again"), {"msisdn": "0712 345 678"})
    assert Prompt.objects.get().attempt == 1


def test_events_tell_of_the_payment_the_moment_it_is_booked(committing: None, make_shop: Any) -> None:
    waiting, paid, done = follow_to_the_end(make_shop())
    assert "Check your phone" in waiting
    assert "Paid. Thank you!" in paid
    assert done.startswith("event: done")


def test_events_go_on_after_the_database_dropped_the_line(committing: None, make_shop: Any) -> None:
    _, paid, _ = follow_to_the_end(make_shop(), before_paying=cut_the_listening_line)
    assert "Paid. Thank you!" in paid


def follow_to_the_end(shop: Shop, before_paying: Callable[[], None] = lambda: None) -> tuple[str, str, str]:
    """The three events of a payment that is confirmed while somebody looks on. They come sooner than the page would
    look by itself."""
    buyer = shop.buyer()
    purchase = shop.purchase(buyer)
    prompt = shop.sent(purchase)
    client = AsyncClient()
    client.force_login(buyer)

    async def follow() -> tuple[str, str, str]:
        answer = await client.get(url(purchase, "events"))
        assert answer["Content-Type"] == "text/event-stream"
        assert answer["Content-Encoding"] == "identity"
        stream = aiter(answer.streaming_content)
        waiting = await next_event(stream)
        assert (await anext(stream)).decode() == ": nothing new\n\n"  # the look on beginning to listen
        await sync_to_async(before_paying)()
        await sync_to_async(shop.confirm)(prompt)
        paid = await asyncio.wait_for(next_event(stream), LOOK_AGAIN_AFTER - 3)
        return waiting, paid, await next_event(stream)

    return async_to_sync(follow)()


def cut_the_listening_line() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        assert cursor.rowcount == 1


def test_nobody_hears_of_somebody_elses_payment(committing: None, make_shop: Any) -> None:
    shop = make_shop()
    purchase = shop.purchase(shop.buyer())
    client = Client()
    client.force_login(shop.buyer("254722000999"))
    assert client.get(url(purchase, "events")).status_code == 404


async def next_event(stream: AsyncIterator[bytes]) -> str:
    """The next event, past the comments that keep the line open."""
    while True:
        event = (await anext(stream)).decode()
        if not event.startswith(":"):
            return event
