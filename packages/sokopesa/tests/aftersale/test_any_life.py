"""Buyers, sellers, strangers and the clock do anything at any time with orders that are paid, legal or not: no order
comes into a state that cannot be, none is stuck, no shilling is lost, and what is refused changes nothing.

A room that adds actions adds a class of rules here, and its tables are compared by themselves. Rules act through
`Walk.attempt`, which knows from the table of `sokopesa.orders.life` whether the action must succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sokopesa.aftersale import cancelling, deadlines
from sokopesa.aftersale.models import CancelRequest
from sokopesa.aftersale.reminding import remind_due
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.queries import discrepancies, trial_balance
from sokopesa.notices.models import Notice
from sokopesa.orders import clocks
from sokopesa.orders.life import Action, Actor, allowed
from sokopesa.orders.models import Clock, Order, OrderLine
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund
from sokopesa.shipping import extending, parcels
from sokopesa.shipping.models import Extension, Shipment, TrackingEvent
from sokopesa.shipping.receiving import accept, confirm
from sokopesa.shipping.tracking import Scan, take_in

HOUR = timedelta(hours=1)
LIVING = (*Order.PAID,)
OVER = (Order.State.CANCELLED, Order.State.REFUNDED, Order.State.COMPLETED)
ROOMS = (
    "orders_",
    "aftersale_",
    "shipping_",
    "refunds_",
    "ledger_account",
    "ledger_entry",
    "catalog_offer",
    "notices_",
)
"""What a refused action must leave as it was: all tables whose names begin so."""


@dataclass
class Part:
    """One order of the walk and the people in it."""

    order_id: int
    buyer: User
    seller: User
    paid_cents: int
    stock_at_first: int

    @property
    def order(self) -> Order:
        return Order.objects.select_related("purchase", "seller").get(pk=self.order_id)

    @property
    def lines(self) -> list[OrderLine]:
        return list(OrderLine.objects.filter(order=self.order_id).select_related("offer").order_by("id"))

    def person(self, who: str, other: Part) -> User:
        """By role; *stranger* is the other order's buyer, *rival* its seller."""
        return {"buyer": self.buyer, "seller": self.seller, "stranger": other.buyer, "rival": other.seller}[who]


WHICH = st.integers(0, 1)
WHO = st.sampled_from(["buyer", "buyer", "seller", "seller", "stranger", "rival"])
SOME = st.lists(st.integers(0, 3), min_size=2, max_size=2)
"""Pieces of each of the two lines: of three, and of one."""


class Walk(RuleBasedStateMachine):
    """Two paid orders of different people, and a clock that jumps. ``make_case`` is set by the test."""

    make_case: ClassVar[Callable[[], Any]]

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        cases = [self.make_case() for _ in range(2)]
        self.now = cases[0].now + HOUR
        self.parts = [
            Part(
                order_id=case.order.pk,
                buyer=case.buyer,
                seller=case.seller,
                paid_cents=case.order.total_cents,
                stock_at_first=sum(line.offer.stock for line in case.lines),
            )
            for case in cases
        ]
        self._tables = [name for name in connection.introspection.table_names() if name.startswith(ROOMS)]

    def teardown(self) -> None:
        try:
            self._live_on()
        finally:
            transaction.set_rollback(True)
            self._undo.__exit__(None, None, None)

    def attempt(
        self, which: int, action: Action, actor: Actor, who: str, deed: Callable[[User], object], *, fits: bool = True
    ) -> None:
        """Let somebody try it. It must succeed if the table allows it, the person is the actor, no deadline has passed
        and the input ``fits``; else it changes nothing, whether it is refused or was done before."""
        part, other = self.parts[which], self.parts[1 - which]
        order = part.order
        passed = Clock.objects.filter(order=order, due_at__lte=self.now).exclude(kind=Clock.Kind.DELIVER).exists()
        must_succeed = action in allowed(order, actor) and not passed and fits and who == actor.value
        before = None if must_succeed else self._picture()
        refused = None
        try:
            with transaction.atomic():
                deed(part.person(who, other))
        except Refusal as refusal:
            refused = refusal
        if must_succeed:
            assert refused is None, f"{action} was refused: {refused}"
        else:
            assert self._picture() == before, f"{who} did {action}, which was not allowed ({refused})"

    @rule(hours=st.sampled_from([1, 20, 47, 49, 71, 73, 24 * 8, 24 * 40]))
    def time_goes_on(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule()
    def worker_works(self) -> None:
        remind_due(now=self.now)
        deadlines.apply_due(now=self.now)
        assert not Clock.objects.filter(due_at__lte=self.now, kind__in=deadlines.CARRIED_OUT_BY).exists()

    @rule(which=WHICH)
    def page_is_opened(self, which: int) -> None:
        deadlines.apply_for(self.parts[which].order_id, now=self.now)

    @invariant()
    def the_rules_hold(self) -> None:
        ids = [part.order_id for part in self.parts]
        orders = Order.objects.select_related("purchase", "seller").in_bulk(ids)
        lines: dict[int, list[OrderLine]] = {order_id: [] for order_id in ids}
        for line in OrderLine.objects.filter(order__in=ids).select_related("offer"):
            lines[line.order_id].append(line)
        running = clocks.of(orders.values())
        pending = list(CancelRequest.objects.filter(order__in=ids, state="pending").values_list("order_id", flat=True))
        for part in self.parts:
            order = orders[part.order_id]
            self._state_follows_from_pieces(part, order, lines[order.pk])
            self._nobody_waits_for_nothing(order, running.get(order.pk, []), pending.count(order.pk))
        self._no_shilling_is_lost(orders)

    def _state_follows_from_pieces(self, part: Part, order: Order, lines: Sequence[OrderLine]) -> None:
        shipped, left = any(line.shipped_quantity for line in lines), any(line.open_quantity for line in lines)
        expected = {
            (False, True): {"awaiting_shipment"},
            (True, True): {"partly_shipped", "refunded"},
            (True, False): {"shipped", "delivered", "completed", "refunded"},
            (False, False): {"cancelled"},
        }
        assert order.state in expected[shipped, left]
        back = sum(line.cancelled_quantity for line in lines)
        assert sum(line.offer.stock for line in lines) == part.stock_at_first + back

    def _nobody_waits_for_nothing(self, order: Order, running: Sequence[Clock], pending: int) -> None:
        """A living order has a deadline, and somebody whose turn it is; one that is over has none."""
        if order.state in LIVING:
            assert running, f"an order that is {order.state} has no deadline"
            assert all(clock.owner in Clock.Owner.values for clock in running)
            assert allowed(order, Actor.BUYER) or allowed(order, Actor.SELLER)
        else:
            assert not running, f"an order that is {order.state} still has {running}"
        assert order.cancel_asked == pending == sum(clock.kind == Clock.Kind.ANSWER_CANCEL for clock in running)

    def _no_shilling_is_lost(self, orders: Mapping[int, Order]) -> None:
        """What was paid for an order is held, owed back to its buyer, or earned by its seller and the market."""
        balances = trial_balance()
        owed = dict.fromkeys(orders, 0)
        for refund_id, order_id in Refund.objects.filter(order__in=orders).values_list("id", "order_id"):
            owed[order_id] -= balances[f"refunds:{refund_id}"]
        for part in self.parts:
            order = orders[part.order_id]
            earned = part.paid_cents + balances.get(f"escrow:{order.pk}", 0) - owed[order.pk]
            assert owed[order.pk] == order.refunded_cents
            assert earned >= 0
            assert (earned > 0) == (order.state == Order.State.COMPLETED)
            assert (order.state in OVER) == (not balances.get(f"escrow:{order.pk}", 0))
        ours = ("escrow:", "refunds:", "seller:", "commission")
        held = -sum(cents for code, cents in balances.items() if code.startswith(ours))
        assert held == sum(part.paid_cents for part in self.parts)

    def _picture(self) -> list[tuple[str, str]]:
        """A fingerprint of every table of `ROOMS`."""
        each = " UNION ALL ".join(
            f"SELECT '{name}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
            for name in self._tables
        )
        with connection.cursor() as cursor:
            cursor.execute(each)
            return cursor.fetchall()

    def _live_on(self) -> None:
        """Whatever happened, time alone ends every order, unless a deadline that nobody carries out yet holds it."""
        for _ in range(8):
            self.now += timedelta(days=60)
            deadlines.apply_due(now=self.now)
        for part in self.parts:
            waiting = Clock.objects.filter(order=part.order_id).values_list("kind", flat=True)
            assert not set(waiting) & set(deadlines.CARRIED_OUT_BY)
            assert part.order.state in OVER or waiting
        self.the_rules_hold()
        assert discrepancies() == []
        texts = Notice.objects.exclude(kind="refund").values_list("text", flat=True)
        assert [text for text in texts if len(text) > 160] == []


class Cancelling(Walk):
    """What `sokopesa.aftersale.cancelling` offers."""

    @rule(
        which=WHICH,
        who=WHO,
        reason=st.sampled_from(["changed_mind", "seller_no_reply", "other", "nonsense"]),
        words=st.sampled_from(["", "Sorry."]),
        some=st.none() | SOME,
    )
    def ask(self, which: int, who: str, reason: str, words: str, some: Sequence[int] | None) -> None:
        part = self.parts[which]
        chosen = None if some is None else dict(zip([line.pk for line in part.lines], some, strict=True))
        fits = reason != "nonsense" and (reason != "other" or bool(words))
        if chosen is not None:
            left = {line.pk: line.open_quantity for line in part.lines}
            fits = fits and any(chosen.values()) and all(count <= left[pk] for pk, count in chosen.items())
        self.attempt(
            which,
            Action.ASK_CANCEL,
            Actor.BUYER,
            who,
            lambda by: cancelling.ask(part.order, reason=reason, words=words, quantities=chosen, by=by, now=self.now),
            fits=fits,
        )

    @rule(which=WHICH, who=WHO, answer=st.sampled_from(["approve", "approve", "refuse", "refuse without words"]))
    def answer(self, which: int, who: str, answer: str) -> None:
        request = self._request(which)
        if request is None:
            return
        if answer == "approve":
            action = Action.APPROVE_CANCEL

            def deed(by: User) -> object:
                return cancelling.approve(request, by=by, now=self.now)
        else:
            action = Action.REFUSE_CANCEL
            words = "It is packed." if answer == "refuse" else ""

            def deed(by: User) -> object:
                return cancelling.refuse(request, words=words, by=by, now=self.now)

        self.attempt(which, action, Actor.SELLER, who, deed, fits=answer != "refuse without words")

    @rule(which=WHICH, who=WHO)
    def withdraw(self, which: int, who: str) -> None:
        request = self._request(which)
        if request is not None:
            self.attempt(
                which,
                Action.WITHDRAW_CANCEL,
                Actor.BUYER,
                who,
                lambda by: cancelling.withdraw(request, by=by, now=self.now),
            )

    def _request(self, which: int) -> CancelRequest | None:
        """The newest, which may be answered already."""
        return CancelRequest.objects.filter(order=self.parts[which].order_id).order_by("pk").last()


DAYS = st.sampled_from([1, 5, 30, 30, 0, 31])


class Shipping(Walk):
    """What `sokopesa.shipping` offers: parcels, couriers' words, receipt, and more time by agreement."""

    @rule(which=WHICH, who=WHO, some=st.none() | SOME)
    def ship(self, which: int, who: str, some: Sequence[int] | None) -> None:
        part = self.parts[which]
        lines = part.lines
        left = [line.open_quantity for line in lines]
        counts = left if some is None else some
        fits = any(counts) and all(count <= most for count, most in zip(counts, left, strict=True))
        packed = None if some is None else {line.pk: count for line, count in zip(lines, counts, strict=True)}
        number = f"WB{Shipment.objects.count():05d}"
        self.attempt(
            which,
            Action.SHIP,
            Actor.SELLER,
            who,
            lambda by: parcels.ship(
                part.order, quantities=packed, carrier="Boda", tracking_number=number, by=by, now=self.now
            ),
            fits=fits,
        )

    @rule(
        kinds=st.lists(st.sampled_from(TrackingEvent.Kind.values), min_size=1, max_size=3),
        which=st.integers(0, 3),
        hours=st.sampled_from([0, 1, 30, 24 * 10]),
    )
    def courier_says(self, kinds: list[str], which: int, hours: int) -> None:
        """Of any parcel, or one that nobody has registered yet; late, repeated, in any order."""
        scans = [Scan("", f"WB{which:05d}", self.now - hours * HOUR, kind) for kind in kinds]
        take_in(scans, now=self.now)
        assert take_in(scans, now=self.now).new == 0

    @rule(which=WHICH, who=WHO, verb=st.sampled_from([(Action.CONFIRM, confirm), (Action.ACCEPT, accept)]))
    def receive(self, which: int, who: str, verb: tuple[Action, Callable[..., object]]) -> None:
        action, deed = verb
        order = self.parts[which].order
        self.attempt(which, action, Actor.BUYER, who, lambda by: deed(order, by=by, now=self.now))

    @rule(which=WHICH, who=WHO, days=DAYS, what=st.sampled_from(["ship_time", "protection", "lengthen"]))
    def want_more_time(self, which: int, who: str, days: int, what: str) -> None:
        order = self.parts[which].order
        action, actor, deed = {
            "ship_time": (Action.ASK_SHIP_TIME, Actor.SELLER, extending.ask_ship_time),
            "protection": (Action.ASK_PROTECTION, Actor.BUYER, extending.ask_protection),
            "lengthen": (Action.LENGTHEN_PROTECTION, Actor.SELLER, extending.lengthen_protection),
        }[what]
        most = 30 if what == "ship_time" else extending.most_days(order)
        self.attempt(
            which, action, actor, who, lambda by: deed(order, days=days, by=by, now=self.now), fits=1 <= days <= most
        )

    @rule(which=WHICH, who=WHO, grant=st.booleans(), what=st.sampled_from(["ship_time", "protection"]))
    def answer_more_time(self, which: int, who: str, grant: bool, what: str) -> None:
        order = self.parts[which].order
        action, actor, deed = {
            "ship_time": (Action.ANSWER_SHIP_TIME, Actor.BUYER, extending.answer_ship_time),
            "protection": (Action.ANSWER_PROTECTION, Actor.SELLER, extending.answer_protection),
        }[what]
        self.attempt(which, action, actor, who, lambda by: deed(order, grant=grant, by=by, now=self.now))

    @invariant()
    def what_left_and_what_was_asked_is_written_down(self) -> None:
        packed = OrderLine.objects.annotate(packed=Coalesce(Sum("shipped__quantity"), 0))
        assert not packed.exclude(packed=F("shipped_quantity")).exists()
        asked = set(Extension.objects.filter(state="asked").values_list("order_id", "kind"))
        running = {(clock.order_id, clock.kind): clock for clock in Clock.objects.all()}
        lengthened = set(
            Extension.objects.filter(kind="protection", state="granted").values_list("order_id", flat=True)
        )
        for part in self.parts:
            order = part.order
            for kind, overlay in (("ship_time", order.ship_time_asked), ("protection", order.protection_asked)):
                assert overlay == ((order.pk, kind) in asked) == ((order.pk, f"answer_{kind}") in running)
            ends = running.get((order.pk, Clock.Kind.PROTECTION))
            assert (ends is not None) == (order.state in ("shipped", "delivered"))
            if ends and order.pk in lengthened:
                promised = clocks.end_of(order.promised_until) + clocks.PROTECTION
                assert ends.due_at <= max(order.shipped_at + extending.PROTECTED_AT_MOST, promised)


class AnyLife(Cancelling, Shipping):
    """Everything that can be done."""


def walk(make_case: Callable[[], Any], **how: Any) -> None:
    machine = type("AnyLifeOfThisMarket", (AnyLife,), {"make_case": staticmethod(make_case)})
    calm = settings(stateful_step_count=20, deadline=None, suppress_health_check=[*HealthCheck], **how)
    run_state_machine_as_test(machine, settings=calm)


@pytest.mark.django_db
def test_any_life_of_an_order_keeps_the_rules(make_case: Callable[[], Any]) -> None:
    walk(make_case, max_examples=12)


@pytest.mark.django_db
def test_the_walk_sees_goods_that_are_not_put_back(
    make_case: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A walk that never fails would show nothing."""
    monkeypatch.setattr(cancelling.stock, "release", lambda **_: None)
    with pytest.raises(AssertionError):
        walk(make_case, max_examples=30, phases=[Phase.generate], database=None, derandomize=True)
