"""Reading payments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Subquery

from sokopesa.catalog.models import Product
from sokopesa.orders.models import OrderLine, Purchase
from sokopesa.payments.models import Prompt, Receipt
from sokopesa.people.models import User


def latest_prompt(purchase: Purchase) -> Prompt | None:
    """The purchase's newest attempt: the live one if there is one."""
    return purchase.prompts.order_by("-attempt").first()


def receipt_of(purchase: Purchase) -> Receipt | None:
    """The payment that paid the purchase."""
    return Receipt.objects.filter(purchase=purchase).first()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A purchase that awaits payment. ``asked_at`` is None while no request is out; ``others`` wait likewise."""

    purchase: Purchase
    asked_at: datetime | None
    others: int


def waiting_for(product: Product, buyer: User) -> Waiting | None:
    """The buyer's purchase of this product that awaits payment, one with a request out before any other; one query."""
    lines = OrderLine.objects.filter(order__purchase=OuterRef("pk"), offer__product=product)
    live = Prompt.objects.filter(purchase=OuterRef("pk"), state__in=Prompt.LIVE)
    found = list(
        Purchase.objects.filter(Exists(lines), buyer=buyer, state=Purchase.State.AWAITING_PAYMENT)
        .annotate(asked_at=Subquery(live.values("requested_at")[:1]))
        .order_by(F("asked_at").desc(nulls_last=True), "-placed_at", "-id")
    )
    return Waiting(found[0], found[0].asked_at, len(found) - 1) if found else None


@dataclass(frozen=True, slots=True)
class Billed:
    """What left the payer's wallet: the amount, and M-PESA's charge on top of it."""

    amount_cents: int
    charge_cents: int
    receipt: str
    msisdn: str
    paid_at: datetime
    beyond_cents: int
    """What of the amount is more than the purchase costs, and is owed back."""

    @property
    def total_cents(self) -> int:
        """Both together."""
        return self.amount_cents + self.charge_cents


def billed(purchases: Iterable[Purchase]) -> dict[int, Billed]:
    """By purchase id, for those that are paid; one query however many there are."""
    known = {purchase.pk: purchase for purchase in purchases}
    return {
        receipt.purchase_id: Billed(
            amount_cents=receipt.amount_cents,
            charge_cents=receipt.charge_cents,
            receipt=receipt.code,
            msisdn=receipt.msisdn,
            paid_at=receipt.paid_at,
            beyond_cents=receipt.amount_cents - known[receipt.purchase_id].total_cents,
        )
        for receipt in Receipt.objects.filter(purchase__in=known)
        if receipt.purchase_id is not None
    }


def purchases_with_receipt(text: str) -> frozenset[int]:
    """Ids of the purchases paid by the receipt whose number somebody typed."""
    code = text.strip().upper()
    found = Receipt.objects.filter(code=code, purchase__isnull=False).values_list("purchase_id", flat=True)
    return frozenset(purchase_id for purchase_id in found if purchase_id is not None)
