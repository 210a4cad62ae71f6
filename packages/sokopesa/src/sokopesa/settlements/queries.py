"""Reading what sellers have earned, what is still held for them, and what they were paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from sokopesa.ledger import accounts
from sokopesa.ledger.models import Account
from sokopesa.ledger.queries import balance_cents, balances_cents
from sokopesa.ledger.statements import Line, Period, Statement, statement
from sokopesa.orders.models import Clock
from sokopesa.payouts.models import Transfer
from sokopesa.people.models import Seller
from sokopesa.settlements.models import Payee, Run, Settlement


@dataclass(frozen=True, slots=True)
class Held:
    """Buyers' money for orders of a seller that are not completed: how many orders, and how much is still there.
    ``disputed_cents`` is the part that waits for the end of a dispute. The market's share is still in it."""

    orders: int
    cents: int
    disputed_orders: int
    disputed_cents: int


def held_for(seller: Seller) -> Held:
    """What is still in escrow, by the ledger. Two queries however many orders there are: each that is alive has a
    deadline."""
    alive = Clock.objects.filter(seller=seller).values_list("order_id", "order__disputed").distinct()
    disputed = {accounts.escrow(order_id): is_disputed for order_id, is_disputed in alive}
    held = {code: -cents for code, cents in balances_cents(disputed).items() if cents}
    contested = [cents for code, cents in held.items() if disputed[code]]
    return Held(len(held), sum(held.values()), len(contested), sum(contested))


def earned_cents(seller: Seller) -> int:
    """What the seller has earned and not been paid; below nought the seller owes us for refunds after completion."""
    return -balance_cents(accounts.seller(seller.pk))


def statement_of(seller: Seller, period: Period) -> Statement | None:
    """The seller's account over a period, in our books' signs; None if nothing was ever booked to it."""
    try:
        return statement(accounts.seller(seller.pk), period)
    except Account.DoesNotExist:
        return None


@dataclass(frozen=True, slots=True)
class SellerLine:
    """A line of a seller's statement, in the seller's signs: earned above nought, paid out below."""

    at: datetime
    what: str
    amount_cents: int
    balance_cents: int


def lines_of(found: Statement) -> Iterator[SellerLine]:
    """The statement's lines, read as they are asked for. Needs an open transaction."""
    for line in found.lines():
        yield SellerLine(line.at, _words(line), -line.amount_cents, -line.balance_cents)


_KINDS = {"order-completed": "Sold", "refund-owed": "Given back to the buyer", "settlement-paid": "Paid out"}


def _words(line: Line) -> str:
    return f"{_KINDS.get(line.kind, line.kind)}: {line.memo}" if line.memo else _KINDS.get(line.kind, line.kind)


def settlements_of(seller: Seller) -> QuerySet[Settlement]:
    """What the seller was paid in runs that were approved, the latest first."""
    approved = Settlement.objects.filter(seller=seller).exclude(state__in=["prepared", "cancelled"])
    return approved.select_related("run", "payee").prefetch_related("parts__transfer").order_by("-id")


@dataclass(frozen=True, slots=True)
class Earned:
    """What all sellers together have earned and not been paid: how many have anything, and cents."""

    sellers: int
    cents: int


def earned_by_all() -> Earned:
    """By the ledger; whoever owes us is not counted. One query."""
    owed = Account.objects.filter(code__startswith="seller:", balance_cents__lt=0)
    found = owed.aggregate(count=Count("pk"), cents=Sum("balance_cents"))
    return Earned(found["count"], -(found["cents"] or 0))


def runs() -> QuerySet[Run]:
    """Every run, the newest first, with its people."""
    return Run.objects.select_related("maker", "decider").order_by("-number")


def payees_to_decide() -> QuerySet[Payee]:
    """Where shops ask to be paid from now on, the oldest first."""
    asked = Payee.objects.filter(state=Payee.State.ASKED)
    return asked.select_related("seller", "asked_by").order_by("asked_at", "pk")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: transfers by what became of them, and cents that M-PESA confirmed."""

    waiting: int
    sent: int
    unknown: int
    paid: int
    returned: int
    paid_cents: int

    @property
    def count(self) -> int:
        """All transfers of the run."""
        return self.waiting + self.sent + self.unknown + self.paid + self.returned

    @property
    def over(self) -> int:
        """Transfers that can change no more."""
        return self.paid + self.returned

    @property
    def percent(self) -> int:
        """Of the transfers, how many are over."""
        return 100 * self.over // self.count if self.count else 0


def progress_of(run: Run) -> Progress:
    """One query, however large the run."""
    state = Transfer.State

    def count(*states: str) -> Count:
        return Count("pk", filter=Q(state__in=states))

    found = Transfer.objects.filter(settlement_part__settlement__run=run).aggregate(
        waiting=count(state.PREPARED, state.RELEASED),
        sent=count(state.SENT),
        unknown=count(state.UNKNOWN),
        paid=count(state.PAID),
        returned=count(state.RETURNED),
        paid_cents=Sum("amount_cents", filter=Q(state=state.PAID)),
    )
    return Progress(**{**found, "paid_cents": found["paid_cents"] or 0})
