"""What M-PESA's messages mean. Nothing is looked up or changed here, so every case can be tried in a test."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.payments.crediting import Payment
from sokopesa.payments.models import InboxMessage, Prompt

Verdict = InboxMessage.Verdict


class Message(NamedTuple):
    """A kept message, as far as judging needs it (`InboxMessage`)."""

    id: int
    kind: str
    token_digest: bytes
    source: str | None
    trusted: bool
    body: bytes
    received_at: datetime


class Addressee(NamedTuple):
    """The prompt to whose secret address a message came, as it stands; ``receipt`` is the one that paid it."""

    id: UUID
    amount_cents: int
    msisdn: str
    checkout_request_id: str
    state: str
    receipt: str | None

    @property
    def is_live(self) -> bool:
        """Whether it may still be paid."""
        return self.state in Prompt.LIVE


@dataclass(frozen=True, slots=True)
class Judgement:
    """``payment`` is set with the verdict *paid*; ``code`` with *ended* and *unclear*; ``receipt`` is one that a
    doubtful message named."""

    verdict: Verdict
    remark: str = ""
    payment: Payment | None = None
    code: str = ""
    checkout_request_id: str = ""
    merchant_request_id: str = ""
    receipt: str = ""


def judge_callback(message: Message, prompt: Addressee | None) -> Judgement:
    """Decide what to make of a callback that reached ``prompt``'s address (None: no such address).

    A success is believed only if all that it says fits the prompt: whoever forges one must know the secret address
    and the amount and the line and M-PESA's identifier. What does not fit is not booked; M-PESA is asked instead.
    """
    if not message.trusted:
        return Judgement(Verdict.UNTRUSTED, f"came from {message.source}")
    if prompt is None:
        return Judgement(Verdict.STRANGER)
    try:
        told = daraja.parse_stk_callback(message.body)
    except daraja.MalformedMessage as error:
        return Judgement(Verdict.UNREADABLE, str(error)[:200])
    if misfit := _misfit(told, prompt):
        return Judgement(Verdict.DOUBTFUL, misfit, receipt=told.receipt or "")
    if told.paid:
        return _paid(told, prompt, message.received_at)
    if not prompt.is_live:
        return Judgement(Verdict.REPEATED)
    final = told.code.outcome is daraja.Outcome.FAILED
    return Judgement(
        Verdict.ENDED if final else Verdict.UNCLEAR,
        told.description[:200],
        code=str(told.code),
        checkout_request_id=told.checkout_request_id or "",
        merchant_request_id=told.merchant_request_id or "",
    )


def _misfit(told: daraja.StkCallback, prompt: Addressee) -> str:
    """The first thing that a callback says which cannot be true of the prompt."""
    known = prompt.checkout_request_id
    if told.checkout_request_id and known and told.checkout_request_id != known:
        return f"names {told.checkout_request_id}, not {known}"
    if told.code.outcome is not daraja.Outcome.PAID:
        return ""
    if not told.receipt:
        return "says paid without a receipt"
    if told.amount_cents != prompt.amount_cents:
        return f"names {told.amount_cents} cents, not {prompt.amount_cents}"
    if told.msisdn and told.msisdn != prompt.msisdn:
        return "names another phone"
    return ""


def _paid(told: daraja.StkCallback, prompt: Addressee, received_at: datetime) -> Judgement:
    assert told.receipt is not None
    assert told.amount_cents is not None
    return Judgement(
        Verdict.PAID,
        payment=Payment(
            receipt=told.receipt,
            prompt_id=prompt.id,
            amount_cents=told.amount_cents,
            paid_at=told.completed_at or received_at,
            learned_from="callback",
        ),
        checkout_request_id=told.checkout_request_id or "",
        merchant_request_id=told.merchant_request_id or "",
    )


class Enquired(NamedTuple):
    """The enquiry to whose secret address a result came."""

    id: int
    receipt: str
    prompt: Addressee


def judge_result(message: Message, enquiry: Enquired | None) -> Judgement:
    """Decide what to make of a transaction's status. It pays the prompt only if it is completed, and receipt, amount,
    payee and, where it is shown, payer are the prompt's."""
    if not message.trusted:
        return Judgement(Verdict.UNTRUSTED, f"came from {message.source}")
    if enquiry is None:
        return Judgement(Verdict.STRANGER)
    try:
        told = daraja.parse_status_result(message.body)
    except daraja.MalformedMessage as error:
        return Judgement(Verdict.UNREADABLE, str(error)[:200])
    if told.transaction_outcome is not daraja.Outcome.PAID:
        code = "" if told.code is None or told.outcome is daraja.Outcome.PAID else str(told.code)[:16]
        return Judgement(Verdict.UNCLEAR, (told.status or told.description)[:200], code=code)
    if misfit := _misfit_of_transaction(told, enquiry):
        return Judgement(Verdict.DOUBTFUL, misfit[:200])
    return Judgement(
        Verdict.PAID,
        payment=Payment(
            receipt=enquiry.receipt,
            prompt_id=enquiry.prompt.id,
            amount_cents=enquiry.prompt.amount_cents,
            paid_at=told.finalised_at or message.received_at,
            learned_from="status",
        ),
    )


def _misfit_of_transaction(told: daraja.StatusResult, enquiry: Enquired) -> str:
    """The first thing about a completed transaction for which it cannot be the prompt's payment."""
    if told.transaction_receipt != enquiry.receipt:
        return f"tells of {told.transaction_receipt}, not {enquiry.receipt}"
    if told.amount_cents != enquiry.prompt.amount_cents:
        return f"tells of {told.amount_cents} cents, not {enquiry.prompt.amount_cents}"
    payee = told.credit_party.number if told.credit_party else None
    if payee != CONFIGURATION.mpesa_shortcode:
        return f"tells of a payment to {payee}"
    payer = told.debit_party.msisdn if told.debit_party else None
    if payer and payer != enquiry.prompt.msisdn:
        return "tells of another phone"
    return ""


def read_confirmation(message: Message) -> daraja.C2bPayment | Judgement:
    """The payment that a paybill confirmation tells of, or why it is not to be believed.

    Only M-PESA knows the confirmation's address: it holds a secret of ours.
    """
    if not message.trusted:
        return Judgement(Verdict.UNTRUSTED, f"came from {message.source}")
    secret = CONFIGURATION.mpesa_paybill_token.get_secret_value()
    if not secret or not hmac.compare_digest(message.token_digest, daraja.token_digest(secret)):
        return Judgement(Verdict.STRANGER)
    try:
        told = daraja.parse_c2b_payment(message.body)
    except daraja.MalformedMessage as error:
        return Judgement(Verdict.UNREADABLE, str(error)[:200])
    if told.shortcode != CONFIGURATION.mpesa_shortcode or told.amount_cents <= 0:
        return Judgement(Verdict.NOT_OURS, f"{told.amount_cents} cents to {told.shortcode}"[:200])
    if (told.transaction_type or "").lower().startswith("organization"):
        return Judgement(Verdict.NOT_OURS, f"{told.transaction_type}"[:200])
    return told


def judge_confirmation(told: daraja.C2bPayment, purchase_id: int | None, received_at: datetime) -> Judgement:
    """A payment to the paybill, for the purchase that its account number names (None: it names none)."""
    return Judgement(
        Verdict.PAID,
        payment=Payment(
            receipt=told.receipt,
            purchase_id=purchase_id,
            amount_cents=told.amount_cents,
            paid_at=told.completed_at or received_at,
            learned_from="confirmation",
            msisdn=told.msisdn or "",
            account=told.account_reference or "",
        ),
    )
