"""Reading disputes: how one stands for each side, and the lists of buyers, sellers and mediators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery

from sokopesa.aftersale.disputes.life import CLOCKS, Step, allowed, running
from sokopesa.aftersale.disputes.models import Dispute, Evidence, Kind, Plan, Side
from sokopesa.aftersale.disputes.sums import middle_cents
from sokopesa.orders.clocks import MEANINGS, NEGOTIATE
from sokopesa.orders.life import Actor
from sokopesa.orders.models import Clock, Order, OrderLine
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import acts_for
from sokopesa.people.staff import RULE_DISPUTES, may

State = Dispute.State


@dataclass(frozen=True, slots=True)
class Deadline:
    """Whose move it is, until when, and what happens then, in words."""

    owner: str
    to_do: str
    due_at: datetime
    otherwise: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a dispute stands for one of its sides: deadlines, the newest plan of each side, and what may be done."""

    dispute: Dispute
    deadlines: tuple[Deadline, ...]
    plans: dict[str, Plan]
    history: tuple[Plan, ...]
    steps: tuple[Step, ...]

    @property
    def middle(self) -> int:
        """Half-way between claim and offer, in cents; 0 where there is nothing between them."""
        claim, offer = self.plans.get(Side.BUYER), self.plans.get(Side.SELLER)
        if claim is None or offer is None or offer.kind != Kind.REFUND_ONLY or not self.dispute.received:
            return 0
        cents = middle_cents(claim.amount_cents, offer.amount_cents)
        return cents if offer.amount_cents < cents < claim.amount_cents else 0


def _whole() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("order__purchase__buyer", "order__seller", "line", "refund")


def dispute_of_buyer(user: User, number: str) -> Dispute:
    """The buyer's own dispute. Raises `Dispute.DoesNotExist`: there is none, or it is somebody else's."""
    return _whole().get(number=number, order__purchase__buyer=user)


def dispute_of_shop(shop: Seller, number: str) -> Dispute:
    """A dispute about an order of the shop. Raises `Dispute.DoesNotExist`."""
    return _whole().get(number=number, order__seller=shop)


def live_of(order_id: int) -> Dispute | None:
    """The order's oldest dispute that is still to be decided."""
    return Dispute.objects.filter(order=order_id).exclude(state=Dispute.State.CLOSED).order_by("id").first()


def dispute_of_market(number: str) -> Dispute:
    """Any dispute, for staff. Raises `Dispute.DoesNotExist`."""
    return _whole().get(number=number)


def standing(dispute: Dispute, actor: Actor) -> Standing:
    """How it stands for this side. Two queries."""
    history = tuple(dispute.plans.select_related("by").order_by("id"))
    return Standing(
        dispute=dispute,
        deadlines=_deadlines(dispute),
        plans={plan.side: plan for plan in history},
        history=history,
        steps=allowed(dispute, actor),
    )


def _deadlines(dispute: Dispute) -> tuple[Deadline, ...]:
    """The running one, and before an answer also the day on which a mediator steps in."""
    clock = running(dispute)
    if clock is None:
        return ()
    meaning = MEANINGS[clock.kind]
    if clock.kind == Clock.Kind.SEND_BACK and not dispute.return_to:
        now = Deadline(
            "seller",
            "The seller says where the goods go back to",
            clock.due_at,
            "the money goes back without a return",
        )
    else:
        now = Deadline(clock.owner, meaning.to_do, clock.due_at, meaning.otherwise)
    if clock.kind != Clock.Kind.ANSWER_DISPUTE:
        return (now,)
    agree = MEANINGS[Clock.Kind.ANSWER_OFFER]
    steps_in = max(dispute.opened_at + NEGOTIATE, clock.due_at)
    return (now, Deadline("either", agree.to_do, steps_in, agree.otherwise))


def evidence_for(person: User, number: str, upload_id: UUID) -> Evidence | None:
    """A file of a dispute, if the person may see it: its buyer, a member of its shop, or somebody who rules."""
    files = Evidence.objects.select_related("upload", "dispute__order__purchase")
    shown = files.filter(dispute__number=number, upload=upload_id).first()
    if shown is None:
        return None
    order = shown.dispute.order
    party = order.purchase.buyer_id == person.pk or acts_for(person, order.seller_id)
    return shown if party or may(person, RULE_DISPUTES) else None


def disputes_of_lines(lines: Iterable[OrderLine]) -> dict[int, Dispute]:
    """The newest dispute of each line, by the line's id. One query."""
    known = Dispute.objects.filter(line__in=[line.pk for line in lines]).order_by("id")
    return {dispute.line_id: dispute for dispute in known}


def can_dispute(order: Order, line: OrderLine, newest: Dispute | None) -> bool:
    """Whether the button is shown; without a query. What was pressed meanwhile, the verb finds out."""
    fitting = order.state in (Order.State.PARTLY_SHIPPED, Order.State.SHIPPED, Order.State.DELIVERED)
    free = newest is None or newest.outcome == Dispute.Outcome.WITHDRAWN
    return fitting and free and line.shipped_quantity > 0


def _with_deadline(disputes: QuerySet[Dispute]) -> QuerySet[Dispute]:
    clock = Clock.objects.filter(order=OuterRef("order"), subject=OuterRef("pk"), kind__in=CLOCKS)
    return disputes.annotate(due_at=Subquery(clock.values("due_at")[:1], output_field=DateTimeField()))


def disputes_of_shop(shop: Seller) -> QuerySet[Dispute]:
    """Live disputes about orders of the shop, the nearest deadline first."""
    mine = _whole().filter(order__seller=shop).exclude(state=State.CLOSED)
    return _with_deadline(mine).order_by("due_at", "id")


def closed_of_shop(shop: Seller) -> QuerySet[Dispute]:
    """Closed disputes about orders of the shop, the last first."""
    return _whole().filter(order__seller=shop, state=State.CLOSED).order_by("-id")


def to_rule() -> QuerySet[Dispute]:
    """What waits for a mediator, the nearest deadline first."""
    return _with_deadline(_whole().filter(state__in=[State.WITH_MEDIATOR, State.APPEALED])).order_by("due_at", "id")


def live() -> QuerySet[Dispute]:
    """All that is not closed, the oldest first."""
    return _with_deadline(_whole().exclude(state=State.CLOSED)).order_by("opened_at", "id")


def last_return_address(shop: Seller) -> str:
    """Where goods of the shop went back to the last time; empty if none ever did."""
    known = Dispute.objects.filter(order__seller=shop).exclude(return_to="").order_by("-id")
    return known.values_list("return_to", flat=True).first() or ""
