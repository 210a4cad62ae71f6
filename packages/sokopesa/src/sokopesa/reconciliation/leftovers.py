"""Lines that no entry of ours has: what M-PESA says and our books do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation.discrepancies import Found
from sokopesa.reconciliation.models import Discrepancy
from sokopesa.reconciliation.rules import Sort

Kind = Discrepancy.Kind


class _Left(NamedTuple):
    line: int
    code: str
    sort: str
    receipt: str
    about: str
    completed_at: datetime
    cents: int
    details: str
    msisdn: str
    shortcode: str
    booked: int | None
    """What the entry of its key, which another line has already, posted to the account."""


_LEFT = """
SELECT fresh.line, fresh.code, fresh.sort, fresh.receipt, fresh.about, fresh.completed_at, fresh.cents, fresh.details,
    fresh.msisdn, fresh.shortcode, (
        SELECT sum(posting.amount_cents)::bigint FROM ledger_entry entry
        JOIN ledger_posting posting ON posting.entry_id = entry.id
        JOIN ledger_account account ON account.id = posting.account_id AND account.code = fresh.code
        LEFT JOIN payouts_transfer transfer ON transfer.receipt = fresh.receipt AND transfer.receipt <> ''
        WHERE entry.key IN (fresh.key, 'transfer:' || transfer.id)
    )
FROM reconciliation_fresh fresh
WHERE NOT EXISTS (SELECT FROM reconciliation_discrepancy known WHERE known.key = 'line:' || fresh.line)
ORDER BY fresh.completed_at, fresh.line
"""


def lines() -> list[Found]:
    """A discrepancy for each line without a verdict that has none yet."""
    return [_found(_Left(*row)) for row in fetch(_LEFT)]


def _found(left: _Left) -> Found:
    kind, words = _kind(left)
    amount = format_kes(abs(left.cents))
    return Found(
        key=f"line:{left.line}",
        kind=kind,
        code=left.code,
        amount_cents=abs(left.cents),
        effect_cents=-left.cents,
        happened_at=left.completed_at,
        evidence=f"{amount} {'in' if left.cents > 0 else 'out'}, “{left.details}”. {words}"[:300],
        receipt=left.receipt,
        line=left.line,
        proposals=_proposals(left),
    )


def _kind(left: _Left) -> tuple[Discrepancy.Kind, str]:
    if left.booked is not None and left.sort == Sort.CHARGE:
        return Kind.FEE_DIFFERENCE, f"{format_kes(-left.booked)} was charged for it before."
    if left.booked is not None:
        return Kind.DUPLICATE_AT_MPESA, "Another line with the same receipt has our entry."
    if left.sort in (Sort.REVERSAL, Sort.RETURNED):
        return Kind.REVERSED, f"M-PESA took back {left.about}, and it is not what we owe. Pay nothing of it again."
    if left.sort == Sort.PAYOUT:
        return Kind.MISSING_IN_LEDGER, "Money left, and no payment of ours fits."
    return Kind.MISSING_IN_LEDGER, "Our books have nothing of it."


def _proposals(left: _Left) -> Sequence[dict[str, object]]:
    """Transfers without an end that the line may have paid, best first. A person confirms."""
    if left.sort != Sort.PAYOUT:
        return []
    fitting = Transfer.objects.filter(
        shortcode=left.shortcode, amount_cents=-left.cents, state__in=[Transfer.State.SENT, Transfer.State.UNKNOWN]
    ).order_by("sent_at")[:5]
    return [_proposal(left, transfer) for transfer in sorted(fitting, key=lambda one: one.payee != left.msisdn)]


def _proposal(left: _Left, transfer: Transfer) -> dict[str, object]:
    same_phone = transfer.payee == left.msisdn
    words = f"{transfer.key}: the same amount{', the same phone' if same_phone else ''}"
    return {"to": f"transfer:{transfer.pk}", "score": 90 if same_phone else 50, "words": f"{words}."}
