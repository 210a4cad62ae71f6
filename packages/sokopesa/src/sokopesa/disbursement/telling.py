"""What buyers are told of a refund's way, beyond what `sokopesa.payouts.refunding` tells when M-PESA has spoken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sokopesa.notices.actions import Message, send_all
from sokopesa.notices.languages import Both
from sokopesa.notices.words import REFUND_REDIRECTED, REFUND_RETURNED
from sokopesa.refunds.models import Refund
from sokopesa.refunds.telling import tell_payees, with_buyers

_LOOKED_AT = Both(
    "it could not be paid as it was. We look at it, and tell you.",
    "haikulipwa ilivyokuwa. Tunaishughulikia, tutakuambia.",
)


def tell_waiting(ids: Sequence[int], *, now: datetime) -> None:
    """These refunds were turned back, and somebody of ours looks at them."""
    news = [(each, f"{each.number}:{now:%Y%m%d%H%M%S}", {"trouble": _LOOKED_AT}) for each in with_buyers(ids)]
    tell_payees(REFUND_RETURNED, news, now=now)


def tell_redirected(refund: Refund, key: str, *, now: datetime) -> None:
    """Its buyer, and the phone that paid if that is another, for money going elsewhere is never done quietly."""
    (known,) = with_buyers([refund.pk])
    tell_payees(REFUND_REDIRECTED, [(known, key, {})], now=now)
    if known.msisdn and known.purchase and known.purchase.buyer.phone != known.msisdn:
        text = REFUND_REDIRECTED.in_sms("en", {"amount": known.goes_back_cents, "payee": known.pays_to})
        send_all([Message(known.msisdn, text, REFUND_REDIRECTED.name, f"{REFUND_REDIRECTED.name}:{key}:payer")])
