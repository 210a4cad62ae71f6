"""Where a confirmed payment becomes money on our books: receipt, entry, paid order and notice, all or nothing.

The work is done by the database, many payments in one call: ``payments_credit`` in ``migrations/0003_crediting.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.ledger.accounts import UNMATCHED
from sokopesa.notices.actions import alert_operator
from sokopesa.payments.charges import paybill_charge
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

LONGEST_ACCOUNT = 20
"""Characters kept of an account number that somebody typed; M-PESA itself takes up to 13."""


@dataclass(frozen=True, slots=True)
class Payment:
    """M-PESA's word that somebody paid us. ``paid_at`` is M-PESA's clock, ``learned_from`` how we heard of it.

    ``prompt_id`` where a prompt was answered; ``purchase_id`` where the account number said what is paid, which is None
    where it said nothing that we know. ``account`` is that number as it was typed.
    """

    receipt: str
    amount_cents: int
    paid_at: datetime
    learned_from: str
    prompt_id: UUID | None = None
    purchase_id: int | None = None
    msisdn: str = ""
    account: str = ""


class _Booked(NamedTuple):
    """What `payments_credit` returns for each new receipt. ``cause`` is empty where all of it paid a purchase."""

    receipt: str
    cause: str
    surplus_cents: int
    purchase_id: int | None
    number: str | None
    msisdn: str
    amount_cents: int


@transaction.atomic
def credit_payments(payments: Sequence[Payment], *, now: datetime) -> set[str]:
    """Book every payment whose receipt is new and return those receipts; known receipts move nothing.

    Money for a purchase that awaits it goes to the escrow of its orders, if it covers the purchase. What is over, or
    comes too late, again or short, is owed back at once to whoever paid. Money with an account number that is no
    order's stays in *unmatched*, and an operator is told. Either way it is on the books.
    """
    # The message that names a prompt says more about a receipt than the one that does not.
    by_receipt = {payment.receipt: payment for payment in sorted(payments, key=lambda payment: bool(payment.prompt_id))}
    if not by_receipt:
        return set()
    booked = _credit(list(by_receipt.values()), now)
    _owe_back([one for one in booked if one.cause and one.purchase_id], by_receipt, now)
    for one in booked:
        if one.cause and not one.purchase_id:
            _call_operator(one, by_receipt[one.receipt])
    return {one.receipt for one in booked}


def _credit(payments: Sequence[Payment], now: datetime) -> list[_Booked]:
    charges = [paybill_charge(payment.amount_cents, on=nairobi_date(payment.paid_at)) for payment in payments]
    rows = fetch(
        """
        SELECT code, cause, surplus, purchase_id, number, msisdn, cents FROM payments_credit(
            ARRAY(
                SELECT ROW(told.*)::payments_told FROM unnest(
                    %b::text[], %b::uuid[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::text[], %b::text[],
                    %b::text[], %b::bigint[], %b::text[]
                ) AS told
            ), %s, %s
        )
        """,
        [
            [payment.receipt for payment in payments],
            [payment.prompt_id for payment in payments],
            [payment.purchase_id for payment in payments],
            [payment.amount_cents for payment in payments],
            [payment.paid_at for payment in payments],
            [payment.learned_from for payment in payments],
            [payment.msisdn for payment in payments],
            [_printable(payment.account) for payment in payments],
            [charge.buyer_cents for charge in charges],
            [charge.tariff for charge in charges],
            CONFIGURATION.mpesa_shortcode,
            now,
        ],
    )
    return [_Booked(*row) for row in rows]


def _printable(account: str) -> str:
    if account.isprintable():
        return account[:LONGEST_ACCOUNT]
    return "".join(character if character.isprintable() else "?" for character in account[:LONGEST_ACCOUNT])


def _owe_back(surplus: Iterable[_Booked], payments: dict[str, Payment], now: datetime) -> None:
    owe(
        [
            Debt(
                key=f"surplus:{one.receipt}",
                cause=Refund.Cause(one.cause),
                purchase_id=one.purchase_id,
                receipt=one.receipt,
                amount_cents=one.surplus_cents,
                received_cents=one.amount_cents,
                msisdn=one.msisdn,
                from_account=UNMATCHED,
                happened_at=payments[one.receipt].paid_at,
            )
            for one in surplus
        ],
        now=now,
    )


def _call_operator(one: _Booked, payment: Payment) -> None:
    amount, account = format_kes(one.amount_cents), _printable(payment.account)
    alert_operator(
        text=f"{amount}, receipt {one.receipt}, has no home: “{account}” is no order's reference.",
        key=f"unmatched-{one.receipt}",
    )
