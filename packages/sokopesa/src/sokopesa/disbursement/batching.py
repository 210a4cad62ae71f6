"""The weekly disbursement: one person prepares it, another approves it after typing its total, and the worker pays.

Whoever takes part locks the disbursement first, then refunds in the order of their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max, Q

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import schedule
from sokopesa.disbursement.errors import (
    BatchDecided,
    BatchMissing,
    LineMissing,
    LinesHeld,
    NothingToPay,
    OwnMoney,
    OwnWork,
    PreparedAlready,
    WrongTotal,
)
from sokopesa.disbursement.models import Batch, BatchLine, FileLine, RefundFile
from sokopesa.disbursement.people import LINE_REASON_LENGTH, require
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import read_total
from sokopesa.kernel.reasons import read_reason
from sokopesa.ledger import accounts
from sokopesa.payouts import floats
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.preparing import Draft
from sokopesa.payouts.preparing import prepare as prepare_transfers
from sokopesa.payouts.preparing import release as release_transfers
from sokopesa.people.models import User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

State = Batch.State

_TAKES = {
    "acknowledged": (RefundFile.State.ACKNOWLEDGED,),
    "delivered": (RefundFile.State.DELIVERED, RefundFile.State.ACKNOWLEDGED),
}


def payable_lines() -> Q:
    """Lines of files that the next disbursement takes: unpaid, in a file that has come far enough, and not held up."""
    return Q(
        state=FileLine.State.OPEN,
        file__state__in=_TAKES[CONFIGURATION.refund_batch_takes],
        refund__state=Refund.State.FILED,
        refund__waits_for="",
    )


@transaction.atomic
def prepare(*, maker: User, now: datetime, via: Batch.Via = Batch.Via.API) -> Batch:
    """Put every payable line into a new disbursement. Nothing is paid yet.

    Raises:
        NotYourDecision: the person may not release money.
        PreparedAlready: one is prepared and waits for approval.
        NothingToPay: no line waits.
    """
    require(maker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('disbursements', 0))")
    if standing := Batch.objects.filter(state=State.PREPARED).first():
        raise PreparedAlready(standing.number)
    refunds = FileLine.objects.filter(payable_lines()).order_by("refund_id").values_list("refund_id", flat=True)
    taken = moving.batch(list(refunds.distinct()))
    if not taken:
        raise NothingToPay
    batch = Batch.objects.create(
        number=(Batch.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        week=schedule.batch_day(nairobi_date(now)),
        via=via,
        shortcode=CONFIGURATION.mpesa_b2c_shortcode,
        lines=0,
        total_cents=0,
        maker=maker,
        prepared_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO disbursement_batchline (batch_id, file_line_id, is_left_out, left_out_for)
            SELECT %s, id, false, '' FROM disbursement_fileline
            WHERE refund_id = ANY (%s) AND state = 'open' ORDER BY file_id, position
            """,
            [batch.pk, taken],
        )
    return _count(batch)


@transaction.atomic
def leave_out(*, batch_id: int, line_id: int, by: User, reason: str, now: datetime) -> Batch:
    """Take a line (the id of its `BatchLine`) out before approval. Its refund, with all its parts, waits for somebody
    to decide.

    Raises:
        NotYourDecision, ReasonMissing, BatchMissing, BatchDecided: as they say.
        LineMissing: the line is not in it.
    """
    require(by)
    reason = read_reason(reason, most=LINE_REASON_LENGTH)
    batch = _lock(batch_id)
    if batch.state != State.PREPARED:
        raise BatchDecided(batch.number, batch.get_state_display())
    line = batch.entries.select_related("file_line").filter(pk=line_id).first()
    if line is None:
        raise LineMissing
    if line.is_left_out:
        return batch
    refund_id = line.file_line.refund_id
    batch.entries.filter(file_line__refund=refund_id, is_left_out=False).update(is_left_out=True, left_out_for=reason)
    moving.unbatch([refund_id])
    moving.hold({refund_id: (Refund.Wait.OPERATOR, reason)})
    return _count(batch)


@transaction.atomic
def approve(*, batch_id: int, approver: User, typed_total: str, now: datetime) -> Batch:
    """A second person agrees and types the total in shillings: a transfer of each line is released, all or none. The
    worker pays them. Approving twice is approving once.

    Raises:
        NotYourDecision: the person may not release money.
        BatchMissing: there is no such disbursement.
        OwnWork: the approver prepared it.
        BatchDecided: it was cancelled, or approved by somebody else.
        OwnMoney: one of its lines pays the approver, or a purchase of theirs.
        LinesHeld: some of its refunds wait for somebody to decide by now.
        WrongTotal: what was typed is another amount.
        FloatTooLow: the account does not hold enough.
    """
    require(approver)
    batch = _lock(batch_id)
    if batch.maker_id == approver.pk:
        raise OwnWork
    if batch.state in (State.APPROVED, State.DONE) and batch.approver_id == approver.pk:
        return batch
    if batch.state != State.PREPARED:
        raise BatchDecided(batch.number, batch.get_state_display())
    entries = batch.entries.filter(is_left_out=False)
    own = Q(file_line__msisdn=approver.phone) | Q(file_line__refund__purchase__buyer=approver)
    if entries.filter(own).exists():
        raise OwnMoney
    if read_total(typed_total) != batch.total_cents:
        raise WrongTotal(typed_total)
    if not batch.lines:
        raise NothingToPay
    floats.require(batch.shortcode, phones_cents=batch.total_cents)
    _require_free(batch)
    _release(batch, now)
    batch.state, batch.approver, batch.approved_at = State.APPROVED, approver, now
    batch.save(update_fields=["state", "approver", "approved_at"])
    return batch


@transaction.atomic
def cancel(*, batch_id: int, by: User, reason: str, now: datetime) -> Batch:
    """Nothing of it is paid; the next disbursement takes its lines.

    Raises:
        NotYourDecision, ReasonMissing, BatchMissing: as they say.
        BatchDecided: it is being paid, or was cancelled by somebody else.
    """
    require(by)
    reason = read_reason(reason)
    batch = _lock(batch_id)
    if batch.state == State.CANCELLED and batch.cancelled_by_id == by.pk:
        return batch
    if batch.state != State.PREPARED:
        raise BatchDecided(batch.number, batch.get_state_display())
    entries = batch.entries.filter(is_left_out=False)
    refunds = sorted(set(entries.values_list("file_line__refund", flat=True)))
    entries.update(is_left_out=True, left_out_for="Cancelled")
    moving.unbatch(refunds)
    batch.state, batch.cancelled_by, batch.cancelled_at, batch.remark = State.CANCELLED, by, now, reason
    batch.save(update_fields=["state", "cancelled_by", "cancelled_at", "remark"])
    return batch


def finish_due(*, now: datetime) -> int:
    """Disbursements of which no line can change any more are done; how many."""
    finished = 0
    for batch in Batch.objects.filter(state=State.APPROVED):
        transfers = Transfer.objects.filter(batch_line__batch=batch)
        if not transfers.filter(state__in=Transfer.LIVE).exists():
            done_at = transfers.aggregate(last=Max("ended_at"))["last"] or now
            finished += Batch.objects.filter(pk=batch.pk, state=State.APPROVED).update(
                state=State.DONE, done_at=done_at
            )
    return finished


def _lock(batch_id: int) -> Batch:
    batch = Batch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise BatchMissing
    return batch


def _count(batch: Batch) -> Batch:
    """What it pays, of the lines that are still in it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE disbursement_batch batch SET lines = found.lines, total_cents = found.cents
            FROM (
                SELECT count(*) AS lines, coalesce(sum(line.amount_cents), 0) AS cents
                FROM disbursement_batchline entry JOIN disbursement_fileline line ON line.id = entry.file_line_id
                WHERE entry.batch_id = %(batch)s AND NOT entry.is_left_out
            ) AS found
            WHERE batch.id = %(batch)s
            """,
            {"batch": batch.pk},
        )
    batch.refresh_from_db()
    return batch


def _require_free(batch: Batch) -> None:
    """None of its refunds is held up; whoever holds one from now on waits until they are released."""
    entries = batch.entries.filter(is_left_out=False)
    refunds = Refund.objects.filter(pk__in=entries.values("file_line__refund")).order_by("pk")
    locked = refunds.select_for_update(no_key=True).values_list("number", "waits_for")
    if held := [number for number, waits_for in locked if waits_for]:
        raise LinesHeld(held)


def _release(batch: Batch, now: datetime) -> None:
    """A transfer for each line, and the line remembers which."""
    via = Transfer.Via.PORTAL if batch.via == Batch.Via.PORTAL else Transfer.Via.B2C
    entries = list(batch.entries.filter(is_left_out=False).select_related("file_line").order_by("pk"))
    attempts = _attempts(entries)
    drafts = [
        _draft(entry.file_line, via, attempts[entry.file_line.refund_id, entry.file_line.part]) for entry in entries
    ]
    transfers = prepare_transfers(drafts, now=now)
    release_transfers([transfer.pk for transfer in transfers], now=now)
    fetch(
        """
        UPDATE disbursement_batchline entry SET transfer_id = made.transfer_id
        FROM unnest(%b::bigint[], %b::uuid[]) AS made(id, transfer_id) WHERE entry.id = made.id
        """,
        [[entry.pk for entry in entries], [transfer.pk for transfer in transfers]],
    )


def _attempts(entries: Sequence[BatchLine]) -> Counter[tuple[int, int]]:
    """How often each part of these refunds was tried before."""
    refunds = [entry.file_line.refund_id for entry in entries]
    return Counter(Transfer.objects.filter(refund__in=refunds).values_list("refund_id", "part"))


def _draft(line: FileLine, via: Transfer.Via, before: int) -> Draft:
    attempt = before + 1
    return Draft(
        key=f"refund:{line.refund_id}:{line.part}:{attempt}",
        purpose=Transfer.Purpose.REFUND,
        via=via,
        account=accounts.refunds(line.refund_id),
        payee=line.msisdn,
        amount_cents=line.amount_cents,
        refund_id=line.refund_id,
        part=line.part,
        attempt=attempt,
    )
