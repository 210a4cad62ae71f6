"""Reminders before a deadline applies itself: what is due, until when, and what happens then."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both


def _reminder(clock: str, en: str, sw: str) -> Event:
    return Event(
        f"remind-{clock.replace('_', '-')}",
        Group.DEADLINES,
        subject=Both("Order {order}: until {until}", "Oda {order}: hadi {until}"),
        sms=Both("Until {until}: " + en, "Hadi {until}: " + sw),
    )


REMINDERS: dict[str, Event] = {
    "ship": _reminder(
        "ship",
        "ship order {order}, or what is not shipped is cancelled and refunded.",
        "tuma oda {order}, la sivyo isiyotumwa itaghairiwa na pesa kurudishwa.",
    ),
    "answer_cancel": _reminder(
        "answer_cancel",
        "the buyer asks to cancel order {order}. Please answer. Without an answer it is cancelled and refunded.",
        "mnunuzi anaomba kughairi oda {order}. Tafadhali jibu. Usipojibu itaghairiwa na pesa kurudishwa.",
    ),
    "protection": _reminder(
        "protection",
        "is something wrong with order {order}? Open a dispute. If not, the seller is then paid.",
        "kuna tatizo na oda {order}? Fungua malalamiko. La sivyo muuzaji atalipwa.",
    ),
    "answer_ship_time": _reminder(
        "answer_ship_time",
        "the seller asks for more time to ship order {order}. Please answer; no answer means no.",
        "muuzaji anaomba muda zaidi wa kutuma oda {order}. Tafadhali jibu; usipojibu ni hapana.",
    ),
    "answer_protection": _reminder(
        "answer_protection",
        "the buyer asks for longer protection of order {order}. Please answer; no answer means no.",
        "mnunuzi anaomba ulinzi wa muda zaidi wa oda {order}. Tafadhali jibu; usipojibu ni hapana.",
    ),
    "answer_dispute": _reminder(
        "answer_dispute",
        "answer the dispute on order {order}, or the buyer's claim is granted.",
        "jibu malalamiko ya oda {order}, la sivyo dai la mnunuzi litakubaliwa.",
    ),
    "answer_offer": _reminder(
        "answer_offer",
        "agree in the dispute on order {order}, or a mediator of the market decides it.",
        "kubalianeni kuhusu malalamiko ya oda {order}, la sivyo mpatanishi ataamua.",
    ),
    "send_back": _reminder(
        "send_back",
        "send the goods of order {order} back and give their tracking number, or nothing is refunded.",
        "rudisha oda {order} na uweke namba ya ufuatiliaji, la sivyo hakuna marejesho.",
    ),
    "take_back": _reminder(
        "take_back",
        "say whether the return of order {order} has arrived, or the buyer is refunded.",
        "sema kama oda {order} iliyorudishwa imefika, la sivyo mnunuzi atarudishiwa pesa.",
    ),
    "appeal": _reminder(
        "appeal",
        "the ruling on order {order} can be appealed. Then it is final.",
        "unaweza kukata rufaa kuhusu uamuzi wa oda {order}. Kisha ni wa mwisho.",
    ),
}
"""By the kind of clock that runs out (`sokopesa.orders.models.Clock.Kind`). The carrier and the market need none."""

REMIND_ADDRESS = _reminder(
    "send_back_where",
    "say where the buyer of order {order} sends the goods, or the money goes back without them.",
    "sema mnunuzi wa oda {order} arudishe bidhaa wapi, la sivyo pesa zitarudi bila bidhaa.",
)
"""To the seller, who has to give the address before the goods can be sent back."""
