"""Reads the demo's sellers and goods from the TOML files beside this one, checked before anything is planted."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

HERE = Path(__file__).resolve().parent

Days = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Money = Annotated[Decimal, Field(ge=0, decimal_places=2)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class MethodEntry(_Entry):
    """A way in which a seller sends; ``extra`` comes on top of what its cheapest way costs, ``days`` count from the end
    of handling."""

    name: str
    extra: Money = Decimal(0)
    days: Days
    tracked: bool = False
    po_box: bool = False


class SellerEntry(_Entry):
    """A seller with the terms that hold for its offers unless one says otherwise."""

    name: str
    about: str
    town: str
    country: str
    rating: Decimal
    joined_on: date
    currency: Literal["KES", "USD"]
    shipping: Money
    handling: int
    method: list[MethodEntry]


class OfferEntry(_Entry):
    """A seller's offer; prices are in the seller's currency, not in its cents.

    Price and stock are those of each variant, or by the names of the variants that are offered. Goods ``by`` which the
    seller sends nothing else go that way only.
    """

    seller: str = Field(alias="from")
    price: Money | dict[str, Money]
    stock: int | dict[str, int]
    shipping: Money | None = None
    by: MethodEntry | None = None

    def of(self, variant: str) -> tuple[Decimal, int] | None:
        """Price and stock of one variant; None where this seller does not have it."""
        price = self.price.get(variant) if isinstance(self.price, dict) else self.price
        stock = self.stock.get(variant) if isinstance(self.stock, dict) else self.stock
        return None if price is None or stock is None else (price, stock)


class VariantEntry(_Entry):
    """One make of a product, and what tells it from the others; ``picture`` names a drawing, "" is the product's."""

    name: str
    picture: str = ""
    options: list[tuple[str, str]] = []


class ProductEntry(_Entry):
    """One kind of goods, the variants it comes in (none: just one), and who sells it."""

    slug: str
    title: str
    brand: str
    keywords: str
    description: str
    details: list[tuple[str, str]]
    variants: list[VariantEntry] = Field(default=[VariantEntry(name="")])
    offers: list[OfferEntry]


class CategoryEntry(_Entry):
    """A shelf; ``picture`` names the product whose picture stands for it."""

    slug: str
    name: str
    blurb: str
    picture: str


class ShelfEntry(_Entry):
    """One file of goods: a shelf and what stands on it, the most presentable first."""

    category: CategoryEntry
    product: list[ProductEntry]


def sellers() -> dict[str, SellerEntry]:
    """Every seller by its slug."""
    entries = tomllib.loads((HERE / "sellers.toml").read_text(encoding="utf-8"))
    return {slug: SellerEntry.model_validate(entry) for slug, entry in entries.items()}


def shelves() -> list[ShelfEntry]:
    """Every shelf in the shop's order."""
    files = sorted((HERE / "goods").glob("*.toml"))
    return [ShelfEntry.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
