"""What a payment without a home may have been meant for: the right order first, with reasons, and quickly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sokopesa.orders.models import Purchase
from sokopesa.payments.proposals import Proposal, propose_for

pytestmark = pytest.mark.django_db
Market = Callbacks = Desk = Any


@pytest.fixture
def purchase(market: Market) -> Purchase:
    """What was meant, among others that cost the same."""
    meant: Purchase = market.purchase()
    Purchase.objects.filter(pk=meant.pk).update(reference="PC3K9XW2AB")
    for _ in range(3):
        market.purchase()
    meant.refresh_from_db()
    return meant


def best(desk: Desk, account: str, **more: Any) -> Proposal:
    return propose_for(desk.payment(account, **more))[0]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("PC3K9XW2A8", "8 for B, which look or sound alike"),
        ("PC3K9XWZA8", "Z for 2 and 8 for B"),
        ("PC3K9WX2AB", "two neighbouring characters swapped"),
        ("pc3k9xw2a", "one character missing"),
        ("C3K9XW2A", "two characters missing"),
        ("PC3K9XW22AB", "one character too many"),
        ("PC3K9XW2AJ", "one other character"),
        ("JJ3K9XW2AB", "two slips"),
        ("PC3K9XW2JJ", "two slips"),
        ("PJ3K9XW2JB", "two slips"),
        ("order PC3K9XW2AB", "What was typed contains the reference PC3K9XW2AB."),
    ],
)
def test_a_mistyped_reference_leads_to_its_order(purchase: Purchase, desk: Desk, typed: str, reason: str) -> None:
    found = best(desk, typed)
    assert found.purchase == purchase
    assert reason in found.reasons[0]
    assert "It costs exactly KES 1,250." in found.reasons
    assert "It was placed 10 minutes before the payment." in found.reasons
    assert found.obstacle == ""
    assert 60 <= found.score <= 100


def test_the_order_number_instead_of_the_reference(purchase: Purchase, desk: Desk) -> None:
    number = purchase.number
    assert best(desk, number).reasons[0] == "The payer gave the order number instead of the reference."
    assert best(desk, f"{number[:4]} {number[4:]}-1").purchase == purchase
    slipped = number[:7] + str((int(number[7]) + 1) % 10) + number[8:]
    assert "with a slip: one other character" in best(desk, slipped).reasons[0]
    assert best(desk, number[:12]).reasons[0] == "The payer gave the first 12 digits of the order number."


def test_the_payers_phone_leads_to_the_buyers_order(market: Market, desk: Desk, callbacks: Callbacks) -> None:
    mine, other = market.purchase(), market.purchase(total_cents=90_000)
    prompt, _ = callbacks.sent(other, market.now)
    type(prompt).objects.filter(pk=prompt.pk).update(msisdn=mine.buyer.phone)
    first, second = propose_for(desk.payment("RENT", msisdn=mine.buyer.phone))
    assert (first.purchase, second.purchase) == (mine, other)
    assert first.reasons[0] == "The payer's phone is the buyer's."
    assert second.reasons[0] == "We asked the phone to pay for this order before."
    assert second.obstacle == "This order costs KES 900, and the payment is KES 1,250."
    assert first.score > second.score


def test_a_phone_number_typed_as_the_account_number(market: Market, desk: Desk) -> None:
    """Many type their own number where the account number belongs, and M-PESA hides whose phone it was."""
    meant = market.purchase()
    market.purchase()
    found = propose_for(desk.payment("0" + meant.buyer.phone[3:], msisdn=""))
    assert [proposal.purchase for proposal in found] == [meant]
    assert found[0].reasons[0] == "The buyer's phone number was typed as the account number."


def test_nearer_and_more_reasons_come_first(market: Market, desk: Desk) -> None:
    near, far, paid = market.purchase(), market.purchase(), market.purchase()
    for purchase, reference in ((near, "PC3K9XW2AB"), (far, "PC3K9XW2JJ"), (paid, "PC3K9XW2AC")):
        Purchase.objects.filter(pk=purchase.pk).update(reference=reference)
    Purchase.objects.filter(pk=paid.pk).update(state="paid", paid_at=market.now)
    found = propose_for(desk.payment("PC3K9XW2AD"))
    assert [proposal.purchase for proposal in found] == [near, far, paid]
    assert found[-1].obstacle == "This order is paid already."


def test_the_amount_alone_is_a_weak_reason_and_another_amount_is_none(market: Market, desk: Desk) -> None:
    same = market.purchase(total_cents=77_700)
    market.purchase(total_cents=88_800)
    (found,) = propose_for(desk.payment("CHURCH", cents=77_700))
    assert found.purchase == same
    assert found.score <= 30
    assert propose_for(desk.payment("CHURCH", cents=66_600)) == []
    assert propose_for(desk.payment("CHURCH", cents=77_700, late=2 * 24 * 60)) == []


def test_orders_placed_after_the_payment_were_not_meant(purchase: Purchase, desk: Desk) -> None:
    Purchase.objects.filter(pk=purchase.pk).update(placed_at=desk.now + timedelta(hours=1))
    assert purchase not in [found.purchase for found in propose_for(desk.payment("PC3K9XW2AJ"))]


@pytest.mark.parametrize("account", ["", "\u202e“”", "'; DROP TABLE orders_purchase; --", "0" * 20, "😀" * 20])
def test_whatever_is_typed_is_looked_up_without_harm(purchase: Purchase, desk: Desk, account: str) -> None:
    assert len(propose_for(desk.payment(account))) <= 4


def test_fifty_thousand_orders_are_not_read_through(purchase: Purchase, desk: Desk) -> None:
    """Every way of looking goes by an index, and the number of queries stays the same."""
    _plant_orders(purchase, 50_000)
    receipt = desk.payment("PC3K9XW2JJ", msisdn=purchase.buyer.phone)
    with CaptureQueriesContext(connection) as queries:
        assert propose_for(receipt)[0].purchase == purchase
    assert len(queries) == 3
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on orders_purchase" not in plan, plan
    for index in ("purchase_reference_tail", "purchase_newest_of_buyer", "orders_awaitingpayment_placed_at"):
        assert index in plan


def _plant_orders(like: Purchase, count: int) -> None:
    """Orders placed over the week before, a tenth of them unpaid, with references as random as real ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO orders_purchase (number, reference, buyer_id, state, goods_cents, shipping_cents, total_cents,
                                         placed_at, paid_at)
            SELECT '9' || lpad(n::text, 15, '0'),
                   'P' || upper(substr(translate(md5(n::text), 'abcdef', 'GHJKMN'), 1, 9)),
                   (SELECT id FROM people_user WHERE id <> %(buyer)s ORDER BY id LIMIT 1),
                   CASE n %% 10 WHEN 0 THEN 'awaiting_payment' ELSE 'paid' END, 125000, 0, 125000,
                   %(at)s - n * interval '10 seconds', CASE n %% 10 WHEN 0 THEN NULL ELSE %(at)s::timestamptz END
            FROM generate_series(1, %(count)s) AS n
            """,
            {"count": count, "buyer": like.buyer_id, "at": like.placed_at},
        )
        cursor.execute("ANALYZE orders_purchase, orders_awaitingpayment, people_user, payments_prompt")
