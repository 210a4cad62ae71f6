"""What sellers are told about their orders."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

ORDER_TO_SHIP = Event(
    "order-to-ship",
    Group.SELLING,
    subject=Both("New order {order} to ship", "Oda mpya {order} ya kutuma"),
    sms=Both(
        "New order {order}: {thing}. It is paid. Ship it by {until}, or it is cancelled and refunded.",
        "Oda mpya {order}: {thing}. Imelipwa. Itume kabla ya {until}, la sivyo itaghairiwa na pesa kurudishwa.",
    ),
)
"""To the seller; ``thing`` is the first of the goods."""

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
