"""Reading what those who pay say of a file: acknowledged, rejected as a whole, or some of its lines rejected.

docs/refund-files.md describes the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import structlog
from django.db import InterfaceError, OperationalError, transaction

from sokopesa.disbursement.errors import OutletFailed
from sokopesa.disbursement.filing import VERSION, end_lines
from sokopesa.disbursement.models import FileLine, RefundFile, Reply
from sokopesa.disbursement.outlets import Outlet, outlet
from sokopesa.disbursement.tables import NoTableError, read_rows
from sokopesa.disbursement.telling import tell_waiting
from sokopesa.notices.actions import alert_operator
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

log = structlog.get_logger(__name__)

FORMAT = "sokopesa-refunds-reply"
REASON_LENGTH = 160


class _SenselessError(Exception):
    """The reply cannot be understood, or contradicts what we know; the words say why."""


@dataclass(slots=True)
class _Told:
    """What a reply says: of which file, and which lines (position → refund number and reason) it rejects."""

    number: int
    sha256: str
    is_accepted: bool
    reason: str
    lines: dict[int, tuple[str, str]] = field(default_factory=dict)


def take_in(*, now: datetime, source: Outlet | None = None) -> int:
    """Read every answer that waits where files are put; how many there were."""
    source = source or outlet()
    try:
        found = source.replies()
        for name, body in found.items():
            if _read_or_leave(name, body, now):
                source.put_away(name)
    except OutletFailed as error:
        log.warning("replies_not_read", error=str(error))
        return 0
    return len(found)


def _read_or_leave(name: str, body: bytes, now: datetime) -> bool:
    """An answer that nobody was prepared for stays where it lies, and holds up no other; whether it was read."""
    try:
        read(name, body, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("reply_not_followed", name=name)
        alert_operator(
            text=f"An answer to a refund file could not be followed ({name[:60]}). It lies where it was put.",
            key=f"reply-{sha256(body).hexdigest()[:40]}",
        )
        return False
    return True


@transaction.atomic
def read(name: str, body: bytes, *, now: datetime) -> Reply:
    """Do what the reply says, once: the same bytes again change nothing, whatever they are called.

    A reply that makes no sense changes nothing either; it is kept with the reason, and an operator is told. Refunds of
    rejected lines are not paid until somebody has looked at them; those of a file that was rejected as a whole go into
    the next one.
    """
    digest = sha256(body).hexdigest()
    known = Reply.objects.filter(sha256=digest).first()
    if known is not None:
        return known
    told: _Told | None = None
    try:
        told = _parse(body)
        file, rejected = _follow(told, now)
        verdict = Reply.Verdict.ACCEPTED if told.is_accepted else Reply.Verdict.REJECTED
        return _keep(name, digest, now, file=file, verdict=verdict, rejected_lines=rejected, remark=told.reason)
    except _SenselessError as error:
        alert_operator(text=f"An answer to a refund file makes no sense ({name[:60]}): {error}"[:300], key=digest[:40])
        named = RefundFile.objects.filter(number=told.number).first() if told else None
        return _keep(name, digest, now, file=named, verdict=Reply.Verdict.UNUSABLE, rejected_lines=0, remark=str(error))


def _keep(name: str, digest: str, now: datetime, *, remark: str, **facts: object) -> Reply:
    reply, _ = Reply.objects.get_or_create(
        sha256=digest, defaults={"name": name[:200], "read_at": now, "remark": remark[:300], **facts}
    )
    return reply


def _parse(body: bytes) -> _Told:
    try:
        rows = read_rows(body)
    except NoTableError as error:
        raise _SenselessError(str(error)) from error
    match rows[0] if rows else []:
        case ["H", str(name), str(version), str(number), str(digest), "accepted" | "rejected" as verdict, str(reason)]:
            if name != FORMAT or version != str(VERSION) or not _is_number(number):
                raise _SenselessError(f"line 1 is no header of {FORMAT}, version {VERSION}")
            told = _Told(int(number), digest.lower(), verdict == "accepted", " ".join(reason.split())[:REASON_LENGTH])
        case _:
            raise _SenselessError(f"line 1 is no header of {FORMAT}, version {VERSION}")
    for count, row in enumerate(rows[1:-1], 2):
        match row:
            case ["R", str(position), str(refund), str(reason)] if _is_number(position):
                told.lines[int(position)] = (refund, " ".join(reason.split())[:REASON_LENGTH] or "no reason given")
            case _:
                raise _SenselessError(f"line {count} is no rejected line")
    if rows[-1] != ["T", str(told.number), str(len(rows) - 2)] or len(told.lines) != len(rows) - 2:
        raise _SenselessError("the trailer does not count its lines, so it may have been cut off")
    if not told.is_accepted and (told.lines or not told.reason):
        raise _SenselessError("a file is rejected as a whole with a reason, and without lines")
    return told


def _is_number(text: str) -> bool:
    """Of a file or a line: none has more digits."""
    return text.isascii() and text.isdigit() and len(text) <= 9


@transaction.atomic
def _follow(told: _Told, now: datetime) -> tuple[RefundFile, int]:
    """Do what it says, all or nothing; how many lines it rejected."""
    file = _file(told)
    return file, _reject_lines(file, told, now) if told.is_accepted else _reject(file, told, now)


def _file(told: _Told) -> RefundFile:
    file = RefundFile.objects.select_for_update().filter(number=told.number).first()
    if file is None:
        raise _SenselessError(f"there is no file {told.number}")
    if file.sha256 != told.sha256:
        raise _SenselessError(f"it answers other bytes than those of file {told.number}")
    answered = {RefundFile.State.ACKNOWLEDGED: True, RefundFile.State.REJECTED: False}.get(RefundFile.State(file.state))
    if answered is not None and answered is not told.is_accepted:
        raise _SenselessError(f"file {told.number} was {file.get_state_display().lower()} before")
    return file


def _reject(file: RefundFile, told: _Told, now: datetime) -> int:
    """Nothing of the file is paid, so none of its lines may be in a disbursement."""
    if file.state == RefundFile.State.REJECTED:
        return 0
    lines = FileLine.objects.filter(file=file, state=FileLine.State.OPEN)
    refunds = dict.fromkeys(lines.values_list("refund_id", flat=True), told.reason)
    if len(moving.unfile(refunds)) < len(refunds):
        raise _SenselessError(f"lines of file {file.number} are in a disbursement already")
    end_lines(refunds, FileLine.State.REJECTED, now=now)
    _answer(file, RefundFile.State.REJECTED, now, told.reason)
    text = f"Refund file {file.number} was rejected: {told.reason}. Its refunds go into the next file."
    alert_operator(text=text[:300], key=f"file-rejected-{file.number}")
    return len(refunds)


def _reject_lines(file: RefundFile, told: _Told, now: datetime) -> int:
    """The named lines only. A refund of several parts goes back with all of them, for it is one."""
    if file.state != RefundFile.State.ACKNOWLEDGED:
        _answer(file, RefundFile.State.ACKNOWLEDGED, now)
    if not told.lines:
        return 0
    reasons = _rejected_refunds(file, told.lines)
    if len(moving.unfile(reasons)) < len(reasons):
        raise _SenselessError(f"some of these lines of file {file.number} are in a disbursement, or over")
    end_lines(reasons, FileLine.State.REJECTED, now=now)
    moving.hold({refund_id: (Refund.Wait.OPERATOR, reason) for refund_id, reason in reasons.items()})
    tell_waiting(list(reasons), now=now)
    return len(told.lines)


def _rejected_refunds(file: RefundFile, lines: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """Refund id → why, of those whose lines are still open. What we had taken back ourselves is not paid anyway."""
    reasons: dict[int, str] = {}
    known = {line.position: line for line in FileLine.objects.filter(file=file, position__in=lines)}
    for position, (number, reason) in lines.items():
        line = known.get(position)
        if line is None or line.refund_number != number:
            raise _SenselessError(f"file {file.number} has no line {position} with refund {number[:20]}")
        if line.state not in (FileLine.State.REJECTED, FileLine.State.WITHDRAWN):
            reasons[line.refund_id] = reason
    return reasons


def _answer(file: RefundFile, state: RefundFile.State, now: datetime, remark: str = "") -> None:
    file.state, file.answered_at, file.remark, file.next_delivery_at = state, now, remark[:200], None
    file.save(update_fields=["state", "answered_at", "remark", "next_delivery_at"])
