"""Reading files, disbursements and what waits, for pages and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from sokopesa.disbursement import batching, filing, schedule
from sokopesa.disbursement.models import Batch, FileLine, InstantRule, Redirection, RefundFile
from sokopesa.kernel.clock import nairobi_date
from sokopesa.payouts import floats
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.operators import shortcode_for
from sokopesa.refunds.models import Refund


@dataclass(frozen=True, slots=True)
class Outlook:
    """What happens next: the cut-off, what its file would have in it by now, the next disbursement day, what that would
    pay, and the float."""

    cut_off_at: datetime
    to_file: int
    to_file_cents: int
    batch_day: date
    to_pay: int
    to_pay_cents: int
    float: floats.Float


@dataclass(frozen=True, slots=True)
class Progress:
    """A disbursement's lines by what became of them; the amounts in cents. Together they are the disbursement. What was
    stopped before it was sent came back."""

    lines: int
    cents: int
    waiting: int
    sent: int
    unknown: int
    paid: int
    paid_cents: int
    returned: int
    returned_cents: int

    @property
    def over(self) -> int:
        """Lines that can change no more."""
        return self.paid + self.returned

    @property
    def percent(self) -> int:
        """Of the lines, how many are over."""
        return 100 * self.over // self.lines if self.lines else 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A refund that does not go on by itself: since when, for what, and what to do next."""

    refund: Refund
    since: datetime
    age: timedelta
    next_step: str
    code: str
    is_late: bool
    proposal: Redirection | None


def outlook(*, now: datetime) -> Outlook:
    """What is to come, seen from now."""
    ready = Refund.objects.filter(state=Refund.State.RECONCILED, waits_for="")
    to_file = ready.aggregate(count=Count("pk"), cents=Sum(F("amount_cents") + F("topped_up_cents")))
    payable = FileLine.objects.filter(batching.payable_lines())
    to_pay = payable.aggregate(count=Count("pk"), cents=Sum("amount_cents"))
    return Outlook(
        cut_off_at=filing.first_due(now=now),
        to_file=to_file["count"],
        to_file_cents=to_file["cents"] or 0,
        batch_day=schedule.batch_day(nairobi_date(now)),
        to_pay=to_pay["count"],
        to_pay_cents=to_pay["cents"] or 0,
        float=floats.of(shortcode_for(Transfer.Via.B2C)),
    )


def files() -> QuerySet[RefundFile]:
    """Every file, the newest first; the caller takes a page of them."""
    return RefundFile.objects.order_by("-number")


def line_states(files: Sequence[RefundFile]) -> dict[int, dict[str, int]]:
    """File id → state of its lines → how many. One query."""
    counted: dict[int, dict[str, int]] = {file.pk: {} for file in files}
    rows = FileLine.objects.filter(file__in=counted).values_list("file", "state").annotate(count=Count("pk"))
    for file_id, state, count in rows:
        counted[file_id][state] = count
    return counted


def batches() -> QuerySet[Batch]:
    """Every disbursement, the newest first, with its people."""
    return Batch.objects.select_related("maker", "approver", "cancelled_by").order_by("-number")


def progress(batches: Sequence[Batch]) -> dict[int, Progress]:
    """How far each has come, by its id. One query."""
    states = Transfer.State
    waiting = Q(state__in=(states.PREPARED, states.RELEASED))
    back = Q(state__in=(states.RETURNED, states.WITHDRAWN))
    rows = (
        Transfer.objects.filter(batch_line__batch__in=[batch.pk for batch in batches])
        .values("batch_line__batch")
        .annotate(
            waiting=Count("pk", filter=waiting),
            sent=Count("pk", filter=Q(state=states.SENT)),
            unknown=Count("pk", filter=Q(state=states.UNKNOWN)),
            paid=Count("pk", filter=Q(state=states.PAID)),
            paid_cents=Sum("amount_cents", filter=Q(state=states.PAID), default=0),
            returned=Count("pk", filter=back),
            returned_cents=Sum("amount_cents", filter=back, default=0),
        )
    )
    found = {row.pop("batch_line__batch"): row for row in rows}
    nothing = dict.fromkeys(("sent", "unknown", "paid", "paid_cents", "returned", "returned_cents"), 0)
    return {
        batch.pk: Progress(
            lines=batch.lines, cents=batch.total_cents, **found.get(batch.pk, {"waiting": batch.lines, **nothing})
        )
        for batch in batches
    }


def held_up() -> QuerySet[Refund]:
    """Refunds that came back or wait for something, those with the nearest promise first."""
    stuck = Q(state=Refund.State.RETURNED) | (~Q(state__in=("paid", "used")) & ~Q(waits_for=""))
    return Refund.objects.filter(stuck).select_related("purchase__buyer", "order").order_by("promised_until", "pk")


def waiting(refunds: Sequence[Refund], *, now: datetime) -> list[Waiting]:
    """The same refunds with since when they wait and what to do next. Two queries, however many there are."""
    ids = [refund.pk for refund in refunds]
    ended = FileLine.objects.filter(refund=OuterRef("pk"), ended_at__isnull=False).order_by("-ended_at")
    back = Transfer.objects.filter(refund=OuterRef("pk"), state="returned").order_by("-ended_at")
    facts = {
        pk: (line_at, back_at, code)
        for pk, line_at, back_at, code in Refund.objects.filter(pk__in=ids).values_list(
            "pk",
            Subquery(ended.values("ended_at")[:1]),
            Subquery(back.values("ended_at")[:1]),
            Subquery(back.values("code")[:1]),
        )
    }
    proposals = {each.refund_id: each for each in Redirection.objects.filter(refund__in=ids, state="proposed")}
    found = []
    for refund in refunds:
        line_at, back_at, code = facts[refund.pk]
        since = max(moment for moment in (line_at, back_at, refund.reconciled_at, refund.owed_at) if moment is not None)
        found.append(
            Waiting(
                refund,
                since=since,
                age=now - since,
                next_step=_NEXT_STEP.get(refund.waits_for, "Try again, or ask the buyer for another number."),
                code=code or "",
                is_late=nairobi_date(now) > refund.promised_until,
                proposal=proposals.get(refund.pk),
            )
        )
    return found


_NEXT_STEP: Mapping[str, str] = {
    Refund.Wait.PHONE: "Find out who paid, and propose their confirmed number.",
    Refund.Wait.BUYER: "Once the buyer has done it, try again; or propose another number of theirs.",
    Refund.Wait.MINIMUM: "Top it up to KES 10. If it is all of the payment, a rule for its cause may reverse that.",
    Refund.Wait.FLOAT: "Fill the account that pays. It is tried again by itself.",
    Refund.Wait.OPERATOR: "Look at the reason; then try again, or propose another number.",
}


def redirections_to_decide() -> QuerySet[Redirection]:
    """Proposals for another number that wait for a second person."""
    proposed = Redirection.objects.filter(state=Redirection.State.PROPOSED)
    return proposed.select_related("refund__purchase__buyer", "maker").order_by("pk")


def rules() -> QuerySet[InstantRule]:
    """Rules for leaving at once, those in force and proposed first."""
    return InstantRule.objects.select_related("maker", "decider", "ended_by").order_by("decided_at", "-pk")
