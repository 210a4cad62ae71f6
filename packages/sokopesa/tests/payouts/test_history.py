"""What M-PESA told of our accounts, kept point by point and thinned with age, and our books of the same moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.ledger.accounts import BANK, b2c
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.payouts import history
from sokopesa.payouts.history import Heard
from sokopesa.payouts.models import Payer, ToldBalance

Till = Any

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
UTILITY = ToldBalance.UTILITY


@pytest.fixture
def payer(db: None) -> str:
    return Payer.objects.create(shortcode="614251", next_send_at=NOW, next_ask_at=NOW).pk


def hear(*told: tuple[datetime, int]) -> None:
    history.keep([Heard("614251", UTILITY, cents, at) for at, cents in told])


def filled(cents: int, at: datetime) -> None:
    legs = (
        (debit(b2c("614251"), cents), credit(BANK, cents))
        if cents > 0
        else (debit(BANK, -cents), credit(b2c("614251"), -cents))
    )
    book([Draft(key=f"float:{at.isoformat()}", kind="float", happened_at=at, legs=legs)])


def test_each_payment_tells_every_account(till: Till) -> None:
    till.sent()
    assert till.carry() == "paid"
    told = dict(ToldBalance.objects.filter(payer=till.shortcode).values_list("account", "cents"))
    assert told[UTILITY] == 100_000_000 - 125_000
    assert {"Working Account", "Charges Paid Account"} <= told.keys()
    assert till.carry() == "repeated"
    assert ToldBalance.objects.count() == len(told), "the same word again is the same point"


def test_who_is_asked_tells_it_too(till: Till) -> None:
    till.trust()
    assert till.check(till.now + 7 * HOUR) >= 1
    till.carry("balance", now=till.now + 7 * HOUR)
    assert ToldBalance.objects.filter(payer=till.shortcode, account=UTILITY, cents=100_000_000).exists()


def test_both_courses_at_the_same_moments(payer: str) -> None:
    filled(50_000, NOW - 30 * HOUR)
    hear((NOW - 3 * HOUR, 50_000), (NOW - 90 * timedelta(minutes=1), 47_000), (NOW + HOUR, 1))
    filled(-3_000, NOW - 2 * HOUR)
    points = history.course(payer, until=NOW, step=HOUR, count=5)
    assert [point.at for point in points] == [NOW - n * HOUR for n in (4, 3, 2, 1, 0)]
    assert [point.told_cents for point in points] == [None, 50_000, 50_000, 47_000, 47_000]
    # What happens at a moment comes after it.
    assert [point.booked_cents for point in points] == [50_000, 50_000, 50_000, 47_000, 47_000]
    assert history.last_before(payer, NOW - 2 * HOUR).cents == 50_000  # type: ignore[union-attr]
    assert history.last_before(payer, NOW - 9 * HOUR) is None


def test_a_new_account_has_a_course(payer: str) -> None:
    assert [point[1:] for point in history.course(payer, until=NOW, step=HOUR, count=2)] == [(None, 0), (None, 0)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(0, 200 * 24 * 6), min_size=1, max_size=60))
def test_thinning_keeps_the_last_of_each_hour_and_day(payer: str, tens_of_minutes: set[int]) -> None:
    ToldBalance.objects.all().delete()
    hear(*[(NOW - timedelta(minutes=10 * n), n) for n in tens_of_minutes])
    before = list(ToldBalance.objects.values_list("told_at", flat=True))
    wanted: dict[object, datetime] = {}
    for at in sorted(before):
        local, age = at + 3 * HOUR, NOW - at
        place = at if age <= history.ALL_FOR else (local.date(), local.hour if age <= history.HOURLY_FOR else None)
        wanted[place] = at
    history.thin(now=NOW)
    assert set(ToldBalance.objects.values_list("told_at", flat=True)) == set(wanted.values())
    assert history.thin(now=NOW) == 0
