"""What sellers are told about their orders."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

ORDER_TO_SHIP = Event(
    "order-to-ship",
    Group.SELLING,
    subject=Both("New order {order} to ship", "Oda mpya {order} ya kutuma"),
    sms=Both(
        "New order {order}. It is paid. Ship it by {until}; after that it is cancelled and refunded.",
        "Oda mpya {order}. Imelipwa. Itume kabla ya {until}; baada ya hapo itaghairiwa na pesa kurudishwa.",
    ),
)
"""To the seller."""

ORDERS_TO_SHIP = Event(
    "orders-to-ship",
    Group.SELLING,
    subject=Both("{count} new orders to ship", "Oda mpya {count} za kutuma"),
    sms=Both(
        "{count} new orders. They are paid. Ship {order} by {until}, the others by their dates; "
        "after that they are cancelled and refunded.",
        "Oda mpya {count}. Zimelipwa. Tuma {order} kabla ya {until}, nyingine kwa tarehe zake; "
        "baada ya hapo zitaghairiwa.",
    ),
)
"""To the seller, when several came at once; ``order`` is the first to be due."""

SALE_NOT_SHIPPED = Event(
    "sale-not-shipped",
    Group.SELLING,
    subject=Both("Order {order} was not shipped in time", "Oda {order} haikutumwa kwa wakati"),
    sms=Both(
        "Order {order} was not shipped by {until}. What was not shipped is cancelled and refunded. Do not ship it now.",
        "Oda {order} haikutumwa kabla ya {until}. Isiyotumwa imeghairiwa na pesa zinarudishwa. Usiitume sasa.",
    ),
)
"""To the seller."""

ORDER_CONFIRMED = Event(
    "order-confirmed",
    Group.SELLING,
    subject=Both("Order {order} has arrived", "Oda {order} imefika"),
    sms=Both(
        "Order {order}: the buyer confirmed that everything has arrived. Without a dispute you are paid after {until}.",
        "Oda {order}: mnunuzi amethibitisha kila kitu kimefika. Bila malalamiko utalipwa baada ya {until}.",
    ),
)
"""To the seller; ``until`` is the end of protection."""


def _astray(name: str, en: str, sw: str) -> Event:
    return Event(
        name,
        Group.SELLING,
        subject=Both("A parcel of order {order} went astray", "Kifurushi cha oda {order} kimepotea njia"),
        sms=Both(
            f"Order {{order}}: the courier says that a parcel {en}. Please tell the buyer what you do about it.",
            f"Oda {{order}}: msafirishaji asema kifurushi {sw}. Tafadhali mwambie mnunuzi utakachofanya.",
        ),
    )


SOLD_PARCEL_LOST = _astray("sold-parcel-lost", "is lost", "kimepotea")
SOLD_PARCEL_TURNED_BACK = _astray("sold-parcel-turned-back", "comes back to you", "kinarudi kwako")
"""To the seller."""
