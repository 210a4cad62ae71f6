"""Lines that no entry of ours has: what M-PESA says and our books do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.payouts.concluding import source_of
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation.discrepancies import Found
from sokopesa.reconciliation.models import Discrepancy
from sokopesa.reconciliation.rules import Sort
from sokopesa.refunds.models import Refund

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
    other_party: str
    shortcode: str
    booked: int | None
    """What the entry of its key, which another line has already, posted to the account."""

    @property
    def is_payout(self) -> bool:
        """Whether it is money that left for somebody: neither M-PESA's charge, nor a payment that was taken back."""
        return self.cents < 0 and self.sort not in (Sort.CHARGE, Sort.REVERSAL)

    @property
    def payee(self) -> str:
        """To whom it went, as transfers name it; empty where M-PESA hides it."""
        found = re.match(r"\d{5,7}\b", self.other_party)
        return self.msisdn or (found[0] if found else "")


_LEFT = """
SELECT fresh.line, fresh.code, fresh.sort, fresh.receipt, fresh.about, fresh.completed_at, fresh.cents, fresh.details,
    fresh.msisdn, fresh.other_party, fresh.shortcode, (
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
    transfers = _fitting(left) if left.is_payout and left.booked is None else []
    kind, words = _kind(left, transfers)
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
        proposals=_proposals(left, transfers) if left.is_payout and left.booked is None else [],
    )


def _kind(left: _Left, transfers: Sequence[Transfer]) -> tuple[Discrepancy.Kind, str]:
    if left.booked is not None and left.sort == Sort.CHARGE:
        return Kind.FEE_DIFFERENCE, f"{format_kes(-left.booked)} was charged for it before."
    if left.booked is not None:
        return Kind.DUPLICATE_AT_MPESA, "Another line with the same receipt has our entry."
    if left.sort == Sort.REVERSAL:
        return Kind.REVERSED, f"M-PESA took back {left.about}, and it is not what we owe. Pay nothing of it again."
    if left.sort == Sort.RETURNED:
        return Kind.REVERSED, f"What {left.about} had paid out came back. It is owed again to whoever it was for."
    if not left.is_payout:
        return Kind.MISSING_IN_LEDGER, "Our books have nothing of it."
    if any(not left.payee or transfer.payee == left.payee for transfer in transfers):
        return Kind.MISSING_IN_LEDGER, "Payments of ours without an end fit it, and not one alone."
    return Kind.UNKNOWN_PAYOUT, "We gave no instruction that fits. Find out at once who did."


def _fitting(left: _Left) -> list[Transfer]:
    """Transfers without an end of the same account and amount, those to the same payee first."""
    fitting = Transfer.objects.filter(
        shortcode=left.shortcode, amount_cents=-left.cents, state__in=[Transfer.State.SENT, Transfer.State.UNKNOWN]
    ).order_by("sent_at")
    named = [one for one in fitting if source_of(one) == left.code]
    return sorted(named, key=lambda one: one.payee != left.payee)[:5]


def _proposals(left: _Left, transfers: Sequence[Transfer]) -> list[dict[str, object]]:
    """What the line may have paid, best first: transfers without an end, refunds that wait and may have been paid in
    M-PESA's portal. A person confirms."""
    return [*(_transfer(left, transfer) for transfer in transfers), *(_refund(one) for one in _unpaid(left))]


def _transfer(left: _Left, transfer: Transfer) -> dict[str, object]:
    same_payee = bool(left.payee) and transfer.payee == left.payee
    words = f"{transfer.key}: the same amount{', the same payee' if same_payee else ''}"
    return {"to": f"transfer:{transfer.pk}", "score": 90 if same_payee else 50, "words": f"{words}."}


def _unpaid(left: _Left) -> list[Refund]:
    if not left.msisdn:
        return []
    waiting = Refund.objects.filter(state__in=[Refund.State.OWED, Refund.State.RECONCILED], amount_cents=-left.cents)
    return list(waiting.filter(Q(payee=left.msisdn) | Q(payee="", msisdn=left.msisdn)).order_by("id")[:5])


def _refund(refund: Refund) -> dict[str, object]:
    words = f"Refund {refund.number} waits: the same amount, the same phone. Was it paid in M-PESA's portal?"
    return {"to": f"refunds:{refund.pk}", "score": 70, "words": words}
