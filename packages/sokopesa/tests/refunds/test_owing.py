"""Money that cannot stay is owed back at once: booked, promised for days that we can name, and told."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.ledger import accounts
from sokopesa.ledger.accounts import UNMATCHED
from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.refunds.actions import owe
from sokopesa.refunds.errors import DebtChanged
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Market = Surplus = Any


def test_a_debt_is_booked_promised_written_on_the_order_and_told(market: Market, surplus: Surplus) -> None:
    purchase = market.purchase()
    surplus.arrive("UKN1AAAAAA", 125_000)
    (refund,) = owe([surplus.debt(purchase)], now=market.now)

    assert re.fullmatch(r"R[0-9A-HJKMNP-TV-Z]{10}", refund.number)
    assert (refund.state, refund.amount_cents, refund.receipt) == ("owed", 125_000, "UKN1AAAAAA")
    assert balance_cents(accounts.refunds(refund.pk)) == -125_000
    assert balance_cents(UNMATCHED) == 0
    entry = Entry.objects.get(key="refund:surplus:UKN1AAAAAA")
    assert entry.happened_at == surplus.paid_at
    # Monday the 23rd; Jamhuri Day (12 December) falls on a Saturday in 2026.
    assert (refund.promised_from, refund.promised_until) == (date(2026, 11, 26), date(2026, 12, 21))
    words = (
        f"We owe you KES 1,250: order {purchase.number} was paid already, receipt UKN1AAAAAA. "
        "It goes back to 0712 ***678 between 26 Nov and 21 Dec."
    )
    assert [event.text for event in purchase.events.filter(kind="refund-owed")] == [words]
    notice = Notice.objects.get()
    assert (notice.to, notice.text) == (purchase.buyer.phone, words)


def test_the_promise_counts_from_the_day_in_nairobi(market: Market, surplus: Surplus) -> None:
    surplus.arrive("UKN1AAAAAA", 125_000)
    just_past_midnight_in_nairobi = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
    (refund,) = owe([surplus.debt(market.purchase())], now=just_past_midnight_in_nairobi)
    assert (refund.promised_from, refund.promised_until) == (date(2026, 11, 27), date(2026, 12, 22))


def test_the_same_debt_again_changes_nothing(market: Market, surplus: Surplus) -> None:
    debt = surplus.debt(market.purchase())
    surplus.arrive("UKN1AAAAAA", 125_000)
    assert len(owe([debt, debt], now=market.now)) == 1
    assert owe([debt], now=market.now) == []
    assert Refund.objects.count() == Notice.objects.count() == 1
    assert Entry.objects.filter(key__startswith="refund:").count() == 1
    assert discrepancies() == []


@pytest.mark.parametrize("other", [{"amount_cents": 100_000}, {"receipt": "UKN1BBBBBB"}])
def test_the_same_key_for_something_else_is_a_fault(market: Market, surplus: Surplus, other: dict[str, Any]) -> None:
    purchase = market.purchase()
    surplus.arrive("UKN1AAAAAA", 125_000)
    owe([surplus.debt(purchase)], now=market.now)
    with pytest.raises(DebtChanged):
        owe([surplus.debt(purchase, key="surplus:UKN1AAAAAA", **other)], now=market.now)


def test_many_debts_cost_no_more_statements_than_one(
    market: Market, surplus: Surplus, django_assert_max_num_queries: Any
) -> None:
    debts = []
    for n in range(30):
        surplus.arrive(f"UKN{n:07d}", 10_000)
        debts.append(surplus.debt(market.purchase(), f"UKN{n:07d}", 10_000))
    with django_assert_max_num_queries(15):
        assert len(owe(debts, now=market.now)) == 30


@pytest.mark.parametrize("msisdn", ["254712345678", ""])
@pytest.mark.parametrize("cause", Refund.Cause)
def test_every_cause_fits_one_sms_at_the_highest_amount(
    market: Market, surplus: Surplus, cause: Refund.Cause, msisdn: str
) -> None:
    purchase = None if cause == Refund.Cause.UNKNOWN_ACCOUNT else market.purchase()
    surplus.arrive("UKN1AAAAAA", 25_000_000)
    key = surplus.given(market, purchase, 25_000_000) if cause == Refund.Cause.GOODWILL else "any"
    owe([surplus.debt(purchase, cents=25_000_000, cause=cause, msisdn=msisdn, key=key)], now=market.now)
    for notice in Notice.objects.all():
        assert len(notice.text) <= 160
        assert notice.text.isascii()
        assert "KES 250,000" in notice.text
        assert "between 26 Nov and 21 Dec" in notice.text
    told = {purchase.buyer.phone} if purchase else {msisdn} - {""}
    assert set(Notice.objects.values_list("to", flat=True)) == told


def test_nothing_is_owed_out_of_an_account_that_does_not_hold_it(market: Market, surplus: Surplus) -> None:
    surplus.arrive("UKN1AAAAAA", 100_000)
    with pytest.raises(IntegrityError, match="never_overdrawn"), transaction.atomic():
        owe([surplus.debt(market.purchase())], now=market.now)
    assert Refund.objects.count() == Notice.objects.count() == 0


def test_the_refunds_of_a_receipt_never_exceed_what_it_brought(market: Market, surplus: Surplus) -> None:
    purchase = market.purchase()
    surplus.arrive("UKN1AAAAAA", 100_000)
    surplus.arrive("UKN1OTHERS", 100_000)

    def part(name: str, cents: int) -> list[Refund]:
        debt = surplus.debt(purchase, cents=cents, key=f"part:{name}", received_cents=100_000)
        with transaction.atomic():
            return owe([debt], now=market.now)

    (first,) = part("a", 60_000)
    with pytest.raises(IntegrityError, match="UKN1AAAAAA"):
        part("b", 40_001)
    part("c", 40_000)
    with pytest.raises(IntegrityError, match="UKN1AAAAAA"):
        part("d", 1)
    Refund.objects.filter(pk=first.pk).update(state="used")  # it is in the order again, and may be owed anew
    part("e", 60_000)


def test_what_is_owed_cannot_be_changed_taken_back_or_deleted(market: Market, surplus: Surplus) -> None:
    surplus.arrive("UKN1AAAAAA", 125_000)
    (refund,) = owe([surplus.debt(market.purchase())], now=market.now)
    mine = Refund.objects.filter(pk=refund.pk)
    for change in (
        {"amount_cents": 1},
        {"receipt": "UKN1BBBBBB"},
        {"cause": "late_payment"},
        {"key": "other"},
        {"received_cents": 999_999},
    ):
        with pytest.raises(IntegrityError, match="not changed or deleted"), transaction.atomic():
            mine.update(**change)
    with pytest.raises(IntegrityError, match="not changed or deleted"), transaction.atomic():
        mine.delete()
    mine.update(state="used")
    with pytest.raises(IntegrityError, match="used cannot become owed"), transaction.atomic():
        mine.update(state="owed")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"amount_cents": 0}, "within_its_receipt"),
        ({"amount_cents": -5}, "within_its_receipt"),
        ({"received_cents": 100}, "within_its_receipt"),
        ({"purchase_id": None}, "cause_is_known"),
        ({"msisdn": "0712345678"}, "refund_msisdn"),
        ({"receipt": ""}, "has_a_reason"),
        ({"key": ""}, "has_a_reason"),
    ],
)
def test_the_database_refuses_a_debt_that_cannot_be(
    market: Market, surplus: Surplus, wrong: dict[str, Any], refusal: str
) -> None:
    surplus.arrive("UKN1AAAAAA", 125_000)
    with pytest.raises(IntegrityError, match=refusal):
        owe([surplus.debt(market.purchase(), **wrong)], now=market.now)
