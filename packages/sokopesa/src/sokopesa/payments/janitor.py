"""Asking M-PESA about prompts on which it has kept silent, until it has spoken. Silence is never taken for failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import nairobi_date
from sokopesa.notices.actions import alert_operator
from sokopesa.payments import schedule
from sokopesa.payments.ending import Ending, end_prompts
from sokopesa.payments.gateway import client
from sokopesa.payments.listing import look_for
from sokopesa.payments.models import Prompt
from sokopesa.payments.signals import changed

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Prompts asked about in one round."""

OPERATOR_AFTER = timedelta(minutes=10)
"""What M-PESA has not made clear by then becomes an operator's business as well."""


def ask_due(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Ask about every live prompt whose time has come; return how many were asked about.

    Each is first put off to its next time in a transaction of its own, so that two janitors never ask about the same
    one and a janitor that dies asks again later.
    """
    with transaction.atomic():
        due = list(
            Prompt.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("purchase")
            .filter(live__next_ask_at__lte=now, state__in=Prompt.LIVE)
            .order_by("live__next_ask_at")[:AT_ONCE]
        )
        for prompt in due:
            prompt.next_ask_at = schedule.next_ask(asked=prompt.asked + 1, now=now)
            prompt.asked = F("asked") + 1
            prompt.last_asked_at = now
        Prompt.objects.bulk_update(due, ["next_ask_at", "asked", "last_asked_at"])
    for prompt in due:
        _ask_unless_it_fails(prompt, clock)
    return len(due)


def _ask_unless_it_fails(prompt: Prompt, clock: Callable[[], datetime]) -> None:
    """A fault of ours with one prompt must not keep M-PESA from being asked about the others."""
    try:
        _ask(prompt, clock())
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("prompt_not_asked_about", prompt=str(prompt.id))
        _call_operator(prompt, "we could not work out M-PESA's answer about it")


def _ask(prompt: Prompt, now: datetime) -> None:
    if prompt.sent_at is None:
        _send_after_all(prompt)
        return
    lapsed = now >= prompt.sent_at + schedule.lifetime(acknowledged=bool(prompt.checkout_request_id))
    try:
        status = _query(prompt)
    except daraja.DarajaError as error:
        _not_told(prompt, error)
        return
    if _worth_looking_for_money(status, lapsed=lapsed):
        _conclude(prompt, status, lapsed=lapsed, list_seen=_look_in_list(prompt, now), now=now)
    changed([prompt.purchase.number])


def _look_in_list(prompt: Prompt, now: datetime) -> bool:
    """Whether M-PESA's list could be read whole. What it shows is booked on the way."""
    try:
        return look_for(prompt.purchase, since=prompt.requested_at, now=now)
    except daraja.DarajaError as error:
        _not_told(prompt, error)
        return False


def _not_told(prompt: Prompt, error: daraja.DarajaError) -> None:
    """M-PESA did not say. That is no answer; after a while, or where only an operator can mend it, one is called."""
    log.warning("mpesa_did_not_say", prompt=str(prompt.id), error=str(error))
    if isinstance(error, daraja.WrongCredentials | daraja.RejectedField):
        day = nairobi_date(prompt.last_asked_at or prompt.requested_at)
        alert_operator(text=f"M-PESA refuses our questions about payments: {error}"[:300], key=f"questions-{day}")
    elif (prompt.last_asked_at or prompt.requested_at) - prompt.requested_at > OPERATOR_AFTER:
        _call_operator(prompt, "M-PESA still does not say how its request ended")


def _call_operator(prompt: Prompt, why: str) -> None:
    alert_operator(text=f"Order {prompt.purchase.number}: {why}. Please look it up.", key=f"prompt-{prompt.id}")


def _send_after_all(prompt: Prompt) -> None:
    """Its job was lost before it began. Sending is safe: only whoever takes the prompt first sends it."""
    from sokopesa.payments.jobs import send_prompt

    send_prompt.defer(prompt_id=str(prompt.id))


def _query(prompt: Prompt) -> daraja.StkStatus | None:
    """M-PESA's answer about the prompt; None where we never learned its identifier and so cannot ask."""
    if not prompt.checkout_request_id:
        return None
    return client().stk_query(
        daraja.StkQuery(
            shortcode=CONFIGURATION.mpesa_shortcode,
            passkey=CONFIGURATION.mpesa_passkey.get_secret_value(),
            checkout_request_id=prompt.checkout_request_id,
        )
    )


def _worth_looking_for_money(status: daraja.StkStatus | None, *, lapsed: bool) -> bool:
    """A query proves no payment and has been seen to deny one, so before a prompt ends its money is looked for."""
    settled = status is not None and status.state in (daraja.StkState.PAID, daraja.StkState.FAILED)
    return settled or lapsed


def _conclude(prompt: Prompt, status: daraja.StkStatus | None, *, lapsed: bool, list_seen: bool, now: datetime) -> None:
    """Unless M-PESA's list showed its payment, end the prompt if M-PESA has said how.

    A query's word alone, which has been wrong before, counts only after the prompt's lifetime; silence ends it only
    then, and if the list was there to be read. What a late list shows is found by the sweep, and counts all the same.
    """
    state = status.state if status else daraja.StkState.UNKNOWN_ID
    code = str(status.code or "")[:16] if status else ""
    with transaction.atomic():
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        if not prompt.is_live:
            return
        if state is daraja.StkState.PAID:
            _await_receipt(prompt, now)
        elif (state is daraja.StkState.FAILED and (list_seen or lapsed)) or (
            state is daraja.StkState.UNKNOWN and lapsed and code
        ):
            end_prompts([Ending(prompt.id, code, final=True)], now=now)
        elif lapsed and list_seen and state is daraja.StkState.UNKNOWN_ID:
            end_prompts([Ending(prompt.id, Prompt.Ending.NOT_FOUND, final=True)], now=now)
        elif lapsed and prompt.state == Prompt.State.SENT:
            Prompt.objects.filter(pk=prompt.pk).update(state=Prompt.State.UNKNOWN)


def _await_receipt(prompt: Prompt, now: datetime) -> None:
    """M-PESA says paid, but its receipt has not reached its list yet. We book receipts, so we go on asking."""
    Prompt.objects.filter(pk=prompt.pk).update(state=Prompt.State.UNKNOWN, code="0")
    if now - prompt.requested_at > OPERATOR_AFTER:
        _call_operator(prompt, "M-PESA says that it was paid but lists no receipt for it")
