"""What every page of the shop may show: the market's name, whom to call, the shelves, and how much is unread."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from sokopesa.catalog import queries as catalog
from sokopesa.catalog.models import Category
from sokopesa.chat.queries import unread_of
from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront.baskets import BasketBadge
from sokopesa.people.models import User


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


def site(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``site`` and ``basket_badge`` in every template, and ``unread``, which is asked of the
    database only by pages that show it, and once."""

    def unread() -> int:
        return unread_of(request.user) if isinstance(request.user, User) else 0

    return {"site": SITE, "basket_badge": BasketBadge(request), "unread": SimpleLazyObject(unread)}
