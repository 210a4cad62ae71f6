"""Refunds that M-PESA may have given back already: held until one person proposes how that ends and another agrees.
Either it is paid after all, or it was given back by a reversal and is over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import held
from sokopesa.disbursement.doubt_models import Answer, Doubt
from sokopesa.disbursement.errors import (
    AnswerDecided,
    AnswerMissing,
    AnswerStands,
    NotWaiting,
    ReversalRefused,
)
from sokopesa.disbursement.filing import end_lines
from sokopesa.disbursement.models import FileLine
from sokopesa.disbursement.people import require
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.kernel.reasons import read_reason
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.models import Entry
from sokopesa.notices.words import REFUND_REVERSED
from sokopesa.payments.models import Receipt
from sokopesa.payouts.models import Transfer
from sokopesa.people.models import User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund
from sokopesa.refunds.telling import tell_payees, with_buyers

How, State = Answer.How, Answer.State
_RECEIPT = re.compile(r"[0-9A-Z]{10}", re.ASCII)


@transaction.atomic
def raise_doubts(reasons: Mapping[int, str], *, about: str, now: datetime) -> list[int]:
    """Hold these refunds (id → why, in words) because of a fact, ``about``; the ids of those that are held by it now.
    What two people have decided of the same fact stays decided, and what is over stays over."""
    fetch(
        """
        INSERT INTO disbursement_doubt (refund_id, about, words, raised_at)
        SELECT refund.id, %s, told.words, %s FROM unnest(%b::bigint[], %b::text[]) AS told(id, words)
        JOIN refunds_refund refund ON refund.id = told.id AND refund.state NOT IN ('paid', 'used')
        ON CONFLICT (refund_id, about) DO NOTHING
        """,
        [about[:64], now, list(reasons), [words[:200] for words in reasons.values()]],
    )
    standing = Doubt.objects.filter(refund__in=list(reasons), about=about[:64], ended_at=None)
    return moving.hold({key: (Refund.Wait.OPERATOR, reasons[key]) for key in standing.values_list("refund", flat=True)})


@transaction.atomic
def propose(
    *,
    refund_id: int,
    how: Answer.How,
    reason: str,
    maker: User,
    now: datetime,
    receipt: str = "",
    reversed_at: datetime | None = None,
) -> Answer:
    """Propose how the doubts about a refund end; nothing changes yet. ``receipt`` and ``reversed_at`` say which
    reversal gave it back, if one did. The same proposal by the same person, sent twice, is one.

    Raises:
        NotYourDecision, ReasonMissing, RefundMissing: as they say.
        NotWaiting: nothing of this kind holds it, or M-PESA may still pay it.
        OwnMoney: the maker is the buyer, or the number is theirs.
        ReversalRefused: no receipt of M-PESA's, or no moment until now.
        AnswerStands: another proposal for it waits.
    """
    require(maker)
    reason = read_reason(reason)
    refund = held.lock(refund_id)
    _require_open(refund)
    held.require_impartial(maker, refund, refund.pays_to)
    receipt = _reversal(receipt, reversed_at, now) if how == How.REVERSED else ""
    reversed_at = reversed_at if how == How.REVERSED else None
    standing = refund.answers.filter(state=State.PROPOSED).first()
    if standing is not None:
        same = (standing.maker_id, standing.how, standing.receipt, standing.reversed_at, standing.reason)
        if same == (maker.pk, how, receipt, reversed_at, reason):
            return standing
        raise AnswerStands
    return Answer.objects.create(
        refund=refund, how=how, receipt=receipt, reversed_at=reversed_at, reason=reason, maker=maker, proposed_at=now
    )


@transaction.atomic
def approve(*, answer_id: int, decider: User, now: datetime) -> Answer:
    """A second person agrees: the refund goes on, or is over and booked as given back by the reversal, and the buyer is
    told. Approving twice is approving once.

    Raises:
        NotYourDecision, AnswerMissing: as they say.
        OwnWork, OwnMoney: the decider proposed it, is the buyer, or the number is theirs.
        AnswerDecided: it was decided otherwise, or by somebody else.
        NotWaiting: the world has changed since it was proposed.
    """
    require(decider)
    answer, refund = _lock_both(answer_id)
    if not held.waits_for(answer, decider, State.APPROVED, decided=AnswerDecided):
        return answer
    held.require_impartial(decider, refund, refund.pays_to)
    _require_open(refund)
    held.decide(answer, State.APPROVED, decider, now)
    refund.doubts.filter(ended_at=None).update(ended_at=now)
    if answer.how == How.AGAIN:
        _let_go_on(refund, now)
    else:
        _close(refund, answer, now)
    return answer


@transaction.atomic
def refuse(*, answer_id: int, decider: User, remark: str, now: datetime) -> Answer:
    """A second person disagrees and says why; the refund stays held.

    Raises:
        NotYourDecision, ReasonMissing, AnswerMissing, OwnWork, AnswerDecided: as for `approve`.
    """
    require(decider)
    remark = read_reason(remark)
    answer, _ = _lock_both(answer_id)
    if held.waits_for(answer, decider, State.REFUSED, decided=AnswerDecided):
        held.decide(answer, State.REFUSED, decider, now, remark=remark)
    return answer


def _require_open(refund: Refund) -> None:
    """What a disbursement has in it is left out there first; what was paid in part is for the discrepancy's page."""
    moved = refund.transfers.filter(state__in=(*Transfer.LIVE, Transfer.State.PAID)).exists()
    here = (Refund.State.OWED, Refund.State.RECONCILED, Refund.State.FILED, Refund.State.RETURNED)
    if moved or refund.state not in here or not held.is_doubted(refund.pk):
        raise NotWaiting


def _let_go_on(refund: Refund, now: datetime) -> None:
    held.go_on(refund)
    moving.reconcile({refund.receipt: "statement"} if refund.state == Refund.State.OWED else {}, now=now)
    held.note(refund, now, "We looked at it once more, and pay it back.")


def _close(refund: Refund, answer: Answer, now: datetime) -> None:
    """By the entry that the statement's line of the reversal is matched with, so books and statement tie by it."""
    at = answer.reversed_at
    assert at is not None
    if refund.state == Refund.State.FILED:
        moving.unfile([refund.pk])
        end_lines({refund.pk: "M-PESA gave it back by a reversal."}, FileLine.State.WITHDRAWN, now=now)
    moving.requeue([refund.pk])
    moving.reconcile({refund.receipt: "statement"} if refund.state == Refund.State.OWED else {}, now=now)
    if not moving.sent([refund.pk]) or not moving.paid({refund.pk: at}):
        raise NotWaiting
    key = f"reversed:{answer.receipt}"
    shortcode = Receipt.objects.filter(code=refund.receipt).values_list("shortcode", flat=True).first()
    book(
        [
            Draft(
                # A second refund of the same payment has an entry of its own; people tie it to the line.
                key=f"{key}:{refund.pk}" if Entry.objects.filter(key=key).exists() else key,
                kind="reversed",
                happened_at=at,
                memo=f"M-PESA took back {refund.receipt}, receipt {answer.receipt}",
                legs=(
                    debit(accounts.refunds(refund.pk), refund.amount_cents),
                    credit(accounts.mpesa(shortcode or CONFIGURATION.mpesa_shortcode), refund.amount_cents),
                ),
            )
        ]
    )
    whole = format_kes(refund.amount_cents)
    held.note(refund, at, f"M-PESA paid back {whole} by reversing the payment, receipt {answer.receipt}.")
    said = {"receipt": answer.receipt}
    news = [(each, each.number, {**said, "payee": each.msisdn}) for each in with_buyers([refund.pk])]
    tell_payees(REFUND_REVERSED, news, now=now)


def _reversal(receipt: str, at: datetime | None, now: datetime) -> str:
    receipt = receipt.strip().upper()
    if not _RECEIPT.fullmatch(receipt):
        raise ReversalRefused("Type M-PESA's receipt of the reversal: ten letters and digits.")
    if at is None or at > now:
        raise ReversalRefused("Say when M-PESA reversed it. It cannot be later than now.")
    return receipt


def _lock_both(answer_id: int) -> tuple[Answer, Refund]:
    known = Answer.objects.filter(pk=answer_id).first()
    if known is None:
        raise AnswerMissing
    refund = held.lock(known.refund_id)
    return Answer.objects.select_for_update().get(pk=answer_id), refund
