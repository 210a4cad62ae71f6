"""Business days are counted as Kenyan offices count them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokopesa.kernel.calendar import add_business_days, is_business_day, weekly_day

days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2025, 10, 6), 3, date(2025, 10, 9)),
        (date(2025, 10, 9), 3, date(2025, 10, 15)),  # Mazingira Day lies between
        (date(2025, 10, 1), 20, date(2025, 11, 3)),
        (date(2025, 12, 23), 3, date(2025, 12, 30)),
        (date(2026, 3, 23), 20, date(2026, 4, 22)),
        (date(2025, 10, 4), 1, date(2025, 10, 6)),  # from a Saturday
        (date(2026, 5, 26), 1, date(2026, 5, 28)),  # Idd-ul-Azha lies between
        (date(2026, 3, 23), 0, date(2026, 3, 23)),
    ],
)
def test_business_days_are_counted_from_the_day_after(start: date, count: int, expected: date) -> None:
    assert add_business_days(start, count) == expected


@pytest.mark.parametrize(
    "holiday",
    [
        date(2024, 3, 29),  # Good Friday
        date(2024, 4, 10),  # Idd-ul-Fitr
        date(2024, 6, 17),  # Idd-ul-Azha
        date(2024, 10, 21),  # Mashujaa Day moved from Sunday
        date(2024, 11, 1),  # by Gazette notice
        date(2025, 6, 2),  # Madaraka Day moved from Sunday
        date(2025, 6, 6),  # Idd-ul-Azha
        date(2025, 10, 17),  # by Gazette notice
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 27),  # Idd-ul-Azha
        date(2027, 5, 17),  # Idd-ul-Azha
        date(2027, 12, 27),  # Boxing Day moved from Sunday
    ],
)
def test_public_holidays_are_no_business_days(holiday: date) -> None:
    assert holiday.weekday() < 5
    assert not is_business_day(holiday)


@pytest.mark.parametrize("day", [date(2024, 6, 18), date(2025, 6, 3), date(2026, 10, 12), date(2026, 12, 14)])
def test_a_holiday_on_saturday_is_not_moved_and_the_day_after_one_is_worked(day: date) -> None:
    assert is_business_day(day)


@settings(deadline=None)
@given(day=days)
def test_weekends_are_never_business_days(day: date) -> None:
    assert not (day.weekday() >= 5 and is_business_day(day))


@settings(deadline=None)
@given(day=days, count=st.integers(1, 60))
def test_the_days_passed_are_exactly_the_business_days_asked_for(day: date, count: int) -> None:
    end = add_business_days(day, count)
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_business_day(one) for one in passed) == count
    assert is_business_day(end)


@settings(deadline=None)
@given(day=days, first=st.integers(0, 30), second=st.integers(0, 30))
def test_waiting_twice_is_waiting_the_sum(day: date, first: int, second: int) -> None:
    assert add_business_days(add_business_days(day, first), second) == add_business_days(day, first + second)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="counted forward"):
        add_business_days(date(2026, 1, 5), -1)


@given(on=days, weekday=st.integers(0, 4))
def test_a_weekly_day_is_the_next_one_and_moves_off_holidays(on: date, weekday: int) -> None:
    found = weekly_day(on, weekday)
    assert found >= on
    assert is_business_day(found)
    assert found == on or weekly_day(on + timedelta(days=1), weekday) >= found
    if all(is_business_day(on + timedelta(days=ahead)) for ahead in range(-7, 8) if (on.weekday() + ahead) % 7 < 5):
        assert (found.weekday(), (found - on).days < 7) == (weekday, True)
