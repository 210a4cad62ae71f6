"""Payments that people start themselves: M-PESA asks us whether they may go on before it takes the money."""

from __future__ import annotations

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference


def paybill() -> str:
    """The business number to pay to by hand; empty where the operator has not turned payments by hand on."""
    return CONFIGURATION.mpesa_shortcode if CONFIGURATION.mpesa_paybill_token.get_secret_value() else ""


def objection(payment: daraja.C2bPayment) -> daraja.C2bRejection | None:
    """Why the payment may not go on; M-PESA tells the payer. None lets it go on.

    Unless the operator wants it otherwise (`mpesa_refuse_by_hand`) it must name an order that awaits payment, and pay
    it to the shilling: money that we would have to send back is better not taken.
    """
    if payment.shortcode != CONFIGURATION.mpesa_shortcode:
        return daraja.C2bRejection.INVALID_SHORTCODE
    if CONFIGURATION.mpesa_refuse_by_hand == "nothing":
        return None
    reference = read_reference(payment.account_reference or "")
    purchase = Purchase.objects.filter(reference=reference, state=Purchase.State.AWAITING_PAYMENT).first()
    if purchase is None:
        return daraja.C2bRejection.INVALID_ACCOUNT
    if purchase.total_cents != payment.amount_cents and CONFIGURATION.mpesa_refuse_by_hand == "unfit":
        return daraja.C2bRejection.INVALID_AMOUNT
    return None
