"""What becomes of orders once they are paid: sellers who ship, who forget, who answer or keep silent, and buyers who
think better of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from sokopesa.aftersale import cancelling
from sokopesa.kernel.errors import Refusal
from sokopesa.orders.models import Clock, Order
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member
from sokopesa.shipping.parcels import ship

if TYPE_CHECKING:
    from market_day.day import Day

MINUTE, HOUR = 60.0, 3_600.0
MEMBER = "254711600001"
"""One person acts for every shop of a day."""

FATES = ["ship"] * 4 + ["forget", "approve", "approve", "refuse", "silence", "withdraw", "ship first"]


@dataclass
class Sellers:
    """All shops of a day. ``chance`` is their own, so that what they do changes nothing of how buyers pay."""

    day: Day
    chance: Random
    seen: set[int] = field(default_factory=set)

    def look(self) -> None:
        """Decide what becomes of orders that have been paid since."""
        fresh = Clock.objects.filter(kind=Clock.Kind.SHIP).exclude(order__in=self.seen).order_by("order_id")
        for order in Order.objects.filter(pk__in=fresh.values("order")).select_related("purchase__buyer", "seller"):
            self.seen.add(order.pk)
            self._decide(order, self.chance.choice(FATES))

    def _decide(self, order: Order, fate: str) -> None:
        self.day.note("fate", fate)
        member = add_member(seller=order.seller, phone=MEMBER)
        if fate == "ship":
            self._later(20 * HOUR, lambda: self._ship(order, member))
        if fate in ("ship", "forget"):
            return
        self._later(5 * HOUR, lambda: self._ask(order, member, fate))

    def _ask(self, order: Order, member: User, fate: str) -> None:
        reason = self.chance.choice(["changed_mind", "found_cheaper", "seller_no_reply"])
        buyer = order.purchase.buyer
        try:
            request = cancelling.ask(order, reason=reason, by=buyer, now=self.day.now)
        except Refusal as refusal:
            self.day.note("refused", type(refusal).__name__)
            return
        answers: dict[str, Callable[[], object]] = {
            "approve": lambda: cancelling.approve(request, by=member, now=self.day.now),
            "refuse": lambda: cancelling.refuse(request, words="It is packed.", by=member, now=self.day.now),
            "withdraw": lambda: cancelling.withdraw(request, by=buyer, now=self.day.now),
            "ship first": lambda: self._ship(order, member),
        }
        if answer := answers.get(fate):
            self._later(8 * HOUR, answer)
        if fate in ("refuse", "withdraw"):
            self._later(16 * HOUR, lambda: self._ship(order, member), at_least=8 * HOUR)

    def _ship(self, order: Order, member: User) -> None:
        """Everything that is still open leaves in one parcel."""
        try:
            ship(order, by=member, now=self.day.now, carrier="Fargo Courier", tracking_number=f"FC{order.pk:08d}")
        except Refusal as refusal:
            self.day.note("refused", type(refusal).__name__)

    def _later(self, most: float, deed: Callable[[], object], *, at_least: float = MINUTE) -> None:
        self.day.after(self.chance.uniform(at_least, most), deed, about_paying=False)
