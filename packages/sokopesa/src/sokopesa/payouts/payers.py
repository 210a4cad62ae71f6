"""Our shortcodes that pay: whose turn it is, whether sending goes on, and what is in them. A payer is locked before
transfers are, by everybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.money import format_kes
from sokopesa.notices.actions import alert_operator
from sokopesa.payouts.errors import NotStopped, PaysNothing
from sokopesa.payouts.models import Payer
from sokopesa.payouts.operators import fingerprint

AHEAD = timedelta(seconds=0.25)
"""How far ahead turns are handed out, or to the next one where they are further apart. Who is killed takes along what
it had turns for, and M-PESA has to forget that before it goes out again: so not far."""

FAR_AHEAD = timedelta(seconds=1)
"""But never further than this: nobody waits longer for a turn."""

PROOF = timedelta(minutes=5)
"""M-PESA's acceptance of our operator counts so long."""

ALONE = timedelta(minutes=1)
"""Between instructions while it does not: a wrong credential comes to light before the next one."""

REST = timedelta(seconds=10)
"""What M-PESA is left in peace for after it turned a call away."""

BREATH = timedelta(seconds=1)
"""The same where it was busy once, but has taken a handful since it was so last."""

HANDFUL = 8
"""So many calls in a row without an answer, and the gateway is taken to be away; so many taken, and it is there."""

Lane = Literal["next_send_at", "next_ask_at"]
"""Paying and asking have turns of their own, so that neither keeps the other waiting."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns that nobody else has: ``count`` of them, the first at ``first_at`` and then one each ``interval``."""

    count: int
    first_at: datetime
    interval: timedelta


def hold(shortcode: str, now: datetime) -> Payer:
    """The payer, made if it is new, and ours until our transaction ends."""
    Payer.objects.bulk_create([Payer(shortcode=shortcode, next_send_at=now, next_ask_at=now)], ignore_conflicts=True)
    return Payer.objects.select_for_update(no_key=True).get(pk=shortcode)


def hold_all(shortcodes: Iterable[str], now: datetime) -> dict[str, Payer]:
    """The same for many, in one order by everybody."""
    return {shortcode: hold(shortcode, now) for shortcode in sorted(set(shortcodes))}


def is_proven(payer: Payer, now: datetime) -> bool:
    """Whether M-PESA has accepted the operator as it is configured now, and not long ago."""
    fresh = payer.proven_at is not None and now - payer.proven_at < PROOF
    return fresh and payer.fingerprint == fingerprint(payer.shortcode)


def offer(payer: Payer, lane: Lane, *, most: int, now: datetime) -> Turns:
    """The turns that there are until `AHEAD` or a little further, from a payer that is held."""
    proven = is_proven(payer, now)
    interval = timedelta(seconds=1) / CONFIGURATION.mpesa_payouts_per_second if proven else ALONE
    first_at, until = max(now, getattr(payer, lane)), now + max(AHEAD, min(interval, FAR_AHEAD))
    count = 0 if first_at > until else min(most, (until - first_at) // interval + 1)
    return Turns(count, first_at, interval)


def take(payer: Payer, lane: Lane, turns: Turns, count: int, now: datetime) -> None:
    """Take the first ``count`` of the turns offered. Whatever goes out while the operator is unproven goes alone."""
    if not count:
        return
    lanes: tuple[Lane, ...] = (lane,) if is_proven(payer, now) else ("next_send_at", "next_ask_at")
    for each in lanes:
        setattr(payer, each, turns.first_at + count * turns.interval)
    payer.save(update_fields=lanes)


@transaction.atomic
def rest(shortcode: str, lane: Lane, *, now: datetime, seconds: float | None = None, least: timedelta = REST) -> None:
    """Leave M-PESA in peace: it turned a call away. ``seconds`` is what it asked for itself, if it did."""
    payer = hold(shortcode, now)
    length = max(least, min(timedelta(seconds=seconds or 0), PROOF))
    setattr(payer, lane, max(now + length, getattr(payer, lane)))
    payer.save(update_fields=[lane])


def prove(payer: Payer, now: datetime) -> None:
    """M-PESA carried out, or declined for another reason, what our operator asked for."""
    if not is_proven(payer, now):
        payer.next_send_at = payer.next_ask_at = now
    payer.proven_at, payer.fingerprint = now, fingerprint(payer.shortcode)
    payer.save(update_fields=["proven_at", "fingerprint", "next_send_at", "next_ask_at"])


@transaction.atomic
def stop(shortcode: str, why: str, *, now: datetime) -> None:
    """Send nothing more from it and ask nothing, until a person says so. The operator is told at once."""
    payer = hold(shortcode, now)
    if payer.stopped_at is not None:
        return
    payer.stopped_at, payer.stopped_for, payer.proven_at = now, why[:200], None
    payer.save(update_fields=["stopped_at", "stopped_for", "proven_at"])
    text = f"All payments from {shortcode} are stopped. {why} Then: sokopesa payouts resume {shortcode}"
    alert_operator(text=text[:300], key=f"payouts-stopped-{shortcode}-{now:%Y%m%d%H%M%S}")


@transaction.atomic
def resume(shortcode: str, *, now: datetime) -> None:
    """A person has mended what stopped it. The first instruction goes alone.

    Raises:
        PaysNothing: it is none of ours that pay.
        NotStopped: it was not stopped.
    """
    ours = (CONFIGURATION.mpesa_shortcode, CONFIGURATION.mpesa_b2c_shortcode)
    if shortcode not in ours and not Payer.objects.filter(pk=shortcode).exists():
        raise PaysNothing(shortcode)
    payer = hold(shortcode, now)
    if payer.stopped_at is None:
        raise NotStopped(shortcode)
    payer.stopped_at, payer.stopped_for, payer.proven_at = None, "", None
    payer.next_send_at = payer.next_ask_at = now
    payer.save(update_fields=["stopped_at", "stopped_for", "proven_at", "next_send_at", "next_ask_at"])


def fall_short(payer: Payer, needs_cents: int, now: datetime) -> None:
    """M-PESA could not pay so much out of it. Nothing is sent until it holds that."""
    payer.needs_cents = max(needs_cents, payer.needs_cents if payer.short_at else 0)
    payer.short_at = payer.short_at or now
    payer.save(update_fields=["short_at", "needs_cents"])
    text = f"{payer.shortcode} has too little to pay {format_kes(needs_cents)}. Fill it; payments go on by themselves."
    alert_operator(text=text, key=f"float-{payer.shortcode}-{nairobi_date(now)}")


def hear_float(payer: Payer, cents: int, told_at: datetime) -> None:
    """M-PESA says what its Utility Account holds. Older words do not count; enough ends a shortage."""
    if payer.told_at is not None and told_at < payer.told_at:
        return
    payer.told_cents, payer.told_at = cents, told_at
    if payer.short_at is not None and told_at > payer.short_at and cents >= payer.needs_cents:
        payer.short_at, payer.needs_cents = None, 0
    payer.save(update_fields=["told_cents", "told_at", "short_at", "needs_cents"])
