"""Keeping M-PESA's own list of payments (Pull Transactions) as lines beside the statements', until those come.

The list has customers' payments to the paybill and no balances, and remembers 48 hours. Its lines are of an account of
their own, *pulled*, so that nothing counts a payment twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import EAT
from sokopesa.kernel.money import format_kes
from sokopesa.notices.actions import alert_operator
from sokopesa.payments import listing
from sokopesa.reconciliation.models import Account, StatementImport, StatementLine

PULLED = "Pulled transaction"
"""The reason of lines whose kind M-PESA does not tell."""


def pull(*, now: datetime) -> int:
    """Keep all that M-PESA's list has and we have not kept; how many lines that is. What is listed otherwise than
    before is told to an operator, and stays as it was.

    Raises:
        daraja.DarajaError: M-PESA did not give its list.
    """
    start = now - listing.LONGEST_MEMORY
    listed = listing.read(start, now)
    return keep(listed, start, now=now)


@transaction.atomic
def keep(listed: listing.Listed, start: datetime, *, now: datetime) -> int:
    """Keep one reading of the list from ``start`` on; how many lines were new."""
    shortcode = CONFIGURATION.mpesa_shortcode
    rows = {row.receipt: row for row in listed.rows if row.completed_at is not None}
    lines = StatementLine.objects.filter(shortcode=shortcode, account=Account.PULLED, receipt__in=list(rows))
    known = {line.receipt: line for line in lines}
    for receipt, line in known.items():
        _compare(line, rows[receipt].amount_cents, rows[receipt].completed_at or now)
    fresh = [(place, row) for place, row in enumerate(rows.values(), 1) if row.receipt not in known]
    if not fresh:
        return 0
    whole = StatementImport.objects.create(
        shortcode=shortcode,
        account=Account.PULLED,
        source=StatementImport.Source.PULL,
        period_from=start,
        period_until=now,
        line_count=len(fresh),
        known_count=len(known),
        passed_over=len(listed.rows) - len(rows),
        imported_at=now,
    )
    StatementLine.objects.bulk_create(
        (
            StatementLine(
                statement_import=whole,
                line_number=place,
                shortcode=shortcode,
                account=Account.PULLED,
                receipt=row.receipt,
                reason=row.kind or PULLED,
                completed_at=row.completed_at or now,
                initiated_at=row.completed_at or now,
                paid_in_cents=row.amount_cents,
                withdrawn_cents=0,
                other_party=row.msisdn or row.msisdn_masked or "",
                msisdn=row.msisdn or "",
                reference=(row.account_reference or "")[:80],
            )
            for place, row in fresh
        ),
        batch_size=1000,
    )
    return len(fresh)


def _compare(line: StatementLine, amount_cents: int, at: datetime) -> None:
    if (line.paid_in_cents, line.completed_at) != (amount_cents, at):
        was, now_is = _told(line.paid_in_cents, line.completed_at), _told(amount_cents, at)
        alert_operator(
            text=f"M-PESA's list has {line.receipt} with {now_is}; before, it had {was}.",
            key=f"relisted-{line.receipt}",
        )


def _told(cents: int, at: datetime) -> str:
    return f"{format_kes(cents)} of {at.astimezone(EAT):%d-%m-%Y %H:%M:%S}"
