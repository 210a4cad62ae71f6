"""The one way in which a transfer becomes paid or returned, whoever told it: M-PESA's result, its answer about the
transaction, the statement, or the portal's file of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.notices.actions import alert_operator
from sokopesa.payouts.endings import ending_of
from sokopesa.payouts.following import follow
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.refunding import whole_cents
from sokopesa.refunds.models import Refund

State = Transfer.State
Source = Literal["answer", "result", "status", "statement", "portal"]

IN_FLIGHT = (State.SENT, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a transfer ended. ``receipt`` and, by M-PESA's clock, ``at`` are set if it was paid; else ``code`` says why
    not (M-PESA's result code, or a word of `sokopesa.payouts.endings`) and ``remark`` what M-PESA wrote.

    Whoever concludes has seen that amount and payee are the transfer's.
    """

    transfer_id: UUID
    source: Source
    receipt: str = ""
    at: datetime | None = None
    code: str = ""
    remark: str = ""

    @property
    def is_paid(self) -> bool:
        """Whether M-PESA paid it."""
        return bool(self.receipt)


@dataclass(slots=True)
class Concluded:
    """What came of conclusions. ``doubtful`` says in words why one was not followed; the rest had been told before."""

    moved: dict[UUID, Transfer] = field(default_factory=dict)
    doubtful: dict[UUID, str] = field(default_factory=dict)


@transaction.atomic
def conclude(conclusions: Sequence[Conclusion], *, now: datetime) -> Concluded:
    """End the transfers that are on their way, at most once each: state, booking, followers and notices, all or
    nothing.

    What is told again changes nothing. What contradicts an ending, or a payment that we never sent, is not followed:
    the operator is told loudly, for money may have moved that is not on our books.

    Raises:
        django.db.IntegrityError: the database refused, for instance because the account debited does not hold so much.
    """
    first: dict[UUID, Conclusion] = {}
    for conclusion in conclusions:
        if not conclusion.is_paid and not conclusion.code:
            raise ValueError("a transfer is returned for a reason")
        first.setdefault(conclusion.transfer_id, conclusion)
    transfers = list(Transfer.objects.select_for_update(no_key=True).filter(pk__in=first).order_by("pk"))
    taken = dict(
        Transfer.objects.filter(receipt__in=[each.receipt for each in first.values() if each.is_paid]).values_list(
            "receipt", "pk"
        )
    )
    done, ending = Concluded(), []
    for transfer in transfers:
        conclusion = first[transfer.pk]
        if doubt := _doubt(transfer, conclusion, taken):
            done.doubtful[transfer.pk] = doubt
        elif transfer.state in IN_FLIGHT:
            taken[conclusion.receipt] = transfer.pk
            ending.append(transfer)
    for transfer in ending:
        _apply(transfer, first[transfer.pk], now)
    _store(ending)
    _book([transfer for transfer in ending if transfer.state == State.PAID], now)
    follow(ending, now)
    _alert(transfers, done.doubtful)
    done.moved = {transfer.pk: transfer for transfer in ending}
    return done


def _doubt(transfer: Transfer, told: Conclusion, taken: Mapping[str, UUID]) -> str:
    """Why this cannot be, or is not to be believed; empty if it can."""
    if told.is_paid and taken.get(told.receipt, transfer.pk) != transfer.pk:
        return f"receipt {told.receipt} paid another transfer"
    if transfer.state in IN_FLIGHT:
        return ""
    if transfer.state == State.PAID:
        if not told.is_paid:
            return f"told that it was not paid ({told.code}), but receipt {transfer.receipt} paid it"
        return "" if told.receipt == transfer.receipt else f"paid by {transfer.receipt}, and again by {told.receipt}?"
    if told.is_paid:
        return (
            f"told that receipt {told.receipt} paid it, but it is {transfer.get_state_display().lower()} by our books"
        )
    return "" if transfer.state == State.RETURNED else "told that it was not paid, but it was never sent"


def _apply(transfer: Transfer, told: Conclusion, now: datetime) -> None:
    transfer.state = State.PAID if told.is_paid else State.RETURNED
    transfer.receipt, transfer.code = told.receipt, "" if told.is_paid else told.code[:16]
    transfer.remark = "" if told.is_paid else (told.remark or ending_of(told.code).words)[:200]
    transfer.ended_at = (told.at or now) if told.is_paid else now
    transfer.next_ask_at = None


def _store(ending: Sequence[Transfer]) -> None:
    """One statement, and in it each transfer once."""
    fetch(
        """
        UPDATE payouts_transfer transfer SET state = told.state, receipt = told.receipt, code = told.code,
            remark = told.remark, ended_at = told.at, next_ask_at = NULL
        FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[])
            AS told(id, state, receipt, code, remark, at)
        WHERE transfer.id = told.id
        """,
        [
            [each.pk for each in ending],
            [str(each.state) for each in ending],
            [each.receipt for each in ending],
            [each.code for each in ending],
            [each.remark for each in ending],
            [each.ended_at for each in ending],
        ],
    )


def _book(paid: Sequence[Transfer], now: datetime) -> None:
    book(_added(paid) + [_entry(transfer) for transfer in paid])


def source_of(transfer: Transfer) -> str:
    """The ledger account of ours that its money leaves."""
    if transfer.via == Transfer.Via.REVERSAL:
        return accounts.mpesa(transfer.shortcode)
    by_b2b = transfer.via == Transfer.Via.B2B
    return accounts.working(transfer.shortcode) if by_b2b else accounts.b2c(transfer.shortcode)


def _entry(transfer: Transfer) -> Draft:
    kind = "refund-paid" if transfer.purpose == Transfer.Purpose.REFUND else "settlement-paid"
    kind = "reversal" if transfer.via == Transfer.Via.REVERSAL else kind
    assert transfer.ended_at is not None
    return Draft(
        key=f"transfer:{transfer.pk}",
        kind=kind,
        happened_at=transfer.ended_at,
        memo=f"{transfer.key}, M-PESA receipt {transfer.receipt}",
        legs=(debit(transfer.account, transfer.amount_cents), credit(source_of(transfer), transfer.amount_cents)),
    )


def _added(paid: Sequence[Transfer]) -> list[Draft]:
    """What M-PESA cannot leave out comes from our own pocket, once a refund, with the first of it that is paid: cents
    that make a shilling, and what two people added to a refund of less than it pays out."""
    first_at = {each.refund_id: each.ended_at for each in reversed(paid) if each.refund_id is not None}
    drafts = []
    for refund in Refund.objects.filter(pk__in=first_at).order_by("pk"):
        at, goes_back = first_at[refund.pk], refund.goes_back_cents
        assert at is not None
        if refund.topped_up_cents:
            words = "topped up to what M-PESA pays out"
            drafts.append(_out_of_pocket("refund-top-up", refund, refund.topped_up_cents, words, at))
        if goes_back % CENTS:
            cents = whole_cents(goes_back) - goes_back
            drafts.append(_out_of_pocket("refund-rounding", refund, cents, "rounded up to the shilling", at))
    return drafts


def _out_of_pocket(kind: str, refund: Refund, cents: int, words: str, at: datetime) -> Draft:
    return Draft(
        key=f"{kind}:{refund.pk}",
        kind=kind,
        happened_at=at,
        memo=f"Refund {refund.number}, {words}",
        legs=(debit(accounts.GOODWILL, cents), credit(accounts.refunds(refund.pk), cents)),
    )


def _alert(transfers: Sequence[Transfer], doubtful: Mapping[UUID, str]) -> None:
    for transfer in transfers:
        if why := doubtful.get(transfer.pk):
            text = f"URGENT: {format_kes(transfer.amount_cents)}, {transfer.key}: {why}. Look it up in M-PESA's portal."
            alert_operator(text=text[:300], key=f"transfer-{transfer.pk.hex}-{transfer.state}")
