"""Whatever buyer, seller and mediators do, in whatever order, early or late: money is conserved, nothing illegal
happens, and nothing gets stuck, for whatever is open has somebody whose turn it is until a moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sokopesa.aftersale.deadlines import apply_due
from sokopesa.aftersale.disputes import answering, opening, returning, ruling
from sokopesa.aftersale.disputes.life import CLOCK_OF, CLOCKS
from sokopesa.aftersale.disputes.models import Dispute, Kind, Plan, Side
from sokopesa.aftersale.giving_back import left_cents
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.orders.models import Clock, Order
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Counter = Any
SHOP = "Moto Shop, Luthuli Avenue 5, Nairobi"

AMOUNTS = [None, -100, 0, 900, 1_000, 30_000, 30_050, 49_900, 52_000, 500_000]
HOURS = [0, 0, 0, 1, 23, 47, 72, 120, 169, 241, 721]


@dataclass
class Story:
    """Two lines of one order, and the time that goes by."""

    counter: Counter
    order: Order
    now: datetime
    done: int = 0

    def dispute(self, which: int) -> Dispute | None:
        line = self.order.lines.order_by("id")[which]
        return Dispute.objects.filter(line=line).order_by("-id").first()

    def plan(self, dispute: Dispute, side: Side) -> int:
        return Plan.objects.filter(dispute=dispute, side=side).values_list("id", flat=True).last() or 0

    def act(self, verb: str, which: int, amount: int | None, kind: str) -> None:
        """Try it; whatever is refused changes nothing."""
        counter, now, dispute = self.counter, self.now, self.dispute(which)
        claim = counter.claim(kind=kind, amount_cents=amount, reason="late" if kind == "nothing" else "damaged")
        if kind == "nothing":
            claim = counter.claim(kind="refund_only", amount_cents=None, reason="late")
        if verb == "open":
            line = self.order.lines.order_by("id")[which]
            self._try(lambda: opening.open_dispute(line.pk, claim, key=uuid.uuid4(), by=counter.buyer, now=now))
            return
        if dispute is None:
            return
        pk = dispute.pk
        buyer, seller = {"by": counter.buyer, "now": now}, {"by": counter.seller, "now": now}
        verbs: dict[str, Callable[[], object]] = {
            "change": lambda: opening.change_claim(pk, claim, **buyer),
            "withdraw": lambda: opening.withdraw(pk, **buyer),
            "accept offer": lambda: answering.accept_offer(pk, plan_id=self.plan(dispute, Side.SELLER), **buyer),
            "escalate": lambda: answering.escalate(pk, **buyer),
            "send back": lambda: returning.send_back(pk, carrier="", tracking="KE 1", **buyer),
            "accept": lambda: answering.accept_claim(
                pk, plan_id=self.plan(dispute, Side.BUYER), return_to=SHOP, **seller
            ),
            "refuse": lambda: answering.refuse(pk, words="No.", evidence=counter.files(counter.seller), **seller),
            "offer": lambda: answering.offer(pk, kind=kind, amount_cents=amount, words="So.", return_to=SHOP, **seller),
            "address": lambda: returning.name_address(pk, return_to=SHOP, **seller),
            "take back": lambda: returning.take_back(pk, **seller),
            "contest": lambda: returning.contest(pk, words="A stone.", **seller),
            "scan": lambda: returning.note_delivery(pk, at=now, now=now),
            "buyer appeals": lambda: ruling.appeal(pk, side=Side.BUYER, words="No.", **buyer),
            "seller appeals": lambda: ruling.appeal(pk, side=Side.SELLER, words="No.", **seller),
            "rule": lambda: self.rule(pk, kind, amount, 0),
            "rule too": lambda: self.rule(pk, kind, amount, 1),
        }
        self._try(verbs[verb])

    def rule(self, pk: int, kind: str, amount: int | None, who: int) -> None:
        mediator = self.counter.mediators[who]
        ruling.rule(pk, kind=kind, amount_cents=amount, reasons="So.", by=mediator, now=self.now)

    def _try(self, verb: Callable[[], object]) -> None:
        before = self.picture()
        try:
            with transaction.atomic():
                verb()
            self.done += 1
        except Refusal:
            assert self.picture() == before

    def picture(self) -> object:
        return (
            list(Dispute.objects.order_by("id").values_list("id", "state", "amount_cents", "refunded_cents")),
            list(Clock.objects.order_by("id").values_list("id", "kind", "due_at")),
            Plan.objects.count(),
            Refund.objects.count(),
        )

    def check(self) -> None:
        self.order.refresh_from_db()
        paid, back = self.order.total_cents, sum(Refund.objects.values_list("amount_cents", flat=True))
        assert self.order.refunded_cents == back <= paid
        over = self.order.state == "completed"
        assert balance_cents(escrow(self.order.pk)) == (0 if over else back - paid)
        live = Dispute.objects.exclude(state="closed")
        assert self.order.disputed == live.exists()
        assert not (over and live.exists())
        running = Clock.objects.filter(kind__in=CLOCKS)
        assert {(clock.subject, clock.kind) for clock in running} == {(each.pk, CLOCK_OF[each.state]) for each in live}
        assert all(clock.due_at > self.now and clock.owner for clock in running)
        for dispute in Dispute.objects.exclude(refund=None):
            assert 0 < dispute.refunded_cents <= dispute.whole_cents
        for line in self.order.lines.all():
            assert line.disputes.exclude(outcome="withdrawn").count() <= 1
        if left_cents(self.order) == 0 and not live.exists():
            assert self.order.state == "refunded"
        elif not live.exists() and not over:
            assert Clock.objects.filter(order=self.order, kind="protection").exists()

    def settle(self) -> None:
        """Everybody goes home; only the clock and the mediators go on."""
        for _ in range(20):
            for dispute in Dispute.objects.filter(state__in=["with_mediator", "appealed"]):
                for who in (0, 1):
                    self._try(lambda pk=dispute.pk, who=who: self.rule(pk, "refund_only", 20_000, who))
            soonest = Clock.objects.filter(kind__in=CLOCKS).order_by("due_at").first()
            if soonest is None:
                break
            self.now = soonest.due_at
            apply_due(now=self.now)
        assert not Dispute.objects.exclude(state="closed").exists()


VERBS = [
    "open",
    "change",
    "withdraw",
    "accept offer",
    "escalate",
    "send back",
    "accept",
    "refuse",
    "offer",
    "address",
    "take back",
    "contest",
    "scan",
    "buyer appeals",
    "seller appeals",
    "rule",
    "rule too",
]
moves = st.tuples(
    st.sampled_from(VERBS),
    st.sampled_from([0, 0, 1]),
    st.sampled_from(AMOUNTS),
    st.sampled_from(Kind.values),
    st.sampled_from(HOURS),
)
RETURNED = [("open", 0, None, "return", 0), ("accept", 0, None, "return", 0), ("send back", 0, None, "return", 0)]
CONTESTED = [*RETURNED, ("contest", 0, None, "return", 0), ("rule", 0, 30_000, "refund_only", 1)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=st.sampled_from([[], RETURNED, CONTESTED]), story=st.lists(moves, min_size=4, max_size=12))
@example(beginning=CONTESTED, story=[("seller appeals", 0, None, "return", 0), ("rule too", 0, None, "nothing", 0)])
@example(beginning=[], story=[("open", 0, None, "nothing", 121), ("open", 1, None, "nothing", 121)])
def test_any_history_conserves_money_and_comes_to_an_end(
    counter: Counter, beginning: list[Any], story: list[Any]
) -> None:
    with transaction.atomic():
        order = counter.order(lines=[(50_000, 1), (70_000, 1)], shipping_cents=5_000)
        told = Story(counter, order, counter.now)
        for verb, which, amount, kind, hours in [*beginning, *story]:
            told.act(verb, which, amount, kind)
            told.now += timedelta(hours=hours)
            apply_due(now=told.now)
            told.check()
        told.settle()
        told.check()
        assert discrepancies() == []
        transaction.set_rollback(True)
