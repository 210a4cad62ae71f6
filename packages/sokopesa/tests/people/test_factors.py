"""Codes of an authenticator app: each works once, wrong ones lock, and recovery codes stand in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sokopesa.people import factors
from sokopesa.people.errors import (
    AlreadyEnrolled,
    CodeUsed,
    FactorLocked,
    FactorUnreadable,
    NotEnrolled,
    WrongCode,
)
from sokopesa.people.models import FactorUse, User

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HALF_MINUTE = timedelta(seconds=30)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""Of the examples in RFC 6238: the bytes 12345678901234567890."""

WRONG = "000000"


@pytest.fixture
def person() -> User:
    """Set up an hour ago."""
    user = User.objects.create_user("254711000901")
    before = NOW - timedelta(hours=1)
    factors.enrol(user=user, secret=SECRET, code=factors.code_at(SECRET, before), now=before)
    return user


def code(moment: datetime) -> str:
    shown = factors.code_at(SECRET, moment)
    assert shown != WRONG
    return shown


@pytest.mark.parametrize(
    ("second", "shown"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_codes_are_those_of_the_standard(second: int, shown: str) -> None:
    assert factors.code_at(SECRET, datetime.fromtimestamp(second, UTC)) == shown


def test_each_code_works_once_and_older_ones_never_again(person: User) -> None:
    early, late = code(NOW), code(NOW + HALF_MINUTE)
    factors.give(user=person, code=f" {late[:3]}-{late[3:]} ", now=NOW)
    for used in (late, early):
        with pytest.raises(CodeUsed, match="used already"):
            factors.give(user=person, code=used, now=NOW)
    factors.give(user=person, code=code(NOW + 2 * HALF_MINUTE), now=NOW + 2 * HALF_MINUTE)


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_of_another_minute_is_wrong(person: User, steps: int) -> None:
    with pytest.raises(WrongCode):
        factors.give(user=person, code=code(NOW + steps * HALF_MINUTE), now=NOW)


def test_the_database_takes_no_code_twice(person: User) -> None:
    with pytest.raises(IntegrityError, match="never taken again"), transaction.atomic():
        FactorUse.objects.filter(user=person).update(last_step=1)


def test_the_code_of_setting_up_is_used(person: User) -> None:
    with pytest.raises(CodeUsed):
        factors.give(user=person, code=code(NOW - timedelta(hours=1)), now=NOW - timedelta(hours=1))


def test_five_wrong_codes_lock_and_each_lock_is_longer(person: User) -> None:
    now = NOW
    for minutes in (15, 30, 60, 120, 240, 480, 960, 1440, 1440):
        for left in (4, 3, 2, 1):
            with pytest.raises(WrongCode, match=f"You have {left} tr"):
                factors.give(user=person, code=WRONG, now=now)
        with pytest.raises(FactorLocked) as refused:
            factors.give(user=person, code=WRONG, now=now)
        assert refused.value.until == now + timedelta(minutes=minutes)
        almost = refused.value.until - timedelta(seconds=1)
        with pytest.raises(FactorLocked, match="No code is taken until"):
            factors.give(user=person, code=code(almost), now=almost)
        now = refused.value.until
    factors.give(user=person, code=code(now), now=now)
    with pytest.raises(WrongCode, match="4 tries left"):
        factors.give(user=person, code=WRONG, now=now)


@hypothesis_settings(deadline=None)  # what it asserts is not time, and machines pause
@given(typed=st.text(max_size=20) | st.from_regex(r"[0-9]{5,9}", fullmatch=True))
def test_whatever_is_typed_is_judged(typed: str) -> None:
    with transaction.atomic():
        user = User.objects.create_user("254711000902")
        factors.plant(user=user, secret=SECRET)
        right = {factors.code_at(SECRET, NOW + step * HALF_MINUTE) for step in (-1, 0, 1)} | {
            *factors.recovery_codes(user)
        }
        if typed not in right:
            with pytest.raises(WrongCode):
                factors.give(user=user, code=typed, now=NOW)
        transaction.set_rollback(True)


def test_digits_of_other_scripts_are_digits(person: User) -> None:
    arabic = code(NOW).translate({ord("0") + digit: ord("٠") + digit for digit in range(10)})
    factors.give(user=person, code=arabic, now=NOW)


def test_a_recovery_code_works_once(person: User) -> None:
    first, *rest = factors.recovery_codes(person)
    assert len(rest) == 9
    assert factors.give(user=person, code=f"{first[:4]} {first[4:]}", now=NOW).codes_left == 9
    with pytest.raises(WrongCode):
        factors.give(user=person, code=first, now=NOW)
    factors.renew_recovery_codes(user=person)
    assert not {*rest} & {*factors.recovery_codes(person)}
    with pytest.raises(WrongCode):
        factors.give(user=person, code=rest[0], now=NOW)


def test_what_is_in_the_database_opens_nothing(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = factors.recovery_codes(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        kept = json.dumps(cursor.fetchall())
    for secret in (SECRET, *codes):
        assert secret not in kept
    monkeypatch.setattr(settings, "SECRET_KEY", "another")
    with pytest.raises(FactorUnreadable, match="reset it"):
        factors.give(user=person, code=code(NOW), now=NOW)


def test_removed_and_set_up_anew(person: User) -> None:
    old = factors.factor_of(person)
    assert old is not None
    with pytest.raises(AlreadyEnrolled):
        factors.enrol(user=person, secret=SECRET, code=code(NOW), now=NOW)
    for _ in range(5):
        with pytest.raises((WrongCode, FactorLocked)):
            factors.give(user=person, code=WRONG, now=NOW)
    assert factors.remove(user=person)
    assert not factors.remove(user=person)
    assert not Authenticator.objects.filter(user=person).exists()
    assert not factors.stands(person, old.pk)
    for verb in (
        lambda: factors.give(user=person, code=code(NOW), now=NOW),
        lambda: factors.renew_recovery_codes(user=person),
    ):
        with pytest.raises(NotEnrolled):
            verb()
    with pytest.raises(WrongCode):
        factors.enrol(user=person, secret=factors.new_secret(), code="12345", now=NOW)
    secret = factors.new_secret()
    factors.enrol(user=person, secret=secret, code=factors.code_at(secret, NOW), now=NOW)
