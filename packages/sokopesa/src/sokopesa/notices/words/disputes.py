"""Disputes: from the claim to the ruling and its appeal."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

_SUBJECT = Both("Dispute on order {order}", "Malalamiko kuhusu oda {order}")
_RULING = Both("Ruling on order {order}", "Uamuzi kuhusu oda {order}")

DISPUTE_OPENED = Event(
    "dispute-opened",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "The buyer opened a dispute on order {order} and claims {amount}. Answer by {until}, or the claim is granted.",
        "Mnunuzi amefungua malalamiko ya oda {order}, anadai {amount}. Jibu kabla ya {until}, la sivyo atapewa.",
    ),
)
"""To the seller."""

DISPUTE_CHANGED = Event(
    "dispute-changed",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "The buyer changed the claim on order {order}: now {amount}. Answer by {until}, or the claim is granted.",
        "Mnunuzi amebadilisha dai la oda {order}: sasa {amount}. Jibu kabla ya {until}, la sivyo atapewa.",
    ),
)
"""To the seller, whose time begins anew."""

DISPUTE_WITHDRAWN = Event(
    "dispute-withdrawn",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "The buyer withdrew the dispute on order {order}. You need not do anything.",
        "Mnunuzi ameondoa malalamiko ya oda {order}. Huhitaji kufanya chochote.",
    ),
)
"""To the seller."""

DISPUTE_ACCEPTED = Event(
    "dispute-accepted",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "{shop} accepted your claim on order {order}: {amount}. My Orders shows what happens next.",
        "{shop} amekubali dai lako la oda {order}: {amount}. Oda zangu inaonyesha kitakachofuata.",
    ),
)
"""To the buyer."""

DISPUTE_REFUSED = Event(
    "dispute-refused",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "{shop} refused your claim on order {order}. Answer under My Orders; on {until} a mediator steps in.",
        "{shop} amekataa dai lako la oda {order}. Jibu kwenye Oda zangu; {until} mpatanishi ataingilia.",
    ),
)
"""To the buyer."""

DISPUTE_COUNTERED = Event(
    "dispute-countered",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "{shop} offers you {amount} for order {order}. Accept or refuse by {until}; then a mediator steps in.",
        "{shop} anakupa {amount} kwa oda {order}. Kubali au kataa kabla ya {until}; kisha mpatanishi ataingilia.",
    ),
)
"""To the buyer."""

DISPUTE_AGREED = Event(
    "dispute-agreed",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "The buyer accepted your offer on order {order}: {amount}. The dispute is settled.",
        "Mnunuzi amekubali pendekezo lako la oda {order}: {amount}. Malalamiko yameisha.",
    ),
)
"""To the seller."""

DISPUTE_GRANTED = Event(
    "dispute-granted",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "{shop} did not answer in time, so your claim on order {order} is granted: {amount}.",
        "{shop} hakujibu kwa wakati, hivyo dai lako la oda {order} limekubaliwa: {amount}.",
    ),
)
"""To the buyer."""

DISPUTE_GRANTED_ON_SELLER = Event(
    "dispute-granted-on-seller",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "You did not answer the dispute on order {order} by {until}, so the buyer's claim is granted: {amount}.",
        "Hukujibu malalamiko ya oda {order} kabla ya {until}, hivyo dai la mnunuzi limekubaliwa: {amount}.",
    ),
)
"""To the seller."""

DISPUTE_ESCALATED = Event(
    "dispute-escalated",
    Group.DISPUTES,
    subject=_SUBJECT,
    sms=Both(
        "A mediator now decides the dispute on order {order}. Add what shows that you are right by {until}.",
        "Mpatanishi sasa ataamua malalamiko ya oda {order}. Ongeza ushahidi wako kabla ya {until}.",
    ),
)
"""To both sides."""

DISPUTE_RULED = Event(
    "dispute-ruled",
    Group.DISPUTES,
    subject=_RULING,
    sms=Both(
        "Ruling on order {order}: the buyer gets {amount} back. Not right? Appeal by {until}; then it is final.",
        "Uamuzi wa oda {order}: mnunuzi arudishiwe {amount}. Si sawa? Kata rufaa kabla ya {until}; kisha ni wa mwisho.",
    ),
)
"""To both sides; ``amount`` may be KES 0."""

DISPUTE_RULED_RETURN = Event(
    "dispute-ruled-return",
    Group.DISPUTES,
    subject=_RULING,
    sms=Both(
        "Ruling on order {order}: the buyer returns it and gets {amount} back. Appeal by {until}; then it is final.",
        "Uamuzi wa oda {order}: mnunuzi airudishe, apate {amount}. Kata rufaa kabla ya {until}; kisha ni wa mwisho.",
    ),
)
"""To both sides."""

RULING_FINAL = Event(
    "ruling-final",
    Group.DISPUTES,
    subject=_RULING,
    sms=Both(
        "Nobody appealed in time: the ruling on order {order} is final. My Orders shows what happens next.",
        "Hakuna aliyekata rufaa kwa wakati: uamuzi wa oda {order} ni wa mwisho.",
    ),
)
"""To both sides."""

APPEAL_MADE = Event(
    "appeal-made",
    Group.DISPUTES,
    subject=Both("Appeal on order {order}", "Rufaa kuhusu oda {order}"),
    sms=Both(
        "The ruling on order {order} is appealed. Another person decides; until then no money moves.",
        "Rufaa imekatwa kuhusu uamuzi wa oda {order}. Mtu mwingine ataamua; hadi hapo pesa hazisogei.",
    ),
)
"""To the side that did not appeal."""

APPEAL_DECIDED = Event(
    "appeal-decided",
    Group.DISPUTES,
    subject=Both("Appeal on order {order} decided", "Rufaa ya oda {order} imeamuliwa"),
    sms=Both(
        "Appeal on order {order} decided: the buyer gets {amount} back. This is final.",
        "Rufaa ya oda {order} imeamuliwa: mnunuzi arudishiwe {amount}. Huu ni uamuzi wa mwisho.",
    ),
)
"""To both sides."""
