"""Money that came, is owed or was earned. These are told whatever a person prefers."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

ORDER_PAID = Event(
    "order-paid",
    Group.MONEY,
    subject=Both("Order {order} is paid", "Oda {order} imelipwa"),
    sms=Both(
        "Thank you. We received {amount}{payer} for order {order}, M-PESA receipt {receipt}.",
        "Asante. Tumepokea {amount}{payer} kwa oda {order}, risiti ya M-PESA {receipt}.",
    ),
)
"""To the buyer. The SMS is sent by ``payments_place`` in the database, in these same words; a test compares them."""

ORDER_REVIVED = Event(
    "order-revived",
    Group.MONEY,
    subject=Both("Order {order} is on again", "Oda {order} inaendelea tena"),
    sms=Both(
        "Order {order} is on again, paid by M-PESA receipt {receipt}. Nothing more is due.",
        "Oda {order} inaendelea tena, imelipwa kwa risiti ya M-PESA {receipt}. Hudaiwi zaidi.",
    ),
)
"""To the buyer who used a late payment for the order after all."""

PAYMENT_MATCHED = Event(
    "payment-matched",
    Group.MONEY,
    subject=Both("Order {order} is paid", "Oda {order} imelipwa"),
    sms=Both(
        "Thank you. We have matched your {amount}, M-PESA receipt {receipt}, to order {order}. It is paid.",
        "Asante. Malipo yako ya {amount}, risiti ya M-PESA {receipt}, ni ya oda {order}. Imelipwa.",
    ),
)
"""To the buyer, when an operator found the order of a payment that had gone astray."""

REFUND_OWED = Event(
    "refund-owed",
    Group.MONEY,
    subject=Both("We owe you {amount}", "Tutakurudishia {amount}"),
    sms=Both(
        "We owe you {amount}: {why}, receipt {receipt}. It goes back to {payee} between {first} and {last}.",
        "Tutakurudishia {amount}: {why}, risiti {receipt}. Zitarudi kwa {payee} kati ya {first} na {last}.",
    ),
    more=Both("You need not do anything.", "Huhitaji kufanya chochote."),
)
"""To the buyer or payer, from the moment money is owed; ``first`` and ``last`` are the promise."""

REFUND_PAID = Event(
    "refund-paid",
    Group.MONEY,
    subject=Both("We paid you back {amount}", "Tumekurudishia {amount}"),
    sms=Both(
        "We paid back {amount} to {payee}, M-PESA receipt {receipt}: {why}.",
        "Tumerudisha {amount} kwa {payee}, risiti ya M-PESA {receipt}: {why}.",
    ),
)
"""To the buyer or payer, when M-PESA says that the last of it is in the wallet."""

REFUND_REVERSED = Event(
    "refund-reversed",
    Group.MONEY,
    subject=Both("M-PESA gave you back {amount}", "M-PESA imekurudishia {amount}"),
    sms=Both(
        "M-PESA itself gave {amount} back to {payee}, receipt {receipt}. That was our refund: {why}.",
        "M-PESA yenyewe imerudisha {amount} kwa {payee}, risiti {receipt}. Ndiyo marejesho yetu: {why}.",
    ),
    more=Both(
        "It reversed your payment before we paid you, so we send no more of it.",
        "Ilibatilisha malipo yako kabla hatujakulipa, kwa hivyo hatutatuma tena.",
    ),
)
"""To the buyer or payer, when M-PESA took their payment back from us and so paid what we owed."""

REFUND_RETURNED = Event(
    "refund-returned",
    Group.MONEY,
    subject=Both("We could not pay you back {amount}", "Hatukuweza kukurudishia {amount}"),
    sms=Both(
        "We could not pay back {amount} to {payee}: {trouble}",
        "Hatukuweza kurudisha {amount} kwa {payee}: {trouble}",
    ),
)
"""To the buyer or payer, when M-PESA did not pay the refund for a reason at their end."""

REFUND_REDIRECTED = Event(
    "refund-redirected",
    Group.MONEY,
    subject=Both("Your refund goes to another number", "Marejesho yako yanaenda namba nyingine"),
    sms=Both(
        "Your refund of {amount} now goes to {payee}, as agreed with you. If not, call us at once.",
        "Marejesho yako ya {amount} sasa yanaenda kwa {payee}, kama tulivyokubaliana. Kama sivyo, tupigie mara moja.",
    ),
)
"""To the buyer, and to the phone that paid, when two of our people have agreed to pay another number of the buyer's."""

ORDER_COMPLETED = Event(
    "order-completed",
    Group.MONEY,
    subject=Both("Order {order} is complete", "Oda {order} imekamilika"),
    sms=Both(
        "Order {order} is complete. {amount} is on your account.",
        "Oda {order} imekamilika. {amount} ziko kwenye akaunti yako.",
    ),
)
"""To the seller; ``amount`` is after the market's commission."""
