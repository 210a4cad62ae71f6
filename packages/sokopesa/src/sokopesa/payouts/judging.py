"""What M-PESA's results mean. Nothing is looked up or changed here, so every case can be tried in a test.

Whoever knows a result's address, the amount, the payee and our identifier could still forge one; so what does not fit
in any of them is kept, and M-PESA is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import daraja
from sokopesa.payments.models import InboxMessage
from sokopesa.payouts.concluding import Conclusion
from sokopesa.payouts.endings import DECLINED, ENDINGS, Effect
from sokopesa.payouts.enquiring import Heard
from sokopesa.payouts.models import Question, Transfer

Verdict = InboxMessage.Verdict

_KNOWS_NOTHING = frozenset({"25", "R000002", "SFC_IC0003"})
"""Codes with which the status query says that there is no such transaction (daraja.md §7.2)."""


class Message(NamedTuple):
    """A kept message, as far as judging needs it (`InboxMessage`)."""

    id: int
    token_digest: bytes
    source: str | None
    trusted: bool
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """``conclusion`` is set with the verdicts *paid* and *ended*. ``effect`` is what a code says about other payments
    from the same shortcode; ``proves`` that M-PESA accepted our operator. ``knows_nothing``: asked, it found no
    transaction. ``heard`` is what it said of a receipt; ``told`` what each account of the shortcode holds, by M-PESA's
    name for it, at ``told_at``."""

    verdict: Verdict
    remark: str = ""
    conclusion: Conclusion | None = None
    code: str = ""
    effect: Effect = Effect.NONE
    proves: bool = False
    knows_nothing: bool = False
    heard: Heard | None = None
    float_cents: int | None = None
    told_at: datetime | None = None
    told: tuple[tuple[str, int], ...] = ()


def distrusted(message: Message, *, is_addressed: bool) -> Judgement | None:
    """The judgement of a message that is not read at all; None if it is worth reading."""
    if not message.trusted:
        return Judgement(Verdict.UNTRUSTED, f"came from {message.source}")
    return None if is_addressed else Judgement(Verdict.STRANGER)


def judge_result(message: Message, transfer: Transfer) -> Judgement:
    """Decide what to make of the result of a transfer, or of the word that it waits in a queue, which is no result."""
    try:
        told = _read(message.body, transfer.via)
    except daraja.MalformedMessage as error:
        return Judgement(Verdict.UNREADABLE, str(error)[:200])
    if misfit := _misfit(told, transfer):
        return Judgement(Verdict.DOUBTFUL, misfit[:200])
    if told.outcome is daraja.Outcome.PAID:
        return _paid(told, transfer, message.received_at)
    code, words = str(told.code or ""), f"{told.code or ''} {told.description}".strip()[:200]
    ending = ENDINGS.get(code)
    if told.result_type not in (None, "0") or ending is None:
        return Judgement(Verdict.UNCLEAR, words, code=code)
    return Judgement(
        Verdict.ENDED,
        words,
        conclusion=Conclusion(transfer.pk, "result", code=code, remark=f"{told.description} {ending.words}"[:200]),
        code=code,
        effect=ending.effect,
        proves=ending.effect is not Effect.STOP,
    )


_Result = daraja.B2cResult | daraja.B2bResult | daraja.ReversalResult


def _read(body: bytes, via: str) -> _Result:
    if via == Transfer.Via.REVERSAL:
        return daraja.parse_reversal_result(body)
    return daraja.parse_b2b_result(body) if via == Transfer.Via.B2B else daraja.parse_b2c_result(body)


def _misfit(told: _Result, transfer: Transfer) -> str:
    """The first thing that a result says which cannot be true of the transfer."""
    named, known = told.originator_conversation_id, transfer.asked_by
    if named and known and named != known:
        return f"names the instruction {named}, not {known}"
    if told.conversation_id and transfer.conversation_id and told.conversation_id != transfer.conversation_id:
        return f"names {told.conversation_id}, not {transfer.conversation_id}"
    if told.outcome is not daraja.Outcome.PAID:
        return ""
    if not told.receipt or len(told.receipt) > 16:
        return "says paid without a receipt"
    if told.amount_cents != transfer.amount_cents:
        return f"names {told.amount_cents} cents, not {transfer.amount_cents}"
    return _misfit_of_payee(told, transfer)


def _misfit_of_payee(told: _Result, transfer: Transfer) -> str:
    if isinstance(told, daraja.ReversalResult):
        if told.original_receipt not in (None, transfer.original_receipt):
            return f"reverses {told.original_receipt}, not {transfer.original_receipt}"
        return _another_phone(told.customer, transfer)
    if isinstance(told, daraja.B2bResult):
        receiver = told.receiver.number if told.receiver else None
        return "" if receiver in (None, transfer.payee) else f"names the payee {receiver}, not {transfer.payee}"
    return _another_phone(told.recipient, transfer)


def _another_phone(party: daraja.Party | None, transfer: Transfer) -> str:
    """Where M-PESA shows the whole number, it has to be the payee's."""
    return "names another phone" if party and party.msisdn and party.msisdn != transfer.payee else ""


def _paid(told: _Result, transfer: Transfer, received_at: datetime) -> Judgement:
    at = told.completed_at or received_at
    return Judgement(
        Verdict.PAID,
        conclusion=Conclusion(transfer.pk, "result", receipt=told.receipt or "", at=at),
        proves=True,
        float_cents=told.utility_cents if isinstance(told, daraja.B2cResult) else None,
        told_at=at,
        told=_balances_in(told) if isinstance(told, daraja.B2cResult) else (),
    )


def _balances_in(told: daraja.B2cResult) -> tuple[tuple[str, int], ...]:
    accounts = (
        ("Utility", told.utility_cents),
        ("Working", told.working_cents),
        ("Charges Paid", told.charges_paid_cents),
    )
    return tuple((f"{name} Account", cents) for name, cents in accounts if cents is not None)


def judge_status(message: Message, transfer: Transfer) -> Judgement:
    """Decide what to make of M-PESA's answer about the transaction that a transfer made."""
    try:
        told = daraja.parse_status_result(message.body)
    except daraja.MalformedMessage as error:
        return Judgement(Verdict.UNREADABLE, str(error)[:200])
    if told.outcome is not daraja.Outcome.PAID:
        return _unanswered(told)
    if misfit := _misfit_of_transaction(told, transfer):
        return Judgement(Verdict.DOUBTFUL, misfit[:200], proves=True)
    if told.transaction_outcome is daraja.Outcome.PAID:
        receipt, at = told.transaction_receipt or "", told.finalised_at or message.received_at
        return Judgement(
            Verdict.PAID, conclusion=Conclusion(transfer.pk, "status", receipt=receipt, at=at), proves=True
        )
    if told.transaction_outcome is daraja.Outcome.FAILED:
        ended = Conclusion(transfer.pk, "status", code=DECLINED)
        return Judgement(Verdict.ENDED, f"asked: {told.status}"[:200], conclusion=ended, proves=True)
    return Judgement(Verdict.UNCLEAR, f"asked: {told.status}"[:200], proves=True)


def _unanswered(told: daraja.StatusResult) -> Judgement:
    """M-PESA did not say what became of the transaction: it knows none, or could not be asked."""
    code = str(told.code or "")
    ending = ENDINGS.get(code)
    stops = ending is not None and ending.effect is Effect.STOP
    knows_nothing = code in _KNOWS_NOTHING and told.result_type in (None, "0")
    return Judgement(
        Verdict.UNCLEAR,
        f"asked: {code} {told.description}"[:200],
        code=code,
        effect=Effect.STOP if stops else Effect.NONE,
        proves=knows_nothing,
        knows_nothing=knows_nothing,
    )


def _misfit_of_transaction(told: daraja.StatusResult, transfer: Transfer) -> str:
    """The first thing about a transaction for which it cannot be the transfer's."""
    named, known = told.transaction_originator_conversation_id, transfer.asked_by
    if named and known and named != known:
        return f"tells of the instruction {named}, not {known}"
    if told.transaction_outcome is not daraja.Outcome.PAID:
        return ""
    if not told.transaction_receipt or len(told.transaction_receipt) > 16:
        return "says completed without a receipt"
    if told.amount_cents != transfer.amount_cents:
        return f"tells of {told.amount_cents} cents, not {transfer.amount_cents}"
    payer = told.debit_party.number if told.debit_party else None
    if payer not in (None, transfer.shortcode):
        return f"tells of a payment by {payer}"
    if transfer.via == Transfer.Via.B2B:
        receiver = told.credit_party.number if told.credit_party else None
        return "" if receiver in (None, transfer.payee) else f"tells of a payment to {receiver}"
    return _another_phone(told.credit_party, transfer)


def judge_receipt(message: Message, question: Question) -> Judgement:
    """Decide what to make of M-PESA's answer about a receipt. What it tells of another one is no answer; whether the
    rest fits is for whoever asked to say."""
    try:
        told = daraja.parse_status_result(message.body)
    except daraja.MalformedMessage as error:
        return Judgement(Verdict.UNREADABLE, str(error)[:200])
    is_repeated = question.answered_at is not None
    if told.outcome is not daraja.Outcome.PAID:
        judgement = _unanswered(told)
        if not judgement.knows_nothing:
            return judgement
        heard = Heard(question.receipt, "", daraja.Outcome.UNKNOWN, knows_nothing=True, is_repeated=is_repeated)
        return replace(judgement, heard=heard)
    if told.transaction_receipt != question.receipt:
        remark = f"tells of {told.transaction_receipt}, not {question.receipt}"
        return Judgement(Verdict.DOUBTFUL, remark[:200], proves=True)
    is_plain = told.transaction_outcome in (daraja.Outcome.PAID, daraja.Outcome.FAILED)
    heard = Heard(
        question.receipt,
        (told.status or "")[:40],
        told.transaction_outcome,
        cents=told.amount_cents,
        payee=(told.credit_party.number or "") if told.credit_party else "",
        payer=(told.debit_party.msisdn or "") if told.debit_party else "",
        is_repeated=is_repeated,
    )
    remark = f"asked: {question.receipt} {told.status}"[:200]
    return Judgement(Verdict.ENDED if is_plain else Verdict.UNCLEAR, remark, heard=heard, proves=True)


def judge_balance(message: Message) -> Judgement:
    """Decide what to make of M-PESA's answer about what an account of ours holds."""
    try:
        told = daraja.parse_balance_result(message.body)
    except daraja.MalformedMessage as error:
        return Judgement(Verdict.UNREADABLE, str(error)[:200])
    if told.outcome is not daraja.Outcome.PAID:
        ending = ENDINGS.get(str(told.code or ""))
        stops = ending is not None and ending.effect is Effect.STOP
        return Judgement(
            Verdict.UNCLEAR,
            f"{told.code or ''} {told.description}".strip()[:200],
            code=str(told.code or ""),
            effect=Effect.STOP if stops else Effect.NONE,
        )
    held = [
        (account.name, account.current_cents if account.available_cents is None else account.available_cents)
        for account in told.accounts
        if account.name
    ]
    balances = tuple((name, cents) for name, cents in held if cents is not None)
    cents = dict(balances).get("Utility Account")
    return Judgement(
        Verdict.UNCLEAR if cents is None else Verdict.ENDED,
        "names no Utility Account" if cents is None else "",
        proves=True,
        float_cents=cents,
        told_at=told.completed_at or message.received_at,
        told=balances,
    )
