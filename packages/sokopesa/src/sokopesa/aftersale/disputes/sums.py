"""How much of an order a dispute is about, and which amounts can be claimed, offered and ruled. All in cents."""

from __future__ import annotations

from sokopesa.aftersale.disputes.errors import AmountRefused
from sokopesa.aftersale.disputes.models import LEAST_CENTS, Dispute, Kind
from sokopesa.aftersale.giving_back import left_cents
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.orders.models import Order, OrderLine


def whole_cents(order: Order, line: OrderLine) -> int:
    """What a full refund of the line is: the pieces that were shipped, and their share of the shipping.

    Shares go by value, in whole shillings, over all that was not cancelled; together they are the order's shipping to
    the shilling, so that an order whose every line is refunded in full is refunded in full.
    """
    if not line.shipped_quantity:
        return 0
    kept = {each.pk: _kept_cents(each) for each in order.lines.all()}
    goods, before = sum(kept.values()), sum(cents for pk, cents in kept.items() if pk < line.pk)
    if not goods:
        return 0

    def shipping_of(cents: int) -> int:
        return order.shipping_cents * cents // goods // CENTS * CENTS

    share = shipping_of(before + kept[line.pk]) - shipping_of(before)
    share = share * line.shipped_quantity // (line.quantity - line.cancelled_quantity) // CENTS * CENTS
    return min(line.shipped_quantity * line.unit_cents + share, left_cents(order))


def _kept_cents(line: OrderLine) -> int:
    return (line.quantity - line.cancelled_quantity) * line.unit_cents


def claimed_cents(*, kind: str, received: bool, whole: int, asked: int | None) -> int:
    """The amount of a claim: all of it where goods are returned or did not come, else what was asked (R48, R49).

    Raises:
        AmountRefused: it is another, or none; the words say what can be asked.
    """
    if kind == Kind.RETURN or not received:
        if asked not in (None, whole):
            why = "Return Goods" if kind == Kind.RETURN else "For goods that did not arrive, Refund Only"
            raise AmountRefused(f"{why} gives all of it back: {format_kes(whole)}. Leave the amount empty.")
        return whole
    if asked is None:
        raise AmountRefused(f"Say how much you want back, of {format_kes(whole)}.")
    cents = _sendable(asked, whole)
    if cents == whole and not CONFIGURATION.dispute_full_refund_without_return:
        raise AmountRefused(
            f"To get all of {format_kes(whole)} back choose Return Goods. If you keep the goods, ask for less."
        )
    return cents


def offered_cents(dispute: Dispute, *, kind: str, asked: int | None) -> int:
    """The amount of a seller's offer.

    Raises:
        AmountRefused: it cannot be offered; the words say why.
    """
    if kind == Kind.RETURN:
        return dispute.whole_cents
    if asked is None:
        raise AmountRefused("Say how much you offer.")
    cents = _sendable(asked, dispute.whole_cents)
    if dispute.kind == Kind.REFUND_ONLY and cents >= dispute.amount_cents:
        raise AmountRefused(
            f"The buyer asks for {format_kes(dispute.amount_cents)}. Offer less, or accept the claim as it is."
        )
    return cents


def ruled_cents(dispute: Dispute, *, kind: str, asked: int | None) -> int:
    """The amount of a ruling: nothing, all of it against the goods, or anything in between without them.

    Raises:
        AmountRefused: more than was paid for the goods, or less than can be sent.
    """
    if kind == Kind.NOTHING:
        return 0
    if kind == Kind.RETURN:
        return dispute.whole_cents
    if asked is None:
        raise AmountRefused("Say how much the buyer gets back.")
    return _sendable(asked, dispute.whole_cents)


def middle_cents(claimed: int, offered: int) -> int:
    """Halfway between, in whole shillings, in the buyer's favour."""
    return -(-(claimed + offered) // (2 * CENTS)) * CENTS


def _sendable(cents: int, most: int) -> int:
    if cents % CENTS:
        raise AmountRefused("Whole shillings only: M-PESA sends no cents.")
    if cents < min(LEAST_CENTS, most):
        raise AmountRefused(f"At least {format_kes(LEAST_CENTS)}: M-PESA cannot send less.")
    if cents > most:
        raise AmountRefused(f"At most {format_kes(most)}: that is what was paid for these goods with their shipping.")
    return cents
