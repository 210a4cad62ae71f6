"""The e-mail that thanks for a payment. The SMS is the database's, sent as it books the payment; a letter can wait."""

from __future__ import annotations

from collections.abc import Sequence

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.telling import Telling, tell_all
from sokopesa.notices.words import ORDER_PAID
from sokopesa.payments.models import Receipt


def thank(purchase_ids: Sequence[int]) -> None:
    """Write to those buyers of these purchases, newly paid, who confirmed an address. The number of queries does not
    grow with them."""
    if not CONFIGURATION.email_url:
        return
    receipts = Receipt.objects.filter(purchase__in=purchase_ids, purchase__buyer__email_confirmed_at__isnull=False)
    receipts = receipts.select_related("purchase")
    tellings = [
        Telling(
            (receipt.purchase.buyer_id,),
            ORDER_PAID,
            receipt.code,
            {
                "order": receipt.purchase.number,
                "amount": receipt.amount_cents,
                "payer": receipt.msisdn,
                "receipt": receipt.code,
            },
            by_sms=False,
        )
        for receipt in receipts
        if receipt.purchase
    ]
    if tellings:
        tell_all(tellings, now=max(receipt.paid_at for receipt in receipts))
