"""The words for every event, a file for each group. Who tells of an event names it: ``words.ORDER_SHIPPED``.

Below each event stands whom it is for. ``until`` is the moment at which what the words announce happens by itself.
"""

from __future__ import annotations

from sokopesa.notices.events import Event
from sokopesa.notices.words.account import CONFIRM_EMAIL, SIGN_IN_CODE
from sokopesa.notices.words.cancelling import (
    CANCEL_APPROVED,
    CANCEL_ASKED,
    CANCEL_EXPIRED,
    CANCEL_EXPIRED_ON_SELLER,
    CANCEL_OVERDUE,
    CANCEL_OVERTAKEN,
    CANCEL_REFUSED,
    CANCEL_WITHDRAWN,
)
from sokopesa.notices.words.deadlines import (
    REMIND_ADDRESS,
    REMINDERS,
)
from sokopesa.notices.words.disputes import (
    APPEAL_DECIDED,
    APPEAL_MADE,
    DISPUTE_ACCEPTED,
    DISPUTE_AGREED,
    DISPUTE_CHANGED,
    DISPUTE_COUNTERED,
    DISPUTE_ESCALATED,
    DISPUTE_GRANTED,
    DISPUTE_GRANTED_ON_SELLER,
    DISPUTE_OPENED,
    DISPUTE_RECEIVED,
    DISPUTE_REFUSED,
    DISPUTE_RULED,
    DISPUTE_WITHDRAWN,
    RULING_FINAL,
)
from sokopesa.notices.words.messages import MESSAGE_WAITING
from sokopesa.notices.words.money import (
    ORDER_COMPLETED,
    ORDER_PAID,
    ORDER_REVIVED,
    PAYMENT_MATCHED,
    REFUND_OWED,
    REFUND_PAID,
    REFUND_RETURNED,
)
from sokopesa.notices.words.orders import (
    EXTENSION_ASKED_BY_BUYER,
    EXTENSION_ASKED_BY_SELLER,
    EXTENSION_REFUSED,
    ORDER_COMPLETED_FOR_BUYER,
    ORDER_DELIVERED,
    ORDER_NOT_SHIPPED,
    ORDER_PARTLY_SHIPPED,
    ORDER_SHIPPED,
    ORDER_SHIPPED_UNTRACKED,
    PARCEL_LOST,
    PARCEL_LOST_CLAIM,
    PARCEL_TURNED_BACK,
    PARCEL_TURNED_BACK_CLAIM,
    PROTECTION_EXTENDED,
    SHIPPING_EXTENDED,
)
from sokopesa.notices.words.returns import (
    RETURN_ADDRESS,
    RETURN_AWAITS_ADDRESS,
    RETURN_DELIVERED,
    RETURN_NEEDS_ADDRESS,
    RETURN_NOT_NEEDED,
    RETURN_NOT_NEEDED_ON_SELLER,
    RETURN_NOT_SENT,
    RETURN_RECEIVED,
    RETURN_SENT,
    RETURN_TAKEN_AS_RECEIVED,
)
from sokopesa.notices.words.selling import (
    ORDER_CONFIRMED,
    ORDER_TO_SHIP,
    ORDERS_TO_SHIP,
    SALE_NOT_SHIPPED,
    SOLD_PARCEL_LOST,
    SOLD_PARCEL_TURNED_BACK,
)

EVENTS: dict[str, Event] = {
    event.name: event for event in (*REMINDERS.values(), *globals().values()) if isinstance(event, Event)
}
"""Every event by its name."""

__all__ = [
    "APPEAL_DECIDED",
    "APPEAL_MADE",
    "CANCEL_APPROVED",
    "CANCEL_ASKED",
    "CANCEL_EXPIRED",
    "CANCEL_EXPIRED_ON_SELLER",
    "CANCEL_OVERDUE",
    "CANCEL_OVERTAKEN",
    "CANCEL_REFUSED",
    "CANCEL_WITHDRAWN",
    "CONFIRM_EMAIL",
    "DISPUTE_ACCEPTED",
    "DISPUTE_AGREED",
    "DISPUTE_CHANGED",
    "DISPUTE_COUNTERED",
    "DISPUTE_ESCALATED",
    "DISPUTE_GRANTED",
    "DISPUTE_GRANTED_ON_SELLER",
    "DISPUTE_OPENED",
    "DISPUTE_RECEIVED",
    "DISPUTE_REFUSED",
    "DISPUTE_RULED",
    "DISPUTE_WITHDRAWN",
    "EVENTS",
    "EXTENSION_ASKED_BY_BUYER",
    "EXTENSION_ASKED_BY_SELLER",
    "EXTENSION_REFUSED",
    "MESSAGE_WAITING",
    "ORDERS_TO_SHIP",
    "ORDER_COMPLETED",
    "ORDER_COMPLETED_FOR_BUYER",
    "ORDER_CONFIRMED",
    "ORDER_DELIVERED",
    "ORDER_NOT_SHIPPED",
    "ORDER_PAID",
    "ORDER_PARTLY_SHIPPED",
    "ORDER_REVIVED",
    "ORDER_SHIPPED",
    "ORDER_SHIPPED_UNTRACKED",
    "ORDER_TO_SHIP",
    "PARCEL_LOST",
    "PARCEL_LOST_CLAIM",
    "PARCEL_TURNED_BACK",
    "PARCEL_TURNED_BACK_CLAIM",
    "PAYMENT_MATCHED",
    "PROTECTION_EXTENDED",
    "REFUND_OWED",
    "REFUND_PAID",
    "REFUND_RETURNED",
    "REMINDERS",
    "REMIND_ADDRESS",
    "RETURN_ADDRESS",
    "RETURN_AWAITS_ADDRESS",
    "RETURN_DELIVERED",
    "RETURN_NEEDS_ADDRESS",
    "RETURN_NOT_NEEDED",
    "RETURN_NOT_NEEDED_ON_SELLER",
    "RETURN_NOT_SENT",
    "RETURN_RECEIVED",
    "RETURN_SENT",
    "RETURN_TAKEN_AS_RECEIVED",
    "RULING_FINAL",
    "SALE_NOT_SHIPPED",
    "SHIPPING_EXTENDED",
    "SIGN_IN_CODE",
    "SOLD_PARCEL_LOST",
    "SOLD_PARCEL_TURNED_BACK",
]
