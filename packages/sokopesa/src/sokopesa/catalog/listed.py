"""Keeping lists true where the database does not do it by itself: as exchange rates change, as words come and go."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from sokopesa.catalog import pricing
from sokopesa.catalog.exchange import FOREIGN
from sokopesa.catalog.models import ListedRate
from sokopesa.kernel.database import fetch

STEP = 2_000
"""Products listed anew in one transaction. Whoever sells the last piece of one of them waits for it."""

_NEXT = "SELECT DISTINCT product_id FROM catalog_offer WHERE currency = %s AND product_id > %s ORDER BY 1 LIMIT %s"


def follow_rates(*, on: date) -> int:
    """List foreign prices by the rates that hold on that day of Nairobi; how many products were listed anew.

    Until it is done some goods stand in lists, and are filtered, by the rate before; the prices shown beside them are
    always today's. Killed in between, it goes on where it was the next time.
    """
    _take_over(on=on)
    return sum(_follow(currency) for currency in FOREIGN)


def recount_words() -> None:
    """Count anew in how many products each word of the catalogue is, and forget words that are in none."""
    fetch("SELECT catalog_recount_words()")


@transaction.atomic
def _take_over(*, on: date) -> None:
    rates = pricing.rates(on=on).by_currency
    known = {listed.currency: listed for listed in ListedRate.objects.select_for_update()}
    for currency in FOREIGN:
        rate = rates[currency].kes_per_unit if currency in rates else None
        listed = known.get(currency)
        if (listed.kes_per_unit if listed else None) != rate:
            ListedRate.objects.update_or_create(currency=currency, defaults={"kes_per_unit": rate, "done_to": 0})


def _follow(currency: str) -> int:
    total = 0
    while done := _step(currency):
        total += done
    return total


@transaction.atomic
def _step(currency: str) -> int:
    listed = ListedRate.objects.select_for_update().filter(currency=currency, done_to__isnull=False).first()
    if listed is None:
        return 0
    products = [pk for (pk,) in fetch(_NEXT, [currency, listed.done_to, STEP])]
    fetch("SELECT catalog_list_terms(%b::bigint[])", [products])
    listed.done_to = products[-1] if products else None
    listed.save()
    return len(products)
