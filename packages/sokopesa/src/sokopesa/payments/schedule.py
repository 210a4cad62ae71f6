"""When M-PESA is asked how a prompt ended, if it does not say so by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sokopesa.configuration import CONFIGURATION

LONGEST_CALL = timedelta(seconds=4 * CONFIGURATION.mpesa_timeout)
"""What handing over one prompt may take: three tries to connect, and the answer."""

STUCK_AFTER = timedelta(seconds=90)
"""A prompt that nobody sent, or whose sender died, is looked at after this long."""

LATE_QUESTIONS = timedelta(minutes=10)
"""Waits from this length on end at full multiples of it, so that one read of M-PESA's list serves many late prompts."""

_GROWTH = (1, 1.5, 2, 3, 4.5, 6, 12, 30, 60, 180, 360, 720, 1440)
"""Waits before each next question, in units of the first one; the last one repeats until M-PESA has spoken."""


def next_ask(*, asked: int, now: datetime) -> datetime:
    """When to ask again after ``asked`` questions."""
    wait = timedelta(seconds=CONFIGURATION.mpesa_first_question * _GROWTH[min(asked, len(_GROWTH) - 1)])
    if wait < LATE_QUESTIONS:
        return now + wait
    return now + wait + (datetime.min.replace(tzinfo=now.tzinfo) - now - wait) % LATE_QUESTIONS


def lifetime(*, acknowledged: bool) -> timedelta:
    """How long a prompt can still be answered; only after it is *not found* an answer.

    One that M-PESA never acknowledged may have been on its way for as long as a call can take, tries included.
    """
    on_its_way = timedelta() if acknowledged else LONGEST_CALL
    return timedelta(seconds=CONFIGURATION.mpesa_prompt_lifetime) + on_its_way
