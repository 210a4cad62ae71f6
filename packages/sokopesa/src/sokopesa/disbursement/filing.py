"""The daily refund file: closing it at the cut-off, and its bytes, which can be made from its lines at any time.

docs/refund-files.md describes the format.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import schedule
from sokopesa.disbursement.errors import LineMissing, LineUnderWay
from sokopesa.disbursement.models import FileLine, RefundFile
from sokopesa.disbursement.people import LINE_REASON_LENGTH, require
from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.kernel.reasons import read_reason
from sokopesa.payments.models import MOST_CENTS
from sokopesa.payouts.models import LEAST_CENTS
from sokopesa.people.models import User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

FORMAT = "sokopesa-refunds"
VERSION = 1
SLICE = 10_000
"""Refunds taken at a time, and lines read at a time: memory does not grow with the file."""
PIECE = 1_000
"""Lines in a piece of bytes."""


def close_due(*, now: datetime) -> list[RefundFile]:
    """Close the file of every cut-off that has passed, in their order, each as of its own moment. Whoever comes second,
    or again, finds them closed."""
    closed = []
    for moment in schedule.cut_offs(first_due(now=now), until=now):
        file = _close(moment, now)
        if file is not None:
            closed.append(file)
    return closed


def first_due(*, now: datetime) -> datetime:
    """The next cut-off whose file is not closed yet; it is in the past where nobody was there to close it.

    Files begin with the first cut-off after the market's first reconciled refund; from then on each business day has
    one.
    """
    last = RefundFile.objects.order_by("-number").first()
    if last is not None:
        return schedule.next_cut_off(schedule.end_of(last.day))
    began = Refund.objects.aggregate(at=Min("reconciled_at"))["at"]
    return schedule.next_cut_off(began - datetime.resolution if began else now)


def render(file: RefundFile) -> Iterator[bytes]:
    """The file's bytes, the same each time: header, lines, trailer. They are streamed from the database, so a file of a
    million lines takes no more memory than one of a thousand."""
    yield from _body(file)
    yield _trailer(file)


@transaction.atomic
def withdraw(*, line_id: int, by: User, reason: str, now: datetime) -> FileLine:
    """Take a line back that was not put into a disbursement yet: the file still says it, but nobody pays it. The refund
    waits for somebody to decide.

    Raises:
        NotYourDecision, ReasonMissing: as they say.
        LineMissing: there is no such line.
        LineUnderWay: it is in a disbursement, or over.
    """
    require(by)
    reason = read_reason(reason, most=LINE_REASON_LENGTH)
    line = FileLine.objects.select_for_update(no_key=True).filter(pk=line_id).first()
    if line is None:
        raise LineMissing
    if line.state == FileLine.State.WITHDRAWN:
        return line
    if line.state != FileLine.State.OPEN or not moving.unfile([line.refund_id]):
        raise LineUnderWay
    end_lines({line.refund_id: reason}, FileLine.State.WITHDRAWN, now=now)
    moving.hold({line.refund_id: (Refund.Wait.OPERATOR, reason)})
    line.refresh_from_db()
    return line


def end_lines(reasons: Mapping[int, str], state: FileLine.State, *, now: datetime) -> None:
    """All open lines of these refunds (id → why) are over in this way. The caller moves the refunds."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE disbursement_fileline line SET state = %s, ended_at = %s, remark = told.reason
            FROM unnest(%s::bigint[], %s::text[]) AS told(refund_id, reason)
            WHERE line.refund_id = told.refund_id AND line.state = 'open'
            """,
            [state.value, now, list(reasons.keys()), [reason[:200] for reason in reasons.values()]],
        )


@transaction.atomic
def _close(cut_off_at: datetime, now: datetime) -> RefundFile | None:
    """None if somebody else was quicker. The lines come first, and the file that counts them after."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('refund files', 0))")
        cursor.execute("SELECT nextval(pg_get_serial_sequence('disbursement_refundfile', 'id'))")
        (file_id,) = cursor.fetchone()
    last, day = RefundFile.objects.order_by("-number").first(), nairobi_date(cut_off_at)
    if last is not None and last.day >= day:
        return None
    _hold_back(cut_off_at)
    lines, cents = _take(file_id, cut_off_at)
    file = RefundFile(
        pk=file_id,
        number=last.number + 1 if last else 1,
        day=day,
        cut_off_at=cut_off_at,
        closed_at=now,
        shortcode=CONFIGURATION.mpesa_b2c_shortcode,
        lines=lines,
        total_cents=cents,
        next_delivery_at=now,
    )
    _digest(file)
    file.save(force_insert=True)
    return file


def _digest(file: RefundFile) -> None:
    """Read the body once for everything that the file says of itself."""
    whole, control, size = sha256(), 0, 0
    for piece in _body(file):
        whole.update(piece)
        control, size = zlib.crc32(piece, control), size + len(piece)
    file.control = f"{control:08x}"
    whole.update(_trailer(file))
    file.sha256, file.size_bytes = whole.hexdigest(), size + len(_trailer(file))


def _hold_back(cut_off_at: datetime) -> None:
    """What cannot be paid out as it is waits, and its buyer reads why."""
    waiting = _ready(cut_off_at).filter(waits_for="").filter(_NO_PHONE | _TOO_SMALL)
    reasons = {}
    for refund in waiting.iterator(chunk_size=SLICE):
        if refund.pays_to:
            least = f"M-PESA pays out {format_kes(LEAST_CENTS)} or more."
            reasons[refund.pk] = (Refund.Wait.MINIMUM, least)
        else:
            reasons[refund.pk] = (Refund.Wait.PHONE, "Please contact us and name the receipt.")
    moving.hold(reasons)


_NO_PHONE = Q(msisdn="", payee="")
_TOO_SMALL = Q(amount_cents__lte=LEAST_CENTS - CENTS, topped_up_cents=0)


def _ready(cut_off_at: datetime) -> QuerySet[Refund]:
    """Refunds that were reconciled by then and stand in no file. One that came back or was rejected later than the
    cut-off goes into a later file."""
    came_back = FileLine.objects.filter(refund=OuterRef("pk"), ended_at__gt=cut_off_at)
    reconciled = Refund.objects.filter(state=Refund.State.RECONCILED, reconciled_at__lte=cut_off_at)
    return reconciled.filter(~Exists(came_back)).order_by("pk")


def _take(file_id: int, cut_off_at: datetime) -> tuple[int, int]:
    """Move what is ready into the file, slice by slice; how many lines and cents."""
    lines = cents = last = 0
    ready = _ready(cut_off_at).filter(waits_for="").exclude(_NO_PHONE | _TOO_SMALL)
    while ids := list(ready.filter(pk__gt=last).values_list("pk", flat=True)[:SLICE]):
        last = ids[-1]
        more, added = _write(file_id, moving.file(ids), lines)
        lines, cents = lines + more, cents + added
    return lines, cents


def _write(file_id: int, refund_ids: Sequence[int], written: int) -> tuple[int, int]:
    """Lines for these refunds after those that are ``written``: one for each part that is not paid or being paid. The
    parts are those of `sokopesa.payouts.splitting`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH owed AS (
                SELECT *, shillings - (parts - 1) * %(most)s AS rest
                FROM (
                    SELECT *, (shillings + %(most)s - 1) / %(most)s AS parts
                    FROM (
                        SELECT *, (amount_cents + topped_up_cents + 99) / 100 AS shillings FROM refunds_refund
                    ) AS whole
                    WHERE id = ANY (%(ids)s)
                ) AS counted
            ), written AS (
                INSERT INTO disbursement_fileline (file_id, position, refund_id, refund_number, part, parts, msisdn,
                                                   amount_cents, receipt, cause, state, remark)
                SELECT %(file)s, %(written)s + row_number() OVER (ORDER BY owed.id, part), owed.id, owed.number, part,
                       parts, coalesce(nullif(owed.payee, ''), owed.msisdn),
                       CASE WHEN part = parts THEN greatest(rest, %(least)s)
                            WHEN part = parts - 1 THEN %(most)s - greatest(%(least)s - rest, 0)
                            ELSE %(most)s END * 100,
                       owed.receipt, owed.cause, 'open', ''
                FROM owed CROSS JOIN LATERAL generate_series(1, parts) AS part
                WHERE NOT EXISTS (
                    SELECT FROM payouts_transfer transfer
                    WHERE transfer.account = 'refunds:' || owed.id AND transfer.part = part.part
                      AND transfer.purpose = 'refund' AND transfer.state NOT IN ('returned', 'withdrawn')
                )
                RETURNING amount_cents
            )
            SELECT count(*), coalesce(sum(amount_cents), 0)::bigint FROM written
            """,
            {
                "most": MOST_CENTS // CENTS,
                "least": LEAST_CENTS // CENTS,
                "ids": list(refund_ids),
                "file": file_id,
                "written": written,
            },
        )
        count, cents = cursor.fetchone()
        return count, cents


def _body(file: RefundFile) -> Iterator[bytes]:
    """Header and lines, a piece at a time."""
    cut_off = file.cut_off_at.astimezone(EAT).isoformat(timespec="seconds")
    total = file.total_cents // CENTS
    yield _row("H", FORMAT, VERSION, file.number, file.day.isoformat(), cut_off, file.shortcode, file.lines, total)
    lines = (
        FileLine.objects.filter(file_id=file.pk)
        .order_by("position")
        .values_list("position", "msisdn", "amount_cents", "refund_number", "part", "receipt", "cause")
    )
    piece: list[str] = []
    for position, msisdn, cents, number, part, receipt, cause in lines.iterator(chunk_size=SLICE):
        piece.append(f"R,{position},{msisdn},{cents // CENTS},{number},{part},{receipt},{cause}\n")
        if len(piece) == PIECE:
            yield "".join(piece).encode("ascii")
            piece.clear()
    if piece:
        yield "".join(piece).encode("ascii")


def _trailer(file: RefundFile) -> bytes:
    return _row("T", file.number, file.lines, file.total_cents // CENTS, file.control)


def _row(*fields: object) -> bytes:
    return (",".join(map(str, fields)) + "\n").encode("ascii")
