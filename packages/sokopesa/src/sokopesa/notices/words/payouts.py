"""What the people of a shop are told about its own money. These are told whatever a person prefers."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

PAYEE_ASKED = Event(
    "payee-asked",
    Group.MONEY,
    subject=Both("{shop} asks to be paid elsewhere", "{shop} inaomba kulipwa kwingine"),
    sms=Both(
        "{shop} asked to be paid at {place}. If nobody of the shop asked for this, call us at once.",
        "{shop} imeomba kulipwa kupitia {place}. Kama hakuna wa duka aliyeomba, tupigie mara moja.",
    ),
)
"""To everybody of the shop."""

PAYEE_CHANGED = Event(
    "payee-changed",
    Group.MONEY,
    subject=Both("{shop} is paid elsewhere now", "{shop} sasa italipwa kwingine"),
    sms=Both(
        "From the next payout on, {shop} is paid at {place}. If this is wrong, call us at once.",
        "Kuanzia malipo yajayo, {shop} italipwa kupitia {place}. Kama si sahihi, tupigie mara moja.",
    ),
)
"""To everybody of the shop."""

PAYEE_REFUSED = Event(
    "payee-refused",
    Group.MONEY,
    subject=Both("{shop} is paid where it was", "{shop} italipwa ilipokuwa"),
    sms=Both(
        "{shop} will not be paid at {place}; why, your pages say. It is paid where it was.",
        "{shop} haitalipwa kupitia {place}; sababu iko kwenye kurasa zako. Italipwa ilipokuwa.",
    ),
)
"""To everybody of the shop."""

SELLER_PAID = Event(
    "seller-paid",
    Group.MONEY,
    subject=Both("{amount} paid to {shop}", "{shop} imelipwa {amount}"),
    sms=Both(
        "We paid {shop} {amount} at {place}, M-PESA receipt {receipt}.",
        "Tumelipa {shop} {amount} kupitia {place}, risiti ya M-PESA {receipt}.",
    ),
)
"""To everybody of the shop, for each transfer."""

SELLER_NOT_PAID = Event(
    "seller-not-paid",
    Group.MONEY,
    subject=Both("{amount} could not be paid to {shop}", "{shop} haikulipwa {amount}"),
    sms=Both(
        "M-PESA could not pay {shop} {amount} at {place}. It stays on your account; see your pages.",
        "M-PESA haikuweza kulipa {shop} {amount} kupitia {place}. Ziko kwenye akaunti yako; ona kurasa zako.",
    ),
)
"""To everybody of the shop."""
