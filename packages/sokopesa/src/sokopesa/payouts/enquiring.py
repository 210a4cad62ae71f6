"""Asking M-PESA what a receipt is that customers' money came with, for rooms above: within the pace, and with the care
for the operator, that questions about transfers have."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

import daraja
from sokopesa.payments.gateway import payout_url, questioner
from sokopesa.payouts import payers
from sokopesa.payouts.answers import Verdict, meaning_of
from sokopesa.payouts.calling import AT_ONCE
from sokopesa.payouts.models import Question, Transfer
from sokopesa.payouts.operators import operator_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """M-PESA's answer about a receipt. ``status`` is in its own words; ``outcome`` is the transaction's, unknown where
    it knows nothing of it, which ``knows_nothing`` says. ``payee`` is a shortcode or an MSISDN, ``payer`` an MSISDN,
    each empty where M-PESA hides it. ``is_repeated``: an answer to the same question came before."""

    receipt: str
    status: str
    outcome: daraja.Outcome
    cents: int | None = None
    payee: str = ""
    payer: str = ""
    knows_nothing: bool = False
    is_repeated: bool = False


HEARERS: list[Callable[[Sequence[Heard], datetime], None]] = []
"""Rooms above register when the program starts. Called in the transaction that settles the answers; a hearer locks
nothing that it holds while it locks payers or transfers elsewhere."""


@dataclass(frozen=True, slots=True)
class _Errand:
    receipt: str
    token: str
    call_at: datetime


def hear(heard: Sequence[Heard], now: datetime) -> None:
    """Tell whom it concerns what M-PESA said."""
    for hearer in HEARERS if heard else ():
        hearer(heard, now)


def ask(shortcode: str, claim: Callable[[int, datetime], Sequence[str]], *, clock: Callable[[], datetime]) -> int:
    """Ask about receipts of payments to ``shortcode``; about how many. Call outside any transaction.

    ``claim`` is called with how many turns there are and says for which receipts they are used, each put off to its
    next time: if we die, it is asked about again then. Its answer comes to an address of its own, and then to
    `HEARERS`.
    """
    try:
        operator = operator_of(shortcode)
    except daraja.InvalidRequest as fault:
        log.warning("no_operator_to_ask", error=str(fault))
        operator = None
    if operator is None:
        return 0
    errands = _claim(shortcode, claim, clock())
    for called, errand in enumerate(errands, 1):
        time.sleep(max(0.0, (errand.call_at - clock()).total_seconds()))
        try:
            _call(shortcode, operator, errand)
        except daraja.DarajaError as error:
            log.warning("mpesa_took_no_question", receipt=errand.receipt, error=str(error))
            if _ends_the_round(shortcode, error, clock()):
                return called
    return len(errands)


@transaction.atomic
def _claim(shortcode: str, claim: Callable[[int, datetime], Sequence[str]], now: datetime) -> list[_Errand]:
    payer = payers.hold(shortcode, now)
    if payer.stopped_at:
        return []
    turns = payers.offer(payer, "next_ask_at", most=AT_ONCE, now=now)
    receipts = claim(turns.count, now) if turns.count else []
    payers.take(payer, "next_ask_at", turns, len(receipts), now)
    errands = [
        _Errand(receipt, daraja.callback_token(), turns.first_at + place * turns.interval)
        for place, receipt in enumerate(receipts)
    ]
    Question.objects.bulk_create(
        [
            Question(payer=payer, receipt=each.receipt, token_digest=daraja.token_digest(each.token), asked_at=now)
            for each in errands
        ]
    )
    return errands


def _call(shortcode: str, operator: daraja.Initiator, errand: _Errand) -> None:
    questioner().transaction_status(
        daraja.StatusQuery(
            initiator=operator,
            shortcode=shortcode,
            receipt=errand.receipt,
            result_url=payout_url(errand.token),
            timeout_url=payout_url(errand.token),
            remarks="Is it paid?",
        )
    )


def _ends_the_round(shortcode: str, error: daraja.DarajaError, now: datetime) -> bool:
    """Whether M-PESA is to be left in peace, for a while or until a person has mended what is wrong. Silence counts as
    well: calls go one after another, and each would wait as long."""
    meaning = meaning_of(error, Transfer.Via.B2C)
    if meaning.stops:
        payers.stop(shortcode, meaning.words, now=now)
    elif meaning.verdict is not Verdict.RETURNED:
        payers.rest(shortcode, "next_ask_at", now=now, seconds=meaning.seconds)
    return meaning.verdict is not Verdict.RETURNED
