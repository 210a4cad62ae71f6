"""Asking M-PESA what a receipt is that a doubtful message named (Transaction Status), where it lists no such payment.

It needs an API operator; without one no enquiry is opened, and the list of payments alone tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import transaction

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import nairobi_date
from sokopesa.notices.actions import alert_operator
from sokopesa.payments import pacing
from sokopesa.payments.gateway import initiator, questioner, result_url
from sokopesa.payments.models import Enquiry, Pace, Receipt

log = structlog.get_logger(__name__)

_WAITS = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=2), timedelta(hours=12), timedelta(days=1))
"""Before each enquiry about a receipt. The list of payments, which needs none, comes first. Then we ask no more: the
receipt is an invention."""

_PUT_OFF = timedelta(days=1)
"""All enquiries wait so long after M-PESA did not accept the operator."""

_OPERATOR_CODES = frozenset({"18", "20", "21", "2001", "8006"})
"""Results that are about our API operator and not about the transaction."""

_RECEIPT = re.compile(r"[0-9A-Z]{10}")


class Answer(NamedTuple):
    """What a result said about an enquiry. ``is_plain``: nothing more is to be asked about its receipt."""

    enquiry_id: int
    is_plain: bool
    code: str


def open_enquiries(named: Iterable[tuple[UUID, str]], *, now: datetime) -> None:
    """Enquire about these receipts, each named for a prompt, unless that was done before."""
    if not CONFIGURATION.mpesa_initiator:
        return
    Enquiry.objects.bulk_create(
        [
            Enquiry(prompt_id=prompt_id, receipt=receipt, next_ask_at=now + _WAITS[0])
            for prompt_id, receipt in sorted(set(named))
            if _RECEIPT.fullmatch(receipt)
        ],
        ignore_conflicts=True,
    )


def close_enquiries(answers: Sequence[Answer], *, now: datetime) -> None:
    """Note what M-PESA answered. One that is not plain is asked for again in its time."""
    plain = [answer.enquiry_id for answer in answers if answer.is_plain]
    if plain:
        Enquiry.objects.filter(pk__in=plain).update(next_ask_at=None)
    if refused := next((answer.code for answer in answers if answer.code in _OPERATOR_CODES), None):
        waiting = Enquiry.objects.filter(next_ask_at__lt=now + _PUT_OFF)
        waiting.update(next_ask_at=now + _PUT_OFF)
        _call_operator(f"result code {refused}", now)


def enquire_due(*, now: datetime, clock: Callable[[], datetime]) -> bool:
    """Ask about one receipt whose time has come, if there is one and it is not on our books by now; whether we asked.

    All workers together ask about one in a minute, for each may be the one that shows a wrong credential.
    """
    try:
        operator = initiator()
    except daraja.InvalidRequest as fault:
        _call_operator(str(fault), now)
        return False
    if operator is None:
        return False
    token = daraja.callback_token()
    enquiry = _claim(token, now)
    if enquiry is None:
        return False
    try:
        questioner().transaction_status(
            daraja.StatusQuery(
                initiator=operator,
                shortcode=CONFIGURATION.mpesa_shortcode,
                receipt=enquiry.receipt,
                result_url=result_url(token),
                timeout_url=result_url(token),
                remarks="Is it paid?",
            )
        )
    except daraja.DarajaError as error:
        log.warning("mpesa_took_no_enquiry", receipt=enquiry.receipt, error=str(error))
        pacing.pause(Pace.Kind.STATUS, now=clock())
        if isinstance(error, daraja.WrongCredentials | daraja.RejectedField | daraja.InvalidRequest):
            _call_operator(str(error), now)
    return True


@transaction.atomic
def _claim(token: str, now: datetime) -> Enquiry | None:
    """The enquiry that waited longest, now ours to make; its result is awaited at the address with this token."""
    due = Enquiry.objects.filter(next_ask_at__lte=now)
    if not due.exists():
        return None
    due.filter(receipt__in=Receipt.objects.filter(code__in=due.values("receipt")).values("code")).update(
        next_ask_at=None
    )
    turns = pacing.offer(Pace.Kind.STATUS, most=1, now=now)
    enquiry = due.select_for_update(skip_locked=True).order_by("next_ask_at").first() if turns.count else None
    if enquiry is None:
        return None
    pacing.take(Pace.Kind.STATUS, turns, 1)
    enquiry.asked += 1
    enquiry.next_ask_at = now + _WAITS[enquiry.asked] if enquiry.asked < len(_WAITS) else None
    enquiry.token_digest = daraja.token_digest(token)
    enquiry.save(update_fields=["asked", "next_ask_at", "token_digest"])
    return enquiry


def _call_operator(why: str, now: datetime) -> None:
    text = f"M-PESA refuses our enquiries about receipts: {why}. Check SOKOPESA_MPESA_INITIATOR and its credential."
    alert_operator(text=text[:300], key=f"enquiries-{nairobi_date(now)}")
