"""When M-PESA is asked what became of a payment out, if it does not say so by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sokopesa.configuration import CONFIGURATION

_GROWTH = (1, 2, 5, 10, 30, 60, 180, 360)
"""Waits before each next question, in units of the first one; the last one repeats until M-PESA has spoken."""


def next_ask(*, asked: int, now: datetime) -> datetime:
    """When to ask again after ``asked`` questions."""
    return now + timedelta(seconds=CONFIGURATION.mpesa_payout_first_question * _GROWTH[min(asked, len(_GROWTH) - 1)])


def stuck_at(now: datetime) -> datetime:
    """When a transfer that was taken at ``now``, and whose sender died, is asked after: a call is surely over then."""
    return now + timedelta(seconds=2 * CONFIGURATION.mpesa_timeout + CONFIGURATION.mpesa_payout_first_question)


def lifetime() -> timedelta:
    """How long M-PESA may keep an instruction before it carries it out; only later is *not found* an answer."""
    return timedelta(seconds=CONFIGURATION.mpesa_payout_lifetime + 2 * CONFIGURATION.mpesa_timeout)
