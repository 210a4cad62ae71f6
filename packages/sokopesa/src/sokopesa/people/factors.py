"""The second factor: an authenticator app that shows a new code each half minute, and recovery codes for its loss.

django-allauth keeps the secrets (`allauth.mfa`), sealed; what was used and guessed is in `FactorUse`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import structlog
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.phone import local
from sokopesa.people.errors import AlreadyEnrolled, CodeUsed, FactorLocked, NotEnrolled, WrongCode
from sokopesa.people.models import FactorUse, User
from sokopesa.people.sealing import unseal

STEP_SECONDS = 30
"""How long an app shows one code (RFC 6238)."""

TOLERANCE = 1
"""Codes of one step before and after are taken too, for people type slowly and phones' clocks are wrong."""

DIGITS = 6
RECOVERY_DIGITS = 8

TRIES = 5
"""After so many wrong codes none is taken for a while."""

FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)
"""Each lock until a right code lasts twice as long as the one before, up to this."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Given:
    """A right code. ``factor_id`` is the authenticator of the person; ``codes_left`` is set after a recovery code."""

    factor_id: int
    codes_left: int | None = None


def new_secret() -> str:
    """A secret for an app, 160 bits in base 32; nothing is stored."""
    secret: str = generate_totp_secret()
    return secret


def address_of(user: User, secret: str) -> str:
    """What an app reads from the QR code: the ``otpauth:`` address of the secret, named after market and number."""
    label = f"{CONFIGURATION.site_name}:{local(user.phone)}"
    query = urlencode({"secret": secret, "issuer": CONFIGURATION.site_name}, quote_via=quote)
    return f"otpauth://totp/{quote(label, safe=':')}?{query}"


def code_at(secret: str, moment: datetime) -> str:
    """The code that an app with this secret shows."""
    return _code(secret, _step(moment))


def factor_of(user: User) -> Authenticator | None:
    """The person's authenticator app."""
    return Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.TOTP).first()


def stands(user: User, factor_id: int) -> bool:
    """Whether this is still the person's authenticator: not if it was removed or reset."""
    factor = factor_of(user)
    return factor is not None and factor.pk == factor_id


def enrolled() -> set[int]:
    """The ids of everybody who has a second factor."""
    return set(Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True))


def recovery_codes(user: User) -> list[str]:
    """The recovery codes that were not used yet.

    Raises:
        FactorUnreadable: they were sealed with another key.
    """
    kept = Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return RecoveryCodes(kept).get_unused_codes() if kept else []


@transaction.atomic
def enrol(*, user: User, secret: str, code: str, now: datetime) -> Given:
    """The person's app knows the secret, as the code shows, and is their second factor from now on.

    Recovery codes are made along with it.

    Raises:
        AlreadyEnrolled: they have one; it is removed first.
        WrongCode: the app shows another code, so it would lock the person out.
    """
    use = _held(user)
    if factor_of(user):
        raise AlreadyEnrolled
    step = _matching_step(secret, _digits(code), now)
    if step is None:
        raise WrongCode(None)
    if step <= use.last_step:
        raise CodeUsed
    use.last_step, use.wrong, use.locked_until = step, 0, None
    use.save()
    factor = _keep(user, secret)
    log.info("second_factor_added", user=user.pk)
    return Given(factor.pk)


@transaction.atomic
def plant(*, user: User, secret: str) -> None:
    """Give the person this secret, unless they have an authenticator. For rehearsals alone: nobody has shown a code."""
    _held(user)
    if not factor_of(user):
        _keep(user, secret)


def give(*, user: User, code: str, now: datetime) -> Given:
    """Take a code of the person's app, or a recovery code. Each works once; wrong ones are counted.

    Raises:
        NotEnrolled: there is no authenticator.
        FactorLocked: too many were wrong; no code is looked at until then.
        CodeUsed: it was right, and was given before.
        WrongCode: it is not the code.
        FactorUnreadable: the secret was sealed with another key.
    """
    told = _try(user, code, now)  # What it counted stays counted: it is committed before anything is raised.
    if isinstance(told, Refusal):
        raise told
    return told


@transaction.atomic
def renew_recovery_codes(*, user: User) -> None:
    """Ten new recovery codes; the old ones work no longer.

    Raises:
        NotEnrolled: there is no authenticator that they could stand in for.
    """
    _held(user)
    if not factor_of(user):
        raise NotEnrolled
    Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)
    log.info("recovery_codes_renewed", user=user.pk)


@transaction.atomic
def remove(*, user: User) -> bool:
    """Take the person's second factor and recovery codes away; whether there was one."""
    use = _held(user)
    use.wrong, use.locked_until = 0, None
    use.save()
    gone, _ = Authenticator.objects.filter(user=user.pk).delete()
    if gone:
        log.warning("second_factor_removed", user=user.pk)
    return bool(gone)


@transaction.atomic
def _try(user: User, code: str, now: datetime) -> Given | Refusal:
    use = _held(user)
    factor = factor_of(user)
    if factor is None:
        return NotEnrolled()
    if use.locked_until and now < use.locked_until:
        return FactorLocked(use.locked_until)
    told = _judge(user, factor, use, _digits(code), now)
    if isinstance(told, Given):
        use.wrong, use.locked_until = 0, None
        factor.last_used_at = now
        factor.save(update_fields=["last_used_at"])
    elif isinstance(told, WrongCode):
        told = _count_wrong(use, now)
    use.save()
    return told


def _judge(user: User, factor: Authenticator, use: FactorUse, digits: str, now: datetime) -> Given | Refusal:
    if len(digits) == RECOVERY_DIGITS:
        kept = Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
        if kept and RecoveryCodes(kept).validate_code(digits):
            log.warning("recovery_code_used", user=user.pk)
            return Given(factor.pk, codes_left=len(recovery_codes(user)))
        return WrongCode(None)
    step = _matching_step(unseal(factor.data["secret"]), digits, now)
    if step is None:
        return WrongCode(None)
    if step <= use.last_step:
        return CodeUsed()
    use.last_step = step
    return Given(factor.pk)


def _count_wrong(use: FactorUse, now: datetime) -> Refusal:
    """One more wrong code; each fifth of them locks."""
    use.wrong += 1
    locks, over = divmod(use.wrong, TRIES)
    if over:
        return WrongCode(TRIES - over)
    use.locked_until = now + min(FIRST_LOCK * 2 ** min(locks - 1, 10), LONGEST_LOCK)
    log.warning("second_factor_locked", user=use.user_id, wrong=use.wrong, until=use.locked_until.isoformat())
    return FactorLocked(use.locked_until)


def _held(user: User) -> FactorUse:
    """The person's row, locked: codes given at the same time are judged one after the other."""
    FactorUse.objects.get_or_create(user=user)
    return FactorUse.objects.select_for_update().get(user=user)


def _keep(user: User, secret: str) -> Authenticator:
    factor: Authenticator = TOTP.activate(user, secret).instance
    RecoveryCodes.activate(user)
    return factor


def _matching_step(secret: str, digits: str, now: datetime) -> int | None:
    at = _step(now)
    return next((step for step in range(at - TOLERANCE, at + TOLERANCE + 1) if _code(secret, step) == digits), None)


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def _code(secret: str, step: int) -> str:
    code: str = format_hotp_value(hotp_value(secret, step))
    return code


def _digits(typed: str) -> str:
    """The digits, however they were spaced or in whatever script; empty if there is anything else."""
    digits = [unicodedata.digit(character, None) for character in typed if character != "-" and not character.isspace()]
    return "" if None in digits else "".join(map(str, digits))
