"""What ends a discrepancy may be booked against, and booking it: it brings our books to what M-PESA says, by the moment
that the discrepancy is about."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.models import Account
from sokopesa.payments.models import Receipt
from sokopesa.payouts.concluding import IN_FLIGHT, Conclusion, conclude, source_of
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation.models import Discrepancy, Resolution
from sokopesa.reconciliation.refusals import CannotResolve
from sokopesa.reconciliation.taken_back import is_reversed
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

How = Resolution.How

OURS = (accounts.BANK, accounts.IN_TRANSIT, accounts.MPESA_CHARGES, accounts.COMMISSION, accounts.GOODWILL)
"""What a difference may be reclassified to."""

OTHERS = ("escrow:", "seller:")
"""Beginnings of the accounts that hold other people's money, to which a difference may be allocated."""

TRANSFER = "transfer:"
"""Before the id of a transfer, to which money that left may be allocated: it is what that one paid."""


def account_for(found: Discrepancy, how: Resolution.How, against: str) -> str:
    """The ledger account on the other side; empty where nothing is booked against one.

    Raises:
        CannotResolve: the discrepancy cannot end so.
    """
    if how == How.ACCEPT:
        _require_acceptable(found)
        return ""
    if not found.effect_cents:
        raise CannotResolve("Books and statement agree about the money, so there is nothing to book. Accept it.")
    if how == How.RETURN:
        if found.effect_cents > 0 or found.code != accounts.mpesa(CONFIGURATION.mpesa_shortcode):
            raise CannotResolve("Only money that customers paid in can be sent back.")
        return ""
    if how == How.WRITE_OFF:
        most = CONFIGURATION.write_off_limit * CENTS
        if abs(found.effect_cents) > most:
            raise CannotResolve(f"More than {format_kes(most)} is not written off. Find out what it is.")
        return accounts.WRITE_OFF
    if how == How.RECLASSIFY:
        if against not in OURS:
            raise CannotResolve(f"Choose one of {', '.join(OURS)}.")
        return against
    return _allocated(found, against)


def _require_acceptable(found: Discrepancy) -> None:
    if found.effect_cents:
        raise CannotResolve("Books and statement differ by it, so something has to be booked.")
    if found.refund_id is not None and is_reversed(found.receipt):
        raise CannotResolve("M-PESA took this payment back. The refund must not be paid a second time.")


def _allocated(found: Discrepancy, against: str) -> str:
    if against.startswith("refunds:"):
        _refund_paid_by(found, against)
    elif against.startswith(TRANSFER):
        _transfer_paid_by(found, against)
    elif against != accounts.UNMATCHED and not (
        against.startswith(OTHERS) and Account.objects.filter(code=against).exists()
    ):
        raise CannotResolve(
            "Choose unmatched, a transfer, or an order's, a refund's or a seller's account that exists."
        )
    return against


def _refund_paid_by(found: Discrepancy, against: str) -> Refund:
    """The refund that the money which left has paid: all of it, and nobody has begun to pay it."""
    number = against.removeprefix("refunds:")
    refund = Refund.objects.select_for_update().filter(pk=number).first() if number.isdigit() else None
    if refund is None:
        raise CannotResolve("There is no such refund.")
    if found.effect_cents != refund.amount_cents:
        raise CannotResolve(f"This refund is {format_kes(refund.amount_cents)}, another amount.")
    waits = refund.state in (Refund.State.OWED, Refund.State.RECONCILED)
    if not waits or refund.transfers.filter(state__in=Transfer.LIVE).exists():
        raise CannotResolve("This refund is over, or on its way already. Take it out of its file first.")
    return refund


def _transfer_paid_by(found: Discrepancy, against: str) -> Transfer:
    """The transfer without an end that the money which left has paid."""
    try:
        transfer = Transfer.objects.get(pk=UUID(against.removeprefix(TRANSFER)))
    except (ValueError, Transfer.DoesNotExist):
        raise CannotResolve("There is no such transfer.") from None
    if not found.key.startswith("line:") or found.effect_cents != transfer.amount_cents:
        raise CannotResolve(f"This transfer is of {format_kes(transfer.amount_cents)}, another amount.")
    if source_of(transfer) != found.code:
        raise CannotResolve("This transfer is paid from another account.")
    if transfer.state not in IN_FLIGHT:
        raise CannotResolve(f"This transfer is not on its way: {transfer.get_state_display().lower()}.")
    return transfer


def shop_of(against: str) -> int | None:
    """The shop whose account, or payout, is on the other side, if it is one's."""
    if against.startswith("seller:"):
        return int(against.removeprefix("seller:"))
    if not against.startswith(TRANSFER):
        return None
    return Transfer.objects.values_list("seller", flat=True).get(pk=UUID(against.removeprefix(TRANSFER)))


def carry_out(found: Discrepancy, made: Resolution, *, now: datetime) -> str:
    """Book what was approved, and say the key of the entry; empty where nothing is booked. Who accepts a doubt about a
    refund lets it go on.

    Raises:
        CannotResolve: the world has changed since it was proposed.
        django.db.IntegrityError: the database refused.
    """
    account_for(found, Resolution.How(made.how), made.against)
    if made.how == How.ACCEPT:
        if found.refund_id is not None:
            moving.free([found.refund_id])
            moving.reconcile({found.receipt: "statement"}, now=now)
        return ""
    if made.against.startswith("refunds:"):
        refund = _refund_paid_by(found, made.against)
        moving.reconcile({refund.receipt: "statement"}, now=now)
        moving.sent([refund.pk])
        moving.paid({refund.pk: found.happened_at})
    key = _end_transfer(found, made, now) if made.against.startswith(TRANSFER) else _book(found, made)
    _tie(found, key)
    if made.how == How.RETURN:
        _give_back(found, now)
    return key


def _end_transfer(found: Discrepancy, made: Resolution, now: datetime) -> str:
    """It is booked as its result would have been, had that come."""
    transfer = _transfer_paid_by(found, made.against)
    told = Conclusion(transfer.pk, "statement", receipt=found.receipt, at=found.happened_at)
    if doubt := conclude([told], now=now).doubtful.get(transfer.pk):
        raise CannotResolve(f"This cannot be: {doubt}.")
    return f"transfer:{transfer.pk}"


def _book(found: Discrepancy, made: Resolution) -> str:
    cents = found.effect_cents
    other = accounts.UNMATCHED if made.how == How.RETURN else made.against
    key = f"discrepancy:{found.pk}"
    legs = (
        (debit(other, cents), credit(found.code, cents))
        if cents > 0
        else (debit(found.code, -cents), credit(other, -cents))
    )
    memo = f"{found.get_kind_display()}, {found.receipt}: {made.reason}"
    book([Draft(key, f"resolved-{made.how}", found.happened_at, legs, memo[:200])])
    return key


def _tie(found: Discrepancy, key: str) -> None:
    """The new posting is the line's, if a line had none; else it sets off what differed."""
    (posting,) = fetch(
        """
        SELECT posting.id FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = posting.entry_id
        JOIN ledger_account account ON account.id = posting.account_id AND account.code = %s WHERE entry.key = %s
        """,
        [found.code, key],
    )[0]
    if found.key.startswith("line:"):
        fetch(
            "INSERT INTO reconciliation_verdict (line, posting, shape, how, crosses)"
            " VALUES (%s, %s, '1:1', 'people', false)",
            [found.line_id, posting],
        )
        return
    lonely = [posting, found.posting] if found.key.startswith("posting:") else [posting]
    fetch(
        "INSERT INTO reconciliation_verdict (posting, discrepancy_id, shape, how, crosses)"
        " SELECT posting, %s, '0:1', 'people', false FROM unnest(%b::bigint[]) AS posting",
        [found.pk, lonely],
    )
    fetch("DELETE FROM reconciliation_waiting WHERE posting = ANY (%b)", [lonely])


def _give_back(found: Discrepancy, now: datetime) -> None:
    """Owe it to the payer. If it is no payment of ours, nothing else will confirm it than this line, so it does."""
    line = found.line
    owe(
        [
            Debt(
                key=f"discrepancy:{found.pk}",
                cause=Refund.Cause.UNKNOWN_ACCOUNT,
                purchase_id=None,
                receipt=found.receipt,
                amount_cents=-found.effect_cents,
                msisdn=line.msisdn if line else "",
                from_account=accounts.UNMATCHED,
                happened_at=now,
            )
        ],
        now=now,
    )
    if not Receipt.objects.filter(code=found.receipt).exists():
        moving.reconcile({found.receipt: "statement"}, now=now)
