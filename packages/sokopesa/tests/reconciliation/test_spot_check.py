"""What M-PESA told of an account between statements, beside its own statement of the same second."""

from __future__ import annotations

from datetime import timedelta

import pytest
from told import DAY, MIDNIGHT, Statements, Told

from sokopesa.payouts import history
from sokopesa.payouts.models import Payer
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import closing, matching
from sokopesa.reconciliation.models import DayClose
from sokopesa.reconciliation.spot_check import spot_check

NOON, EVENING = MIDNIGHT + timedelta(hours=12), MIDNIGHT + 2 * DAY


@pytest.fixture
def closed(committing: None) -> DayClose:
    """A day of the account that pays: money came in at noon, and went out twice in one second of the evening."""
    late = NOON + timedelta(hours=6)
    lines = Told(500_000, NOON), Told(-100_000, late, "Odd"), Told(-50_000, late, "Odd")
    Statements(shortcode="614251").take_in(*lines)
    matching.run(now=EVENING)
    closing.close(
        day=MIDNIGHT.date() + DAY, by=add_staff(phone="254711900001", role=Role.FINANCE, name="A"), now=EVENING
    )
    Payer.objects.create(shortcode="614251", next_send_at=NOON, next_ask_at=NOON)
    return DayClose.objects.get()


def tell(cents: int, *, hours: float, account: str = "Utility Account") -> None:
    history.keep([history.Heard("614251", account, cents, MIDNIGHT + timedelta(hours=hours))])


@pytest.mark.parametrize(
    ("cents", "hours", "difference"),
    [
        (500_000, 13, 0),
        (400_000, 18, 0),
        (350_000, 18, 0),
        (350_000, 18.00001, 0),
        (350_000, 23, 0),
        (360_000, 23, 10_000),
    ],
)
def test_the_last_word_of_the_day_is_compared(closed: DayClose, cents: int, hours: float, difference: int) -> None:
    tell(500_000, hours=12.5)
    tell(cents, hours=hours)
    tell(1, hours=24)
    tell(1, hours=hours + 0.1, account="Working Account")
    found = spot_check(closed)
    assert found is not None
    assert (found.told_cents, found.difference_cents) == (cents, difference)


def test_a_day_without_a_word_has_no_check(closed: DayClose) -> None:
    tell(500_000, hours=-1)
    tell(500_000, hours=24)
    assert spot_check(closed) is None
