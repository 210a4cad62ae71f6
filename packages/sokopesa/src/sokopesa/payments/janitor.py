"""Asking M-PESA about prompts on which it has kept silent, until it has spoken. Silence is never taken for failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction

import daraja
from sokopesa.kernel.clock import nairobi_date
from sokopesa.notices.actions import alert_operator
from sokopesa.payments import pacing
from sokopesa.payments.asking import Asking, Heard, due, has_lapsed, put_off
from sokopesa.payments.concluding import conclude
from sokopesa.payments.listing import look_for
from sokopesa.payments.models import Pace, Prompt
from sokopesa.payments.signals import changed

log = structlog.get_logger(__name__)

SILENT_AT_ONCE = 1_000
"""Prompts without an identifier that one round looks for in the list."""

UNCLEAR = "M-PESA still does not say how its request ended"

OPERATOR_AFTER = timedelta(minutes=10)
"""What M-PESA has not made clear by then becomes an operator's business as well."""


def ask_due(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Ask about live prompts whose time has come; return how many were asked about.

    First each is asked about by itself. Then M-PESA's list of payments is read, once for all of them that it may end,
    and for those that cannot be asked about because we never learned their identifiers. ``clock`` tells the time as
    the round goes on. Any number of workers may run rounds at the same time.
    """
    sent_after_all = _send_lost(now)
    asking = Asking(clock)
    asking.run()
    silent = [] if asking.is_away else _claim_silent(clock())
    heard = [*asking.heard, *silent]
    _act_upon(heard, clock)
    _say_what_is_unclear(asking, clock())
    with transaction.atomic():
        changed(prompt.purchase.number for prompt in _prompts(heard, asking))
    return sent_after_all + len(heard) + len(asking.unheard)


def _prompts(heard: Sequence[Heard], asking: Asking) -> list[Prompt]:
    return [one.prompt for one in heard] + [prompt for prompt, _ in asking.unheard]


@transaction.atomic
def _send_lost(now: datetime) -> int:
    """Prompts whose jobs were lost before they began. Sending is safe: only whoever takes a prompt first sends it."""
    from sokopesa.payments.jobs import send_prompt

    lost = list(due(now).filter(sent_at=None)[:SILENT_AT_ONCE])
    put_off(lost, now)
    for prompt in lost:
        send_prompt.defer(prompt_id=str(prompt.id))
    return len(lost)


@transaction.atomic
def _claim_silent(now: datetime) -> list[Heard]:
    """Prompts that were sent, but whose identifiers we never learned; none while the list cannot be had."""
    if not pacing.may_ask(Pace.Kind.LIST, now):
        return []
    silent = list(due(now).filter(sent_at__isnull=False, checkout_request_id="")[:SILENT_AT_ONCE])
    put_off(silent, now)
    return [Heard(prompt, has_lapsed(prompt, now), None) for prompt in silent]


def _act_upon(heard: Sequence[Heard], clock: Callable[[], datetime]) -> None:
    """A query proves no payment and has been seen to deny one, so before a prompt ends its money is looked for."""
    settled = (daraja.StkState.PAID, daraja.StkState.FAILED)
    telling = [one for one in heard if one.lapsed or (one.status and one.status.state in settled)]
    if not telling:
        return
    proof_from = _look_in_list([one.prompt for one in telling], clock())
    try:
        _conclude(telling, proof_from, clock())
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("concluding_one_by_one")
        for one in telling:
            _conclude_alone(one, proof_from, clock())


def _conclude(telling: Sequence[Heard], proof_from: datetime | None, now: datetime) -> None:
    still_open = conclude(telling, proof_from=proof_from, now=now)
    _call_operator(still_open.without_receipt, "M-PESA says that it was paid but lists no receipt for it", now)
    _call_operator(still_open.unclear, UNCLEAR, now)


def _conclude_alone(one: Heard, proof_from: datetime | None, now: datetime) -> None:
    """A fault of ours with one prompt must not keep M-PESA's word about the others from counting."""
    try:
        _conclude([one], proof_from, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("prompt_not_concluded", prompt=str(one.prompt.id))
        _call_operator([one.prompt], "we could not work out M-PESA's answer about it", now)


def _look_in_list(prompts: Sequence[Prompt], now: datetime) -> datetime | None:
    """The time from which on a payment's absence from M-PESA's list is proof, if the list could be read whole. What it
    shows is booked on the way."""
    if not pacing.may_ask(Pace.Kind.LIST, now):
        return None
    try:
        return look_for(
            [prompt.purchase for prompt in prompts], since=min(prompt.requested_at for prompt in prompts), now=now
        )
    except daraja.DarajaError as error:
        log.warning("mpesa_gave_no_list", error=str(error))
        pacing.pause(Pace.Kind.LIST, now=now)
        _call_if_refused(error, now)
        return None


def _say_what_is_unclear(asking: Asking, now: datetime) -> None:
    for error in (*(error for _, error in asking.unheard), asking.stopped_by):
        _call_if_refused(error, now)
    _call_operator([prompt for prompt, _ in asking.unheard], "M-PESA still does not say how the request ended", now)


def _call_if_refused(error: Exception | None, now: datetime) -> None:
    """Where only an operator can mend it, one is called, once a day."""
    if isinstance(error, daraja.WrongCredentials | daraja.RejectedField | daraja.InvalidRequest):
        text = f"M-PESA refuses our questions about payments: {error}"
        alert_operator(text=text[:300], key=f"questions-{nairobi_date(now)}")


def _call_operator(prompts: Sequence[Prompt], why: str, now: datetime) -> None:
    """That it is not clear is no answer; after a while an operator hears of it, of all of a round together."""
    overdue = [prompt for prompt in prompts if now - prompt.requested_at > OPERATOR_AFTER]
    if not overdue:
        return
    first = min(overdue, key=lambda prompt: prompt.requested_at)
    others = f" and {len(overdue) - 1} more" if len(overdue) > 1 else ""
    alert_operator(text=f"Order {first.purchase.number}{others}: {why}. Please look it up.", key=f"prompt-{first.id}")
