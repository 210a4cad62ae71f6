"""Which refunds' payments M-PESA's own record shows, as we booked them. No refund goes back before.

The record is the statement or, sooner, M-PESA's list of the last two days; where neither shows a payment, its answer
about the receipt (`sokopesa.reconciliation.enquiring`). What it shows otherwise is held, and people decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import Q, QuerySet

import daraja
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference
from sokopesa.payments import pacing
from sokopesa.payments.listing import LONGEST_MEMORY
from sokopesa.payments.models import Pace, Receipt
from sokopesa.reconciliation import pulling
from sokopesa.reconciliation.discrepancies import Found, State, end, open_all, open_ones
from sokopesa.reconciliation.fresh import judging
from sokopesa.reconciliation.models import Discrepancy, Progress
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

log = structlog.get_logger(__name__)

LEAST_PAUSE = timedelta(seconds=20)
"""Between two readings of M-PESA's list; for refunds that have waited long it grows to a tenth of that time."""

AT_ONCE = 500

TWICE = 2
"""So often M-PESA has to say that it knows nothing of a receipt."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A refund that waits, and what M-PESA shows of the payment: ``paid_cents`` is None where it shows no amount."""

    refund_id: int
    receipt: str
    received_cents: int
    amount_cents: int
    purchase: str
    booked_cents: int | None
    owed_at: datetime
    code: str
    source: str
    paid_cents: int | None
    reference: str
    said: str
    """Why it is not our payment, by M-PESA's answer about the receipt."""
    not_found: int
    """How often M-PESA answered that it knows no such receipt."""
    is_reversed: bool

    @property
    def is_unseen(self) -> bool:
        """Whether no record of M-PESA's tells of the payment."""
        return self.paid_cents is None and not self.said


def confirm_due(*, now: datetime) -> list[int]:
    """Reconcile the refunds whose payments M-PESA's record confirms, and hold those that it contradicts; the ids of the
    former. A cheap question where nothing waits. Call outside any transaction.
    """
    if not _waiting().exists():
        return []
    moved, unseen = _confirm(now)
    if unseen and _read_list(unseen, now):
        more, _ = _confirm(now)
        moved += more
    return moved


def _waiting() -> QuerySet[Refund]:
    return Refund.objects.filter(state=Refund.State.OWED).exclude(waits_for=Refund.Wait.OPERATOR)


def _confirm(now: datetime) -> tuple[list[int], list[_Shown]]:
    """Ids of those reconciled, and the receipts that M-PESA's record does not show yet."""
    with judging():
        shown = [_Shown(*row) for row in fetch(_LOOK, [TWICE, AT_ONCE])]
        orders = _orders(shown)
        doubts = {one.refund_id: words for one in shown if (words := _doubt(one, orders))}
        held = {one.receipt for one in shown if one.refund_id in doubts}
        if doubts:
            moving.hold({key: (Refund.Wait.OPERATOR, words) for key, words in doubts.items()})
            open_all([_found(one, doubts[one.refund_id]) for one in shown if one.refund_id in doubts], now=now)
        _follow_unknown([one for one in shown if one.not_found >= TWICE], now)
        fit = {one.receipt: one.source for one in shown if one.paid_cents is not None and one.receipt not in held}
        moved = moving.reconcile(fit, now=now) if fit else []
    return moved, [one for one in shown if one.is_unseen]


_LOOK = """
SELECT refund.id, refund.receipt, refund.received_cents, refund.amount_cents, coalesce(purchase.reference, ''),
    receipt.amount_cents, refund.owed_at, 'mpesa:' || coalesce(receipt.shortcode, ''),
    CASE WHEN line.account = 'pulled' THEN 'list' WHEN line.id IS NOT NULL THEN 'statement' ELSE 'status' END,
    coalesce(line.paid_in_cents, enquiry.told_cents), coalesce(line.reference, ''),
    CASE WHEN line.id IS NULL THEN coalesce(enquiry.doubt, '') ELSE '' END, coalesce(enquiry.not_found, 0),
    EXISTS (
        SELECT FROM reconciliation_statementline back WHERE back.linked = refund.receipt AND back.linked <> ''
            AND back.withdrawn_cents > 0 AND back.reason ILIKE '%%reversal%%'
    )
FROM refunds_refund refund
LEFT JOIN payments_receipt receipt ON receipt.code = refund.receipt
LEFT JOIN orders_purchase purchase ON purchase.id = refund.purchase_id
LEFT JOIN reconciliation_enquiry enquiry ON enquiry.receipt = refund.receipt
LEFT JOIN LATERAL (
    SELECT * FROM reconciliation_statementline line
    WHERE line.receipt = refund.receipt AND line.shortcode = receipt.shortcode AND line.paid_in_cents > 0
    ORDER BY line.account = 'pulled', line.id LIMIT 1
) AS line ON true
WHERE refund.state = 'owed' AND refund.waits_for <> 'operator'
ORDER BY line.receipt IS NULL AND enquiry.told_at IS NULL, coalesce(enquiry.not_found, 0) < %s, refund.id LIMIT %s
"""


def _orders(shown: Iterable[_Shown]) -> frozenset[str]:
    """Those of the account numbers that are an order's."""
    said = {read_reference(one.reference) for one in shown if one.reference}
    return frozenset(Purchase.objects.filter(reference__in=said).values_list("reference", flat=True))


def _doubt(one: _Shown, orders: frozenset[str]) -> str:
    """Why M-PESA's record is not the payment that we owe back; empty if it is, or shows nothing yet."""
    if one.is_reversed:
        return f"M-PESA took the payment {one.receipt} back itself. It must not be paid a second time."
    if one.said or one.paid_cents is None:
        return one.said
    if one.paid_cents != one.received_cents or one.paid_cents != one.booked_cents:
        return (
            f"M-PESA shows {format_kes(one.paid_cents)} for {one.receipt}, where our books have "
            f"{format_kes(one.booked_cents or one.received_cents)}."
        )
    said = read_reference(one.reference)
    if one.purchase and said in orders and said != one.purchase:
        return f"M-PESA shows {one.receipt} with the account number of another order, {said}."
    return ""


def _follow_unknown(asked: Sequence[_Shown], now: datetime) -> None:
    """A receipt that M-PESA says it does not know is for people. Nothing is held: the refund waits anyhow, and goes on
    by itself should a record show the payment after all."""
    open_all([_found(one, _UNKNOWN.format(one.receipt), "unknown") for one in asked if one.is_unseen], now=now)
    seen = [f"unknown:{one.refund_id}" for one in asked if not one.is_unseen]
    end(dict.fromkeys(open_ones(seen), "M-PESA's record shows the payment now."), State.CLEARED, now=now)


_UNKNOWN = "Asked more than once, M-PESA knows no transaction {}, which our books have as paid."


def _found(one: _Shown, words: str, what: str = "refund") -> Found:
    return Found(
        key=f"{what}:{one.refund_id}",
        kind=Discrepancy.Kind.UNCONFIRMED_REFUND,
        code=one.code,
        amount_cents=one.amount_cents,
        effect_cents=0,
        happened_at=one.owed_at,
        evidence=words,
        receipt=one.receipt,
        refund=one.refund_id,
    )


def _read_list(unseen: Sequence[_Shown], now: datetime) -> bool:
    """Read M-PESA's list if it can still have one of these payments and was not read a moment ago; whether it was."""
    recent = Receipt.objects.filter(code__in=[one.receipt for one in unseen], paid_at__gt=now - LONGEST_MEMORY)
    codes = set(recent.values_list("code", flat=True))
    owed_at = max((one.owed_at for one in unseen if one.receipt in codes), default=None)
    if owed_at is None or not pacing.may_ask(Pace.Kind.LIST, now):
        return False
    Progress.objects.get_or_create(pk=1)
    pause = max(LEAST_PAUSE, (now - owed_at) / 10)
    turn = Progress.objects.filter(Q(listed_at=None) | Q(listed_at__lte=now - pause) | Q(listed_at__gt=now), pk=1)
    if not turn.update(listed_at=now):
        return False
    try:
        pulling.pull(now=now)
    except daraja.DarajaError as error:
        log.warning("mpesa_gave_no_list", error=str(error))
        pacing.pause(Pace.Kind.LIST, now=now)
        return False
    return True
