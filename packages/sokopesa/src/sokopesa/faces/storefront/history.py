"""Which of their orders a buyer asks for, as it stands in an address; the list and the statement read it alike.

    ?q=taa&status=delivered&seller=duka-la-jua&period=month
    ?from=2026-10-01&to=2026-10-31

Days that are typed win over a named period. A day that cannot be read filters nothing, and the page says so at its
field.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, QueryDict

from sokopesa.faces.storefront.views.searching import words_searched
from sokopesa.kernel import clock
from sokopesa.orders.clocks import end_of
from sokopesa.orders.models import Order
from sokopesa.orders.queries import Wanted, sellers_of
from sokopesa.payments.queries import purchases_with_receipt
from sokopesa.people.models import Seller, User
from sokopesa.refunds.queries import purchases_with_refund

S = Order.State

WRONG_DAY = "Write a day such as 25/11/2026."
DAYS_CROSSED = "The last day is before the first."
LONGEST_DAY = 20


@dataclass(frozen=True, slots=True)
class Status:
    """Orders in these states, under a name that a buyer understands."""

    slug: str
    name: str
    states: tuple[str, ...]


STATUSES = (
    Status("to-pay", "To pay", (S.AWAITING_PAYMENT,)),
    Status("to-ship", "To be shipped", (S.AWAITING_SHIPMENT, S.PARTLY_SHIPPED)),
    Status("on-the-way", "On the way", (S.PARTLY_SHIPPED, S.SHIPPED)),
    Status("delivered", "Delivered", (S.DELIVERED,)),
    Status("completed", "Completed", (S.COMPLETED,)),
    Status("ended", "Cancelled or refunded", (S.CANCELLED, S.LAPSED, S.REFUNDED)),
)

PERIODS = {"month": "This month", "quarter": "Last 3 months", "year": "This year"}


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last in Nairobi, both included; None where there is no such end."""

    first: date | None = None
    last: date | None = None

    @property
    def since(self) -> datetime | None:
        """The midnight that begins the first day."""
        return datetime.combine(self.first, time(), tzinfo=clock.EAT) if self.first else None

    @property
    def until(self) -> datetime | None:
        """The midnight that ends the last day."""
        return end_of(self.last) if self.last else None

    @property
    def words(self) -> str:
        """As the statement's heading has it."""
        if self.first and self.last:
            return f"Orders placed from {_written(self.first)} to {_written(self.last)}"
        if self.first:
            return f"Orders placed from {_written(self.first)} on"
        return f"Orders placed up to {_written(self.last)}" if self.last else "All orders"


@dataclass(frozen=True)
class Asked:
    """What an address asks for. ``errors`` are by field: what was typed there is shown again, and filters nothing."""

    query: QueryDict
    text: str
    status: Status | None
    sellers: Sequence[Seller]
    seller: Seller | None
    period: str
    days: Days
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> Wanted:
        """As orders are looked for; asks the database where a text may be a receipt's number."""
        text = self.text
        return Wanted(
            text=text,
            found=purchases_with_receipt(text) | purchases_with_refund(text) if text else frozenset(),
            states=self.status.states if self.status else (),
            seller_id=self.seller.pk if self.seller else None,
            since=self.days.since,
            until=self.days.until,
        )

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.text or self.status or self.seller or self.days != Days() or self.errors)

    @property
    def only(self) -> list[str]:
        """What a statement leaves out besides other days, in words; empty for a whole one."""
        parts = [f"orders from {self.seller.name}"] if self.seller else []
        parts += [f"orders that are now “{self.status.name}”"] if self.status else []
        return parts + ([f"orders found by “{self.text}”"] if self.text else [])

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        """Name, address, and whether it is chosen, of each period that has a name."""
        named = self.period if not (self.query.get("from") or self.query.get("to")) else None
        offered = {"": "All time", **PERIODS}
        return [(name, self.address(("from", "to"), period=slug), slug == named) for slug, name in offered.items()]

    @property
    def statuses(self) -> list[tuple[str, str, bool]]:
        """Name, address, and whether it is chosen, of each status."""
        everything = ("All", self.address(status=""), self.status is None)
        return [everything, *((each.name, self.address(status=each.slug), each == self.status) for each in STATUSES)]

    @property
    def turned(self) -> str:
        """The beginning of other pages' addresses: the page's number follows."""
        return f"{self.address()}{'&' if self.address() != '?' else ''}page="

    def address(self, without: Sequence[str] = (), **changed: str) -> str:
        """The address of the first page with some parameters changed, and without those that are empty."""
        kept = self.query.copy()
        for name in ("page", *without, *changed):
            kept.pop(name, None)
        for name, value in changed.items():
            kept[name] = value
        for name in [name for name, value in kept.items() if not value]:
            del kept[name]
        return f"?{kept.urlencode()}"

    @property
    def parameters(self) -> str:
        """For the address of another page about the same orders: ``?period=year``, or nothing."""
        return address if (address := self.address()) != "?" else ""


def read(request: HttpRequest, user: User) -> Asked:
    """What the address asks for, of this buyer's orders."""
    query, sellers = request.GET, list(sellers_of(user))
    period = query.get("period", "")
    today = clock.nairobi_date(clock.now())
    days, errors = _typed(query)
    if days == Days() and not errors:
        days = named(period, today)
    return Asked(
        query=query,
        text=words_searched(request),
        status=next((each for each in STATUSES if each.slug == query.get("status")), None),
        sellers=sellers,
        seller=next((each for each in sellers if each.slug == query.get("seller")), None),
        period=period if period in PERIODS else "",
        days=days,
        errors=errors,
    )


def named(period: str, today: date) -> Days:
    """The days of a named period that ends today; no end on either side for any other name.

    The last three months begin on the day after today's number three months ago: on 25 November, on 26 August.
    """
    if period == "month":
        return Days(today.replace(day=1), today)
    if period == "quarter":
        months = today.year * 12 + today.month - 1 - 3
        return Days(_day(months, today.day) + timedelta(days=1), today)
    return Days(today.replace(month=1, day=1), today) if period == "year" else Days()


def _day(months: int, day: int) -> date:
    """That day of a month counted from the year 0, or the month's last one where it has fewer."""
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def _typed(query: QueryDict) -> tuple[Days, dict[str, str]]:
    read_days, errors = {}, {}
    for name in ("from", "to"):
        text = query.get(name, "").strip()[:LONGEST_DAY]
        read_days[name] = _read_day(text)
        if text and read_days[name] is None:
            errors[name] = WRONG_DAY
    first, last = read_days["from"], read_days["to"]
    if first and last and last < first:
        errors["to"] = DAYS_CROSSED
        last = None
    return Days(first, last), errors


def _read_day(text: str) -> date | None:
    """A day as a browser sends it, or as people in Kenya write it."""
    for shape in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"):
        try:
            day = datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return day if 2000 <= day.year <= 2999 else None
    return None


def _written(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
