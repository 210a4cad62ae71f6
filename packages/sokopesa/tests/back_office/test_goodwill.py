"""Goodwill at the desk: found by any name of an order, proposed by anybody of the staff, given by a second person."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from sokopesa.disbursement import filing
from sokopesa.disbursement.models import Goodwill
from sokopesa.faces.second_factor import freshness
from sokopesa.ledger.accounts import GOODWILL
from sokopesa.ledger.queries import balance_cents
from sokopesa.orders.models import Order
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund

Vault = Any
SignedIn = Callable[[User], Client]
Count = Callable[[Client, str], int]
GIFTS = "/desk/money/goodwill/"
GIVE = {"amount": "KES 200", "reason": "The parcel came two weeks late."}


def text(answer: Any) -> str:
    """The page, its amounts as people read them."""
    page = " ".join(answer.content.decode().split())
    return html.unescape(re.sub(r'<span class="money">([^<]*)</span>', r"\1", page))


@pytest.fixture
def order(vault: Vault) -> Order:
    """Paid KES 1,250 for."""
    order: Order = vault.market.paid_order()
    return order


@pytest.fixture
def address(order: Order) -> str:
    return f"{GIFTS}of/{order.purchase.number}/"


@pytest.fixture
def small(vault: Vault) -> Refund:
    """KES 4, which M-PESA does not pay out."""
    refund: Refund = vault.refund(400, purchase=vault.purchase())
    filing.close_due(now=vault.now)
    refund.refresh_from_db()
    assert refund.waits_for == "minimum"
    return refund


def test_an_order_is_found_by_any_name(order: Order, support: Client, address: str) -> None:
    purchase = order.purchase
    receipt = purchase.receipts.get().code
    for name in (purchase.number, purchase.reference.lower(), order.number, f" {receipt} "):
        assert support.get(GIFTS, {"q": name})["Location"] == address, name
    assert "No order is known by" in text(support.get(GIFTS, {"q": "<b>no"}))
    page = text(support.get(address))
    for fact in ("KES 1,250", receipt, order.seller.name, order.number, "From KES 10 to KES 1,250"):
        assert fact in page
    assert purchase.buyer.phone not in page
    assert support.get(f"{GIFTS}of/8000000000000000/").status_code == 404


def test_support_proposes_and_finance_gives(
    order: Order, address: str, support: Client, finance: Client, vault: Vault
) -> None:
    page = text(support.post(f"{address}propose/", GIVE, follow=True))
    assert "It is given when a second person in finance approves." in page
    assert "Only finance decides." in page
    proposal = Goodwill.objects.get()
    assert support.post(f"{GIFTS}{proposal.pk}/approve/").status_code == 403
    assert support.post(f"{GIFTS}{proposal.pk}/refuse/", {"reason": "No need."}).status_code == 403
    waiting = text(finance.get(GIFTS))
    assert order.purchase.number in waiting
    assert GIVE["reason"] in waiting
    page = text(finance.post(f"{GIFTS}{proposal.pk}/approve/", follow=True))
    assert "Approved. It is owed from now on, and the buyer is told." in page
    refund = Refund.objects.get()
    assert f"/desk/money/refunds/{refund.number}/" in page
    assert "Ready to be paid" in page
    told = text(finance.get(f"/desk/money/refunds/{refund.number}/"))
    assert "our own money" in told
    assert "Payment confirmed" not in told


def test_who_proposed_it_does_not_give_it(address: str, finance: Client) -> None:
    assert "You proposed this yourself" in text(finance.post(f"{address}propose/", GIVE, follow=True))
    proposal = Goodwill.objects.get()
    page = text(finance.post(f"{GIFTS}{proposal.pk}/approve/", follow=True))
    assert "Another person has to approve it." in page
    assert balance_cents(GOODWILL) == 0


@pytest.mark.parametrize(
    ("answers", "status", "words"),
    [
        ({"amount": "", "reason": "Late."}, 422, "Type how much the buyer is given."),
        ({"amount": "many", "reason": "Late."}, 422, "Write the amount in shillings"),
        ({"amount": "99,999,999,999", "reason": "Late."}, 422, "That is too much. The most is KES 999,999,999."),
        ({"amount": "-5", "reason": "Late."}, 422, "It has to be more than nothing."),
        ({"amount": "200", "reason": ""}, 422, "Say why."),
        ({"amount": "200", "reason": "x" * 301}, 422, "at most 300 characters"),
        ({"amount": "9", "reason": "Late."}, 409, "Give KES 10 or more"),
        ({"amount": "20.50", "reason": "Late."}, 409, "Whole shillings only"),
        ({"amount": "1,251", "reason": "Late."}, 409, "Give KES 1,250 at most"),
        ({"amount": "2,001", "reason": "Late."}, 409, "the market's own limit"),
    ],
)
def test_bad_answers_are_told_and_nothing_is_lost(
    answers: dict[str, str], status: int, words: str, address: str, finance: Client
) -> None:
    answer = finance.post(f"{address}propose/", answers)
    page = text(answer)
    assert (answer.status_code, words in page) == (status, True), page
    assert answers["reason"][:5] in page
    assert not Goodwill.objects.exists()


def test_one_proposal_stands_at_a_time(address: str, support: Client, finance: Client) -> None:
    support.post(f"{address}propose/", GIVE)
    again = finance.post(f"{address}propose/", GIVE | {"amount": "300"})
    assert (again.status_code, "waits for a second person." in text(again)) == (409, True)
    assert Goodwill.objects.get().amount_cents == 20_000


def test_refusing_needs_a_reason(address: str, support: Client, finance: Client) -> None:
    support.post(f"{address}propose/", GIVE)
    refuse = f"{GIFTS}{Goodwill.objects.get().pk}/refuse/"
    empty = finance.post(refuse, {"reason": ""})
    assert (empty.status_code, "Say why." in text(empty)) == (422, True)
    page = text(finance.post(refuse, {"reason": "The seller gives it."}, follow=True))
    assert "The seller gives it." in page
    assert "Give goodwill" in page, "something else may be proposed"


def test_an_order_that_nobody_paid_gets_nothing(vault: Vault, finance: Client) -> None:
    purchase = vault.purchase()
    address = f"{GIFTS}of/{purchase.number}/"
    assert "Nothing was paid for this order." in text(finance.get(address))
    answer = finance.post(f"{address}propose/", GIVE)
    assert (answer.status_code, "Nothing was paid" in text(answer)) == (409, True)


def test_a_small_refund_is_topped_up_by_two(vault: Vault, small: Refund, signed_in: SignedIn, support: Client) -> None:
    one, two, address = signed_in(vault.member()), signed_in(vault.member()), f"/desk/money/refunds/{small.number}/"
    assert "Top it up by KES 6" in text(one.get(address))
    assert "Top it up by" not in text(support.get(address))
    assert support.post(f"{address}top-up/", {"reason": "Small."}).status_code == 403
    empty = one.post(f"{address}top-up/", {"reason": ""})
    assert (empty.status_code, "Say why." in text(empty)) == (422, True)
    page = text(one.post(f"{address}top-up/", {"reason": "It waits for weeks."}, follow=True))
    assert "You proposed this yourself" in page
    proposal = Goodwill.objects.get()
    assert "Top-up of refund" in text(one.get(GIFTS))
    assert "Another person has to approve it." in text(one.post(f"{GIFTS}{proposal.pk}/approve/", follow=True))
    empty = two.post(f"{GIFTS}{proposal.pk}/refuse/", {"reason": ""})
    assert (empty.status_code, "Say why." in text(empty)) == (422, True)
    page = text(two.post(f"{GIFTS}{proposal.pk}/approve/", follow=True))
    assert "It goes on, and is paid whole." in page
    small.refresh_from_db()
    assert (small.topped_up_cents, small.waits_for) == (600, "")
    assert "so KES 10 are paid" in page
    again = one.post(f"{address}top-up/", {"reason": "Once more."})
    assert (again.status_code, "It needs no top-up." in text(again)) == (409, True)


def test_forms_ask_for_the_second_factor_first(vault: Vault, address: str, small: Refund, signed_in: SignedIn) -> None:
    for role, form, answers in (
        ("support", f"{address}propose/", GIVE),
        ("finance", f"/desk/money/refunds/{small.number}/top-up/", {"reason": "Small."}),
        ("finance", f"{GIFTS}1/approve/", {}),
        ("finance", f"{GIFTS}1/refuse/", {"reason": "No."}),
    ):
        browser = signed_in(vault.member(role))
        session = browser.session
        assert session[SESSION_KEY]
        session[freshness.KEY] |= {"at": (vault.now - timedelta(hours=1)).isoformat()}
        session.save()
        answer = browser.post(form, answers)
        assert (answer.status_code, "code" in text(answer)) == (403, True), form
    assert not Goodwill.objects.exists()


def test_buyers_and_strangers_find_nothing(
    vault: Vault, address: str, order: Order, signed_in: SignedIn, client: Client
) -> None:
    buyer = signed_in(order.purchase.buyer)
    for page in (GIFTS, address):
        assert buyer.get(page).status_code == 404
        assert client.get(page)["Location"].startswith("/account/login/")
    assert buyer.post(f"{address}propose/", GIVE).status_code == 404
    assert client.post(f"{address}propose/", GIVE)["Location"].startswith("/account/login/")
    assert not Goodwill.objects.exists()


def test_these_pages_cost_the_same_for_many(
    vault: Vault, order: Order, finance: Client, support: Client, count_queries: Count
) -> None:
    address = f"{GIFTS}of/{order.purchase.number}/"

    def give(number: str) -> None:
        support.post(f"{GIFTS}of/{number}/propose/", GIVE)
        finance.post(f"{GIFTS}{Goodwill.objects.latest('pk').pk}/approve/")
        support.post(f"{GIFTS}of/{number}/propose/", GIVE | {"amount": "100"})

    give(order.purchase.number)
    few = [count_queries(finance, page) for page in (GIFTS, address)]
    for _ in range(4):
        give(vault.market.paid_order().purchase.number)
    finance.post(f"{GIFTS}{order.purchase.goodwill.latest('pk').pk}/approve/")
    give(order.purchase.number)
    assert [count_queries(finance, page) for page in (GIFTS, address)] == few
    assert max(few) <= 20
