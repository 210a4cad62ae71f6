"""Payments that M-PESA took back from us, with our consent or by its own decision: the same money is never paid twice.

If it is what we owe back, that debt is paid by it. If not, everything that is still owed out of that payment is held,
or stopped if it was approved and nobody began to hand it to M-PESA, and two people decide
(`sokopesa.disbursement.doubts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sokopesa.disbursement.doubt_models import Doubt
from sokopesa.disbursement.doubts import raise_doubts
from sokopesa.disbursement.stopping import stop
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.ledger.accounts import refunds as owed_by
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.notices.words import REFUND_REVERSED
from sokopesa.orders.actions import note
from sokopesa.orders.changing import note_order
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation.fresh import Line
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund
from sokopesa.refunds.telling import tell_payees, with_buyers

HELD = "M-PESA took this payment back itself. It must not be paid a second time."

State = Refund.State


def follow(lines: Sequence[Line], now: datetime) -> None:
    """Let the refunds of these reversals follow. Ours, which we asked for, are left to the transfers that did."""
    for line in lines:
        _follow(line, now)


def is_reversed(receipt: str) -> bool:
    """Whether a statement says that this payment was taken back."""
    rows = fetch(
        """
        SELECT EXISTS (
            SELECT FROM reconciliation_statementline WHERE linked = %s AND linked <> '' AND withdrawn_cents > 0
                AND reason ILIKE '%%reversal%%'
        )
        """,
        [receipt],
    )
    return bool(rows[0][0])


@transaction.atomic
def _follow(line: Line, now: datetime) -> None:
    if line.about == line.receipt or _is_our_own(line):
        return
    refunds = list(
        Refund.objects.select_for_update(of=("self",))
        .select_related("order")
        .filter(receipt=line.about)
        .exclude(cause=Refund.Cause.GOODWILL)
        .exclude(state__in=[State.PAID, State.USED])
        .order_by("id")
    )
    if _is_what_we_owe(refunds, line):
        _pay(refunds, line, now)
    else:
        doubted = raise_doubts({refund.pk: HELD for refund in refunds}, about=_fact(line), now=now)
        stop(doubted, reason=HELD, now=now)


def _fact(line: Line) -> str:
    """What raises doubts about refunds, and ends them where it is what we owe."""
    return f"reversal:{line.receipt}"


def _is_our_own(line: Line) -> bool:
    return Transfer.objects.filter(
        via=Transfer.Via.REVERSAL,
        original_receipt=line.about,
        state__in=[Transfer.State.SENT, Transfer.State.UNKNOWN, Transfer.State.PAID],
    ).exists()


def _is_what_we_owe(refunds: Sequence[Refund], line: Line) -> bool:
    """Whether these refunds are the money taken back, nobody has begun to pay them, and people decide nothing else."""
    return (
        sum(refund.amount_cents for refund in refunds) == -line.cents
        and all(refund.state in (State.OWED, State.RECONCILED) and not refund.topped_up_cents for refund in refunds)
        and not Transfer.objects.filter(refund__in=refunds, state__in=Transfer.LIVE).exists()
        and not Doubt.objects.filter(refund__in=refunds).exclude(about=_fact(line), ended_at=None).exists()
    )


def _pay(refunds: Sequence[Refund], line: Line, now: datetime) -> None:
    ids = [refund.pk for refund in refunds]
    book(
        [
            Draft(
                key=f"reversed:{line.receipt}",
                kind="reversed",
                happened_at=line.completed_at,
                memo=f"M-PESA took back {line.about}, receipt {line.receipt}",
                legs=(
                    *(debit(owed_by(refund.pk), refund.amount_cents) for refund in refunds),
                    credit(line.code, -line.cents),
                ),
            )
        ]
    )
    Doubt.objects.filter(refund__in=ids, about=_fact(line), ended_at=None).update(ended_at=now)
    moving.reconcile({line.about: "statement"}, now=now)
    moving.sent(ids)
    moving.paid(dict.fromkeys(ids, line.completed_at))
    for refund in refunds:
        text = f"M-PESA paid back {format_kes(refund.amount_cents)} by reversing the payment, receipt {line.receipt}."
        if refund.order:
            note_order(refund.order, at=line.completed_at, kind="refund-paid", text=text)
        elif refund.purchase_id is not None:
            note([(refund.purchase_id, line.completed_at, "refund-paid", text)])
    said = {"receipt": line.receipt}
    news = [(each, each.number, {**said, "payee": each.msisdn}) for each in with_buyers(ids)]
    tell_payees(REFUND_REVERSED, news, now=now)
