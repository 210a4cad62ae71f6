"""Sellers paid by two people at the desk, and where each is paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.payouts.models import Transfer
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import add_member
from sokopesa.settlements import payees
from sokopesa.settlements.models import Payee, Run

Vault = Any
SignedIn = Callable[[User], Client]
Count = Callable[[Client, str], int]

LIST = "/desk/money/sellers/"
FIRST = f"{LIST}1/"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def shop_of(vault: Vault, n: int, *, cents: int = 500_000, is_approved: bool = True) -> Seller:
    """A shop that has earned so much and said where it wants to be paid."""
    shop = Seller.objects.create(name=f"Shop {n:03d}", slug=f"shop-{n}", town="Nakuru", joined_on=vault.now.date())
    member = add_member(seller=shop, phone=f"2547114{n:05d}")
    payee = payees.ask(
        seller=shop, kind=Payee.Kind.PHONE, number=f"2547115{n:05d}", reference="", by=member, now=vault.now
    )
    if is_approved:
        payees.approve(payee.pk, by=vault.member(), now=vault.now)
    legs = (debit(accounts.mpesa("174379"), cents), credit(accounts.seller(shop.pk), cents))
    book([Draft(key=f"earned:{n}", kind="order-completed", happened_at=vault.now, legs=legs, memo=f"Order {n}")])
    return shop


def test_a_run_by_two_people(vault: Vault, signed_in: SignedIn) -> None:
    vault.fill()
    for n in (1, 2):
        shop_of(vault, n)
    one, two = signed_in(vault.member()), signed_in(vault.member())
    assert '<strong><span class="money">KES 10,000</span></strong>' in text(one.get(LIST))
    assert one.post(f"{LIST}prepare/")["Location"] == FIRST
    page = text(one.get(FIRST))
    assert "You prepared this yourself" in page
    assert "Approve and pay" not in page
    refused = one.post(f"{FIRST}approve/", {"total": "10000"})
    assert (refused.status_code, "You prepared this run." in text(refused)) == (409, True)
    for typed in ("", "9,999", "ten"):
        assert two.post(f"{FIRST}approve/", {"total": typed}).status_code == 422
    assert not Transfer.objects.exists()
    page = text(two.post(f"{FIRST}approve/", {"total": "KES 10,000"}, follow=True))
    assert "Approved. The payments go to" in page
    assert "2 to be sent" in page
    assert "254711500001" not in page
    assert Transfer.objects.filter(state="released").count() == 2


def test_a_run_is_cancelled_and_nobody_to_pay_is_said(vault: Vault, signed_in: SignedIn, support: Client) -> None:
    one = signed_in(vault.member())
    page = text(one.get(LIST))
    assert ("No shop has earned enough to be paid yet." in page, "Prepare a run" in page) == (True, False)
    assert "No shop has earned enough to be paid yet, or" in text(one.post(f"{LIST}prepare/", follow=True))
    shop_of(vault, 1)
    assert "Prepare a run" in text(one.get(LIST))
    one.post(f"{LIST}prepare/")
    for button in ("approve/", "cancel/"):
        assert support.post(FIRST + button, {"total": "5000"}).status_code == 403
    assert 'method="post"' not in text(support.get(FIRST))
    assert "Cancelled. The next run takes its sellers." in text(one.post(f"{FIRST}cancel/", follow=True))
    assert Run.objects.get().state == "cancelled"
    assert one.get(f"{LIST}9/").status_code == 404
    assert one.post(f"{LIST}9/approve/", {"total": "1"}).status_code == 404
    assert signed_in(vault.market.buyer()).get(LIST).status_code == 404


def test_where_a_shop_is_paid_is_decided_by_finance(vault: Vault, signed_in: SignedIn, support: Client) -> None:
    first, second = shop_of(vault, 1, is_approved=False), shop_of(vault, 2, is_approved=False)
    asked = {payee.seller_id: payee for payee in Payee.objects.all()}
    finance = signed_in(vault.member())
    page = text(support.get(LIST))
    assert "Shops that want to be paid elsewhere" in page
    assert "Refuse instead" not in page
    approve = f"/desk/money/payees/{asked[first.pk].pk}/approve/"
    assert support.post(approve).status_code == 403
    assert "Everybody of the shop has been told." in text(finance.post(approve, follow=True))
    refuse = f"/desk/money/payees/{asked[second.pk].pk}/refuse/"
    empty = finance.post(refuse, {"reason": ""})
    assert (empty.status_code, "Say why." in text(empty)) == (422, True)
    finance.post(refuse, {"reason": "The number is not the shop's."})
    assert "decided already" in text(finance.post(approve.replace("approve", "refuse"), {"reason": "No!"}, follow=True))
    assert sorted(Payee.objects.values_list("state", flat=True)) == ["current", "refused"]
    assert finance.post("/desk/money/payees/999/approve/").status_code == 404
    own = signed_in(vault.member())
    page = text(own.get(f"{LIST}of/{second.slug}/"))
    for fact in ("The number is not the shop&#x27;s.", "Sold: Order 2", '<span class="money">KES 5,000</span>'):
        assert fact in page


def test_these_pages_cost_the_same_for_many(vault: Vault, signed_in: SignedIn, count_queries: Count) -> None:
    finance = signed_in(vault.member())
    shop_of(vault, 1)
    shop_of(vault, 2, is_approved=False)
    finance.post(f"{LIST}prepare/")
    few = [count_queries(finance, page) for page in (LIST, FIRST, f"{LIST}of/shop-1/")]
    finance.post(f"{FIRST}cancel/")
    for n in range(3, 20):
        shop_of(vault, n, is_approved=bool(n % 2))
    finance.post(f"{LIST}prepare/")
    assert [count_queries(finance, page) for page in (LIST, f"{LIST}2/", f"{LIST}of/shop-1/")] <= few
    assert max(few) <= 22
