"""Turning what the verbs return into what goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.orders.models import BasketItem, Checkout, Purchase
from sokopesa.orders.quotes import Quote, QuotedLine, QuotedParcel
from sokopesa.orders.viewing import BasketLine, BasketView
from sokopesa.payments.charges import paybill_charge
from sokopesa.payments.errors import AboveLimit
from sokopesa.people.models import Address


def address(known: Address) -> dict[str, Any]:
    return {
        "id": known.pk,
        "kind": known.kind,
        "lines": known.lines(),
        "phone": known.phone,
        "is_default": known.is_default,
    }


def item(put: BasketItem) -> dict[str, Any]:
    return {"item": put.pk, "offer": put.offer_id, "quantity": put.quantity, "unit_cents": put.seen_unit_cents}


def basket(shown: BasketView) -> dict[str, Any]:
    return {
        "parcels": [_parcel(parcel.quoted, map(_basket_line, parcel.lines)) for parcel in shown.parcels],
        "gone": [_basket_line(line) for line in shown.gone],
        **_sums(shown),
    }


def checkout(begun: Checkout, quoted: Quote) -> dict[str, Any]:
    return {
        "id": begun.pk,
        "step": begun.step,
        "address": begun.address_id,
        "msisdn": begun.msisdn,
        "purchase": None,
        "parcels": [_parcel(parcel, map(_line, parcel.lines)) for parcel in quoted.parcels],
        **_sums(quoted),
        "mpesa_charge_cents": _charge(quoted.total_cents),
        "rate_holds_until": quoted.holds_until,
    }


def purchase(placed: Purchase) -> dict[str, Any]:
    return {
        "number": placed.number,
        "reference": placed.reference,
        "state": placed.state,
        "total_cents": placed.total_cents,
        "placed_at": placed.placed_at,
        "page": f"{CONFIGURATION.site_url}/pay/{placed.number}/",
    }


def _parcel(quoted: QuotedParcel, lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        "profile": quoted.profile.pk,
        "seller": quoted.seller.pk,
        "seller_name": quoted.seller.name,
        "lines": list(lines),
        "ways": [
            {
                "method": way.method.pk,
                "name": way.method.name,
                "shipping_cents": way.shipping_cents,
                "earliest": way.window.earliest,
                "latest": way.window.latest,
                "is_tracked": way.method.is_tracked,
                "to_po_box": way.method.to_po_box,
                "is_chosen": way.is_chosen,
            }
            for way in quoted.ways
        ],
        **_sums(quoted),
    }


def _line(line: QuotedLine) -> dict[str, Any]:
    return {
        "offer": line.offer.pk,
        "title": line.offer.product.title,
        "variant": line.offer.variant.name,
        "quantity": line.quantity,
        "unit_cents": line.unit_cents,
        "total_cents": line.total_cents,
        "item": None,
        "change": "",
    }


def _basket_line(line: BasketLine) -> dict[str, Any]:
    return {
        "offer": line.offer.pk,
        "title": line.offer.product.title,
        "variant": line.offer.variant.name,
        "quantity": line.quantity,
        "unit_cents": line.unit_cents,
        "total_cents": line.total_cents,
        "item": line.item.pk,
        "change": line.change,
    }


def _sums(quoted: Quote | QuotedParcel | BasketView) -> dict[str, int]:
    return {
        "goods_cents": quoted.goods_cents,
        "shipping_cents": quoted.shipping_cents,
        "total_cents": quoted.total_cents,
    }


def _charge(total_cents: int) -> int | None:
    """What leaves the buyer's wallet besides; None where M-PESA does not move so much at once."""
    try:
        return paybill_charge(total_cents, on=clock.nairobi_date(clock.now())).buyer_cents
    except AboveLimit:
        return None
