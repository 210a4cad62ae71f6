"""Goods that go back to their seller in a dispute."""

from __future__ import annotations

from sokopesa.notices.languages import Both
from sokopesa.notices.words.disputes import dispute_event

RETURN_ADDRESS = dispute_event(
    "return-address",
    ": send the goods back and give their tracking number by {until}, or nothing is refunded.",
    ": rudisha bidhaa na uweke namba ya ufuatiliaji kabla ya {until}, la sivyo hurudishiwi pesa.",
    more=Both(
        "The address is under My Orders. Keep the receipt of the courier or post office: it is your proof.",
        "Anwani iko kwenye Oda zangu. Weka risiti ya msafirishaji au posta: ndiyo ushahidi wako.",
    ),
)
"""To the buyer."""

RETURN_AWAITS_ADDRESS = dispute_event(
    "return-awaits-address",
    ": the goods go back. Please wait until the seller has given an address; we tell you.",
    ": bidhaa zitarudishwa. Subiri muuzaji atoe anwani; tutakuambia.",
)
"""To the buyer."""

RETURN_NEEDS_ADDRESS = dispute_event(
    "return-needs-address",
    ": give the address for the return by {until}, or the money goes back without it.",
    ": toa anwani ya kurudishia kabla ya {until}, la sivyo pesa zitarudi bila bidhaa.",
)
"""To the seller."""

RETURN_NOT_NEEDED = dispute_event(
    "return-not-needed",
    ": the seller gave no address, so keep the goods: {amount} goes back to you.",
    ": muuzaji hakutoa anwani, hivyo baki na bidhaa: utarudishiwa {amount}.",
)
"""To the buyer."""

RETURN_NOT_NEEDED_ON_SELLER = dispute_event(
    "return-not-needed-on-seller",
    ": you gave no address by {until}, so {amount} goes back to the buyer without a return.",
    ": hukutoa anwani kabla ya {until}, hivyo mnunuzi atarudishiwa {amount} bila kurudisha.",
)
"""To the seller."""

RETURN_SENT = dispute_event(
    "return-sent",
    ": the goods are coming back, {tracking}. Confirm by {until}, or they count as back.",
    ": bidhaa zinarudi, {tracking}. Thibitisha kabla ya {until}, la sivyo zimerudi.",
)
"""To the seller."""

RETURN_DELIVERED = dispute_event(
    "return-delivered",
    ": the courier delivered the return. Confirm it or say what is wrong by {until}.",
    ": msafirishaji amefikisha bidhaa. Thibitisha au sema kasoro kabla ya {until}.",
    more=Both(
        "Otherwise the goods count as back, and the buyer is refunded.",
        "La sivyo bidhaa zitahesabiwa zimerudi, na mnunuzi atarudishiwa pesa.",
    ),
)
"""To the seller."""

RETURN_RECEIVED = dispute_event(
    "return-received",
    ": the goods are back, so {amount} goes back to you.",
    ": bidhaa zimerudi, hivyo utarudishiwa {amount}.",
)
"""To the buyer, when the seller confirmed or the time to confirm was over."""

RETURN_TAKEN_AS_RECEIVED = dispute_event(
    "return-taken-as-received",
    ": you did not say by {until} how the return came, so {amount} goes back to the buyer.",
    ": hukusema kabla ya {until} kama bidhaa zimerudi, hivyo mnunuzi atarudishiwa {amount}.",
)
"""To the seller."""

RETURN_NOT_SENT = dispute_event(
    "return-not-sent",
    " is closed: the goods were not sent back by {until}, so nothing is refunded.",
    " yamefungwa: bidhaa hazikurudishwa kabla ya {until}, hivyo pesa hazirudishwi.",
)
"""To both sides."""
