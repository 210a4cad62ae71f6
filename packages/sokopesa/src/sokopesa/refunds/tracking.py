"""A refund's way back, step by step, as its buyer reads it. Rooms above know more of some steps, and tell it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import local, masked
from sokopesa.refunds.models import Refund

State, Wait = Refund.State, Refund.Wait


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way. ``at`` is None where it is still to come, or nobody knows the moment."""

    label: str
    at: datetime | None
    detail: str
    is_done: bool


Teller = Callable[[Sequence[Refund]], Mapping[int, Mapping[str, Step]]]
"""Tells what it knows of many refunds, a few queries however many: refund id → a state of `PLACES` → that step."""

TELLERS: list[Teller] = []
"""Rooms above add theirs when they are loaded; a later one has the last word about a step."""

PLACES = (State.OWED, State.RECONCILED, State.FILED, State.BATCHED, State.SENT, State.RETURNED, State.PAID, State.USED)
"""Every step that there may be, in its order."""

_LEFT_US = (State.SENT, State.RETURNED, State.PAID)

_SHOWN_BY = {
    "statement": "Your payment stands in M-PESA's statement of our paybill.",
    "list": "Your payment stands in M-PESA's list of payments to our paybill.",
    "status": "M-PESA confirmed your payment when we asked about its receipt.",
    "ours": "Two of our people agreed. It is our own money, so no payment has to be confirmed.",
}

_WAITS = {
    Wait.PHONE: "M-PESA did not tell us the number that paid, so we must find out where the money belongs.",
    Wait.BUYER: "We need something of you before it can go on.",
    Wait.MINIMUM: "It is less than M-PESA pays out at once, so we find another way to give it back.",
    Wait.FLOAT: "The account that we pay refunds from is being filled. It goes on by itself.",
    Wait.OPERATOR: "One of our people has to look at it first.",
}


@dataclass(frozen=True, slots=True)
class Track:
    """The way of one refund so far, and what is still to come. ``waits`` says why it does not go on, ``late`` that it
    should be there by now; each is empty where it is not so."""

    refund: Refund
    steps: Sequence[Step]
    waits: str
    late: str

    @property
    def now(self) -> Step | None:
        """The last step that was taken."""
        return next((step for step in reversed(self.steps) if step.is_done), None)

    @property
    def in_words(self) -> str:
        """How much, how it stands, and by when or by which receipt, in one sentence for a statement."""
        refund, amount = self.refund, format_kes(self.refund.goes_back_cents)
        if refund.state == State.USED:
            return f"{amount} used for the order, refund {refund.number}"
        if refund.state == State.PAID:
            assert refund.paid_at is not None
            paid = paid_label(refund).lower()
            return f"{amount} {paid} {_day(nairobi_date(refund.paid_at))}, {self.steps[-1].detail}"
        stands = "owed" if refund.state == State.OWED or not self.now else f"on its way ({self.now.label.lower()})"
        due = f"{_day(refund.promised_from)} to {_day(refund.promised_until)}"
        return f"{amount} {stands}, promised {due}{' and late' if self.late else ''}, refund {refund.number}"


def track(refunds: Iterable[Refund], *, now: datetime) -> dict[int, Track]:
    """The way of each refund, by its id. As many queries for many as for one."""
    tracked = list(refunds)
    told = [teller(tracked) for teller in TELLERS] if tracked else []
    return {refund.pk: _track(refund, [each.get(refund.pk, {}) for each in told], now) for refund in tracked}


def _track(refund: Refund, told: Iterable[Mapping[str, Step]], now: datetime) -> Track:
    steps = _own_steps(refund)
    for each in told:
        steps |= each
    is_late = refund.is_on_its_way and nairobi_date(now) > refund.promised_until
    return Track(
        refund,
        steps=[steps[place] for place in PLACES if place in steps],
        waits=_waits(refund),
        late=_late(refund) if is_late else "",
    )


def _own_steps(refund: Refund) -> dict[str, Step]:
    """What the refund itself knows: not in which file or disbursement it stands, nor by which receipt it was paid."""
    owed = Step("Owed to you", refund.owed_at, _owed(refund), is_done=True)
    if refund.state == State.USED:
        return {State.OWED: owed, State.USED: Step("Used for the order", None, "", is_done=True)}
    is_reconciled, has_left = refund.reconciled_at is not None, refund.state in _LEFT_US
    checked = _SHOWN_BY[refund.reconciled_from] if is_reconciled else "We look for your payment in M-PESA's records."
    steps: dict[str, Step] = {
        State.OWED: owed,
        State.RECONCILED: Step(_confirmed_label(refund), refund.reconciled_at, checked, is_done=is_reconciled),
        State.SENT: Step("Sent to M-PESA", None, "", is_done=has_left),
        State.PAID: Step(paid_label(refund), refund.paid_at, f"to {payee(refund)}", is_done=refund.state == State.PAID),
    }
    if refund.state == State.RETURNED:
        steps[State.RETURNED] = Step("Came back to us", None, "M-PESA did not pay it.", is_done=True)
    return steps


def paid_label(refund: Refund) -> str:
    """What the last step is called: goodwill is no payment of the buyer's that comes back."""
    return "Paid to you" if refund.cause == Refund.Cause.GOODWILL else "Paid back"


def _confirmed_label(refund: Refund) -> str:
    return "Released" if refund.cause == Refund.Cause.GOODWILL else "Payment confirmed"


def _owed(refund: Refund) -> str:
    why = str(refund.get_cause_display())
    if not refund.topped_up_cents:
        return why
    owed, ours = format_kes(refund.amount_cents), format_kes(refund.topped_up_cents)
    return f"{why}: {owed}. We add {ours}, because M-PESA pays out no less than {format_kes(refund.goes_back_cents)}."


def _waits(refund: Refund) -> str:
    if not refund.waits_for or not refund.is_on_its_way:
        return ""
    return f"{_WAITS[Wait(refund.waits_for)]} {refund.remark}".strip()


def _late(refund: Refund) -> str:
    call = f" Call us on {local(CONFIGURATION.support_phone)}" if CONFIGURATION.support_phone else " Contact us"
    return (
        f"We promised it by {_day(refund.promised_until)}, and it is late. It is still yours."
        f"{call} and name refund {refund.number}."
    )


def payee(refund: Refund) -> str:
    """To whom it goes, as a sentence names it."""
    return masked(refund.pays_to) if refund.pays_to else "the phone that paid"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
