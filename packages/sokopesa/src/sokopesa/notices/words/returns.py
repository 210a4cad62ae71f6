"""Goods that go back to their seller in a dispute."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

_SUBJECT = Both("Return of order {order}", "Kurudisha oda {order}")

RETURN_ADDRESS = Event(
    "return-address",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "Send order {order} back by {until}, or nothing is refunded. My Orders has the address; add the tracking no.",
        "Rudisha oda {order} kabla ya {until}, la sivyo hurudishiwi pesa. Anwani iko kwenye Oda zangu; weka namba.",
    ),
    more=Both(
        "Keep the receipt of the courier or post office: it is your proof.",
        "Weka risiti ya msafirishaji au posta: ndiyo ushahidi wako.",
    ),
)
"""To the buyer."""

RETURN_SENT = Event(
    "return-sent",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "The buyer sent order {order} back by {carrier}, tracking no. {tracking}. Confirm when it has arrived.",
        "Mnunuzi amerudisha oda {order} kwa {carrier}, namba ya ufuatiliaji {tracking}. Thibitisha ikifika.",
    ),
)
"""To the seller."""

RETURN_RECEIVED = Event(
    "return-received",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "{shop} has order {order} back. {amount} goes back to you.",
        "{shop} amepokea oda {order} uliyorudisha. Utarudishiwa {amount}.",
    ),
)
"""To the buyer, when the seller confirmed or the time to confirm was over."""

RETURN_TAKEN_AS_RECEIVED = Event(
    "return-taken-as-received",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "You did not say by {until} what became of the return of order {order}, so {amount} goes back to the buyer.",
        "Hukusema kabla ya {until} kuhusu oda {order} iliyorudishwa, hivyo mnunuzi atarudishiwa {amount}.",
    ),
)
"""To the seller."""

RETURN_NOT_SENT = Event(
    "return-not-sent",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "Order {order} was not sent back by {until}, so the dispute is closed and nothing is refunded.",
        "Oda {order} haikurudishwa kabla ya {until}, hivyo malalamiko yamefungwa na hakuna pesa zitakazorudishwa.",
    ),
)
"""To both sides."""
