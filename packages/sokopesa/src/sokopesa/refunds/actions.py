"""Owing money back, and using it for the order after all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.notices.actions import Message, send_all
from sokopesa.notices.telling import Telling, tell_all
from sokopesa.notices.words import REFUND_OWED
from sokopesa.orders.actions import note
from sokopesa.orders.changing import note_order
from sokopesa.refunds.errors import DebtChanged
from sokopesa.refunds.models import Refund
from sokopesa.refunds.numbers import new_number
from sokopesa.refunds.promise import promise
from sokopesa.refunds.words import said_of, we_owe_you


@dataclass(frozen=True, slots=True)
class Debt:
    """Money to be owed back. ``key`` says why, and is owed once; ``happened_at`` is when the money became surplus.

    ``from_account`` is the ledger account that holds the money until now. ``received_cents`` is all that the receipt
    brought; without it, the receipt brought no more than ``amount_cents``.

    Goodwill comes out of our own pocket (``accounts.GOODWILL``), for a purchase and the receipt that paid it. It waits
    for no record of M-PESA's: what that would confirm is the buyer's payment, and goodwill gives none of it back.
    Waiting for it would hold a gift up until the day's statement, and for ever where the payment is doubted or taken
    back; being let go by it would make the gift a part of the payment. So it begins as *reconciled*, from *ours*, which
    the database holds for goodwill and for nothing else; what lets it go is that two people agreed.
    """

    key: str
    cause: Refund.Cause
    purchase_id: int | None
    receipt: str
    amount_cents: int
    msisdn: str
    from_account: str
    happened_at: datetime
    received_cents: int | None = None
    order_id: int | None = None


@transaction.atomic
def owe(debts: Sequence[Debt], *, now: datetime) -> list[Refund]:
    """Owe every debt whose key is new: refund, booking, timeline and notice, all or nothing. Return the new refunds.

    A key that is owed already is passed over, so a replay changes nothing, also when two callers come at once.

    Raises:
        DebtChanged: a known key came back for another receipt or amount.
        django.db.IntegrityError: the database refused: the receipts did not bring that much, or the account that is
            debited does not hold it.
    """
    by_key = {debt.key: debt for debt in debts}
    fresh = _store(sorted(by_key.values(), key=lambda debt: debt.key), now)
    if len(fresh) < len(debts):
        _check_same(debts)
    if not fresh:
        return []
    refunds = list(Refund.objects.select_related("purchase__buyer", "order").filter(id__in=fresh).order_by("id"))
    _book(refunds, by_key)
    _tell(refunds, by_key)
    return refunds


@transaction.atomic
def use(refund: Refund, *, into: Mapping[str, int], now: datetime) -> bool:
    """The buyer wants the goods after all: the money goes into these accounts (code → cents) and is owed no longer.

    False if it was used already, or is on its way back to the phone; then nothing moves.
    """
    still_here = (Refund.State.OWED, Refund.State.RECONCILED)
    if not Refund.objects.filter(pk=refund.pk, state__in=still_here).update(state=Refund.State.USED):
        return False
    book(
        [
            Draft(
                key=f"refund-used:{refund.key}",
                kind="refund-used",
                happened_at=now,
                memo=f"Refund {refund.number}, M-PESA receipt {refund.receipt}",
                legs=(
                    debit(accounts.refunds(refund.pk), refund.amount_cents),
                    *(credit(account, cents) for account, cents in into.items()),
                ),
            )
        ]
    )
    return True


def _store(debts: Sequence[Debt], now: datetime) -> list[int]:
    """One statement, in the order of the keys, so that callers with the same keys queue and never deadlock."""
    promised = promise(now)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO refunds_refund (number, key, cause, purchase_id, order_id, receipt, received_cents,
                                        amount_cents, msisdn, state, reconciled_at, reconciled_from, owed_at,
                                        promised_from, promised_until, payee, waits_for, remark)
            SELECT debt.*, CASE WHEN is_ours THEN 'reconciled' ELSE 'owed' END, CASE WHEN is_ours THEN moment.now END,
                   CASE WHEN is_ours THEN 'ours' ELSE '' END, moment.now, %s, %s, '', '', ''
            FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
                        %s::bigint[], %s::text[])
                AS debt(number, key, cause, purchase_id, order_id, receipt, received_cents, amount_cents, msisdn)
            CROSS JOIN (SELECT %s::timestamptz AS now) AS moment
            CROSS JOIN LATERAL (SELECT debt.cause = 'goodwill' AS is_ours) AS whose
            ON CONFLICT (key) DO NOTHING
            RETURNING id
            """,
            [
                promised.earliest,
                promised.latest,
                [new_number() for _ in debts],
                [debt.key for debt in debts],
                [debt.cause.value for debt in debts],
                [debt.purchase_id for debt in debts],
                [debt.order_id for debt in debts],
                [debt.receipt for debt in debts],
                [_received(debt) for debt in debts],
                [debt.amount_cents for debt in debts],
                [debt.msisdn for debt in debts],
                now,
            ],
        )
        return [refund_id for (refund_id,) in cursor.fetchall()]


def _received(debt: Debt) -> int:
    return debt.amount_cents if debt.received_cents is None else debt.received_cents


def _check_same(debts: Iterable[Debt]) -> None:
    known = {refund.key: refund for refund in Refund.objects.filter(key__in={debt.key for debt in debts})}
    for debt in debts:
        refund = known[debt.key]
        if (refund.receipt, refund.amount_cents) != (debt.receipt, debt.amount_cents):
            raise DebtChanged(f"{debt.key} is owed already, for another receipt or amount")


def _book(refunds: Sequence[Refund], debts: Mapping[str, Debt]) -> None:
    book(
        [
            Draft(
                key=f"refund:{refund.key}",
                kind="refund-owed",
                happened_at=debts[refund.key].happened_at,
                memo=f"Refund {refund.number}, M-PESA receipt {refund.receipt}",
                legs=(
                    debit(debts[refund.key].from_account, refund.amount_cents),
                    credit(accounts.refunds(refund.pk), refund.amount_cents),
                ),
            )
            for refund in refunds
        ]
    )


def _tell(refunds: Sequence[Refund], debts: Mapping[str, Debt]) -> None:
    """The buyer, where there is an order; else whoever paid, where M-PESA named the phone. It asks the database nothing
    more unless a buyer wants e-mails."""
    events, messages, letters = [], [], []
    for refund in refunds:
        buyer = refund.purchase.buyer if refund.purchase else None
        text = we_owe_you(refund)
        if refund.order:
            note_order(refund.order, at=debts[refund.key].happened_at, kind="refund-owed", text=text)
        elif refund.purchase:
            events.append((refund.purchase.pk, debts[refund.key].happened_at, "refund-owed", text))
        if phone := buyer.phone if buyer else refund.msisdn:
            text = we_owe_you(refund, buyer.language if buyer else "en")
            messages.append(Message(to=phone, text=text, kind="refund", key=f"refund:{refund.number}"))
        if buyer and buyer.email_confirmed_at:
            letters.append(Telling((buyer.pk,), REFUND_OWED, refund.number, said_of(refund), by_sms=False))
    note(events)
    send_all(messages)
    if letters:
        tell_all(letters, now=refunds[0].owed_at)
