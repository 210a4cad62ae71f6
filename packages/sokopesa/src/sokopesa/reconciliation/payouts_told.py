"""Payments out that the statement tells of before M-PESA's result did, or where none ever came: the statement is
M-PESA's own word, so it ends what was unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sokopesa.payouts.concluding import Conclusion
from sokopesa.payouts.concluding import conclude as end
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation.fresh import Line

EARLIER = timedelta(minutes=5)
"""M-PESA's clock may be behind ours when we begin to hand a transfer over."""

LATER = timedelta(hours=24)
"""So long M-PESA may keep an instruction before it carries it out."""

IN_FLIGHT = (Transfer.State.SENT, Transfer.State.UNKNOWN)


def conclude(lines: Sequence[Line], now: datetime) -> None:
    """End the transfers that these lines pay, where line and transfer can mean nothing but each other: the same
    account, amount and phone, and no second of either. All else is for people."""
    known = set(Transfer.objects.filter(receipt__in=[line.receipt for line in lines]).values_list("receipt", flat=True))
    told = [line for line in lines if line.receipt not in known]
    _end([(line, transfer) for line in told if (transfer := _meant(line, told)) is not None], now)


def conclude_reversals(lines: Sequence[Line], now: datetime) -> None:
    """End the reversals that we asked for. The line names the payment that was reversed, so there is no doubt."""
    transfers = {
        transfer.original_receipt: transfer
        for transfer in Transfer.objects.filter(
            via=Transfer.Via.REVERSAL,
            state__in=IN_FLIGHT,
            original_receipt__in=[line.about for line in lines],
        )
    }
    _end(
        [
            (line, transfer)
            for line in lines
            if (transfer := transfers.get(line.about)) is not None and transfer.amount_cents == -line.cents
        ],
        now,
    )


def _end(pairs: Sequence[tuple[Line, Transfer]], now: datetime) -> None:
    if pairs:
        end(
            [
                Conclusion(transfer_id=transfer.pk, source="statement", receipt=line.receipt, at=line.completed_at)
                for line, transfer in pairs
            ],
            now=now,
        )


def candidates(line: Line) -> list[Transfer]:
    """Transfers without an end that the line may have paid: same account and amount, handed over shortly before."""
    return list(
        Transfer.objects.filter(
            shortcode=line.shortcode,
            amount_cents=-line.cents,
            state__in=IN_FLIGHT,
            sent_at__gte=line.completed_at - LATER,
            sent_at__lte=line.completed_at + EARLIER,
        ).order_by("sent_at")
    )


def _meant(line: Line, lines: Sequence[Line]) -> Transfer | None:
    if not line.msisdn:
        return None
    alike = [other for other in lines if (other.msisdn, other.cents) == (line.msisdn, line.cents)]
    found = [transfer for transfer in candidates(line) if transfer.payee == line.msisdn]
    return found[0] if len(found) == len(alike) == 1 else None
