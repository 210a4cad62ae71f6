"""Reports to our staff, and our staff's looking into a conversation. Every look is written down."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from sokopesa.chat.errors import NoOpenCase, OwnConversation, ReasonMissing, ReportedAlready
from sokopesa.chat.models import MOST_WORDS, Message, Report, Side, StaffRead, Thread
from sokopesa.orders.models import Order
from sokopesa.people.models import User
from sokopesa.people.sellers import acts_for


def report(*, thread: Thread, side: Side, by: User, reason: Report.Reason, words: str, now: datetime) -> Report:
    """Open a case about the thread.

    Raises:
        ReasonMissing: something else was chosen, and no word says what.
        ReportedAlready: the same side's report is still open.
    """
    words = words.strip()[:MOST_WORDS]
    if reason == Report.Reason.OTHER and not words:
        raise ReasonMissing
    try:
        with transaction.atomic():
            return Report.objects.create(thread=thread, side=side, by=by, reason=reason, words=words, at=now)
    except IntegrityError as clash:
        raise ReportedAlready from clash


def has_case(thread: Thread) -> bool:
    """Whether staff may read: a report is open, or a dispute about the thread's order."""
    if Report.objects.filter(thread=thread, state=Report.State.OPEN).exists():
        return True
    return thread.order_id is not None and Order.objects.filter(pk=thread.order_id, disputed=True).exists()


@transaction.atomic
def open_for_staff(*, thread: Thread, staff: User, reason: str, now: datetime) -> StaffRead:
    """Write down that somebody of the staff reads the thread as it is now, and why.

    Raises:
        ReasonMissing: no reason was given.
        OwnConversation: they take part in it.
        NoOpenCase: neither a report nor a dispute is open.
    """
    reason = reason.strip()[:MOST_WORDS]
    if not reason:
        raise ReasonMissing
    if takes_part(thread, staff):
        raise OwnConversation
    if not has_case(thread):
        raise NoOpenCase
    latest = Message.objects.filter(thread=thread).order_by("-pk").first()
    return StaffRead.objects.create(thread=thread, staff=staff, reason=reason, at=now, up_to=latest)


@transaction.atomic
def close(*, report_id: int, by: User, outcome: str, now: datetime) -> bool:
    """The case is looked into, and ``outcome`` says what came of it. False if it was closed before.

    Raises:
        ReasonMissing: no outcome was given.
        OwnConversation: whoever closes it takes part in the thread.
    """
    outcome = outcome.strip()[:MOST_WORDS]
    if not outcome:
        raise ReasonMissing
    case = Report.objects.select_for_update().get(pk=report_id)
    if case.state == Report.State.CLOSED:
        return False
    if takes_part(case.thread, by):
        raise OwnConversation
    case.state, case.closed_at, case.closed_by, case.outcome = Report.State.CLOSED, now, by, outcome
    case.save(update_fields=["state", "closed_at", "closed_by", "outcome"])
    return True


def takes_part(thread: Thread, user: User) -> bool:
    """Whether the person is one of the two sides."""
    return thread.buyer_id == user.pk or acts_for(user, thread.seller_id)
