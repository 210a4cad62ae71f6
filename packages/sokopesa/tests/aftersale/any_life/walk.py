"""Two paid orders, the people around them and a clock that jumps, with the rules that must hold after every step.

A room that adds actions adds a class of rules beside `cancelling`, `shipping` and `disputes`; its tables are compared
by themselves. Rules act through `Walk.attempt`, which knows from the table of `sokopesa.orders.life` whether the action
must succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import connection, transaction
from django.db.models import Min
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sokopesa.aftersale import deadlines
from sokopesa.aftersale.models import CancelRequest
from sokopesa.aftersale.reminding import remind_due
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.queries import discrepancies, trial_balance
from sokopesa.notices.models import Notice
from sokopesa.orders import clocks
from sokopesa.orders.life import Action, Actor, allowed
from sokopesa.orders.models import Clock, Event, Order, OrderLine
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.refunds.models import Refund

HOUR = timedelta(hours=1)
LIVING = (*Order.PAID,)
HOLD_UP_NOBODY = (Clock.Kind.DELIVER, Clock.Kind.RULE)
"""Deadlines at which nobody loses a right."""

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


WHICH = st.integers(0, 1)
REFUSED = (Refusal, PermissionDenied, ObjectDoesNotExist)
WHO = st.sampled_from(["buyer", "buyer", "seller", "seller", "stranger", "rival"])
"""*stranger* is the other order's buyer, *rival* its seller."""

SOME = st.lists(st.integers(0, 3), min_size=2, max_size=2)
"""Pieces of each of the two lines: of three, and of one."""


class Walk(RuleBasedStateMachine):
    """Two paid orders of different people, one of them sent for nothing, and a clock that jumps. ``make_case`` is set
    by the test."""

    make_case: ClassVar[Callable[..., Any]]

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        cases = [self.make_case(), self.make_case(shipping_cents=0)]
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
        self.mediators = [add_staff(phone=f"25473{n}000001", role=Role.MEDIATOR) for n in range(2)]
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
        order = self.parts[which].order
        passed = Clock.objects.filter(order=order, due_at__lte=self.now).exclude(kind__in=HOLD_UP_NOBODY).exists()
        must_succeed = action in allowed(order, actor) and not passed and fits and who == actor.value
        self.try_it(which, action, who, deed, must_succeed=must_succeed)

    def try_it(self, which: int, what: str, who: str, deed: Callable[[User], object], *, must_succeed: bool) -> None:
        """Let somebody do it, and see that it was done, or that nothing has changed."""
        before = None if must_succeed else self._picture()
        refused = None
        try:
            with transaction.atomic():
                deed(self.person(which, who))
        except REFUSED as refusal:
            refused = refusal
        if must_succeed:
            assert refused is None, f"{what} was refused: {refused}"
        else:
            assert self._picture() == before, f"{who} did {what}, which was not allowed ({refused})"

    def person(self, which: int, who: str) -> User:
        """By role in that order."""
        part, other = self.parts[which], self.parts[1 - which]
        people = {"buyer": part.buyer, "seller": part.seller, "stranger": other.buyer, "rival": other.seller}
        return (people | {"mediator": self.mediators[0], "other mediator": self.mediators[1]})[who]

    @rule(hours=st.sampled_from([1, 20, 47, 49, 71, 73, 24 * 8, 24 * 40]))
    def time_goes_on(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule()
    def worker_works(self) -> None:
        remind_due(now=self.now)
        due = dict(Clock.objects.filter(due_at__lte=self.now).values_list("order").annotate(Min("due_at")))
        last = Event.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        refunds = set(Refund.objects.values_list("pk", flat=True))
        deadlines.apply_due(now=self.now)
        # A courier's word of before counts only now, when no piece is left to ship.
        said = Event.objects.filter(pk__gt=last, order__isnull=False).exclude(kind="delivered").order_by("pk")
        for part in self.parts:
            moments = [event.at for event in said if event.order_id == part.order_id]
            assert moments == sorted(moments)
            assert all(due[part.order_id] <= at <= self.now for at in moments)
            owed = Refund.objects.filter(order=part.order_id).exclude(pk__in=refunds)
            assert set(owed.values_list("owed_at", flat=True)) <= set(moments)
        assert not Clock.objects.filter(due_at__lte=self.now, kind__in=deadlines.CARRIED_OUT_BY).exists()

    @rule(which=WHICH)
    def page_is_opened(self, which: int) -> None:
        deadlines.apply_for(self.parts[which].order_id, now=self.now)

    def market_decides(self) -> None:
        """Whatever waits for a mediator, for rooms that have such."""

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
        """Whatever happened, time alone ends every order, once the market's own people have decided what waits for
        them."""
        for _ in range(8):
            self.market_decides()
            self.now += timedelta(days=60)
            deadlines.apply_due(now=self.now)
        for part in self.parts:
            assert part.order.state in OVER
        self.the_rules_hold()
        assert discrepancies() == []
        texts = Notice.objects.values_list("text", flat=True)
        assert [text for text in texts if len(text) > 160] == []
