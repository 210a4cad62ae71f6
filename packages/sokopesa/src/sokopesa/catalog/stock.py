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
    SELECT offer.id, wanted.quantity, offer.is_live AND offer.stock >= wanted.quantity AS is_there
    FROM catalog_offer AS offer JOIN wanted ON wanted.offer_id = offer.id
    ORDER BY offer.id FOR NO KEY UPDATE OF offer
)
UPDATE catalog_offer AS offer SET stock = offer.stock - held.quantity FROM held
WHERE offer.id = held.id AND (SELECT count(*) FILTER (WHERE is_there) FROM held) = (SELECT count(*) FROM wanted)
RETURNING offer.id
"""
"""Rows are locked in the order of their ids, whoever wants what, so that no two buyers ever wait for each other. Once
all are, it is known whether all is there."""

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


def reserve_all(wanted: Mapping[int, int]) -> None:
    """Take pieces (offer id → how many) off the shelves, all of them or none.

    The test and the taking are one statement, so that the last piece goes to one buyer only.

    Raises:
        SoldOut: with a sentence for each offer that fell short.
        Offer.DoesNotExist: there is no such offer.
    """
    while _move(_RESERVE, wanted, often=True) < len(wanted):
        offers = Offer.objects.select_related("product", "seller").in_bulk(wanted.keys())
        if len(offers) < len(wanted):
            raise Offer.DoesNotExist(f"of the offers {sorted(wanted)} not all exist")
        refusals = [refusal for offer in offers.values() if (refusal := missing(offer, wanted[offer.pk]))]
        if refusals:
            words = " ".join(str(refusal) for refusal in refusals)
            raise SoldOut(words, left=min(refusal.left for refusal in refusals))
        # Somebody has put pieces back since: all is tried anew.


@transaction.atomic
def release_all(given: Mapping[int, int]) -> None:
    """Put pieces (offer id → how many) back that orders had taken. Raises `Offer.DoesNotExist`."""
    if _move(_RELEASE, given) < len(given):
        raise Offer.DoesNotExist(f"of the offers {sorted(given)} not all exist")


def missing(offer: Offer, quantity: int) -> SoldOut | None:
    """Why that many pieces cannot be bought as far as ``offer`` knows; None if they can."""
    try:
        require(offer, quantity)
    except SoldOut as refusal:
        return refusal
    return None


def _move(statement: str, pieces: Mapping[int, int], *, often: bool = False) -> int:
    """Of how many offers pieces were moved."""
    if any(quantity < 1 for quantity in pieces.values()):
        raise ValueError(f"quantities are 1 or more, not {sorted(pieces.values())}")
    ids = sorted(pieces)
    return len(fetch(statement, [ids, [pieces[offer_id] for offer_id in ids]], often=often)) if ids else 0


def reserve(*, offer_id: int, quantity: int) -> None:
    """Take pieces of one offer off the shelf. Raises as `reserve_all`."""
    reserve_all({offer_id: quantity})


def release(*, offer_id: int, quantity: int) -> None:
    """Put pieces of one offer back. Raises as `release_all`."""
    release_all({offer_id: quantity})
