"""From Buy Now to Pay, by forms alone: no script runs in these tests, as on a phone that has none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sokopesa.catalog.models import ExchangeRate, Offer
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.orders.models import Checkout, HeldRate, Purchase
from sokopesa.payments.models import Prompt
from sokopesa.people.models import User

Shop = Any
STEPS = ["review", "address", "method", "number", "pay"]


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def url(step: str, checkout: Checkout) -> str:
    return reverse(f"storefront:{step}", args=[checkout.pk])


def buy_now(client: Client, offer: Offer, quantity: int = 1) -> Checkout:
    answer = client.post("/buy/", {"offer": offer.pk, "quantity": quantity})
    assert answer.status_code == 302
    checkout = Checkout.objects.get()
    assert answer["Location"] == url("review", checkout)
    return checkout


def test_the_whole_way_signing_in_in_the_middle(client: Client, shop: Shop, buyer: User) -> None:
    checkout = buy_now(client, shop.offer(price_minor=62_500, shipping_minor=0), quantity=2)
    review = words(client.get(url("review", checkout)))
    assert "2 × KES 625" in review
    assert "KES 1,265" in review

    assert client.post(url("review", checkout))["Location"] == url("address", checkout)
    to_sign_in = client.get(url("address", checkout))
    assert to_sign_in["Location"] == f"{reverse('account_login')}?next={url('address', checkout)}"
    client.force_login(buyer)

    box = {"kind": "po_box", "recipient": "Jane Otieno", "phone": "0712 345 678"}
    box |= {"box_number": "12345", "postcode": "00100", "post_office": "Nairobi"}
    assert client.post(url("address", checkout), box)["Location"] == url("method", checkout)
    assert "Select payment method" in words(client.get(url("method", checkout)))
    assert client.post(url("method", checkout), {"method": "mpesa"})["Location"] == url("number", checkout)
    assert 'value="0712 345 678"' in client.get(url("number", checkout)).content.decode()
    assert client.post(url("number", checkout), {"msisdn": "+254 (0) 722-000 111"})["Location"] == url("pay", checkout)

    pay = client.get(url("pay", checkout))
    assert "M-PESA paybill charge KES 15 " in words(pay)
    assert "Pay KES 1,265 " in words(pay)
    assert "The request on your phone will say KES 1,250 ." in words(pay)
    placed = client.post(url("pay", checkout), {"agreed_total_cents": agreed(pay)})
    purchase = Purchase.objects.get()
    assert placed["Location"] == reverse("storefront:live", args=[purchase.number])
    assert purchase.buyer == buyer
    assert purchase.total_cents == 125_000
    assert Prompt.objects.get().msisdn == "254722000111"


def agreed(pay: Any) -> str:
    found = re.search(r'name="agreed_total_cents" value="(\d+)"', pay.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_step_too_early_leads_to_the_first_one_missing(signed_in: Client, shop: Shop, step: str) -> None:
    checkout = buy_now(signed_in, shop.offer())
    assert signed_in.get(url(step, checkout))["Location"] == url("review", checkout)
    assert signed_in.post(url(step, checkout), {"agreed_total_cents": "125000"})["Location"] == url("review", checkout)
    assert not Purchase.objects.exists()


def test_an_answered_step_can_be_taken_again_and_leads_back(signed_in: Client, shop: Shop, buyer: User) -> None:
    checkout = shop.checkout(buyer)
    other = shop.address(buyer, recipient="Otieno Senior")
    assert signed_in.get(url("address", checkout)).status_code == 200
    assert signed_in.post(url("address", checkout), {"address": other.pk})["Location"] == url("pay", checkout)
    assert "Otieno Senior" in words(signed_in.get(url("pay", checkout)))


@pytest.mark.parametrize("step", STEPS)
def test_somebody_elses_checkout_does_not_exist(client: Client, shop: Shop, buyer: User, step: str) -> None:
    checkout = shop.checkout(buyer)
    client.force_login(shop.buyer("254722000999"))
    assert client.get(url(step, checkout)).status_code == 404
    assert client.post(url(step, checkout)).status_code == 404


def test_a_stranger_cannot_take_up_a_checkout_that_nobody_has_claimed(client: Client, shop: Shop) -> None:
    checkout = buy_now(client, shop.offer())
    assert Client().get(url("review", checkout)).status_code == 404
    stranger = Client()
    stranger.force_login(shop.buyer("254722000999"))
    assert stranger.get(url("review", checkout)).status_code == 404


def test_signing_out_on_the_way_asks_to_sign_in_again(client: Client, shop: Shop, buyer: User) -> None:
    checkout = shop.checkout(buyer)
    assert client.get(url("pay", checkout))["Location"] == f"{reverse('account_login')}?next={url('pay', checkout)}"


def test_somebody_elses_address_is_not_offered_and_not_taken(signed_in: Client, shop: Shop) -> None:
    checkout = buy_now(signed_in, shop.offer())
    signed_in.post(url("review", checkout))
    theirs = shop.address(shop.buyer("254722000999"))
    assert signed_in.post(url("address", checkout), {"address": theirs.pk}).status_code == 200
    checkout.refresh_from_db()
    assert checkout.address is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0733 123 456", "Airtel"),
        ("020 2345678", "landline"),
        ("07123", "missing"),
        ("call me", "digits"),
        ("", "Enter the number"),
        ("+1 202 555 0100", "Kenya"),
    ],
)
def test_a_number_that_cannot_pay_is_refused_in_words(
    signed_in: Client, shop: Shop, buyer: User, typed: str, said: str
) -> None:
    checkout = shop.checkout(buyer)
    answer = signed_in.post(url("number", checkout), {"msisdn": typed})
    assert answer.status_code == 200
    assert said in words(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    checkout.refresh_from_db()
    assert checkout.msisdn == "254712345678"


def test_a_payment_method_must_be_chosen(signed_in: Client, shop: Shop, buyer: User) -> None:
    checkout = shop.checkout(buyer)
    assert "Choose how you want to pay." in words(signed_in.post(url("method", checkout), {"anything": "else"}))
    assert signed_in.post(url("method", checkout), {"method": "barter"}).status_code == 200


def test_pressing_pay_twice_places_one_order_and_sends_one_prompt(signed_in: Client, shop: Shop, buyer: User) -> None:
    checkout = shop.checkout(buyer, shop.offer(stock=5))
    form = {"agreed_total_cents": agreed(signed_in.get(url("pay", checkout)))}
    first = signed_in.post(url("pay", checkout), form)
    second = signed_in.post(url("pay", checkout), form)
    assert first["Location"] == second["Location"]
    assert Purchase.objects.count() == Prompt.objects.count() == 1
    assert Offer.objects.get(pk=checkout.lines.get().offer_id).stock == 4
    assert signed_in.get(url("review", checkout))["Location"] == first["Location"]


def test_a_price_that_changed_is_shown_before_anything_is_asked(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.offer(price_minor=125_000)
    checkout = shop.checkout(buyer, offer)
    form = {"agreed_total_cents": agreed(signed_in.get(url("pay", checkout)))}
    Offer.objects.filter(pk=offer.pk).update(price_minor=130_000)
    answer = signed_in.post(url("pay", checkout), form, follow=True)
    assert answer.redirect_chain[-1][0] == url("pay", checkout)
    assert "the total is now KES 1,300 instead of KES 1,250" in words(answer)
    assert not Purchase.objects.exists()


def test_goods_that_sell_out_on_the_way_lead_back_to_the_other_vendors(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    product = shop.product()
    offer = shop.offer(product, seller="Quick Ltd")
    shop.offer(product, seller="Slow & Sons", price_minor=200_000)
    checkout = shop.checkout(buyer, offer)
    form = {"agreed_total_cents": agreed(signed_in.get(url("pay", checkout)))}
    Offer.objects.filter(pk=offer.pk).update(stock=0)
    answer = signed_in.post(url("pay", checkout), form, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("storefront:product", args=[product.slug])
    assert "Sold out" in words(answer)
    assert 'class="notice notice--bad" role="alert"' in answer.content.decode()
    assert not Purchase.objects.exists()
    assert not Prompt.objects.exists()


def test_more_than_mpesa_can_move_is_told_before_any_typing(signed_in: Client, shop: Shop) -> None:
    offer = shop.offer(price_minor=13_000_000, stock=5)
    checkout = buy_now(signed_in, offer, quantity=2)
    answer = signed_in.get(url("review", checkout), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("storefront:product", args=[offer.product.slug])
    assert "M-PESA moves at most KES 250,000 in one payment" in words(answer)


def test_a_rate_that_went_stale_on_the_way_is_told(signed_in: Client, shop: Shop, buyer: User) -> None:
    checkout = shop.checkout(buyer, shop.import_offer())
    form = {"agreed_total_cents": agreed(signed_in.get(url("pay", checkout)))}
    ExchangeRate.objects.update(as_of="2020-01-01")
    run_out(checkout)
    for answer in (
        signed_in.get(url("pay", checkout), follow=True),
        signed_in.post(url("pay", checkout), form, follow=True),
    ):
        assert answer.redirect_chain[-1][0] == reverse(
            "storefront:product", args=[checkout.lines.get().offer.product.slug]
        )
        assert words(answer).count("exchange rate has not reached us yet. Choose another seller") == 1
    assert not Purchase.objects.exists()
    refused = signed_in.post("/buy/", {"offer": checkout.lines.get().offer_id, "quantity": 1}, follow=True)
    assert "exchange rate has not reached us yet. Choose another seller" in words(refused)
    assert Checkout.objects.count() == 1


def run_out(checkout: Checkout) -> None:
    """The half hour for which the rate was held has passed."""
    HeldRate.objects.filter(checkout=checkout).update(expires_at=F("quoted_at") + timedelta(microseconds=1))


def test_a_foreign_price_is_told_with_rate_source_day_and_expiry(signed_in: Client, shop: Shop, buyer: User) -> None:
    offer = shop.import_offer(price_minor=9_600, shipping_minor=0)
    ExchangeRate.objects.update(kes_per_unit=130, as_of="2026-11-24")
    shop.now = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
    checkout = shop.checkout(buyer, offer)
    until = clock.now() + timedelta(minutes=1)
    HeldRate.objects.update(expires_at=until)
    for step in ("review", "pay"):
        page = words(signed_in.get(url(step, checkout)))
        said = f"holds until {until.astimezone(clock.EAT):%H:%M})."
        assert f"KES 12,480 ( USD 96.00 at 130.00, Central Bank of Kenya, 24 Nov; {said}" in page
        assert "rounded up" not in page
    placed = signed_in.post(url("pay", checkout), {"agreed_total_cents": "1248000"})
    purchase = Purchase.objects.get()
    assert placed["Location"] == reverse("storefront:live", args=[purchase.number])
    detail = words(signed_in.get(reverse("storefront:order", args=[purchase.number])))
    assert "USD 96.00 each, at KES 130.00 for 1 USD (Central Bank of Kenya, 24 Nov 2026)" in detail


def test_rounding_is_told(signed_in: Client, shop: Shop, buyer: User) -> None:
    checkout = shop.checkout(buyer, shop.import_offer(price_minor=1_999, shipping_minor=350))
    page = words(signed_in.get(url("pay", checkout)))
    assert "KES 3,038 ( USD 23.49 at 129.30, Central Bank of Kenya" in page
    assert "Each price is rounded up to a whole shilling." in page


def test_a_rate_that_changed_after_it_ran_out_is_told_and_nothing_is_lost(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    checkout = shop.checkout(buyer, shop.import_offer(price_minor=9_600))
    seen = signed_in.get(url("pay", checkout))
    ExchangeRate.objects.update(kes_per_unit=131)
    assert "at 129.30" in words(signed_in.get(url("pay", checkout)))  # promised for half an hour
    run_out(checkout)
    answer = signed_in.post(url("pay", checkout), {"agreed_total_cents": agreed(seen)}, follow=True)
    assert answer.redirect_chain[-1][0] == url("pay", checkout)
    assert "The rate changed to KES 131.00 for 1 USD (Central Bank of Kenya, " in words(answer)
    assert "the total is now KES 12,576 instead of KES 12,413" in words(answer)
    assert "Nothing has been charged." in words(answer)
    assert "KES 12,576 ( USD 96.00 at 131.00" in words(answer)
    assert not Purchase.objects.exists()
    signed_in.post(url("pay", checkout), {"agreed_total_cents": agreed(answer)})
    assert Purchase.objects.get().total_cents == 1_257_600


@pytest.mark.parametrize("step", ["review", "number", "pay"])
def test_a_step_costs_the_same_queries_for_a_price_at_home_and_abroad_and_many_times(
    signed_in: Client, shop: Shop, buyer: User, step: str
) -> None:
    def queries(checkout: Checkout) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert signed_in.get(url(step, checkout)).status_code == 200
        return len(seen)

    at_home, abroad = shop.checkout(buyer), shop.checkout(buyer, shop.import_offer())
    assert queries(abroad) == queries(abroad) == queries(at_home) + 1


@dataclass(frozen=True)
class Told:
    """By which plan, for what price: the line of the sum, and the words beneath it."""

    paid_by: str
    price_minor: int
    line: str
    beneath: str


@pytest.mark.parametrize(
    "told",
    [
        Told("customer", 125_000, "M-PESA paybill charge KES 15", "M-PESA takes its own charge of KES 15 on top"),
        Told("customer", 10_000, "No M-PESA charge for you KES 0", "M-PESA charges nothing for this amount"),
        Told("shared", 125_000, "M-PESA paybill charge KES 10", "M-PESA takes its own charge of KES 10 on top"),
        Told("business", 125_000, "No M-PESA charge for you KES 0", "We pay M-PESA's charge"),
    ],
    ids=lambda told: f"{told.paid_by}-{told.price_minor}",
)
def test_the_buyers_part_is_told_on_every_page_in_every_plan(
    signed_in: Client, shop: Shop, buyer: User, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_charges_paid_by", told.paid_by)
    is_free = told.line.startswith("No")
    checkout = shop.checkout(buyer, shop.offer(price_minor=told.price_minor))
    product = words(signed_in.get(reverse("storefront:product", args=[checkout.lines.get().offer.product.slug])))
    briefly = told.line.removeprefix("M-PESA paybill charge ") + " taken by M-PESA , for one piece"
    assert ("No M-PESA charge for you" if is_free else briefly) in product

    pay = signed_in.get(url("pay", checkout))
    assert told.line in words(pay)
    assert told.beneath in words(pay)
    signed_in.post(url("pay", checkout), {"agreed_total_cents": agreed(pay)})
    purchase = Purchase.objects.get()
    live, order = (reverse(f"storefront:{name}", args=[purchase.number]) for name in ("live", "order"))
    assert told.line in words(signed_in.get(order))

    Prompt.objects.update(state="sent", sent_at=clock.now())
    assert ("No M-PESA charge for you" in words(signed_in.get(live))) == is_free
    shop.confirm(Prompt.objects.get())
    for paid in (live, order):
        assert told.line in words(signed_in.get(paid))
    assert ("No M-PESA charge for you" in words(signed_in.get("/orders/"))) == is_free


def test_goods_beyond_mpesas_limit_say_so_on_their_page(client: Client, shop: Shop) -> None:
    offer = shop.offer(price_minor=25_000_100)
    page = words(client.get(reverse("storefront:product", args=[offer.product.slug])))
    assert "M-PESA moves at most KES 250,000 in one payment, so it cannot pay for this" in page


@pytest.mark.parametrize("quantity", ["0", "-1", "21", "many", "", "99999999999999999999"])
def test_a_quantity_that_cannot_be_bought_is_refused_in_words(client: Client, shop: Shop, quantity: str) -> None:
    offer = shop.offer()
    answer = client.post("/buy/", {"offer": offer.pk, "quantity": quantity}, follow=True)
    assert "Please choose a quantity from 1 to 20." in words(answer)
    assert not Checkout.objects.exists()


@pytest.mark.parametrize("offer", ["0", "", "x", "99999999999999999999"])
def test_buying_what_does_not_exist_is_not_found(client: Client, shop: Shop, offer: str) -> None:
    assert client.post("/buy/", {"offer": offer, "quantity": "1"}).status_code == 404


def test_an_import_warns_of_levies_on_the_way(signed_in: Client, shop: Shop, buyer: User) -> None:
    checkout = shop.checkout(buyer, shop.import_offer())
    for step in ("review", "pay"):
        assert "Import taxes are not in this price" in words(signed_in.get(url(step, checkout)))
