"""Where a seller is paid. Somebody of the shop asks, somebody of finance who does not act for it agrees, and everybody
of the shop is told of both: whoever takes over a shop's account does not take its money unseen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sokopesa.kernel.phone import PhoneRefused, normalise
from sokopesa.kernel.reasons import read_reason
from sokopesa.notices.events import Event
from sokopesa.notices.telling import tell
from sokopesa.notices.words import PAYEE_ASKED, PAYEE_CHANGED, PAYEE_REFUSED
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import acts_for, members_of
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.settlements.errors import (
    AskedAlready,
    DecidedAlready,
    NotFinance,
    NotPayable,
    NotYours,
    OwnRequest,
    SamePayee,
)
from sokopesa.settlements.models import Payee

State = Payee.State

_MOST_REFERENCE = 13
_SHORTCODE = range(5, 8)


@transaction.atomic
def ask(*, seller: Seller, kind: Payee.Kind, number: str, reference: str, by: User, now: datetime) -> Payee:
    """Somebody of the shop asks to be paid there. Nothing changes until finance agrees.

    Raises:
        NotYours: the person does not act for the shop.
        NotPayable: the number or the account number cannot be paid by M-PESA.
        SamePayee: that is where the shop is paid.
        AskedAlready: another change waits.
    """
    if not acts_for(by, seller.pk):
        raise NotYours
    number, reference = _read(kind, number, reference)
    Seller.objects.select_for_update().get(pk=seller.pk)
    for known in Payee.objects.filter(seller=seller, state__in=[State.CURRENT, State.ASKED]):
        same = (known.kind, known.number, known.reference) == (kind, number, reference)
        if known.state == State.ASKED:
            if same and known.asked_by_id == by.pk:
                return known
            raise AskedAlready
        if same:
            raise SamePayee
    payee = Payee.objects.create(
        seller=seller, kind=kind, number=number, reference=reference, asked_by=by, asked_at=now
    )
    _tell(payee, PAYEE_ASKED, now)
    return payee


@transaction.atomic
def approve(payee_id: int, *, by: User, now: datetime) -> Payee:
    """Finance agrees: from the next run on the shop is paid there. Approving twice is approving once.

    Raises:
        NotFinance, OwnRequest, DecidedAlready: the person may not, or no longer.
    """
    payee = _to_decide(payee_id, by)
    if payee.state != State.ASKED:
        if payee.state == State.CURRENT and payee.decided_by_id == by.pk:
            return payee
        raise DecidedAlready(payee.get_state_display())
    Payee.objects.filter(seller=payee.seller_id, state=State.CURRENT).update(state=State.REPLACED)
    _decide(payee, State.CURRENT, by, now)
    _tell(payee, PAYEE_CHANGED, now)
    return payee


@transaction.atomic
def refuse(payee_id: int, *, by: User, remark: str, now: datetime) -> Payee:
    """Finance does not agree, and says why; the shop is paid where it was.

    Raises:
        NotFinance, OwnRequest, DecidedAlready: the person may not, or no longer.
        ReasonMissing: it has no reason, or too long a one.
    """
    remark = read_reason(remark)
    payee = _to_decide(payee_id, by)
    if payee.state != State.ASKED:
        raise DecidedAlready(payee.get_state_display())
    _decide(payee, State.REFUSED, by, now, remark)
    _tell(payee, PAYEE_REFUSED, now)
    return payee


def _read(kind: Payee.Kind, number: str, reference: str) -> tuple[str, str]:
    reference = " ".join(reference.split()).upper()
    if kind == Payee.Kind.PHONE:
        try:
            return normalise(number), ""
        except PhoneRefused as refusal:
            raise NotPayable(str(refusal)) from refusal
    digits = "".join(number.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) in _SHORTCODE):
        raise NotPayable("A paybill or till number has 5 to 7 digits.")
    if kind == Payee.Kind.TILL:
        return digits, ""
    if not (reference and reference.isascii() and reference.isprintable() and len(reference) <= _MOST_REFERENCE):
        raise NotPayable("A paybill needs the account number to pay into: up to 13 letters and digits.")
    return digits, reference


def _to_decide(payee_id: int, by: User) -> Payee:
    if not may(by, RELEASE_MONEY):
        raise NotFinance
    payee = Payee.objects.select_for_update(of=("self",)).select_related("seller").get(pk=payee_id)
    if payee.asked_by_id == by.pk or acts_for(by, payee.seller_id):
        raise OwnRequest
    return payee


def _decide(payee: Payee, state: State, by: User, now: datetime, remark: str = "") -> None:
    payee.state, payee.decided_by, payee.decided_at, payee.remark = state, by, now, remark
    payee.save(update_fields=["state", "decided_by", "decided_at", "remark"])


def _tell(payee: Payee, event: Event, now: datetime) -> None:
    everybody = [user.pk for user in members_of([payee.seller_id]).get(payee.seller_id, [])]
    tell(everybody, event, f"{payee.pk}", now, shop=payee.seller.name, place=payee.ending)
