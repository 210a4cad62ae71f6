"""Pieces on a seller's shelf. Two buyers never get the same one."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer


def require(offer: Offer, quantity: int) -> None:
    """Raise `SoldOut` unless that many pieces can be bought as far as ``offer`` knows. Takes nothing."""
    if quantity < 1:
        raise ValueError(f"a quantity is 1 or more, not {quantity}")
    if not offer.is_live:
        raise SoldOut(f"{offer.seller} no longer sells “{offer.product}”.", left=0)
    if offer.stock == 0:
        raise SoldOut(f"“{offer.product}” from {offer.seller} is sold out.", left=0)
    if offer.stock < quantity:
        left = "Only 1 piece" if offer.stock == 1 else f"Only {offer.stock} pieces"
        verb = "is" if offer.stock == 1 else "are"
        raise SoldOut(f"{left} of “{offer.product}” {verb} left at {offer.seller}.", left=offer.stock)


@transaction.atomic
def reserve(*, offer_id: int, quantity: int) -> None:
    """Take pieces off the shelf. Raises `SoldOut` when there are not enough, and `Offer.DoesNotExist`.

    The test and the taking are one statement, so that the last piece goes to one buyer only.
    """
    if quantity < 1:
        raise ValueError(f"a quantity is 1 or more, not {quantity}")
    enough = Offer.objects.filter(pk=offer_id, is_live=True, stock__gte=quantity)
    while not enough.update(stock=F("stock") - quantity):
        require(Offer.objects.select_related("product", "seller").get(pk=offer_id), quantity)


@transaction.atomic
def release(*, offer_id: int, quantity: int) -> None:
    """Put pieces back that an order had taken. Raises `Offer.DoesNotExist`."""
    if quantity < 1:
        raise ValueError(f"a quantity is 1 or more, not {quantity}")
    if not Offer.objects.filter(pk=offer_id).update(stock=F("stock") + quantity):
        raise Offer.DoesNotExist(f"no offer {offer_id}")
