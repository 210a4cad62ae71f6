"""Asking M-PESA for the status of payments that refunds wait for and that no record of M-PESA's has shown: the list was
down or no longer reaches back to them, and the statement has not come.

A plain answer stands beside statement and list as M-PESA's word (`sokopesa.reconciliation.confirming`), which goes by
whatever of the three is there, the statement first. Silence, and answers that are not plain, change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import fetch
from sokopesa.payments.models import Receipt
from sokopesa.payouts import enquiring
from sokopesa.payouts.enquiring import Heard
from sokopesa.reconciliation.asked import Enquiry

FIRST = timedelta(minutes=5)
"""The list comes first; it is read when a refund has waited for some seconds."""

_GROWTH = (10, 30, 60, 180, 720, 1440)
"""Minutes before each next question; the last ones repeat until M-PESA has spoken."""

TOO_EARLY = timedelta(hours=1)
"""So long after a payment M-PESA may still not find it; only later is *not found* an answer."""

AT_ONCE = 500


def ask_due(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Ask about receipts whose time has come; about how many. Without an API operator nothing is asked. Call outside
    any transaction.
    """
    if not CONFIGURATION.mpesa_initiator:
        return 0
    _open(now)
    if not Enquiry.objects.filter(next_ask_at__lte=now).exists():
        return 0
    return enquiring.ask(CONFIGURATION.mpesa_shortcode, _claim, clock=clock)


_UNSEEN = """
    refund.state = 'owed' AND refund.waits_for <> 'operator' AND NOT EXISTS (
        SELECT FROM reconciliation_statementline line
        WHERE line.receipt = refund.receipt AND line.shortcode = receipt.shortcode AND line.paid_in_cents > 0
    )
"""


@transaction.atomic
def _open(now: datetime) -> None:
    fetch(
        f"""
        INSERT INTO reconciliation_enquiry (receipt, asked, not_found, doubt, next_ask_at)
        SELECT DISTINCT refund.receipt, 0, 0, '', %s::timestamptz
        FROM refunds_refund refund
        JOIN payments_receipt receipt ON receipt.code = refund.receipt AND receipt.shortcode = %s
        WHERE {_UNSEEN} AND refund.owed_at <= %s
            AND NOT EXISTS (SELECT FROM reconciliation_enquiry known WHERE known.receipt = refund.receipt)
        LIMIT %s
        ON CONFLICT (receipt) DO NOTHING
        """,  # noqa: S608 - a constant
        [now, CONFIGURATION.mpesa_shortcode, now - FIRST, AT_ONCE],
    )


def _claim(most: int, now: datetime) -> Sequence[str]:
    """Receipts to ask about now, those that waited longest first. What another record has shown since, or nobody waits
    for any more, is asked about no longer."""
    fetch(
        f"""
        UPDATE reconciliation_enquiry enquiry SET next_ask_at = NULL
        WHERE next_ask_at <= %s AND NOT EXISTS (
            SELECT FROM refunds_refund refund JOIN payments_receipt receipt ON receipt.code = refund.receipt
            WHERE refund.receipt = enquiry.receipt AND {_UNSEEN}
        )
        """,  # noqa: S608 - a constant
        [now],
    )
    due = list(
        Enquiry.objects.select_for_update(skip_locked=True)
        .filter(next_ask_at__lte=now)
        .order_by("next_ask_at", "receipt")[:most]
    )
    for enquiry in due:
        enquiry.next_ask_at = now + timedelta(minutes=_GROWTH[min(enquiry.asked, len(_GROWTH) - 1)])
        enquiry.asked += 1
    Enquiry.objects.bulk_update(due, ["next_ask_at", "asked"])
    return [enquiry.receipt for enquiry in due]


def hear(heard: Sequence[Heard], now: datetime) -> None:
    """Keep what M-PESA said. The first plain answer stays; what comes after it changes nothing."""
    told = {one.receipt: one for one in heard}
    receipts = Receipt.objects.in_bulk(list(told))
    waiting = Enquiry.objects.select_for_update().filter(receipt__in=told, told_at=None).order_by("receipt")
    for enquiry in waiting:
        one, receipt = told[enquiry.receipt], receipts.get(enquiry.receipt)
        if receipt is not None and _keep(enquiry, one, receipt, now):
            enquiry.save()


def _keep(enquiry: Enquiry, one: Heard, receipt: Receipt, now: datetime) -> bool:
    """Whether the answer tells us something."""
    if one.knows_nothing:
        if one.is_repeated or now < receipt.paid_at + TOO_EARLY:
            return False
        enquiry.not_found += 1
        return True
    doubt = _doubt(one, receipt)
    is_paid = one.outcome is daraja.Outcome.PAID
    if one.outcome not in (daraja.Outcome.PAID, daraja.Outcome.FAILED) or (
        is_paid and not doubt and not _is_whole(one)
    ):
        return False
    enquiry.told_at, enquiry.next_ask_at = now, None
    enquiry.told_cents, enquiry.doubt = one.cents if is_paid else None, doubt[:200]
    return True


def _is_whole(one: Heard) -> bool:
    """Whether it says all that has to fit: to whom it was paid, and how much."""
    return bool(one.payee) and one.cents is not None


def _doubt(one: Heard, receipt: Receipt) -> str:
    """Why this cannot be the payment that we booked; its amount is compared with each refund later. Empty if it can."""
    if one.outcome is daraja.Outcome.FAILED:
        return f"M-PESA says that {one.receipt} was not paid: {one.status}."
    if one.payee and one.payee != receipt.shortcode:
        return f"M-PESA says that {one.receipt} was paid to {one.payee}, not to us."
    if one.payer and receipt.msisdn and one.payer != receipt.msisdn:
        return f"M-PESA says that another phone paid {one.receipt}."
    return ""
