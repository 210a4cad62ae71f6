"""What `sokopesa.shipping` offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from any_life.walk import HOUR, SOME, WHICH, WHO, Walk
from sokopesa.orders import clocks
from sokopesa.orders.life import Action, Actor
from sokopesa.orders.models import Clock, OrderLine
from sokopesa.shipping import extending, parcels
from sokopesa.shipping.models import Extension, Shipment, TrackingEvent
from sokopesa.shipping.receiving import accept, confirm
from sokopesa.shipping.tracking import Scan, take_in

DAYS = st.sampled_from([1, 5, 30, 30, 0, 31])


class Shipping(Walk):
    """Parcels, couriers' words, receipt, and more time by agreement."""

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
            is_there = order.state in ("shipped", "delivered")
            assert (ends is not None) == (is_there and not order.disputed)
            if ends and order.pk in lengthened:
                promised = clocks.end_of(order.promised_until) + clocks.PROTECTION
                assert ends.due_at <= max(order.shipped_at + extending.PROTECTED_AT_MOST, promised)
