"""Pieces on a seller's shelf. Two buyers never get the same one."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer
from sokopesa.kernel.database import fetch

_RESERVE = """
WITH wanted AS (
    SELECT * FROM unnest(%b::bigint[], %b::bigint[]) AS wanted(offer_id, quantity)
), held AS (
    SELECT id FROM catalog_offer WHERE id IN (SELECT offer_id FROM wanted) ORDER BY id FOR NO KEY UPDATE
)
UPDATE catalog_offer AS offer SET stock = offer.stock - wanted.quantity
FROM held JOIN wanted ON wanted.offer_id = held.id
WHERE offer.id = held.id AND offer.is_live AND offer.stock >= wanted.quantity
RETURNING offer.id
"""
"""Rows are locked in the order of their ids, whoever wants what, so that no two buyers ever wait for each other."""

_RELEASE = """
WITH given AS (
    SELECT * FROM unnest(%b::bigint[], %b::bigint[]) AS given(offer_id, quantity)
), held AS (
    SELECT id FROM catalog_offer WHERE id IN (SELECT offer_id FROM given) ORDER BY id FOR NO KEY UPDATE
)
UPDATE catalog_offer AS offer SET stock = offer.stock + given.quantity
FROM held JOIN given ON given.offer_id = held.id
WHERE offer.id = held.id
RETURNING offer.id
"""


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
def reserve_all(wanted: Mapping[int, int]) -> None:
    """Take pieces (offer id → how many) off the shelves, all of them or none.

    The test and the taking are one statement, so that the last piece goes to one buyer only.

    Raises:
        SoldOut: with a sentence for each offer that fell short.
        Offer.DoesNotExist: there is no such offer.
    """
    while len(taken := _move(_RESERVE, wanted)) < len(wanted):
        short = Offer.objects.select_related("product", "seller").in_bulk(wanted.keys() - taken)
        if len(short) < len(wanted) - len(taken):
            raise Offer.DoesNotExist(f"of the offers {sorted(wanted)} not all exist")
        refusals = [refusal for offer in short.values() if (refusal := missing(offer, wanted[offer.pk]))]
        if refusals:
            words = " ".join(str(refusal) for refusal in refusals)
            raise SoldOut(words, left=min(refusal.left for refusal in refusals))
        # Somebody has put pieces back since: what was taken is given back, and all is tried anew.
        release_all({offer_id: wanted[offer_id] for offer_id in taken})


@transaction.atomic
def release_all(given: Mapping[int, int]) -> None:
    """Put pieces (offer id → how many) back that orders had taken. Raises `Offer.DoesNotExist`."""
    if len(_move(_RELEASE, given)) < len(given):
        raise Offer.DoesNotExist(f"of the offers {sorted(given)} not all exist")


def missing(offer: Offer, quantity: int) -> SoldOut | None:
    """Why that many pieces cannot be bought as far as ``offer`` knows; None if they can."""
    try:
        require(offer, quantity)
    except SoldOut as refusal:
        return refusal
    return None


def _move(statement: str, pieces: Mapping[int, int]) -> set[int]:
    if any(quantity < 1 for quantity in pieces.values()):
        raise ValueError(f"quantities are 1 or more, not {sorted(pieces.values())}")
    ids = sorted(pieces)
    return (
        {offer_id for (offer_id,) in fetch(statement, [ids, [pieces[offer_id] for offer_id in ids]], often=True)}
        if ids
        else set()
    )


def reserve(*, offer_id: int, quantity: int) -> None:
    """Take pieces of one offer off the shelf. Raises as `reserve_all`."""
    reserve_all({offer_id: quantity})


def release(*, offer_id: int, quantity: int) -> None:
    """Put pieces of one offer back. Raises as `release_all`."""
    release_all({offer_id: quantity})
