"""What a transfer's fate means for the refund that it pays: its state, the order's timeline, and what the buyer
reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max, Q, Sum

from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.kernel.phone import masked
from sokopesa.notices.words import REFUND_PAID, REFUND_RETURNED
from sokopesa.orders.models import Event as Line
from sokopesa.payouts.endings import ending_of
from sokopesa.payouts.models import Transfer
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund
from sokopesa.refunds.telling import tell_payees, with_buyers

State = Transfer.State


def follow(transfers: Sequence[Transfer], now: datetime) -> None:
    """Let the refunds of these transfers go the same way. A refund is paid when all of it reached the wallet."""
    if sent := _refunds(transfers, State.SENT):
        moving.sent(sent)
    if paid := _refunds(transfers, State.PAID):
        _pay(paid, now)
    if returned := [transfer for transfer in transfers if transfer.state == State.RETURNED]:
        _return(returned, now)


def whole_cents(refund_cents: int) -> int:
    """What M-PESA is told to pay for what goes back of a refund: it moves whole shillings, so cents are rounded up, in
    the buyer's favour."""
    return -(-refund_cents // CENTS) * CENTS


def _refunds(transfers: Iterable[Transfer], state: Transfer.State) -> list[int]:
    return sorted({each.refund_id for each in transfers if each.state == state and each.refund_id is not None})


def _pay(ids: Sequence[int], now: datetime) -> None:
    arrived = Q(transfers__state=State.PAID)
    refunds = Refund.objects.filter(pk__in=ids, state=Refund.State.SENT).annotate(
        paid_cents=Sum("transfers__amount_cents", filter=arrived), last_at=Max("transfers__ended_at", filter=arrived)
    )
    whole = {each.pk: each.last_at for each in refunds if each.paid_cents >= whole_cents(each.goes_back_cents)}
    moved = moving.paid(whole)
    if not moved:
        return
    receipts = dict(
        Transfer.objects.filter(refund__in=moved, state=State.PAID)
        .order_by("ended_at")
        .values_list("refund", "receipt")
    )
    told = with_buyers(moved)
    lines = [
        _line(
            refund,
            "refund-paid",
            f"{format_kes(refund.goes_back_cents)} went back to {masked(refund.pays_to)}, "
            f"receipt {receipts[refund.pk]}.",
            whole[refund.pk],
        )
        for refund in told
        if refund.purchase_id is not None
    ]
    Line.objects.bulk_create(lines)
    tell_payees(REFUND_PAID, [(each, each.number, {"receipt": receipts[each.pk]}) for each in told], now=now)


def _return(transfers: Sequence[Transfer], now: datetime) -> None:
    endings = {each.refund_id: (each, ending_of(each.code)) for each in transfers if each.refund_id is not None}
    moved = moving.returned({key: (ending.waits_for, ending.words) for key, (_, ending) in endings.items()})
    concerned = [key for key in moved if endings[key][1].trouble]
    if not concerned:
        return
    told = with_buyers(concerned)
    Line.objects.bulk_create(
        _line(
            refund,
            "refund-returned",
            f"M-PESA did not pay back {format_kes(refund.goes_back_cents)}: {endings[refund.pk][1].words}",
            now,
        )
        for refund in told
        if refund.purchase_id is not None
    )
    news = []
    for refund in told:
        transfer, ending = endings[refund.pk]
        news.append((refund, f"{refund.number}:{transfer.pk.hex}", {"trouble": ending.trouble}))
    tell_payees(REFUND_RETURNED, news, now=now)


def _line(refund: Refund, kind: str, text: str, at: datetime) -> Line:
    """On the timeline that buyer and support read."""
    assert refund.purchase is not None
    return Line(purchase=refund.purchase, order=refund.order, at=at, kind=kind, text=text)
