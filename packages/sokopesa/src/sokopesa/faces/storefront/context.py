"""What every page of the shop may show: the market's name, whom to call, and the shelves."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from sokopesa.catalog import queries as catalog
from sokopesa.catalog.models import Category
from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront.baskets import BasketBadge


@dataclass(frozen=True)
class Site:
    """The market as its pages name it."""

    name: str
    support_phone: str

    @property
    def categories(self) -> tuple[Category, ...]:
        """The shelves in the order of the shop; asked of the database only by pages that list them."""
        return catalog.categories()


SITE = Site(name=CONFIGURATION.site_name, support_phone=CONFIGURATION.support_phone)


def site(request: HttpRequest) -> dict[str, Site | BasketBadge]:
    """Context processor: ``site`` and ``basket_badge`` in every template."""
    return {"site": SITE, "basket_badge": BasketBadge(request)}
