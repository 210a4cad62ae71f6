"""An order on its way to its buyer, and more time for it."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

ORDER_SHIPPED = Event(
    "order-shipped",
    Group.ORDERS,
    subject=Both("Order {order} is on its way", "Oda {order} iko njiani"),
    sms=Both(
        "Order {order} from {shop} is on its way by {carrier}, tracking no. {tracking}. Expect it by {last}.",
        "Oda {order} ya {shop} iko njiani kwa {carrier}, namba ya ufuatiliaji {tracking}. Itafika kabla ya {last}.",
    ),
)
"""To the buyer; ``last`` is the last day of the promise."""

ORDER_SHIPPED_UNTRACKED = Event(
    "order-shipped-untracked",
    Group.ORDERS,
    subject=Both("Order {order} is on its way", "Oda {order} iko njiani"),
    sms=Both(
        "Order {order} from {shop} is on its way by {carrier}, without tracking. Expect it by {last}.",
        "Oda {order} ya {shop} iko njiani kwa {carrier}, bila namba ya ufuatiliaji. Itafika kabla ya {last}.",
    ),
)
"""To the buyer."""

ORDER_PARTLY_SHIPPED = Event(
    "order-partly-shipped",
    Group.ORDERS,
    subject=Both("Part of order {order} is on its way", "Sehemu ya oda {order} iko njiani"),
    sms=Both(
        "Part of order {order} from {shop} is on its way by {carrier}. See My Orders for what is still to come.",
        "Sehemu ya oda {order} ya {shop} iko njiani kwa {carrier}. Tazama Oda zangu uone kilichobaki.",
    ),
)
"""To the buyer."""

ORDER_DELIVERED = Event(
    "order-delivered",
    Group.ORDERS,
    subject=Both("Order {order} was delivered", "Oda {order} imefika"),
    sms=Both(
        "Order {order} has arrived, says the courier. Not there or not right? Open a dispute until {until}; then the "
        "seller is paid.",
        "Oda {order} imefika, asema msafirishaji. Haipo au si sawa? Fungua malalamiko kabla ya {until}; kisha muuzaji "
        "atalipwa.",
    ),
    more=Both(
        "If all is well, say so under My Orders: the order is complete then, and {shop} is paid at once.",
        "Kama kila kitu kiko sawa, sema hivyo kwenye Oda zangu: oda itakamilika, na {shop} atalipwa mara moja.",
    ),
)
"""To the buyer; ``until`` is the end of protection."""


def _astray(name: str, en: str, sw: str) -> Event:
    return Event(
        name,
        Group.ORDERS,
        subject=Both("A parcel of order {order} went astray", "Kifurushi cha oda {order} kimepotea njia"),
        sms=Both("Order {order}: the courier says a parcel " + en, "Oda {order}: msafirishaji asema kifurushi " + sw),
    )


_WAIT = Both(
    " If it does not come by {until}, open a dispute: your money is safe.",
    " Kisipofika kabla ya {until}, fungua malalamiko: pesa zako ziko salama.",
)
_CLAIM = Both(" You can open a dispute now.", " Unaweza kufungua malalamiko sasa.")

PARCEL_LOST = _astray("parcel-lost", "is lost." + _WAIT.en, "kimepotea." + _WAIT.sw)
PARCEL_LOST_CLAIM = _astray("parcel-lost-claim", "is lost." + _CLAIM.en, "kimepotea." + _CLAIM.sw)
PARCEL_TURNED_BACK = _astray(
    "parcel-turned-back", "goes back to the seller." + _WAIT.en, "kinarudi kwa muuzaji." + _WAIT.sw
)
PARCEL_TURNED_BACK_CLAIM = _astray(
    "parcel-turned-back-claim", "goes back to the seller." + _CLAIM.en, "kinarudi kwa muuzaji." + _CLAIM.sw
)
"""To the buyer, who waits until the promise ends or, where the market allows it, claims at once."""

ORDER_COMPLETED_FOR_BUYER = Event(
    "order-completed-for-buyer",
    Group.ORDERS,
    subject=Both("Order {order} is complete", "Oda {order} imekamilika"),
    sms=Both(
        "Order {order} is complete and {shop} is paid. Thank you for buying with us.",
        "Oda {order} imekamilika na {shop} amelipwa. Asante kwa kununua kwetu.",
    ),
)
"""To the buyer."""

ORDER_NOT_SHIPPED = Event(
    "order-not-shipped",
    Group.ORDERS,
    subject=Both("Order {order} was not shipped in time", "Oda {order} haikutumwa kwa wakati"),
    sms=Both(
        "{shop} did not ship order {order} in time. What was not shipped is cancelled, and {amount} goes back to you.",
        "{shop} hakutuma oda {order} kwa wakati. Ambacho hakikutumwa kimeghairiwa, na utarudishiwa {amount}.",
    ),
)
"""To the buyer. When the money comes is said by ``REFUND_OWED``."""

EXTENSION_ASKED_BY_SELLER = Event(
    "extension-asked-by-seller",
    Group.ORDERS,
    subject=Both("More time to ship order {order}?", "Muda zaidi wa kutuma oda {order}?"),
    sms=Both(
        "{shop} asks for {days} more to ship order {order}. Answer by {until} under My Orders; no answer means no.",
        "{shop} anaomba {days} zaidi kutuma oda {order}. Jibu kabla ya {until} kwenye Oda zangu; usipojibu ni hapana.",
    ),
)
"""To the buyer."""

EXTENSION_ASKED_BY_BUYER = Event(
    "extension-asked-by-buyer",
    Group.SELLING,
    subject=Both("More protection for order {order}?", "Ulinzi zaidi wa oda {order}?"),
    sms=Both(
        "The buyer of order {order} asks for {days} more of protection. Answer by {until}; no answer means no.",
        "Mnunuzi wa oda {order} anaomba {days} zaidi za ulinzi. Jibu kabla ya {until}; usipojibu ni hapana.",
    ),
)
"""To the seller."""

SHIPPING_EXTENDED = Event(
    "shipping-extended",
    Group.SELLING,
    subject=Both("More time to ship order {order}", "Muda zaidi wa kutuma oda {order}"),
    sms=Both(
        "The buyer agreed: ship order {order} by {until}, or what is not shipped is cancelled and refunded.",
        "Mnunuzi amekubali: tuma oda {order} kabla ya {until}, la sivyo isiyotumwa itaghairiwa na pesa kurudishwa.",
    ),
)
"""To the seller who asked."""

PROTECTION_EXTENDED = Event(
    "protection-extended",
    Group.ORDERS,
    subject=Both("More protection for order {order}", "Ulinzi zaidi wa oda {order}"),
    sms=Both(
        "Order {order} is now protected until {until}. Until then you can open a dispute.",
        "Oda {order} sasa inalindwa hadi {until}. Hadi hapo unaweza kufungua malalamiko.",
    ),
)
"""To the buyer, whether asked for or given by the seller alone."""

EXTENSION_REFUSED = Event(
    "extension-refused",
    Group.ORDERS,
    subject=Both("No more time for order {order}", "Hakuna muda zaidi wa oda {order}"),
    sms=Both(
        "You asked for more time for order {order}; the other side did not agree. As before, it ends {until}.",
        "Uliomba muda zaidi wa oda {order}; upande mwingine haukukubali. Kama awali, unaisha {until}.",
    ),
)
"""To whoever asked, refused or not answered; ``until`` is the deadline as it was."""
