"""From any name of a refund's way to all others: order, receipt, refund, file, disbursement, and M-PESA's receipt for
what it paid back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from sokopesa.disbursement.models import Batch, BatchLine, FileLine, RefundFile
from sokopesa.payouts.models import Transfer
from sokopesa.refunds.models import Refund

MOST = 200
"""Refunds shown; a file or disbursement may have a million."""

_NUMBERED = re.compile(r"(file|batch|disbursement)\s*#?\s*([0-9]{1,9})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Way:
    """One refund with everything that it went through, oldest first."""

    refund: Refund
    lines: tuple[FileLine, ...]
    batches: tuple[Batch, ...]
    transfers: tuple[Transfer, ...]

    @property
    def files(self) -> tuple[RefundFile, ...]:
        """The files that it stood in."""
        return tuple(dict.fromkeys(line.file for line in self.lines))

    @property
    def receipts(self) -> tuple[str, ...]:
        """M-PESA's receipts for what it paid back."""
        return tuple(transfer.receipt for transfer in self.transfers if transfer.receipt)


@dataclass(frozen=True, slots=True)
class Trace:
    """What was looked for and the refunds that it leads to; ``is_cut`` if there are more than are shown."""

    text: str
    meant_as: str
    ways: tuple[Way, ...]
    is_cut: bool = False


def trace(text: str) -> Trace:
    """Find by an order's or purchase's number, a receipt that came or went, a refund's number, ``file 17`` or
    ``batch 4``. Five queries, however many refunds there are."""
    text = " ".join(text.split())[:60]
    meant_as, found = _meant(text)
    refunds = list(
        Refund.objects.filter(found).select_related("purchase__buyer", "order").order_by("pk").distinct()[: MOST + 1]
    )
    return Trace(text, meant_as if refunds else "", tuple(ways_of(refunds[:MOST])), is_cut=len(refunds) > MOST)


def ways_of(refunds: Iterable[Refund]) -> list[Way]:
    """Everything that these refunds went through; three queries."""
    known = {refund.pk: refund for refund in refunds}
    lines: dict[int, list[FileLine]] = {pk: [] for pk in known}
    batches: dict[int, list[Batch]] = {pk: [] for pk in known}
    transfers: dict[int, list[Transfer]] = {pk: [] for pk in known}
    if known:
        for line in FileLine.objects.filter(refund__in=known).select_related("file").order_by("pk"):
            lines[line.refund_id].append(line)
        entries = BatchLine.objects.filter(file_line__refund__in=known, is_left_out=False)
        for entry in entries.select_related("batch", "file_line").order_by("pk"):
            batches[entry.file_line.refund_id].append(entry.batch)
        for transfer in Transfer.objects.filter(refund__in=known).order_by("prepared_at", "part"):
            assert transfer.refund_id is not None
            transfers[transfer.refund_id].append(transfer)
    return [
        Way(refund, tuple(lines[pk]), tuple(dict.fromkeys(batches[pk])), tuple(transfers[pk]))
        for pk, refund in known.items()
    ]


def _meant(text: str) -> tuple[str, Q]:
    numbered = _NUMBERED.fullmatch(text)
    if numbered and numbered[1].lower() == "file":
        return "refund file", Q(pk__in=FileLine.objects.filter(file__number=int(numbered[2])).values("refund"))
    if numbered:
        entries = BatchLine.objects.filter(batch__number=int(numbered[2]), is_left_out=False)
        return "disbursement", Q(pk__in=entries.values("file_line__refund"))
    code = text.upper().replace(" ", "")
    if Refund.objects.filter(number=code).exists():
        return "refund", Q(number=code)
    if Refund.objects.filter(receipt=code).exists():
        return "receipt of the payment", Q(receipt=code)
    paid = Transfer.objects.filter(receipt=code, refund__isnull=False) if code else Transfer.objects.none()
    if paid.exists():
        return "receipt of what was paid back", Q(pk__in=paid.values("refund"))
    return "order", Q(purchase__number=code) | Q(order__number=code) | Q(purchase__orders__number=code)
