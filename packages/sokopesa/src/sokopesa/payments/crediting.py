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


@dataclass(frozen=True, slots=True)
class _Batch:
    """Payments with new receipts, and what they are for. ``homes`` gives the purchase that each receipt pays."""

    fresh: Sequence[Payment]
    prompts: Mapping[UUID, Prompt]
    purchases: Mapping[int, Purchase]
    homes: Mapping[str, int]

    def prompt_of(self, payment: Payment) -> Prompt | None:
        """The prompt that the payment answered; another amount answers none."""
        prompt = self.prompts[payment.prompt_id] if payment.prompt_id else None
        return prompt if prompt and prompt.amount_cents == payment.amount_cents else None

    def purchase_of(self, payment: Payment) -> Purchase | None:
        purchase_id = _purchase_id(payment, self.prompts)
        return self.purchases[purchase_id] if purchase_id else None


def _purchase_id(payment: Payment, prompts: Mapping[UUID, Prompt]) -> int | None:
    return prompts[payment.prompt_id].purchase_id if payment.prompt_id else payment.purchase_id


@transaction.atomic
def credit_payments(payments: Sequence[Payment], *, now: datetime) -> set[str]:
    """Book every payment whose receipt is new and return those receipts; known receipts move nothing.

    Money for a purchase that awaits it goes to its escrow, in full or not at all; anything else (a second payment,
    another amount, an unknown account number) goes to *unmatched* with its reason, where an operator sees it. Either
    way it is on the books.
    """
    # The message that names a prompt says more about a receipt than the one that does not.
    by_receipt = {payment.receipt: payment for payment in sorted(payments, key=lambda payment: bool(payment.prompt_id))}
    wanted = {payment.prompt_id for payment in payments if payment.prompt_id}
    prompts = {prompt.id: prompt for prompt in Prompt.objects.select_for_update().filter(id__in=wanted).order_by("id")}
    concerned = {_purchase_id(payment, prompts) for payment in payments}
    purchases = {
        purchase.id: purchase
        for purchase in Purchase.objects.select_for_update(of=("self",))
        .select_related("buyer")
        .filter(id__in=concerned)
        .order_by("id")
    }
    # Whoever tells of the same receipt at the same moment waits for these locks, so looking once is enough.
    known = set(Receipt.objects.filter(code__in=by_receipt).values_list("code", flat=True))
    _recognise([payment for payment in payments if payment.receipt in known and payment.prompt_id], prompts, now)
    fresh = [payment for code, payment in sorted(by_receipt.items()) if code not in known]
    if fresh:
        batch = _Batch(fresh, prompts, purchases, _find_homes(fresh, prompts, purchases))
        _store_receipts(batch, now)
        _book(batch)
        _end_prompts([prompt for payment in fresh if (prompt := batch.prompt_of(payment))], now)
        _tell(batch)
    changed(purchase.number for purchase in purchases.values())
    return {payment.receipt for payment in fresh}


def _recognise(told_again: Sequence[Payment], prompts: Mapping[UUID, Prompt], now: datetime) -> None:
    """The paybill's confirmation came before the prompt's callback: now we learn which prompt that payment answered."""
    for payment in told_again:
        prompt = prompts[payment.prompt_id] if payment.prompt_id else None
        if prompt is None or prompt.state == Prompt.State.PAID:
            continue
        unclaimed = Receipt.objects.filter(code=payment.receipt, prompt=None, amount_cents=prompt.amount_cents)
        if unclaimed.update(prompt=prompt, msisdn=prompt.msisdn):
            _end_prompts([prompt], now)


def _find_homes(
    fresh: Sequence[Payment], prompts: Mapping[UUID, Prompt], purchases: Mapping[int, Purchase]
) -> dict[str, int]:
    """Mark purchases paid, each by the first payment that fits it; the rest of the money has no home."""
    fitting: dict[int, Payment] = {}
    for payment in fresh:
        purchase_id = _purchase_id(payment, prompts)
        if purchase_id and payment.amount_cents == purchases[purchase_id].total_cents:
            fitting.setdefault(purchase_id, payment)
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
        prompt = batch.prompt_of(payment)
        charge = paybill_charge(payment.amount_cents, on=nairobi_date(payment.paid_at))
        receipts.append(
            Receipt(
                code=payment.receipt,
                prompt=None if prompt is None or prompt.id in taken else prompt,
                purchase_id=batch.homes.get(payment.receipt),
                shortcode=CONFIGURATION.mpesa_shortcode,
                msisdn=payment.msisdn or (prompt.msisdn if prompt else ""),
                amount_cents=payment.amount_cents,
                charge_cents=charge.buyer_cents,
                tariff=charge.tariff,
                paid_at=payment.paid_at,
                learned_at=now,
                learned_from=payment.learned_from,
                unplaced="" if payment.receipt in batch.homes else _why_unplaced(payment, batch),
            )
        )
        if prompt:
            taken.add(prompt.id)
    Receipt.objects.bulk_create(receipts)


def _why_unplaced(payment: Payment, batch: _Batch) -> str:
    purchase = batch.purchase_of(payment)
    if purchase is None:
        account = "".join(character if character.isprintable() else "?" for character in payment.account[:20])
        return f"The account number “{account}” is no order's reference"
    if payment.amount_cents != purchase.total_cents:
        asked = format_kes(purchase.total_cents)
        return f"{format_kes(payment.amount_cents)} came for {purchase.number}, which costs {asked}"
    if purchase.state == Purchase.State.LAPSED:
        return f"A payment for {purchase.number}, which was not paid in time"
    return f"A further payment for {purchase.number}, which is paid already"


def _book(batch: _Batch) -> None:
    ours = mpesa(CONFIGURATION.mpesa_shortcode)
    drafts = []
    for payment in batch.fresh:
        home_id = batch.homes.get(payment.receipt)
        home = escrow(batch.purchases[home_id].number) if home_id else UNMATCHED
        drafts.append(
            Draft(
                key=f"receipt:{payment.receipt}",
                kind="payment" if home_id else "unmatched-payment",
                happened_at=payment.paid_at,
                memo=f"M-PESA receipt {payment.receipt}",
                legs=(debit(ours, payment.amount_cents), credit(home, payment.amount_cents)),
            )
        )
    book(drafts)


def _end_prompts(prompts: Sequence[Prompt], now: datetime) -> None:
    for prompt in prompts:
        prompt.state, prompt.code, prompt.next_ask_at = Prompt.State.PAID, "0", None
        prompt.ended_at = prompt.ended_at or now
    Prompt.objects.bulk_update(prompts, ["state", "code", "ended_at", "next_ask_at"])


def _tell(batch: _Batch) -> None:
    messages = []
    for payment in batch.fresh:
        purchase = batch.purchase_of(payment)
        amount = format_kes(payment.amount_cents)
        if payment.receipt not in batch.homes:
            alert_operator(
                text=f"{amount}, receipt {payment.receipt}, has no home: {_why_unplaced(payment, batch)}.",
                key=f"unmatched-{payment.receipt}",
            )
        if purchase is None:
            continue
        if payment.receipt in batch.homes:
            prompt = batch.prompt_of(payment)
            payer = payment.msisdn or (prompt.msisdn if prompt else "")
            source = f" from {masked(payer)}" if payer else ""
            text = (
                f"Thank you. We received {amount}{source} for order {purchase.number}, "
                f"M-PESA receipt {payment.receipt}."
            )
        else:
            text = _surplus_words(payment, purchase)
            note([(purchase.id, payment.paid_at, "surplus", text)])
        messages.append(Message(to=purchase.buyer.phone, text=text, kind="payment", key=f"receipt:{payment.receipt}"))
    send_all(messages)


def _surplus_words(payment: Payment, purchase: Purchase) -> str:
    amount, safe = format_kes(payment.amount_cents), "It is safe with us and being looked into."
    if purchase.state == Purchase.State.AWAITING_PAYMENT and payment.amount_cents != purchase.total_cents:
        asked = format_kes(purchase.total_cents)
        return f"We received {amount}, receipt {payment.receipt}, but order {purchase.number} costs {asked}. {safe}"
    if purchase.state == Purchase.State.LAPSED:
        return f"{amount}, receipt {payment.receipt}, came too late for order {purchase.number}. {safe}"
    return f"We received a further {amount} for order {purchase.number}, receipt {payment.receipt}. {safe}"
