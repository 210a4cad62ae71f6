"""When M-PESA is asked how a prompt ended, if it does not say so by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sokopesa.configuration import CONFIGURATION

STUCK_AFTER = timedelta(seconds=90)
"""A prompt that nobody sent, or whose sender died, is looked at after this long; longer than any call may last."""

_GROWTH = (1, 1.5, 2, 3, 4.5, 6, 12, 30, 60, 180, 360, 720, 1440)
"""Waits before each next question, in units of the first one; the last one repeats until M-PESA has spoken."""


def next_ask(*, asked: int, now: datetime) -> datetime:
    """When to ask again after ``asked`` questions."""
    return now + timedelta(seconds=CONFIGURATION.mpesa_first_question * _GROWTH[min(asked, len(_GROWTH) - 1)])


def lifetime() -> timedelta:
    """How long a prompt can still be answered; only after it is *not found* an answer."""
    return timedelta(seconds=CONFIGURATION.mpesa_prompt_lifetime)
