"""Asking M-PESA about prompts on which it has kept silent, until it has spoken. Silence is never taken for failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.actions import alert_operator
from sokopesa.payments import schedule
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.gateway import client
from sokopesa.payments.models import Prompt, Receipt
from sokopesa.payments.settlement import end
from sokopesa.payments.signals import changed

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Prompts asked about in one round."""

ALERT_AFTER = 8
"""Questions after which a payment without a receipt becomes an operator's business (some ten minutes)."""

CLOCK_SLACK = timedelta(hours=3, minutes=5)
"""Pulled transactions print a time whose zone is not documented, so the window is wider than the zone difference."""


def ask_due(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Ask about every live prompt whose time has come; return how many were asked about.

    Each is first put off to its next time in a transaction of its own, so that two janitors never ask about the same
    one and a janitor that dies asks again later.
    """
    with transaction.atomic():
        due = list(
            Prompt.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("purchase")
            .filter(next_ask_at__lte=now, state__in=Prompt.LIVE)
            .order_by("next_ask_at")[:AT_ONCE]
        )
        for prompt in due:
            prompt.next_ask_at = schedule.next_ask(asked=prompt.asked + 1, now=now)
            prompt.asked = F("asked") + 1
            prompt.last_asked_at = now
        Prompt.objects.bulk_update(due, ["next_ask_at", "asked", "last_asked_at"])
    for prompt in due:
        _ask(prompt, clock())
    return len(due)


def _ask(prompt: Prompt, now: datetime) -> None:
    if prompt.sent_at is None:
        _send_after_all(prompt)
        return
    lapsed = now >= prompt.sent_at + schedule.lifetime()
    try:
        status = _query(prompt)
        if not _worth_looking_for_money(status, lapsed=lapsed):
            return
        payments = _pull(prompt, now)
    except daraja.DarajaError as error:
        log.warning("mpesa_did_not_say", prompt=str(prompt.id), error=str(error))
        return
    finally:
        changed([prompt.purchase.number])
    if payments:
        credit_payments(payments, now=now)
    else:
        _conclude(prompt, status, lapsed=lapsed, now=now)


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


def _pull(prompt: Prompt, now: datetime) -> list[Payment]:
    """Payments with the purchase's reference that are not on our books yet, from M-PESA's own list."""
    found = [
        row
        for row in _listed(prompt.requested_at - CLOCK_SLACK, now)
        if row.account_reference == prompt.purchase.reference
    ]
    known = set(Receipt.objects.filter(code__in=[row.receipt for row in found]).values_list("code", flat=True))
    return [
        Payment(
            receipt=row.receipt,
            prompt_id=prompt.id,
            amount_cents=row.amount_cents,
            paid_at=row.completed_at or now,
            learned_from="pull",
            msisdn=row.msisdn or "",
        )
        for row in found
        if row.receipt not in known
    ]


def _listed(start: datetime, end: datetime) -> Iterator[daraja.PulledTransaction]:
    """Every payment to our shortcode in the window, page by page."""
    offset: int | None = 0
    while offset is not None:
        page = client().pull_transactions(
            daraja.PullTransactions(shortcode=CONFIGURATION.mpesa_shortcode, start=start, end=end, offset=offset)
        )
        yield from page.transactions
        offset = page.next_offset


def _conclude(prompt: Prompt, status: daraja.StkStatus | None, *, lapsed: bool, now: datetime) -> None:
    """M-PESA's list shows no payment: end the prompt if M-PESA has said how, or knows nothing after its lifetime."""
    state = status.state if status else daraja.StkState.UNKNOWN_ID
    code = str(status.code or "") if status else ""
    with transaction.atomic():
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        if not prompt.is_live:
            return
        if state is daraja.StkState.PAID:
            _await_receipt(prompt)
        elif state is daraja.StkState.FAILED or (lapsed and state is daraja.StkState.UNKNOWN):
            end(prompt, code=code, final=True, now=now)
        elif lapsed and state is daraja.StkState.UNKNOWN_ID:
            end(prompt, code=Prompt.Ending.NOT_FOUND, final=True, now=now)
        elif lapsed and prompt.state == Prompt.State.SENT:
            Prompt.objects.filter(pk=prompt.pk).update(state=Prompt.State.UNKNOWN)


def _await_receipt(prompt: Prompt) -> None:
    """M-PESA says paid, but its receipt has not reached its list yet. We book receipts, so we go on asking."""
    Prompt.objects.filter(pk=prompt.pk).update(state=Prompt.State.UNKNOWN, code="0")
    if prompt.asked >= ALERT_AFTER:
        alert_operator(
            text=f"M-PESA says that {prompt.purchase.number} was paid but lists no receipt for it. Please look it up.",
            key=f"receipt-missing-{prompt.id}",
        )
