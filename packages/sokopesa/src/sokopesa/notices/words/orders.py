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
        "Order {order} was delivered. All well? Confirm receipt. If not, open a dispute before {until}.",
        "Oda {order} imefika. Iko sawa? Thibitisha kuipokea. Kama sivyo, fungua malalamiko kabla ya {until}.",
    ),
    more=Both(
        "Unless you open a dispute by then, the order is complete and {shop} is paid.",
        "Usipofungua malalamiko kufikia hapo, oda itakamilika na {shop} atalipwa.",
    ),
)
"""To the buyer; ``until`` is the end of protection."""

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
        "{shop} asks for {days} more days to ship order {order}. Answer by {until}; no answer means no.",
        "{shop} anaomba siku {days} zaidi kutuma oda {order}. Jibu kabla ya {until}; usipojibu ni hapana.",
    ),
)
"""To the buyer."""

EXTENSION_ASKED_BY_BUYER = Event(
    "extension-asked-by-buyer",
    Group.SELLING,
    subject=Both("More protection for order {order}?", "Ulinzi zaidi wa oda {order}?"),
    sms=Both(
        "The buyer of order {order} asks for {days} more days of protection. Answer by {until}; no answer means no.",
        "Mnunuzi wa oda {order} anaomba siku {days} zaidi za ulinzi. Jibu kabla ya {until}; usipojibu ni hapana.",
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
        "You asked for more time for order {order}; the other side did not agree. It stays {until}.",
        "Uliomba muda zaidi wa oda {order}; upande mwingine haukukubali. Inabaki {until}.",
    ),
)
"""To whoever asked, refused or not answered; ``until`` is the deadline as it was."""
