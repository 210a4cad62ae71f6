"""Disputes: from the claim to the ruling and its appeal. Where money is owed by it, ``REFUND_OWED`` says so as well."""

from __future__ import annotations

from sokopesa.notices.events import NOTHING, Event, Group
from sokopesa.notices.languages import Both


def dispute_event(name: str, en: str, sw: str, *, more: Both = NOTHING) -> Event:
    """Words that begin with which dispute it is, as people read it out on the telephone."""
    return Event(
        name,
        Group.DISPUTES,
        subject=Both("Dispute {dispute} on order {order}", "Malalamiko {dispute} ya oda {order}"),
        sms=Both("Dispute {dispute} (order {order})" + en, "Malalamiko {dispute} (oda {order})" + sw),
        more=more,
    )


DISPUTE_OPENED = dispute_event(
    "dispute-opened",
    ": the buyer asks for {plan}. Answer by {until}, or it is granted.",
    ": mnunuzi anadai {plan}. Jibu kabla ya {until}, la sivyo atapewa.",
)
"""To the seller."""

DISPUTE_RECEIVED = dispute_event(
    "dispute-received",
    " is open. The seller answers by {until}; without an answer your claim is granted.",
    " yamefunguliwa. Muuzaji ajibu kabla ya {until}; asipojibu utapewa unachodai.",
)
"""To the buyer who opened it."""

DISPUTE_CHANGED = dispute_event(
    "dispute-changed",
    ": the buyer now asks for {plan}. Please answer by {until}.",
    ": mnunuzi sasa anadai {plan}. Tafadhali jibu kabla ya {until}.",
)
"""To the seller, whose time begins anew if no answer was given yet."""

DISPUTE_WITHDRAWN = dispute_event(
    "dispute-withdrawn",
    ": the buyer withdrew it. You need not do anything.",
    ": mnunuzi ameyaondoa. Huhitaji kufanya chochote.",
)
"""To the seller."""

DISPUTE_ACCEPTED = dispute_event(
    "dispute-accepted",
    ": the seller accepted your claim, {plan}.",
    ": muuzaji amekubali dai lako, {plan}.",
)
"""To the buyer."""

DISPUTE_REFUSED = dispute_event(
    "dispute-refused",
    ": the seller refuses. Agree by {until} under My Orders, or a mediator decides.",
    ": muuzaji amekataa. Kubalianeni kabla ya {until} kwenye Oda zangu, la sivyo mpatanishi ataamua.",
)
"""To the buyer."""

DISPUTE_COUNTERED = dispute_event(
    "dispute-countered",
    ": the seller offers {plan}. Agree by {until}, or a mediator decides.",
    ": muuzaji anatoa {plan}. Jibu kabla ya {until}, kisha mpatanishi aamue.",
)
"""To the buyer."""

DISPUTE_AGREED = dispute_event(
    "dispute-agreed",
    ": the buyer accepted your offer, {plan}.",
    ": mnunuzi amekubali pendekezo lako, {plan}.",
)
"""To the seller."""

DISPUTE_GRANTED = dispute_event(
    "dispute-granted",
    ": the seller did not answer in time, so your claim is granted, {plan}.",
    ": muuzaji hakujibu kwa wakati, hivyo umepewa ulichodai, {plan}.",
)
"""To the buyer."""

DISPUTE_GRANTED_ON_SELLER = dispute_event(
    "dispute-granted-on-seller",
    ": you did not answer by {until}, so the claim is granted, {plan}.",
    ": hukujibu kabla ya {until}, hivyo mnunuzi amepewa anachodai, {plan}.",
)
"""To the seller."""

DISPUTE_ESCALATED = dispute_event(
    "dispute-escalated",
    ": a mediator of the market decides now. Add on its page what shows that you are right.",
    ": mpatanishi wa soko sasa ataamua. Ongeza ushahidi wako kwenye ukurasa wake.",
)
"""To both sides."""

DISPUTE_RULED = dispute_event(
    "dispute-ruled",
    ": the market decided, {plan}. Appeal by {until}; then it is final.",
    ": soko limeamua, {plan}. Kata rufaa kabla ya {until}; kisha ni mwisho.",
)
"""To both sides."""

RULING_FINAL = dispute_event(
    "ruling-final",
    ": nobody appealed in time, so the decision is final and is carried out.",
    ": hakuna aliyekata rufaa kwa wakati, hivyo uamuzi ni wa mwisho na unatekelezwa.",
)
"""To both sides."""

APPEAL_MADE = dispute_event(
    "appeal-made",
    ": the other side appealed. Another mediator decides, and that is final.",
    ": upande mwingine umekata rufaa. Mpatanishi mwingine ataamua, na ni mwisho.",
)
"""To the side that did not appeal."""

APPEAL_DECIDED = dispute_event(
    "appeal-decided",
    ": the appeal is decided, {plan}. That is final.",
    ": rufaa imeamuliwa, {plan}. Huo ni uamuzi wa mwisho.",
)
"""To both sides."""
