"""The basket and the checkout of many sellers, by forms alone: no script runs in these tests."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from selling import beside

from sokopesa.catalog.models import Offer, ShippingMethod
from sokopesa.faces.storefront.account_signin import SignIn
from sokopesa.orders.models import Basket, BasketItem, Checkout, Order, Purchase
from sokopesa.payments.models import Prompt
from sokopesa.people import sellers
from sokopesa.people.models import User

Shop = Any


def words(answer: Any) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return html.unescape(re.sub(r" ([.,:;)])", r"\1", text))


def fields(answer: Any, names: str) -> dict[str, str]:
    """The page's fields whose names match, with their values."""
    found = re.findall(rf'name="({names})" value="([^"]*)"', answer.content.decode())
    return dict(found)


def put(client: Client, offer: Offer, quantity: int = 1, **more: object) -> Any:
    return client.post("/basket/add/", {"offer": offer.pk, "quantity": quantity, **more}, follow=True)


def url(step: str) -> str:
    return reverse(f"storefront:{step}", args=[Checkout.objects.latest("created_at").pk])


class TestLooking:
    def test_from_the_product_into_the_basket_and_the_header(self, client: Client, shop: Shop) -> None:
        offer = shop.offer(price_minor=125_000, shipping_minor=15_000)
        product = reverse("storefront:product", args=[offer.product.slug])
        page = client.get(product)
        assert 'formaction="/basket/add/"' in page.content.decode()
        assert "top__basket" not in page.content.decode()
        shown = put(client, offer, 2)
        assert "It is in your basket." in words(shown)
        assert "KES 1,250 each · KES 2,500" in words(shown)
        assert "Standard delivery, KES 150" in words(shown)
        assert "Total KES 2,675" in words(shown)
        assert "The request on your phone will say KES 2,650. M-PESA takes KES 25 on top." in words(shown)
        assert 'aria-label="Basket, 2 pieces"' in client.get(product).content.decode()

    def test_an_empty_basket_says_so(self, client: Client, signed_in: Client) -> None:
        assert "Nothing in it yet" in words(client.get("/basket/"))
        assert "Nothing in it yet" in words(signed_in.get("/basket/"))

    def test_the_way_of_sending_is_chosen_by_a_button(self, client: Client, shop: Shop) -> None:
        offer = shop.offer(price_minor=100_000, shipping_minor=15_000)
        rider = ShippingMethod.objects.create(
            profile=offer.profile, name="By rider", cost_minor=40_000, min_days=0, max_days=0, day_rule="calendar"
        )
        shown = put(client, offer)
        assert "KES 250 more, 2 days sooner" in words(shown)
        chosen = client.post("/basket/way/", {"way": f"{offer.profile_id}-{rider.pk}"}, follow=True)
        assert "By rider, KES 400" in words(chosen)
        assert "KES 250 less, 2 days later" in words(chosen)
        for nonsense in ("", "x", "1", "1-", f"{offer.profile_id}-999999", "٣-1", "1-2-3"):
            assert client.post("/basket/way/", {"way": nonsense}).status_code == 302
        assert BasketItem.objects.get().method == rider

    def test_quantities_and_removing(self, client: Client, shop: Shop) -> None:
        put(client, shop.offer(stock=5))
        item = BasketItem.objects.get()
        line = reverse("storefront:basket_line", args=[item.pk])
        client.post(line, {"quantity": "3"})
        assert BasketItem.objects.get().quantity == 3
        for wrong, said in (("9", "Only 5 pieces"), ("0", "from 1 to 20"), ("many", "from 1 to 20"), ("", "from 1")):
            assert said in words(client.post(line, {"quantity": wrong}, follow=True))
        assert "Nothing in it yet" in words(client.post(line, {"remove": "1"}, follow=True))

    def test_somebody_elses_basket_is_not_reached(self, client: Client, shop: Shop) -> None:
        put(client, shop.offer(), 2)
        line = reverse("storefront:basket_line", args=[BasketItem.objects.get().pk])
        stranger = Client()
        stranger.post(line, {"remove": "1"})
        put(stranger, shop.offer())
        stranger.post(line, {"remove": "1"})
        assert BasketItem.objects.count() == 2

    @pytest.mark.parametrize("quantity", ["0", "21", "-1", "many", "9" * 30])
    def test_a_quantity_that_cannot_be_is_told_on_the_products_page(
        self, client: Client, shop: Shop, quantity: str
    ) -> None:
        offer = shop.offer(stock=50)
        answer = client.post("/basket/add/", {"offer": offer.pk, "quantity": quantity}, follow=True)
        assert "Please choose a quantity from 1 to 20." in words(answer)
        assert answer.redirect_chain[-1][0].startswith(f"/p/{offer.product.slug}/")
        assert client.post("/basket/add/", {"offer": "9999", "quantity": 1}).status_code == 404

    def test_ones_own_goods_are_refused_in_words(self, signed_in: Client, shop: Shop, buyer: User) -> None:
        offer = shop.offer()
        sellers.add_member(seller=offer.seller, phone=buyer.phone)
        for where in ("/basket/add/", "/buy/"):
            answer = signed_in.post(where, {"offer": offer.pk, "quantity": 1}, follow=True)
            assert "You cannot buy from yourself." in words(answer)

    def test_it_costs_the_same_queries_for_two_lines_and_for_many(
        self, signed_in: Client, shop: Shop, statements: list[str]
    ) -> None:
        def queries() -> int:
            statements.clear()
            assert signed_in.get("/basket/").status_code == 200
            return len(statements)

        first = shop.offer()
        put(signed_in, first)
        few = queries()
        for n in range(8):
            put(signed_in, beside(first) if n % 2 else shop.offer())
        assert queries() == few

    def test_the_header_costs_a_guest_without_a_basket_nothing_and_others_one_query(
        self, client: Client, signed_in: Client, shop: Shop
    ) -> None:
        guest = Client()
        put(guest, shop.offer())
        counted = []
        for who in (Client(), guest, signed_in):
            with CaptureQueriesContext(connection) as seen:
                who.get("/")
            counted.append(sum("orders_basketitem" in query["sql"] for query in seen))
        assert counted == [0, 1, 1]


class TestChanges:
    def test_what_changed_is_shown_and_agreed_to_before_checkout(self, client: Client, shop: Shop) -> None:
        dearer, fewer, gone = shop.offer(price_minor=100_000), shop.offer(stock=5), shop.offer()
        for offer, quantity in ((dearer, 1), (fewer, 4), (gone, 1)):
            put(client, offer, quantity)
        Offer.objects.filter(pk=dearer.pk).update(price_minor=110_000)
        Offer.objects.filter(pk=fewer.pk).update(stock=2)
        Offer.objects.filter(pk=gone.pk).update(is_live=False)
        page = client.get("/basket/")
        for said in (
            "The price is now KES 1,100 instead of KES 1,000.",
            "Only 2 are left of the 4 you wanted.",
            "has withdrawn this.",
        ):
            assert words(page).count(said) == 2  # above, and on the line
        refused = client.post("/basket/checkout/", follow=True)
        assert "has changed since you saw it" in words(refused)
        assert not Checkout.objects.exists()

        client.post("/basket/agree/", fields(page, r"line-\d+"))
        assert "Since you looked" not in words(client.get("/basket/"))
        assert client.post("/basket/checkout/")["Location"] == url("review")
        assert [(item.offer, item.quantity) for item in BasketItem.objects.order_by("id")] == [(dearer, 1), (fewer, 2)]

    def test_agreeing_to_nonsense_breaks_nothing(self, client: Client, shop: Shop) -> None:
        client.post("/basket/agree/", {"line-1": "1-1"})
        put(client, shop.offer(), 2)
        name = f"line-{BasketItem.objects.get().pk}"
        for value in ("", "x-y", "5", "-5-1", "9" * 40 + "-1"):
            client.post("/basket/agree/", {name: value, "line-x": "1-1", "line-" + "9" * 30: "1-1"})
        assert BasketItem.objects.get().quantity == 2

    def test_sold_out_on_the_way_leads_back_to_the_basket_which_says_so(
        self, signed_in: Client, shop: Shop, buyer: User
    ) -> None:
        offers = to_pay(signed_in, shop, buyer)
        form = fields(signed_in.get(url("pay")), "agreed_total_cents")
        Offer.objects.filter(pk=offers[0].pk).update(stock=0)
        answer = signed_in.post(url("pay"), form, follow=True)
        assert answer.redirect_chain[-1][0] == "/basket/"
        assert "Cannot be bought now" in words(answer)
        assert not Purchase.objects.exists()
        assert not Prompt.objects.exists()


def to_pay(client: Client, shop: Shop, buyer: User) -> list[Offer]:
    """Three parcels of the buyer's, with every question answered."""
    kettle = shop.offer(price_minor=120_000, shipping_minor=5_000, seller="Jiko Bora")
    offers = [kettle, beside(kettle, price_minor=30_000), shop.offer(seller="Taa Ltd"), shop.import_offer()]
    for offer in offers:
        put(client, offer, 2)
    client.post("/basket/checkout/")
    client.post(url("review"))
    client.post(url("address"), {"address": (buyer.addresses.first() or shop.address(buyer)).pk})
    client.post(url("method"), {"method": "mpesa"})
    client.post(url("number"), {"msisdn": "0712345678"})
    return offers


class TestCheckout:
    def test_three_parcels_one_payment(self, signed_in: Client, shop: Shop, buyer: User) -> None:
        offers = to_pay(signed_in, shop, buyer)
        pay = signed_in.get(url("pay"))
        total = 2 * 120_000 + 2 * 30_000 + 5_000 + 2 * 125_000 + 2 * 90_600
        assert fields(pay, "agreed_total_cents") == {"agreed_total_cents": str(total)}
        assert "Jiko Bora: Standard delivery, arrives" in words(pay)
        assert "Price held until" in words(pay)
        assert "Import taxes are not in this price" in words(pay)
        placed = signed_in.post(url("pay"), fields(pay, "agreed_total_cents"))
        purchase = Purchase.objects.get()
        assert placed["Location"] == reverse("storefront:live", args=[purchase.number])
        assert signed_in.post(url("pay"), fields(pay, "agreed_total_cents"))["Location"] == placed["Location"]
        assert (Order.objects.count(), Prompt.objects.get().amount_cents) == (3, total)
        detail = words(signed_in.get(reverse("storefront:order", args=[purchase.number])))
        for offer in offers:
            assert offer.product.title in detail
        assert "Nothing in it yet" in words(signed_in.get("/basket/"))
        product = signed_in.get(reverse("storefront:product", args=[offers[1].product.slug]))
        assert "You have a payment request waiting for this item" in words(product)

    def test_a_guest_signs_in_on_the_way_and_the_basket_comes_along(
        self, client: Client, shop: Shop, buyer: User
    ) -> None:
        put(client, shop.offer(), 2)
        client.post("/basket/checkout/")
        assert client.post(url("review"))["Location"] == url("address")
        client.force_login(buyer)
        assert client.get(url("address")).status_code == 200
        assert Basket.objects.get().buyer == buyer
        client.post(url("address"), {"address": shop.address(buyer).pk})
        client.post(url("method"), {"method": "mpesa"})
        client.post(url("number"), {"msisdn": "0712345678"})
        client.post(url("pay"), fields(client.get(url("pay")), "agreed_total_cents"))
        assert Purchase.objects.get().buyer == buyer
        assert not BasketItem.objects.exists()

    def test_signing_in_by_a_code_brings_the_basket_along_at_once(
        self, client: Client, shop: Shop, buyer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(client, shop.offer())
        client.post(reverse("account_login"), {"phone": "0712 345 678"})
        monkeypatch.setattr(SignIn, "matches", lambda self, code: True)
        client.post(reverse("account_confirm_login_code"), {"code": "123456"})
        assert Basket.objects.get().buyer == buyer
        assert "basket" not in client.session

    def test_one_seller_alone_can_be_checked_out(self, signed_in: Client, shop: Shop) -> None:
        first, second = shop.offer(), shop.offer()
        put(signed_in, first)
        put(signed_in, second)
        signed_in.post("/basket/checkout/", {"seller": second.seller_id})
        assert [line.offer for line in Checkout.objects.get().lines.all()] == [second]
        for nonsense in ("0", "x", "9" * 30):
            answer = signed_in.post("/basket/checkout/", {"seller": nonsense}, follow=True)
            assert "nothing in your basket to check out" in words(answer)

    def test_more_than_mpesa_moves_at_once_is_split_by_seller(self, signed_in: Client, shop: Shop) -> None:
        small, large = shop.offer(price_minor=12_000_000), shop.offer(price_minor=14_000_000)
        put(signed_in, small)
        page = put(signed_in, large)
        assert "M-PESA moves at most KES 250,000 in one payment" in words(page)
        assert "Each payment has a charge of its own" in words(page)
        assert "KES 120,000 + KES 108" in words(page)
        assert "KES 140,000 + KES 108" in words(page)
        assert ">Checkout</button>" not in page.content.decode()
        answer = signed_in.post("/basket/checkout/", follow=True)
        assert answer.redirect_chain[-1][0] == "/basket/"
        assert "M-PESA moves at most KES 250,000 in one payment, so" in words(answer)
        begun = signed_in.post("/basket/checkout/", {"seller": small.seller_id}, follow=True)
        assert "KES 120,108" in words(begun)

    def test_parcels_that_do_not_go_to_a_box_are_named_and_another_way_is_offered(
        self, signed_in: Client, shop: Shop, buyer: User
    ) -> None:
        offer, other = shop.offer(seller="Jiko Bora", to_po_box=False), shop.offer()
        post = ShippingMethod.objects.create(
            profile=offer.profile,
            name="By post",
            cost_minor=9_000,
            min_days=2,
            max_days=6,
            day_rule="business",
            to_po_box=True,
        )
        put(signed_in, offer)
        put(signed_in, other)
        signed_in.post("/basket/checkout/")
        signed_in.post(url("review"))
        box = shop.address(buyer)
        page = signed_in.post(url("address"), {"address": box.pk})
        assert page.status_code == 200
        assert words(page).count("does not go to P.O. Boxes") == 1
        assert "By post, KES 90" in words(page)
        form = {"address": box.pk, **fields(page, r"way-\d+")}
        form[f"way-{offer.profile_id}"] = f"{offer.profile_id}-{post.pk}"
        assert signed_in.post(url("address"), form)["Location"] == url("method")
        assert Checkout.objects.get().parcels.get(profile=offer.profile).method == post

    def test_what_cannot_go_to_a_box_at_all_is_left_out(self, signed_in: Client, shop: Shop, buyer: User) -> None:
        offer, other = shop.offer(to_po_box=False), shop.offer()
        put(signed_in, offer)
        put(signed_in, other)
        signed_in.post("/basket/checkout/")
        signed_in.post(url("review"))
        box = shop.address(buyer)
        assert "Leave this out" in words(signed_in.post(url("address"), {"address": box.pk}))
        signed_in.post(url("address"), {"leave": offer.profile_id, "address": box.pk})
        assert signed_in.post(url("address"), {"address": box.pk})["Location"] == url("method")
        assert [line.offer for line in Checkout.objects.get().lines.all()] == [other]
        assert BasketItem.objects.count() == 2

    def test_a_way_that_stops_going_to_the_box_leads_back_to_the_address(
        self, signed_in: Client, shop: Shop, buyer: User
    ) -> None:
        offers = to_pay(signed_in, shop, buyer)
        ShippingMethod.objects.filter(profile=offers[0].profile).update(to_po_box=False)
        answer = signed_in.get(url("pay"), follow=True)
        assert answer.redirect_chain[-1][0] == url("address")
        assert "cannot go to a P.O. Box" in words(answer)

    def test_the_way_of_sending_is_changed_while_reviewing_and_by_buy_now(self, signed_in: Client, shop: Shop) -> None:
        offer = shop.offer(price_minor=100_000, shipping_minor=15_000)
        rider = ShippingMethod.objects.create(
            profile=offer.profile, name="By rider", cost_minor=40_000, min_days=0, max_days=0, day_rule="calendar"
        )
        signed_in.post("/buy/", {"offer": offer.pk, "quantity": 1, "method": rider.pk})
        assert "By rider, KES 400" in words(signed_in.get(url("review")))
        cheaper = {"way": f"{offer.profile_id}-{offer.methods[0].pk}"}
        answer = signed_in.post(url("review"), cheaper, follow=True)
        assert "Standard delivery, KES 150" in words(answer)
        assert not Checkout.objects.get().reviewed


def test_the_whole_checkout_costs_few_statements(
    signed_in: Client, shop: Shop, buyer: User, statements: list[str]
) -> None:
    """From an empty basket to a placed order, its prompt handed to the worker. Each form that is sent begins with two
    statements that know the visitor (session and user)."""
    offer, home = shop.offer(), shop.address(buyer)
    counted = []

    def post(where: str, **answers: object) -> None:
        statements.clear()
        assert signed_in.post(where, answers).status_code == 302
        counted.append(len(statements))

    post("/basket/add/", offer=offer.pk, quantity=1)
    post("/basket/checkout/")
    post(url("review"))
    post(url("address"), address=home.pk)
    post(url("method"), method="mpesa")
    post(url("number"), msisdn="0712345678")
    post(url("pay"), agreed_total_cents=125_000)
    assert Prompt.objects.count() == 1
    assert sum(counted) - 2 * len(counted) <= 37
