"""Asking to cancel a paid order, and what came of it."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

_ASKED = Both("Cancel order {order}?", "Kughairi oda {order}?")
_CANCELLED = Both("Order {order} is cancelled", "Oda {order} imeghairiwa")

CANCEL_ASKED = Event(
    "cancel-asked",
    Group.CANCELLING,
    subject=_ASKED,
    sms=Both(
        "The buyer asks to cancel order {order}. Answer by {until}, or it is cancelled and refunded.",
        "Mnunuzi anaomba kughairi oda {order}. Jibu kabla ya {until}, la sivyo itaghairiwa na pesa kurudishwa.",
    ),
    more=Both(
        "If you ship it before you answer, the request ends for what you shipped.",
        "Ukiituma kabla ya kujibu, ombi linaisha kwa ulichotuma.",
    ),
)
"""To the seller."""

CANCEL_APPROVED = Event(
    "cancel-approved",
    Group.CANCELLING,
    subject=_CANCELLED,
    sms=Both(
        "{shop} agreed to cancel order {order}. {amount} goes back to you.",
        "{shop} amekubali kughairi oda {order}. Utarudishiwa {amount}.",
    ),
)
"""To the buyer."""

CANCEL_REFUSED = Event(
    "cancel-refused",
    Group.CANCELLING,
    subject=Both("Order {order} is not cancelled", "Oda {order} haikughairiwa"),
    sms=Both(
        "{shop} did not agree to cancel order {order}, so it goes on. My Orders shows why and what you can do.",
        "{shop} hakukubali kughairi oda {order}, hivyo inaendelea. Oda zangu inaonyesha sababu na la kufanya.",
    ),
)
"""To the buyer."""

CANCEL_EXPIRED = Event(
    "cancel-expired",
    Group.CANCELLING,
    subject=_CANCELLED,
    sms=Both(
        "{shop} did not answer in time, so order {order} is cancelled as you asked. {amount} goes back to you.",
        "{shop} hakujibu kwa wakati, hivyo oda {order} imeghairiwa ulivyoomba. Utarudishiwa {amount}.",
    ),
)
"""To the buyer."""

CANCEL_EXPIRED_ON_SELLER = Event(
    "cancel-expired-on-seller",
    Group.CANCELLING,
    subject=_CANCELLED,
    sms=Both(
        "You did not answer by {until}, so order {order} is cancelled and refunded as the buyer asked. Do not ship it.",
        "Hukujibu kabla ya {until}, hivyo oda {order} imeghairiwa na pesa zinarudishwa. Usiitume.",
    ),
)
"""To the seller."""

CANCEL_WITHDRAWN = Event(
    "cancel-withdrawn",
    Group.CANCELLING,
    subject=Both("Order {order} goes on", "Oda {order} inaendelea"),
    sms=Both(
        "The buyer of order {order} no longer asks to cancel it. Ship it by {until}.",
        "Mnunuzi wa oda {order} haombi tena kuighairi. Itume kabla ya {until}.",
    ),
)
"""To the seller."""

CANCEL_OVERTAKEN = Event(
    "cancel-overtaken",
    Group.CANCELLING,
    subject=Both("Order {order} was shipped", "Oda {order} imetumwa"),
    sms=Both(
        "{shop} shipped order {order} before answering your request to cancel it. My Orders shows what you can do.",
        "{shop} alituma oda {order} kabla ya kujibu ombi lako la kughairi. Oda zangu inaonyesha la kufanya.",
    ),
)
"""To the buyer."""
