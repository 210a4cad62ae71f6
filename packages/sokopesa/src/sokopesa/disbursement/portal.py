"""Paying a disbursement by hand: a bulk file for M-PESA's portal, and the portal's results read back.

Safaricom has not published these formats. The columns are those of one public example and can be configured; they are
UNVERIFIED until an operator has tried them with their own portal. docs/refund-files.md says what we read and write.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement.errors import BatchMissing, NotByPortal, ResultsRefused
from sokopesa.disbursement.models import Batch, BatchLine
from sokopesa.disbursement.people import require
from sokopesa.disbursement.tables import NoTableError, read_rows
from sokopesa.kernel.clock import EAT
from sokopesa.kernel.money import CENTS
from sokopesa.payouts.concluding import Concluded, Conclusion, conclude
from sokopesa.payouts.endings import DECLINED
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.sending import hand_over
from sokopesa.people.models import User

RESULT_COLUMNS = ("MobileNumber", "Amount", "PurposeOfPayment", "Status", "TransactionID", "CompletedAt", "Reason")
"""What a file of results has to have; CompletedAt and Reason may be empty."""
MOST_FAULTS = 50
_RECEIPT = re.compile(r"[0-9A-Z]{10}", re.ASCII)
_PAID, _NOT_PAID = ("completed", "success", "successful"), ("failed", "declined", "rejected", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Export:
    """A bulk file. ``was_made_before``: somebody has had it already, and who uploads it a second time pays twice."""

    name: str
    body: bytes
    was_made_before: bool


@transaction.atomic
def export(*, batch_id: int, by: User, now: datetime) -> Export:
    """The bulk file of an approved disbursement; from now on its lines count as sent. Made again it is the same bytes.

    Raises:
        NotYourDecision, BatchMissing: as they say.
        NotByPortal: the disbursement is not approved, or not paid this way.
    """
    require(by)
    batch = _batch(batch_id)
    released = Transfer.objects.filter(batch_line__batch=batch, state=Transfer.State.RELEASED)
    handed_over = hand_over(released.values_list("pk", flat=True), now=now)
    columns = CONFIGURATION.portal_columns.split(",")
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(columns)
    for entry in _entries(batch):
        said = _said(entry)
        rows.writerow([said.get(column, "") for column in columns])
    return Export(f"disbursement-{batch.number:06d}.csv", text.getvalue().encode("ascii"), not handed_over)


@transaction.atomic
def read_results(*, batch_id: int, body: bytes, by: User, now: datetime) -> Concluded:
    """What the portal says of the lines: paid, with receipts, or not, with reasons. All of the file or nothing; the
    same file again changes nothing. Lines that it does not name stay open.

    Raises:
        NotYourDecision, BatchMissing, NotByPortal: as they say.
        ResultsRefused: the file makes no sense, or names what is not in the disbursement.
    """
    require(by)
    batch = _batch(batch_id)
    by_purpose = {_purpose(entry): entry for entry in _entries(batch)}
    faults: list[str] = []
    told: dict[object, Conclusion] = {}
    for number, row in enumerate(_rows(body), 2):
        entry = by_purpose.get(row["PurposeOfPayment"].strip())
        found, fault = _conclusion(entry, row, now)
        if found is None:
            faults.append(f"Line {number}: {fault}")
        elif told.setdefault(found.transfer_id, found) != found:
            faults.append(f"Line {number}: it says something else than a line before.")
    if faults:
        raise ResultsRefused(faults[:MOST_FAULTS])
    return conclude(list(told.values()), now=now)


def _batch(batch_id: int) -> Batch:
    batch = Batch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise BatchMissing
    if batch.via != Batch.Via.PORTAL or batch.state not in (Batch.State.APPROVED, Batch.State.DONE):
        raise NotByPortal
    return batch


def _entries(batch: Batch) -> list[BatchLine]:
    """Without those that were stopped before anybody had the file."""
    entries = batch.entries.filter(is_left_out=False).exclude(transfer__state=Transfer.State.WITHDRAWN)
    return list(entries.select_related("file_line", "transfer").order_by("pk"))


def _purpose(entry: BatchLine) -> str:
    """Letters, digits and spaces only; tells the line from every other, and from an earlier try to pay the same."""
    purpose = f"Refund {entry.file_line.refund_number} {entry.file_line.part}"
    return f"{purpose} try {entry.transfer.attempt}" if entry.transfer and entry.transfer.attempt > 1 else purpose


def _said(entry: BatchLine) -> dict[str, object]:
    line = entry.file_line
    return {
        "MobileNumber": line.msisdn,
        "Amount": line.amount_cents // CENTS,
        "PurposeOfPayment": _purpose(entry),
        "DocumentNumber": "",
        "DocumentType": "",
        "Name": "",
    }


def _rows(body: bytes) -> list[dict[str, str]]:
    try:
        first, *rows = read_rows(body) or [[]]
    except NoTableError as error:
        raise ResultsRefused([f"The file cannot be read: {error}."]) from error
    names = [name.strip() for name in first]
    if missing := [name for name in RESULT_COLUMNS if name not in names]:
        raise ResultsRefused([f"Line 1: there is no column {', '.join(missing)}."])
    return [dict.fromkeys(RESULT_COLUMNS, "") | dict(zip(names, row, strict=False)) for row in rows]


def _conclusion(
    entry: BatchLine | None, row: Mapping[str, str], now: datetime
) -> tuple[Conclusion, str] | tuple[None, str]:
    """What a row says, or why it cannot be."""
    if entry is None or entry.transfer is None:
        return None, f"“{row['PurposeOfPayment'][:40]}” is no line of this disbursement."
    transfer = entry.transfer
    if row["MobileNumber"].strip() != transfer.payee or _cents(row["Amount"]) != transfer.amount_cents:
        return None, f"{row['PurposeOfPayment']} went to another number, or with another amount."
    status, receipt = row["Status"].strip().lower(), row["TransactionID"].strip().upper()
    if status in _NOT_PAID:
        remark = " ".join(row["Reason"].split())[:200]
        return Conclusion(transfer.pk, "portal", code=DECLINED, remark=remark), ""
    if status not in _PAID:
        return None, f"“{row['Status'][:20]}” is no status that we know."
    if not _RECEIPT.fullmatch(receipt):
        return None, f"“{receipt[:20]}” is no M-PESA receipt."
    at = _moment(row["CompletedAt"]) if row["CompletedAt"].strip() else now
    if at is None or at > now:
        return None, f"“{row['CompletedAt'][:30]}” is no moment until now."
    return Conclusion(transfer.pk, "portal", receipt=receipt, at=at), ""


def _cents(typed: str) -> int | None:
    found = re.fullmatch(r"\s*([0-9,]+)(?:\.00?)?\s*", typed, re.ASCII)
    return int(found[1].replace(",", "") or 0) * CENTS if found else None


def _moment(typed: str) -> datetime | None:
    """By M-PESA's clock, which is Nairobi's."""
    for shape in ("%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(typed.strip(), shape).replace(tzinfo=EAT)
        except ValueError:
            continue
    return None
