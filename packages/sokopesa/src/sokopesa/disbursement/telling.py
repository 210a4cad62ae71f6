"""What buyers are told of a refund's way, beyond what `sokopesa.payouts.refunding` tells when M-PESA has spoken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sokopesa.notices.actions import Message, send_all
from sokopesa.notices.events import Event
from sokopesa.notices.languages import Both
from sokopesa.notices.telling import Telling, tell_all
from sokopesa.notices.words import REFUND_REDIRECTED, REFUND_RETURNED
from sokopesa.refunds.models import Refund

_LOOKED_AT = Both(
    "it could not be paid as it was. We look at it, and tell you.",
    "haikulipwa ilivyokuwa. Tunaishughulikia, tutakuambia.",
)


def tell_waiting(ids: Sequence[int], *, now: datetime) -> None:
    """These refunds were turned back, and somebody of ours looks at them."""
    refunds = _with_buyers(ids)
    _tell(REFUND_RETURNED, [(each, f"{each.number}:{now:%Y%m%d%H%M%S}", _LOOKED_AT) for each in refunds], now)


def tell_redirected(refund: Refund, key: str, *, now: datetime) -> None:
    """Its buyer, and the phone that paid if that is another, for money going elsewhere is never done quietly."""
    (known,) = _with_buyers([refund.pk])
    _tell(REFUND_REDIRECTED, [(known, key, None)], now)
    if known.msisdn and known.purchase and known.purchase.buyer.phone != known.msisdn:
        text = REFUND_REDIRECTED.in_sms("en", {"amount": known.goes_back_cents, "payee": known.pays_to})
        send_all([Message(known.msisdn, text, REFUND_REDIRECTED.name, f"{REFUND_REDIRECTED.name}:{key}:payer")])


def _with_buyers(ids: Iterable[int]) -> list[Refund]:
    return list(Refund.objects.select_related("purchase__buyer").filter(pk__in=ids).order_by("pk"))


def _tell(event: Event, told: Sequence[tuple[Refund, str, Both | None]], now: datetime) -> None:
    tellings, messages = [], []
    for refund, key, trouble in told:
        values = {"amount": refund.goes_back_cents, "payee": refund.pays_to, "trouble": trouble}
        said = {name: value for name, value in values.items() if name in event.parameters}
        if refund.purchase:
            tellings.append(Telling((refund.purchase.buyer_id,), event, key, said))
        elif refund.pays_to:
            messages.append(Message(refund.pays_to, event.in_sms("en", said), event.name, f"{event.name}:{key}"))
    send_all(messages)
    tell_all(tellings, now=now)
