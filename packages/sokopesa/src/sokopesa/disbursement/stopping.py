"""Stopping what was approved, or let leave by a rule, before anybody begins to hand it to M-PESA."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from sokopesa.disbursement.filing import end_lines
from sokopesa.disbursement.models import FileLine
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.preparing import withdraw
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund


@transaction.atomic
def stop(refund_ids: Iterable[int], *, reason: str, now: datetime) -> list[int]:
    """Take back what of these refunds is approved and not begun; the ids of those that are not paid now. Their lines
    are withdrawn, and they wait for somebody to decide.

    What M-PESA may have heard of goes on: nobody can call that back.
    """
    locked = Refund.objects.select_for_update(no_key=True).filter(pk__in=list(refund_ids)).order_by("pk")
    states = dict(locked.values_list("pk", "state"))
    approved = Transfer.objects.filter(refund__in=states, state=Transfer.State.RELEASED)
    withdrawn = withdraw(approved.values_list("pk", flat=True), now=now)
    going = Transfer.objects.filter(refund=OuterRef("pk"), state__in=Transfer.LIVE)
    touched = Refund.objects.filter(transfers__in=withdrawn).exclude(Exists(going))
    stopped = sorted(set(touched.values_list("pk", flat=True)))
    reasons = dict.fromkeys(stopped, (Refund.Wait.OPERATOR, reason))
    moving.returned({key: reasons[key] for key in stopped if states[key] == Refund.State.SENT})
    moving.unfile(moving.unbatch(stopped))
    end_lines(dict.fromkeys(stopped, reason), FileLine.State.WITHDRAWN, now=now)
    moving.hold(reasons)
    return stopped
