"""M-PESA's own list of payments to our paybill (Pull Transactions), which has those whose messages never reached us.

The list keeps 48 hours and may itself be late, so it is read again and again: no payment is missed because it was not
there the first time, and none is booked twice because receipts are known by their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Min

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.actions import alert_operator
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference
from sokopesa.payments import schedule
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.gateway import client
from sokopesa.payments.models import Prompt, Receipt

log = structlog.get_logger(__name__)

CLOCK_SLACK = timedelta(hours=3, minutes=5)
"""The list prints times whose zone is not documented, so windows begin earlier by more than the difference of zones."""

LONGEST_MEMORY = timedelta(hours=47)
"""How far back the list is asked for; M-PESA refuses windows that begin more than 48 hours ago."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of M-PESA's list. Not ``whole`` where some could not be read: then a payment's absence proves nothing."""

    rows: list[daraja.PulledTransaction]
    whole: bool


def sweep(*, now: datetime, back: timedelta) -> set[str]:
    """Book every payment of the last ``back`` (and some slack) that is not on our books; the receipts that were new.

    One process sweeps at a time; for the others there is nothing to do.

    Raises:
        daraja.DarajaError: M-PESA did not give its list.
    """
    with connection.cursor() as cursor:
        # A lock of the session, not of a transaction, for we talk to M-PESA while we hold it.
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('payments-sweep'))")
        if cursor.fetchone() != (True,):
            return set()
        try:
            return _sweep(now, back)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('payments-sweep'))")


def _sweep(now: datetime, back: timedelta) -> set[str]:
    listed = read(max(now - back - CLOCK_SLACK, now - LONGEST_MEMORY), now)
    return _credit(_attribute(listed.rows, now, on_phones_too=False), now)


def look_for(purchases: Iterable[Purchase], *, since: datetime, now: datetime) -> datetime | None:
    """Book these purchases' payments since ``since`` that are not on our books, with one read of the list.

    Returns the time from which on their absence would be proof, for the list does not reach back for ever; None if
    some of it could not be read.

    For when M-PESA has said that the purchases' prompts have ended, or their lifetimes have passed.

    Raises:
        daraja.DarajaError: M-PESA did not give its list.
    """
    references = {purchase.reference for purchase in purchases}
    start = max(since - CLOCK_SLACK, now - LONGEST_MEMORY)
    listed = read(start, now)
    rows = [row for row in listed.rows if read_reference(row.account_reference or "") in references]
    _credit(_attribute(rows, now, on_phones_too=True), now)
    return start + CLOCK_SLACK if listed.whole else None


def book_stated(rows: Sequence[daraja.PulledTransaction], *, now: datetime) -> set[str]:
    """Book the payments of M-PESA's statement that are not on our books, as a sweep books those of the list; the
    receipts that were new."""
    return _credit(_attribute(rows, now, on_phones_too=False, learned_from="statement"), now)


def read(start: datetime, end: datetime) -> Listed:
    """Every payment in the window, page by page.

    Raises:
        daraja.DarajaError: M-PESA did not give its list.
    """
    listed = Listed([], whole=True)
    seen: set[str] = set()
    offset: int | None = 0
    while offset is not None:
        page = client().pull_transactions(
            daraja.PullTransactions(shortcode=CONFIGURATION.mpesa_shortcode, start=start, end=end, offset=offset)
        )
        fresh = [row for row in page.transactions if row.receipt not in seen]
        seen.update(row.receipt for row in fresh)
        listed.rows.extend(row for row in fresh if row.amount_cents > 0)
        if page.unreadable:
            listed = replace(listed, whole=False)
            alert_operator(
                text="M-PESA's list has rows that we cannot read. Please compare it.", key=f"list-{end:%Y%m%d}"
            )
        # A gateway that gives the same page again and again has come to its end.
        offset = page.next_offset if fresh else None
    return listed


def _credit(payments: list[Payment], now: datetime) -> set[str]:
    """Book them together; if something in them cannot be booked, each by itself, so that one harms no other."""
    try:
        return credit_payments(payments, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(payments) > 1:
            return {receipt for payment in payments for receipt in _credit([payment], now)}
        log.exception("listed_payment_not_booked", receipt=payments[0].receipt)
        alert_operator(
            text=f"M-PESA lists receipt {payments[0].receipt[:16]}, which we could not book: {error!r}"[:300],
            key=f"listed-{payments[0].receipt}"[:80],
        )
        return set()


def _attribute(
    rows: Sequence[daraja.PulledTransaction], now: datetime, *, on_phones_too: bool, learned_from: str = "pull"
) -> list[Payment]:
    """What each row pays, without those that we know completely."""
    known = dict(Receipt.objects.filter(code__in=[row.receipt for row in rows]).values_list("code", "prompt_id"))
    named = {row.receipt: read_reference(row.account_reference or "") for row in rows}
    purchases = {
        purchase.reference: purchase
        for purchase in Purchase.objects.filter(reference__in=named.values()).prefetch_related("prompts")
    }
    opened_at = Purchase.objects.aggregate(first=Min("placed_at"))["first"] or now
    open_prompts = {purchase.id: _without_receipt(purchase) for purchase in purchases.values()}
    payments = []
    for row in rows:
        if known.get(row.receipt):
            continue
        purchase = purchases.get(named[row.receipt])
        prompt = _answered(row, open_prompts[purchase.id]) if purchase else None
        if prompt and not on_phones_too and _may_be_on_phone(prompt, now):
            prompt = None
        if purchase and prompt:
            open_prompts[purchase.id].remove(prompt)
        if row.receipt in known and prompt is None:
            continue
        if purchase is None and (row.completed_at or now) < opened_at:
            continue  # the paybill's life before this market is not ours to book
        payments.append(
            Payment(
                receipt=row.receipt,
                amount_cents=row.amount_cents,
                paid_at=row.completed_at or now,
                learned_from=learned_from,
                prompt_id=prompt.id if prompt else None,
                purchase_id=purchase.id if purchase else None,
                msisdn=row.msisdn or "",
                account=row.account_reference or "",
            )
        )
    return payments


def _without_receipt(purchase: Purchase) -> list[Prompt]:
    """The purchase's prompts that no receipt names, the newest first."""
    told = set(Receipt.objects.filter(prompt__purchase=purchase).values_list("prompt_id", flat=True))
    prompts = [prompt for prompt in purchase.prompts.all() if prompt.id not in told and prompt.sent_at]
    return sorted(prompts, key=lambda prompt: prompt.attempt, reverse=True)


def _may_be_on_phone(prompt: Prompt, now: datetime) -> bool:
    """Whether it may still be answered. Then a payment that looks like its answer may be one by hand."""
    lifetime = schedule.lifetime(acknowledged=bool(prompt.checkout_request_id))
    return prompt.is_live and prompt.sent_at is not None and now < prompt.sent_at + lifetime


def _answered(row: daraja.PulledTransaction, prompts: list[Prompt]) -> Prompt | None:
    """The prompt that the payment answered, taken from those still open to choice: same phone, same amount."""
    fitting = (
        prompt for prompt in prompts if prompt.amount_cents == row.amount_cents and row.msisdn in (None, prompt.msisdn)
    )
    return next(fitting, None)
