"""Releasing money without a home: one person proposes where it belongs, another approves, and only then it moves.

Whoever takes part locks in one order: purchase, receipt, release.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from sokopesa.kernel.money import format_kes
from sokopesa.kernel.reasons import read_reason
from sokopesa.ledger.accounts import UNMATCHED, escrow
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.notices.actions import send
from sokopesa.notices.words import PAYMENT_MATCHED
from sokopesa.orders.actions import mark_paid
from sokopesa.orders.models import Order, Purchase
from sokopesa.payments.errors import (
    CannotPlace,
    NotUnmatched,
    NotYourDecision,
    OwnMoney,
    OwnProposal,
    ProposedAlready,
    ReleaseDecided,
    ReleaseMissing,
)
from sokopesa.payments.models import Receipt, Release
from sokopesa.payments.proposals import obstacle, purchases_being_asked
from sokopesa.payments.signals import changed
from sokopesa.payments.unmatched import unmatched
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund


@transaction.atomic
def propose(*, receipt: str, purchase: str | None, reason: str, maker: User, now: datetime) -> Release:
    """Propose that the receipt's money pays the purchase of this number or, with None, goes back to the payer.

    Nothing moves. The same proposal by the same person, sent twice, is one.

    Raises:
        NotYourDecision: the maker may not release money.
        ReasonMissing: it has no reason, or too long a one.
        NotUnmatched: the receipt's money does not lie in *unmatched*.
        CannotPlace: the purchase does not exist or cannot be paid with it.
        OwnMoney: the maker is the buyer or the payer.
        ProposedAlready: another proposal waits for a second person.
    """
    _require(maker)
    reason = read_reason(reason)
    target = _lock_purchase(purchase)
    paid = _lock_receipt(receipt)
    standing = Release.objects.filter(receipt=paid, state=Release.State.PROPOSED).first()
    if standing is not None:
        if (standing.maker_id, standing.purchase_id, standing.reason) == (maker.pk, target and target.pk, reason):
            return standing
        raise ProposedAlready
    _require_unmatched(paid)
    _require_impartial(maker, paid, target)
    if target is not None:
        _require_fit(target, paid)
    return Release.objects.create(
        receipt=paid,
        kind=Release.Kind.REFUND if target is None else Release.Kind.PLACE,
        purchase=target,
        unplaced=paid.unplaced,
        reason=reason,
        maker=maker,
        proposed_at=now,
    )


@transaction.atomic
def approve(*, release_id: int, decider: User, now: datetime) -> Release:
    """A second person agrees: the money moves, in this transaction or not at all. Approving twice is approving once.

    Raises:
        NotYourDecision: the decider may not release money.
        ReleaseMissing: there is no such release.
        OwnProposal: the decider made it.
        OwnMoney: the decider is the buyer or the payer.
        ReleaseDecided: it was decided otherwise, or by somebody else.
        NotUnmatched, CannotPlace: the world has changed since it was proposed.
    """
    _require(decider)
    release, paid, target = _lock(release_id)
    if not _is_open(release, decider, Release.State.APPROVED):
        return release
    _require_impartial(decider, paid, target)
    _require_unmatched(paid)
    if target is None:
        _give_back(paid, now)
    else:
        _require_fit(target, paid)
        _place(paid, target, now)
    return _decide(release, Release.State.APPROVED, decider, now)


@transaction.atomic
def refuse(*, release_id: int, decider: User, remark: str, now: datetime) -> Release:
    """A second person disagrees and says why; the money stays where it is, and may be proposed anew.

    Raises:
        NotYourDecision, ReleaseMissing, OwnProposal, ReleaseDecided: as for `approve`.
        ReasonMissing: the remark is missing or too long.
    """
    _require(decider)
    remark = read_reason(remark)
    release, _, _ = _lock(release_id)
    if not _is_open(release, decider, Release.State.REFUSED):
        return release
    return _decide(release, Release.State.REFUSED, decider, now, remark=remark)


def _require(person: User) -> None:
    if not may(person, RELEASE_MONEY):
        raise NotYourDecision


def _lock(release_id: int) -> tuple[Release, Receipt, Purchase | None]:
    known = Release.objects.select_related("purchase").filter(pk=release_id).first()
    if known is None:
        raise ReleaseMissing
    target = _lock_purchase(known.purchase.number if known.purchase else None)
    paid = _lock_receipt(known.receipt_id)
    return Release.objects.select_for_update().get(pk=release_id), paid, target


def _lock_purchase(number: str | None) -> Purchase | None:
    if number is None:
        return None
    purchase = Purchase.objects.select_for_update().filter(number=number).first()
    if purchase is None:
        raise CannotPlace("There is no order with this number.")
    return purchase


def _lock_receipt(code: str) -> Receipt:
    receipt = Receipt.objects.select_for_update().filter(code=code).first()
    if receipt is None:
        raise NotUnmatched(code)
    return receipt


def _require_unmatched(receipt: Receipt) -> None:
    if not unmatched().filter(code=receipt.code).exists():
        raise NotUnmatched(receipt.code)


def _require_fit(purchase: Purchase, receipt: Receipt) -> None:
    being_asked = purchase.pk in purchases_being_asked([purchase])
    if why := obstacle(purchase, receipt, being_asked=being_asked):
        raise CannotPlace(why)


def _require_impartial(person: User, receipt: Receipt, purchase: Purchase | None) -> None:
    if person.phone == receipt.msisdn or (purchase is not None and purchase.buyer_id == person.pk):
        raise OwnMoney


def _is_open(release: Release, decider: User, wanted: Release.State) -> bool:
    """Whether it waits for this decision; False if this very person decided so before."""
    if release.maker_id == decider.pk:
        raise OwnProposal
    if release.state == Release.State.PROPOSED:
        return True
    if (release.state, release.decider_id) == (wanted, decider.pk):
        return False
    raise ReleaseDecided(release)


def _place(receipt: Receipt, purchase: Purchase, now: datetime) -> None:
    amount = format_kes(receipt.amount_cents)
    orders = Order.objects.filter(purchase=purchase).order_by("pk").values_list("pk", "total_cents")
    book(
        [
            Draft(
                key=f"release:{receipt.code}",
                kind="release",
                happened_at=now,
                memo=f"M-PESA receipt {receipt.code} pays {purchase.number}",
                legs=(
                    debit(UNMATCHED, receipt.amount_cents),
                    *(credit(escrow(order_id), cents) for order_id, cents in orders),
                ),
            )
        ]
    )
    words: Mapping[int, str] = {
        purchase.pk: f"M-PESA confirmed {amount}, receipt {receipt.code}. It came with another account number, "
        "and we have matched it to this order by hand."
    }
    if not mark_paid({purchase.pk: receipt.paid_at}, words=words):
        raise CannotPlace("This order awaits no payment any more.")
    Receipt.objects.filter(pk=receipt.pk).update(purchase=purchase, unplaced="")
    said = {"amount": receipt.amount_cents, "receipt": receipt.code, "order": purchase.number}
    send(
        to=purchase.buyer.phone,
        text=PAYMENT_MATCHED.in_sms(purchase.buyer.language, said),
        kind="payment",
        key=f"release:{receipt.code}",
    )
    changed([purchase.number])


def _give_back(receipt: Receipt, now: datetime) -> None:
    owe(
        [
            Debt(
                key=f"release:{receipt.code}",
                cause=Refund.Cause.UNKNOWN_ACCOUNT,
                purchase_id=None,
                receipt=receipt.code,
                amount_cents=receipt.amount_cents,
                msisdn=receipt.msisdn,
                from_account=UNMATCHED,
                happened_at=now,
            )
        ],
        now=now,
    )


def _decide(release: Release, state: Release.State, decider: User, now: datetime, *, remark: str = "") -> Release:
    release.state, release.decider, release.decided_at, release.remark = state, decider, now, remark
    release.save(update_fields=["state", "decider", "decided_at", "remark"])
    return release
