"""M-PESA's charge in each of the three plans, on both sides of every edge of every band of every tariff.

``published_tariffs.csv`` has the tables as they were published, all their rows; the market's own file is made of bands
and plans, so a slip in either shows.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sokopesa.configuration import CONFIGURATION, Configuration
from sokopesa.payments.charges import charge_by, paybill_charge
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.errors import AboveLimit
from sokopesa.payments.models import Receipt

Market = Any
TODAY = date(2026, 11, 23)
PLANS = {"customer": "", "shared": "-shared", "business": "-business"}
"""Each plan, and how its tariffs' names end."""


@dataclass(frozen=True)
class Row:
    """A row of a published table: whole shillings, both ends included."""

    first_day: date
    last_day: date
    low: int
    high: int
    whole: int
    shared_buyer: int
    shared_business: int

    def parts(self, plan: str) -> tuple[int, int]:
        """(buyer, business) in cents."""
        by_plan = {
            "customer": (self.whole, 0),
            "shared": (self.shared_buyer, self.shared_business),
            "business": (0, self.whole),
        }
        buyer, business = by_plan[plan]
        return buyer * 100, business * 100


def published() -> list[Row]:
    with Path(__file__).with_name("published_tariffs.csv").open(encoding="utf-8") as lines:
        return [
            Row(
                date.fromisoformat(row["first_day"]),
                date.fromisoformat(row["last_day"]) if row["last_day"] else TODAY,
                *(int(row[name]) for name in ("from_kes", "to_kes", "whole_kes")),
                *(int(row[name]) for name in ("shared_buyer_kes", "shared_business_kes")),
            )
            for row in csv.DictReader(lines)
        ]


@pytest.fixture(params=PLANS)
def plan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(CONFIGURATION, "mpesa_charges_paid_by", request.param)
    return str(request.param)


@pytest.mark.parametrize("row", published(), ids=lambda row: f"{row.first_day}:{row.low}")
def test_both_ends_of_every_row_on_its_first_and_last_day(plan: str, row: Row) -> None:
    for day in (row.first_day, row.last_day):
        for kes in (row.low, row.high):
            charge = paybill_charge(kes * 100, on=day)
            assert (charge.buyer_cents, charge.business_cents) == row.parts(plan), (day, kes)
            assert charge.tariff == f"paybill-{row.first_day}{PLANS[plan]}"
            assert charge_by(charge.tariff, kes * 100) is charge


def test_the_published_rows_leave_no_shilling_out_and_both_parts_make_the_whole() -> None:
    rows = published()
    for before, after in pairwise(rows):
        if before.first_day == after.first_day:
            assert after.low == before.high + 1
        else:
            assert (after.low, after.first_day) == (1, before.last_day + timedelta(days=1))
    assert all(row.shared_buyer + row.shared_business == row.whole for row in rows)
    assert {row.first_day: row.high for row in rows} == {
        date(2022, 1, 1): 150_000,
        date(2023, 1, 1): 150_000,
        date(2023, 7, 29): 250_000,
    }


def test_a_broken_shilling_counts_as_a_whole_one(plan: str) -> None:
    assert paybill_charge(10_001, on=TODAY) == paybill_charge(10_100, on=TODAY) != paybill_charge(10_000, on=TODAY)


@pytest.mark.parametrize(
    ("kes", "day", "limit"),
    [
        (250_001, TODAY, "KES 250,000"),
        (10**9, TODAY, "KES 250,000"),
        (150_001, date(2023, 7, 28), "KES 150,000"),
        (150_001, date(2022, 12, 31), "KES 150,000"),
    ],
)
def test_more_than_mpesa_moves_is_refused_with_the_limit_named(plan: str, kes: int, day: date, limit: str) -> None:
    with pytest.raises(AboveLimit, match=f"{limit} in one payment"):
        paybill_charge(kes * 100, on=day)
    with pytest.raises(AboveLimit, match=limit):
        paybill_charge((kes - 1) * 100 + 1, on=day)


def test_no_tariff_is_made_up_for_days_before_the_first(plan: str) -> None:
    with pytest.raises(LookupError, match="2021-12-31"):
        paybill_charge(50_000, on=date(2021, 12, 31))
    with pytest.raises(LookupError):
        charge_by("paybill-1963-12-12", 50_000)


@pytest.mark.parametrize("cents", [0, -100])
def test_nothing_is_no_payment(plan: str, cents: int) -> None:
    with pytest.raises(ValueError, match="no payment"):
        paybill_charge(cents, on=TODAY)


def test_customers_pay_unless_the_operator_says_otherwise() -> None:
    assert Configuration().mpesa_charges_paid_by == "customer"
    with pytest.raises(ValidationError):
        Configuration(mpesa_charges_paid_by="bouquet")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("paid_at", "tariff", "charge_cents"),
    [
        (datetime(2023, 7, 28, 20, 59, 59, tzinfo=UTC), "paybill-2023-01-01", 400),
        (datetime(2023, 7, 28, 21, 0, 0, tzinfo=UTC), "paybill-2023-07-29", 500),
        (datetime(2022, 12, 31, 20, 59, 59, tzinfo=UTC), "paybill-2022-01-01", 2_300),
        (datetime(2022, 12, 31, 21, 0, 0, tzinfo=UTC), "paybill-2023-01-01", 400),
    ],
)
def test_the_tariff_changes_at_midnight_in_nairobi(
    market: Market, paid_at: datetime, tariff: str, charge_cents: int
) -> None:
    purchase = market.purchase(total_cents=50_000)
    payment = Payment(
        receipt="SG28AAAAAA",
        amount_cents=50_000,
        paid_at=paid_at,
        learned_from="confirmation",
        purchase_id=purchase.pk,
    )
    credit_payments([payment], now=market.now)
    receipt = Receipt.objects.get()
    assert (receipt.tariff, receipt.charge_cents) == (tariff, charge_cents)
