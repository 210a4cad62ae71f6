"""Asking to cancel a paid order or some pieces of it, and what came of it. ``REFUND_OWED`` tells of the money."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

_ASKED = Both("Cancel order {order}?", "Kughairi oda {order}?")
_GRANTED = Both("Cancelled as asked: order {order}", "Imeghairiwa ilivyoombwa: oda {order}")

CANCEL_ASKED = Event(
    "cancel-asked",
    Group.CANCELLING,
    subject=_ASKED,
    sms=Both(
        "Order {order}: the buyer asks to cancel. Please answer by {until}; without an answer it is cancelled and "
        "refunded.",
        "Oda {order}: mnunuzi anaomba kughairi. Jibu kabla ya {until}; usipojibu itaghairiwa na pesa kurudishwa.",
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
    subject=_GRANTED,
    sms=Both(
        "Order {order}: {shop} agreed to cancel what you asked. {amount} goes back to you.",
        "Oda {order}: {shop} amekubali kughairi ulichoomba. Utarudishiwa {amount}.",
    ),
)
"""To the buyer."""

CANCEL_REFUSED = Event(
    "cancel-refused",
    Group.CANCELLING,
    subject=Both("Order {order} is not cancelled", "Oda {order} haikughairiwa"),
    sms=Both(
        "The seller did not agree to cancel order {order}. My Orders, View Detail says why; there you can also ask "
        "again.",
        "Muuzaji hakukubali kughairi oda {order}. Oda zangu inaonyesha sababu; hapo pia unaweza kuomba tena.",
    ),
)
"""To the buyer."""

CANCEL_EXPIRED = Event(
    "cancel-expired",
    Group.CANCELLING,
    subject=_GRANTED,
    sms=Both(
        "Order {order}: {shop} did not answer in time, so what you asked is cancelled. {amount} goes back to you.",
        "Oda {order}: {shop} hakujibu kwa wakati, hivyo ulichoomba kimeghairiwa. Utarudishiwa {amount}.",
    ),
)
"""To the buyer."""

CANCEL_EXPIRED_ON_SELLER = Event(
    "cancel-expired-on-seller",
    Group.CANCELLING,
    subject=_GRANTED,
    sms=Both(
        "Order {order}: you did not answer by {until}, so what the buyer asked is cancelled and refunded. "
        "Please do not ship it.",
        "Oda {order}: hukujibu kabla ya {until}, hivyo alichoomba mnunuzi kimeghairiwa na pesa zinarudishwa. "
        "Usikitume.",
    ),
)
"""To the seller."""

CANCEL_OVERDUE = Event(
    "cancel-overdue",
    Group.CANCELLING,
    subject=_GRANTED,
    sms=Both(
        "Order {order}: delivery is over 30 days late, so the buyer has cancelled and is refunded. "
        "Please do not ship what is left.",
        "Oda {order}: imechelewa zaidi ya siku 30, hivyo mnunuzi ameghairi na pesa zinarudishwa. Usitume iliyobaki.",
    ),
)
"""To the seller, whom nobody needed to ask."""

CANCEL_WITHDRAWN = Event(
    "cancel-withdrawn",
    Group.CANCELLING,
    subject=Both("Order {order} goes on", "Oda {order} inaendelea"),
    sms=Both(
        "Order {order}: the buyer no longer asks to cancel. Please ship it by {until}.",
        "Oda {order}: mnunuzi haombi tena kughairi. Itume kabla ya {until}.",
    ),
)
"""To the seller."""

CANCEL_OVERTAKEN = Event(
    "cancel-overtaken",
    Group.CANCELLING,
    subject=Both("Order {order} was shipped", "Oda {order} imetumwa"),
    sms=Both(
        "Order {order} was shipped before the seller answered, so it is not cancelled. Once it arrives you can return "
        "it: Open Dispute.",
        "Oda {order} ilitumwa kabla muuzaji hajajibu, hivyo haikughairiwa. Ikifika unaweza kuirudisha: fungua "
        "malalamiko.",
    ),
)
"""To the buyer."""
