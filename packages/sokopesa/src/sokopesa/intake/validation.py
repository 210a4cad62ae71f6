"""Answering M-PESA's question whether a payment by hand may go on. It waits while the payer waits, so we are brief."""

from __future__ import annotations

import asyncio
import hmac

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.payments.byhand import objection

log = structlog.get_logger(__name__)

ANSWER_WITHIN = 0.5
"""Seconds that the database may take, so that the answer is there within one even when many ask at once of a process
that has just started. M-PESA waits about eight, and then does what it was told to do with unanswered questions."""


async def validate(token: str, body: bytes) -> dict[str, str]:
    """M-PESA's answer to put on the wire. Whoever does not know our token is refused and learns nothing."""
    secret = CONFIGURATION.mpesa_paybill_token.get_secret_value()
    if not secret or not hmac.compare_digest(token.encode(), secret.encode()):
        return daraja.reject_payment(daraja.C2bRejection.OTHER)
    try:
        payment = daraja.parse_c2b_payment(body)
    except daraja.MalformedMessage:
        return daraja.reject_payment(daraja.C2bRejection.OTHER)
    try:
        reason = await asyncio.wait_for(_look(payment), ANSWER_WITHIN)
    except (TimeoutError, DatabaseError) as error:
        log.warning("payment_not_checked", receipt=payment.receipt, error=repr(error))
        return _when_unsure()
    return daraja.accept_payment() if reason is None else daraja.reject_payment(reason)


@sync_to_async(thread_sensitive=False)
def _look(payment: daraja.C2bPayment) -> daraja.C2bRejection | None:
    try:
        return objection(payment)
    finally:
        close_old_connections()


def _when_unsure() -> dict[str, str]:
    if CONFIGURATION.mpesa_when_unsure == "Completed":
        return daraja.accept_payment()
    return daraja.reject_payment(daraja.C2bRejection.OTHER)
