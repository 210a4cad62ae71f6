"""Where a confirmed payment becomes money on our books: receipt, entry, paid order and notice, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import masked
from sokopesa.ledger.accounts import UNMATCHED, escrow, mpesa
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.notices.actions import Message, alert_operator, send_all
from sokopesa.orders.actions import mark_paid, note
from sokopesa.orders.models import Purchase
from sokopesa.payments.charges import paybill_charge
from sokopesa.payments.models import Prompt, Receipt
from sokopesa.payments.signals import changed


@dataclass(frozen=True, slots=True)
class Payment:
    """M-PESA's word that a prompt was paid. ``paid_at`` is M-PESA's clock, ``learned_from`` how we heard of it."""

    receipt: str
    prompt_id: UUID
    amount_cents: int
    paid_at: datetime
    learned_from: str


@dataclass(frozen=True, slots=True)
class _Batch:
    """Payments with new receipts, and what they are for. ``homes`` gives the purchase that each receipt pays."""

    fresh: Sequence[Payment]
    prompts: Mapping[UUID, Prompt]
    purchases: Mapping[int, Purchase]
    homes: Mapping[str, int]

    def purchase_of(self, payment: Payment) -> Purchase:
        return self.purchases[self.prompts[payment.prompt_id].purchase_id]


@transaction.atomic
def credit_payments(payments: Sequence[Payment], *, now: datetime) -> set[str]:
    """Book every payment whose receipt is new and return those receipts; known receipts change nothing.

    Money for a purchase that awaits it goes to its escrow, in full or not at all; anything else (a second payment,
    another amount) goes to *unmatched* with its reason, where an operator sees it. Either way it is on the books.
    """
    by_receipt = {payment.receipt: payment for payment in payments}
    wanted = {payment.prompt_id for payment in payments}
    prompts = {prompt.id: prompt for prompt in Prompt.objects.select_for_update().filter(id__in=wanted).order_by("id")}
    # Whoever tells of the same receipt at the same moment waits for these locks, so looking once is enough.
    known = set(Receipt.objects.filter(code__in=by_receipt).values_list("code", flat=True))
    fresh = [payment for code, payment in sorted(by_receipt.items()) if code not in known]
    if not fresh:
        return set()
    purchases = Purchase.objects.select_related("buyer").in_bulk(
        {prompts[payment.prompt_id].purchase_id for payment in fresh}
    )
    batch = _Batch(fresh, prompts, purchases, _find_homes(fresh, prompts))
    _store_receipts(batch, now)
    _book(batch)
    _end_prompts(batch, now)
    _tell(batch)
    changed(purchase.number for purchase in purchases.values())
    return {payment.receipt for payment in fresh}


def _find_homes(fresh: Sequence[Payment], prompts: Mapping[UUID, Prompt]) -> dict[str, int]:
    """Mark purchases paid, each by the first payment that fits it; the rest of the money has no home."""
    fitting: dict[int, Payment] = {}
    for payment in fresh:
        prompt = prompts[payment.prompt_id]
        if payment.amount_cents == prompt.amount_cents:
            fitting.setdefault(prompt.purchase_id, payment)
    placed = mark_paid(
        {purchase_id: payment.paid_at for purchase_id, payment in fitting.items()},
        words={
            purchase_id: f"M-PESA confirmed {format_kes(payment.amount_cents)}, receipt {payment.receipt}."
            for purchase_id, payment in fitting.items()
        },
    )
    return {payment.receipt: purchase_id for purchase_id, payment in fitting.items() if purchase_id in placed}


def _store_receipts(batch: _Batch, now: datetime) -> None:
    """One receipt a payment. Only the first of a prompt names it: a prompt is paid once, whatever else arrives."""
    taken = set(Receipt.objects.filter(prompt_id__in=batch.prompts).values_list("prompt_id", flat=True))
    receipts = []
    for payment in sorted(batch.fresh, key=lambda payment: payment.receipt not in batch.homes):
        prompt = batch.prompts[payment.prompt_id]
        charge = paybill_charge(payment.amount_cents, on=nairobi_date(payment.paid_at))
        receipts.append(
            Receipt(
                code=payment.receipt,
                prompt=None if prompt.id in taken else prompt,
                purchase_id=batch.homes.get(payment.receipt),
                shortcode=CONFIGURATION.mpesa_shortcode,
                msisdn=prompt.msisdn,
                amount_cents=payment.amount_cents,
                charge_cents=charge.buyer_cents,
                tariff=charge.tariff,
                paid_at=payment.paid_at,
                learned_at=now,
                learned_from=payment.learned_from,
                unplaced="" if payment.receipt in batch.homes else _why_unplaced(payment, batch),
            )
        )
        taken.add(prompt.id)
    Receipt.objects.bulk_create(receipts)


def _why_unplaced(payment: Payment, batch: _Batch) -> str:
    asked = batch.prompts[payment.prompt_id].amount_cents
    number = batch.purchase_of(payment).number
    if payment.amount_cents != asked:
        return f"{format_kes(payment.amount_cents)} came for {number}, which asked {format_kes(asked)}"
    return f"A further payment for {number}, which is paid already"


def _book(batch: _Batch) -> None:
    ours = mpesa(CONFIGURATION.mpesa_shortcode)
    drafts = []
    for payment in batch.fresh:
        placed = payment.receipt in batch.homes
        home = escrow(batch.purchase_of(payment).number) if placed else UNMATCHED
        drafts.append(
            Draft(
                key=f"receipt:{payment.receipt}",
                kind="payment" if placed else "unmatched-payment",
                happened_at=payment.paid_at,
                memo=f"M-PESA receipt {payment.receipt}",
                legs=(debit(ours, payment.amount_cents), credit(home, payment.amount_cents)),
            )
        )
    book(drafts)


def _end_prompts(batch: _Batch, now: datetime) -> None:
    paid = {payment.prompt_id for payment in batch.fresh}
    for prompt in (batch.prompts[prompt_id] for prompt_id in paid):
        prompt.state, prompt.code, prompt.next_ask_at = Prompt.State.PAID, "0", None
        prompt.ended_at = prompt.ended_at or now
    Prompt.objects.bulk_update(
        [batch.prompts[prompt_id] for prompt_id in paid], ["state", "code", "ended_at", "next_ask_at"]
    )


def _tell(batch: _Batch) -> None:
    messages = []
    for payment in batch.fresh:
        prompt, purchase = batch.prompts[payment.prompt_id], batch.purchase_of(payment)
        amount = format_kes(payment.amount_cents)
        if payment.receipt in batch.homes:
            text = (
                f"Thank you. We received {amount} from {masked(prompt.msisdn)} for order {purchase.number}, "
                f"M-PESA receipt {payment.receipt}."
            )
        else:
            text = (
                f"We received a further {amount} for order {purchase.number}, receipt {payment.receipt}. "
                "It is safe with us and being looked into."
            )
            note([(purchase.id, payment.paid_at, "surplus", text)])
            alert_operator(
                text=f"{amount}, receipt {payment.receipt}, has no home: order {purchase.number}.",
                key=f"unmatched-{payment.receipt}",
            )
        messages.append(Message(to=purchase.buyer.phone, text=text, kind="payment", key=f"receipt:{payment.receipt}"))
    send_all(messages)
