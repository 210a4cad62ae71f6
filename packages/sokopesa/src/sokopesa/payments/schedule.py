"""When M-PESA is asked how a prompt ended, if it does not say so by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sokopesa.configuration import CONFIGURATION

STUCK_AFTER = timedelta(seconds=90)
"""A prompt that nobody sent, or whose sender died, is looked at after this long; longer than any call may last."""

_STEPS = (10, 15, 20, 30, 45, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
"""Seconds before each next question; the last one repeats until M-PESA has spoken."""


def next_ask(*, asked: int, now: datetime) -> datetime:
    """When to ask again after ``asked`` questions."""
    return now + timedelta(seconds=_STEPS[min(asked, len(_STEPS) - 1)])


def lifetime() -> timedelta:
    """How long a prompt can still be answered; only after it is *not found* an answer."""
    return timedelta(seconds=CONFIGURATION.mpesa_prompt_lifetime)
