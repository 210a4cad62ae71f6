"""What `sokopesa.aftersale.disputes` offers, to buyers, sellers and mediators."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from any_life.evidence import ready_file
from any_life.walk import OVER, WHICH, WHO, Walk
from sokopesa.aftersale import deadlines
from sokopesa.aftersale.disputes import answering, evidence, opening, returning, ruling
from sokopesa.aftersale.disputes.claims import MOST_OF_A_LINE, Claim, opens_at
from sokopesa.aftersale.disputes.life import BY_STEP, CLOCK_OF, CLOCKS, Step, allowed
from sokopesa.aftersale.disputes.models import LEAST_CENTS, Dispute, Kind, Plan, Side
from sokopesa.aftersale.disputes.sums import whole_cents
from sokopesa.orders.life import Action, Actor
from sokopesa.orders.models import Clock
from sokopesa.people.models import User
from sokopesa.shipping import parcels

SHOP = "Moto Shop, Luthuli Avenue 5, Nairobi"
NEGOTIATE = timedelta(days=7)
MOST_FILES = 10
BY_HAND = tuple(step for step, known in BY_STEP.items() if known.clock is None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for or offers, sensible or not."""

    kind: str
    reason: str
    cents: int | None

    @property
    def is_sendable(self) -> bool:
        return self.cents is not None and self.cents % 100 == 0

    def can_be_claimed(self, whole: int, *, is_late: bool) -> bool:
        """As R46 to R49 have it: what did not come is refunded whole, once it is late; what came is sent back for all
        of the money, or kept for a part."""
        if self.reason == "late":
            return self.kind == "refund_only" and self.cents is None and is_late
        if self.reason != "damaged" or self.kind not in ("return", "refund_only"):
            return False
        if self.kind == "return":
            return self.cents in (None, whole)
        return self.is_sendable and min(LEAST_CENTS, whole) <= (self.cents or 0) < whole

    def can_be_offered(self, dispute: Dispute) -> bool:
        if self.kind == "return":
            return dispute.received
        most = dispute.amount_cents - 1 if dispute.kind == Kind.REFUND_ONLY else dispute.whole_cents
        return self.kind == "refund_only" and self._within(dispute, most)

    def can_be_ruled(self, dispute: Dispute) -> bool:
        if self.kind == "return":
            return dispute.received and dispute.sent_back_at is None
        return self.kind == "nothing" or self._within(dispute, dispute.whole_cents)

    def _within(self, dispute: Dispute, most: int) -> bool:
        return self.is_sendable and min(LEAST_CENTS, dispute.whole_cents) <= (self.cents or 0) <= most


AMOUNTS = st.sampled_from([None, None, 4_000, 4_000, 5_000, 20_000, 80_000, 900, 4_050, 0, -4_000, 500_000])
WISH = st.builds(
    Wish,
    kind=st.sampled_from(["return", "return", "refund_only", "refund_only", "refund_only", "nothing"]),
    reason=st.sampled_from(["damaged", "damaged", "damaged", "late", "late", "nonsense"]),
    cents=AMOUNTS,
)
LINE = st.integers(0, 1)
ANYBODY = WHO | st.sampled_from(["mediator", "other mediator"])
GOODS_CAME_BACK = ("first line", "return", "accept_claim", "send_back", "take_back")
BEGINNINGS: tuple[tuple[str, ...], ...] = (
    (),
    ("part",),
    ("all",),
    ("all", "late"),
    ("part", "open", "refuse"),
    ("all", "late", "open", "refuse", "escalate"),
    ("part", "return", "accept_claim"),
    GOODS_CAME_BACK,
    ("all", "return", "accept_claim", "send_back"),
    ("all", "return", "accept_claim", "send_back", "contest", "rule", "appeal"),
    ("all", "open", "refuse", "escalate", "rule"),
    ("part", "open", "refuse", "escalate", "rule", "appeal"),
)
"""Where one of the orders stands when the walk begins, so that short walks come far."""


class Disputes(Walk):
    """Claims, answers, offers, goods on their way back, rulings and appeals, about each line of the orders."""

    beginnings: ClassVar[Sequence[Sequence[str]]] = BEGINNINGS

    @initialize(which=WHICH, pick=st.integers(0, len(BEGINNINGS) - 1))
    def something_was_done_before(self, which: int, pick: int) -> None:
        part = self.parts[which]
        wish = Wish("refund_only", "damaged", 20_000)
        pieces = {"part": 2, "first line": 3, "all": None}
        for done in self.beginnings[pick % len(self.beginnings)]:
            if done in pieces:
                count = pieces[done]
                packed = {part.lines[0].pk: count} if count else None
                parcels.ship(part.order, quantities=packed, carrier="Boda", by=part.seller, now=self.now)
            elif done == "late":
                self.now = opens_at(part.order) + timedelta(hours=1)
                deadlines.apply_for(part.order_id, now=self.now)
            elif done in ("open", "return"):
                self.open(which, 0, "buyer", Wish("return", "damaged", None) if done == "return" else wish)
            else:
                step = Step(done)
                who = {Actor.BUYER: "buyer", Actor.SELLER: "seller", Actor.MARKET: "mediator"}
                self.go_on(which, 0, who[BY_STEP[step].actors[0]], step=step, pick=0, wish=wish, is_careful=True)

    @rule(which=WHICH, line=LINE, who=WHO, wish=WISH)
    def open(self, which: int, line: int, who: str, wish: Wish) -> None:
        part = self.parts[which]
        about = part.lines[line]
        before = list(about.disputes.values_list("outcome", flat=True))
        fits = about.shipped_quantity > 0 and len(before) < MOST_OF_A_LINE and set(before) <= {"withdrawn"}
        if fits:
            fits = wish.can_be_claimed(whole_cents(part.order, about), is_late=self.now >= opens_at(part.order))
        claim = self._claim(wish, part.buyer)
        self.attempt(
            which,
            Action.DISPUTE,
            Actor.BUYER,
            who,
            lambda by: opening.open_dispute(about.pk, claim, key=uuid.uuid4(), by=by, now=self.now),
            fits=fits,
        )

    @rule(
        which=WHICH,
        line=LINE,
        who=ANYBODY,
        step=st.none() | st.none() | st.sampled_from(BY_HAND),
        pick=st.integers(0, 6),
        wish=WISH,
        is_careful=st.sampled_from([True, True, True, False]),
    )
    def go_on(
        self, which: int, line: int, who: str, *, step: Step | None, pick: int, wish: Wish, is_careful: bool
    ) -> None:
        """Anybody tries any step in the newest dispute of a line; without a ``step``, one of those that the table has
        for them now. Who is not ``is_careful`` forgets what has to be said with it."""
        dispute = Dispute.objects.filter(line=self.parts[which].lines[line]).order_by("id").last()
        if dispute is None:
            return
        actor = {"buyer": Actor.BUYER, "seller": Actor.SELLER}.get(who, Actor.MARKET)
        if step is None:
            open_to = allowed(dispute, actor)
            if not open_to:
                return
            step = open_to[pick % len(open_to)]
        needed = BY_STEP[step].actors
        acts_as = actor if actor in needed else needed[0]
        deed, fits = self._deed(which, dispute, step, acts_as, wish=wish, said="Sawa." if is_careful else " ")
        passed = Clock.objects.filter(subject=dispute.pk, kind__in=CLOCKS, due_at__lte=self.now)
        passed = passed.exclude(kind=Clock.Kind.RULE)
        is_theirs = {Actor.BUYER: who == "buyer", Actor.SELLER: who == "seller", Actor.MARKET: "mediator" in who}
        if step == Step.NOTE_DELIVERY:  # the courier's word, whoever passes it on
            is_theirs[Actor.MARKET] = True
        if step == Step.RULE and dispute.state == Dispute.State.APPEALED:  # somebody else decides again
            is_theirs[Actor.MARKET] &= self.person(which, who) != dispute.rulings.get().mediator
        must_succeed = step in allowed(dispute, acts_as) and is_theirs[acts_as] and fits and not passed.exists()
        self.try_it(which, step, who, deed, must_succeed=must_succeed)

    def _deed(
        self, which: int, dispute: Dispute, step: Step, actor: Actor, *, wish: Wish, said: str
    ) -> tuple[Callable[[User], object], bool]:
        """The step as it is done, and whether what is given with it will do."""
        pk, now, part = dispute.pk, self.now, self.parts[which]
        says = bool(said.strip())
        side = Side.SELLER if actor == Actor.SELLER else Side.BUYER
        owner = part.seller if side == Side.SELLER else part.buyer
        shown = dispute.evidence.filter(side=side).count()
        files = [ready_file(owner, at=now)] if shown < MOST_FILES else []
        offered, claimed = self._newest(dispute, Side.SELLER), self._newest(dispute, Side.BUYER)
        amount = {"kind": wish.kind, "amount_cents": wish.cents}
        if step == Step.CHANGE:
            is_late = now >= opens_at(part.order)
            fits = wish.can_be_claimed(dispute.whole_cents, is_late=is_late) and now < dispute.opened_at + NEGOTIATE
            claim = self._claim(wish, part.buyer if shown < MOST_FILES else None)
            return lambda by: opening.change_claim(pk, claim, by=by, now=now), fits
        if step == Step.RULE:
            return lambda by: ruling.rule(pk, **amount, reasons=said, by=by, now=now), (
                says and wish.can_be_ruled(dispute)
            )
        if step == Step.OFFER:
            needs = says or wish.kind != "return"
            return (
                lambda by: answering.offer(pk, **amount, words="So.", return_to=said, by=by, now=now),
                wish.can_be_offered(dispute) and needs,
            )
        side_of = Side(actor.value)
        deeds: dict[Step, tuple[Callable[[User], object], bool]] = {
            Step.WITHDRAW: (lambda by: opening.withdraw(pk, by=by, now=now), True),
            Step.ACCEPT_OFFER: (
                lambda by: answering.accept_offer(pk, plan_id=offered.pk if offered else 0, by=by, now=now),
                offered is not None and offered.kind != Kind.NOTHING,
            ),
            Step.ESCALATE: (lambda by: answering.escalate(pk, by=by, now=now), True),
            Step.SEND_BACK: (lambda by: returning.send_back(pk, carrier="", tracking=said, by=by, now=now), says),
            Step.ACCEPT_CLAIM: (
                lambda by: answering.accept_claim(
                    pk, plan_id=claimed.pk if claimed else 0, return_to=said, by=by, now=now
                ),
                says or dispute.kind != Kind.RETURN,
            ),
            Step.REFUSE: (lambda by: answering.refuse(pk, words=said, evidence=files, by=by, now=now), says),
            Step.NAME_ADDRESS: (lambda by: returning.name_address(pk, return_to=said, by=by, now=now), says),
            Step.TAKE_BACK: (lambda by: returning.take_back(pk, by=by, now=now), True),
            Step.CONTEST: (lambda by: returning.contest(pk, words=said, by=by, now=now), says),
            Step.APPEAL: (lambda by: ruling.appeal(pk, side=side_of, words=said, by=by, now=now), says),
            Step.SHOW_EVIDENCE: (lambda by: evidence.show(pk, side=side_of, ids=files, by=by, now=now), True),
            Step.NOTE_DELIVERY: (lambda by: returning.note_delivery(pk, at=now, now=now), True),
        }
        return deeds[step]

    def market_decides(self) -> None:
        for dispute in Dispute.objects.filter(state__in=["with_mediator", "appealed"]):
            by = next(each for each in self.mediators if not dispute.rulings.filter(mediator=each).exists())
            ruling.rule(dispute.pk, kind="nothing", amount_cents=None, reasons="So.", by=by, now=self.now)

    @invariant()
    def disputes_hold_their_orders(self) -> None:
        """The overlay is true to the rows, each open dispute has one deadline, its own, and an order that is over has
        no open one."""
        live = list(Dispute.objects.exclude(state="closed").select_related("order"))
        clocks = list(Clock.objects.filter(kind__in=CLOCKS))
        running = {(clock.subject, clock.kind) for clock in clocks}
        assert len(clocks) == len(live)
        assert running == {(dispute.pk, CLOCK_OF[dispute.state]) for dispute in live}
        assert not any(dispute.order.state in OVER for dispute in live)
        for part in self.parts:
            order = part.order
            assert order.disputed == any(dispute.order_id == order.pk for dispute in live)
            ended = Dispute.objects.filter(order=order, state="closed")
            refunds = order.refunds.filter(cause="dispute")
            assert sum(dispute.refunded_cents for dispute in ended) == sum(each.amount_cents for each in refunds)

    def _claim(self, wish: Wish, owner: User | None) -> Claim:
        files = [ready_file(owner, at=self.now)] if owner else []
        return Claim(wish.kind, wish.reason, wish.cents, "The lid is broken.", files)

    def _newest(self, dispute: Dispute, side: Side) -> Plan | None:
        return Plan.objects.filter(dispute=dispute, side=side).order_by("id").last()
