"""A shop's money as the ledger has it, and its orders by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from sokopesa.faces.seller_centre.chart import Day
from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.ledger import accounts
from sokopesa.ledger.models import Account
from sokopesa.ledger.overview import NewLine, newest_lines
from sokopesa.orders.clocks import end_of
from sokopesa.orders.models import Order, Purchase
from sokopesa.people.models import Seller
from sokopesa.settlements.queries import Held, held_for

LAST = 5
DAYS = 30


@dataclass(frozen=True, slots=True)
class Purse:
    """``held`` is buyers' money for orders that are alive, of which the market keeps its share when they are completed;
    ``earned_cents`` is owed to the shop. ``moves`` are the newest of its account."""

    held: Held
    earned_cents: int
    moves: list[NewLine]


def purse_of(shop: Seller) -> Purse:
    """Four queries however many orders there are."""
    account = Account.objects.filter(code=accounts.seller(shop.pk)).first()
    return Purse(
        held=held_for(shop),
        earned_cents=-account.balance_cents if account else 0,
        moves=newest_lines(account, before=None, size=LAST) if account else [],
    )


def days_of(shop: Seller, *, now: datetime) -> list[Day]:
    """Orders paid on each of the last `DAYS` days, the oldest first. One query."""
    today = nairobi_date(now)
    first = today - timedelta(days=DAYS - 1)
    paid = Order.objects.filter(
        seller=shop, purchase__state=Purchase.State.PAID, purchase__paid_at__gte=end_of(first - timedelta(days=1))
    )
    day = TruncDate("purchase__paid_at", tzinfo=EAT)
    counts = dict(paid.annotate(day=day).order_by().values_list("day").annotate(count=Count("pk")))
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return [Day(each, counts.get(each, 0)) for each in days]
