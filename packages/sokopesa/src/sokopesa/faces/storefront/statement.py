"""A buyer's orders and their money, line by line: what was billed, what goes back, and what is left.

It is the market's own record, and says so. Every order that was paid is a line. So is money that paid no order: too
much, too late, or again; it has come and goes back, and leaves nothing. M-PESA charges for a payment, not for an order,
so its charge stands with the payment's first order, and so does money that came besides: lines of single sellers add up
to the whole. An order that nothing was paid for is no line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sokopesa.orders.history import Part, Placed, history_of
from sokopesa.orders.models import Order
from sokopesa.orders.queries import Wanted
from sokopesa.payments.models import Receipt
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund
from sokopesa.refunds.queries import refunds_by_purchase
from sokopesa.refunds.tracking import Track
from sokopesa.refunds.tracking import track as track_all


@dataclass(frozen=True, slots=True)
class Line:
    """Amounts in cents. ``extra_cents`` came besides what the order costs; ``charge_cents`` is what M-PESA took on top,
    by the tariff of the day of payment. ``tracks`` are the refunds that were not used for the order, and their way."""

    placed_at: datetime
    paid_at: datetime
    number: str
    part: str
    seller: str
    what: str
    state: str
    goods_cents: int
    shipping_cents: int
    extra_cents: int
    charge_cents: int
    receipt: str
    tracks: Sequence[Track]

    @property
    def billed_cents(self) -> int:
        """What left the buyer's M-PESA."""
        return self.goods_cents + self.shipping_cents + self.extra_cents + self.charge_cents

    @property
    def refunded_cents(self) -> int:
        """What goes back of it, paid already or not, with what is added out of goodwill."""
        return sum(track.refund.goes_back_cents for track in self.tracks)

    @property
    def paid_back_cents(self) -> int:
        """What of that has reached the buyer."""
        paid = (track.refund for track in self.tracks if track.refund.state == Refund.State.PAID)
        return sum(refund.goes_back_cents for refund in paid)

    @property
    def net_cents(self) -> int:
        """What the order costs the buyer once every refund is paid."""
        return self.billed_cents - self.refunded_cents


@dataclass(slots=True)
class Totals:
    """The sums of the lines that were counted; amounts in cents."""

    lines: int = 0
    goods_cents: int = 0
    shipping_cents: int = 0
    extra_cents: int = 0
    charge_cents: int = 0
    billed_cents: int = 0
    refunded_cents: int = 0
    paid_back_cents: int = 0
    net_cents: int = 0

    def count(self, line: Line) -> Line:
        """Add the line, and hand it on."""
        self.lines += 1
        self.goods_cents += line.goods_cents
        self.shipping_cents += line.shipping_cents
        self.extra_cents += line.extra_cents
        self.charge_cents += line.charge_cents
        self.billed_cents += line.billed_cents
        self.refunded_cents += line.refunded_cents
        self.paid_back_cents += line.paid_back_cents
        self.net_cents += line.net_cents
        return line

    @property
    def on_its_way_cents(self) -> int:
        """What is still owed to the buyer."""
        return self.refunded_cents - self.paid_back_cents


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of one buyer's orders, oldest first. ``period`` and ``only`` say in words which orders they are."""

    buyer: User
    wanted: Wanted
    period: str
    only: Sequence[str]
    made_at: datetime
    totals: Totals = field(default_factory=Totals)

    def lines(self) -> Iterator[Line]:
        """Read a thousand orders at a time, and counted in ``totals`` as they go; to be read once."""
        for purchases in history_of(self.buyer, self.wanted):
            for line in _lines(purchases, self.wanted, self.made_at):
                yield self.totals.count(line)


def _lines(purchases: Sequence[Placed], wanted: Wanted, now: datetime) -> Iterator[Line]:
    ids = [purchase.id for purchase in purchases]
    paid_by = {receipt.purchase_id: receipt for receipt in Receipt.objects.filter(purchase__in=ids)}
    owed = [each for its in refunds_by_purchase(ids).values() for each in its if each.state != Refund.State.USED]
    others = {refund.receipt for refund in owed} - {receipt.code for receipt in paid_by.values()}
    receipts = {receipt.code: receipt for receipt in Receipt.objects.filter(code__in=others)}
    tracks: dict[int | None, list[Track]] = {}
    for track in track_all(owed, now=now).values():
        tracks.setdefault(track.refund.purchase_id, []).append(track)
    for purchase in purchases:
        yield from _of_purchase(purchase, wanted, paid_by.get(purchase.id), tracks.get(purchase.id, []), receipts)


def _of_purchase(
    purchase: Placed,
    wanted: Wanted,
    paid_by: Receipt | None,
    tracks: Sequence[Track],
    receipts: Mapping[str, Receipt],
) -> Iterator[Line]:
    first = purchase.parts[0]
    if paid_by:
        for part in purchase.parts:
            if wanted.fits(state=part.state, seller_id=part.seller_id):
                its = [track for track in tracks if track.refund.order_id == part.id]
                yield _order_line(purchase, part, paid_by, its)
    if not wanted.fits(state=first.state, seller_id=first.seller_id):
        return
    besides: dict[str, list[Track]] = {}
    for track in tracks:
        if track.refund.order_id is None:
            besides.setdefault(track.refund.receipt, []).append(track)
    for code, its in besides.items():
        yield _extra_line(purchase, paid_by if paid_by and paid_by.code == code else receipts[code], its)


def _order_line(purchase: Placed, part: Part, receipt: Receipt, tracks: Sequence[Track]) -> Line:
    return Line(
        placed_at=purchase.placed_at,
        paid_at=receipt.paid_at,
        number=purchase.number,
        part=part.number,
        seller=part.seller,
        what="; ".join(purchase.goods[part.id]),
        state=str(Order.State(part.state).label),
        goods_cents=part.goods_cents,
        shipping_cents=part.shipping_cents,
        extra_cents=0,
        charge_cents=receipt.charge_cents if part == purchase.parts[0] else 0,
        receipt=receipt.code,
        tracks=tracks,
    )


def _extra_line(purchase: Placed, receipt: Receipt, tracks: Sequence[Track]) -> Line:
    """Of the receipt that paid the purchase, what is over; of any other, all of it."""
    paid_it = receipt.purchase_id == purchase.id
    return Line(
        placed_at=purchase.placed_at,
        paid_at=receipt.paid_at,
        number=purchase.number,
        part="",
        seller="",
        what="; ".join(dict.fromkeys(track.refund.get_cause_display() for track in tracks)),
        state="",
        goods_cents=0,
        shipping_cents=0,
        extra_cents=receipt.amount_cents - (purchase.total_cents if paid_it else 0),
        charge_cents=0 if paid_it else receipt.charge_cents,
        receipt=receipt.code,
        tracks=tracks,
    )
