"""What sellers do with their goods: list, offer, reprice, restock, withdraw. How parcels go is in
`sokopesa.catalog.shipping_terms`.

Every verb takes the seller who asks; what is another's does not exist for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from sokopesa.catalog.errors import ListingRefused, PriceMoved, StockMoved
from sokopesa.catalog.goods_only import refuse_services
from sokopesa.catalog.models import Category, Currency, Offer, Product, ShippingProfile, Variant
from sokopesa.kernel.money import format_foreign, format_kes
from sokopesa.people.models import Seller

LONGEST = {"title": 120, "brand": 60, "keywords": 160}
LONGEST_VARIANT = 80
"""Characters, as the database has room for."""

MOST_VARIANTS = 60
MOST_STOCK = 1_000_000
MOST_MINOR = 1_000_000_000
"""Ten million shillings or dollars for one piece: whoever types more has slipped."""


@dataclass(frozen=True)
class NewVariant:
    """A make of a product that is to be listed. Without options it is the only one."""

    options: Sequence[tuple[str, str]] = ()
    picture: str = ""

    @property
    def name(self) -> str:
        """What it is called: ``Black, size L`` of its colour and its size."""
        return ", ".join(value if not value[:1].isdigit() else f"{name} {value}" for name, value in self.options)


@dataclass(frozen=True)
class Terms:
    """Price of one piece, in cents of the offer's currency, and pieces on the shelf."""

    price_minor: int
    stock: int


@dataclass(frozen=True)
class NewProduct:
    """What a seller says of goods that nobody has listed yet; ``picture`` is a static path."""

    title: str
    description: str
    category: Category
    brand: str
    picture: str
    keywords: str = ""
    details: Sequence[tuple[str, str]] = ()
    variants: Sequence[NewVariant] = field(default=(NewVariant(),))


@transaction.atomic
def list_product(new: NewProduct, *, now: datetime) -> Product:
    """Describe goods, in every variant, so that sellers can offer them.

    Raises:
        NotGoods: it is a service, or something else that no parcel can bring.
        ListingRefused: title, description, picture or variants are missing or contradict each other.
    """
    _check(new)
    product = Product.objects.create(
        slug=_free_slug(new.title),
        title=new.title.strip(),
        description=new.description.strip(),
        category=new.category,
        brand=new.brand.strip(),
        keywords=new.keywords.strip(),
        details=[list(pair) for pair in new.details],
        picture=new.picture,
        created_at=now,
    )
    Variant.objects.bulk_create(
        [
            Variant(
                product=product,
                name=each.name,
                options=[list(pair) for pair in each.options],
                picture=each.picture,
                position=position,
            )
            for position, each in enumerate(new.variants)
        ]
    )
    return product


@transaction.atomic
def list_once(new: NewProduct, *, seller: Seller, now: datetime) -> Product:
    """`list_product`, unless the same goods are listed, as after a form that was sent twice: then those. Sellers share
    a listing, so nothing is lost.

    Raises:
        NotGoods, ListingRefused: as `list_product`; also if the same goods are listed in other variants.
    """
    Seller.objects.select_for_update().get(pk=seller.pk)  # the second of two forms waits for the first
    same = {"title": new.title.strip(), "description": new.description.strip(), "brand": new.brand.strip()}
    listed = Product.objects.filter(**same, category=new.category).first()
    if listed is None:
        return list_product(new, now=now)
    if {each.name for each in listed.variants.all()} != {each.name for each in new.variants}:
        raise ListingRefused("title", "The same goods are listed already, in other variants. Please find them there.")
    return listed


@transaction.atomic
def offer_all(*, seller: Seller, profile_id: int, price_minor: int, stocks: Mapping[Variant, int]) -> list[Offer]:
    """Sell these variants, each with so many pieces, all at one price. Raises as `offer` does; then none is sold."""
    if not stocks:
        raise ListingRefused("stock", "Please say how many pieces you have.")
    return [
        offer(seller=seller, variant=variant, profile_id=profile_id, price_minor=price_minor, stock=stock)
        for variant, stock in stocks.items()
    ]


@transaction.atomic
def offer(*, seller: Seller, variant: Variant, profile_id: int, price_minor: int, stock: int) -> Offer:
    """Sell this variant, from now on, at this price in the profile's currency. An offer withdrawn earlier comes back.

    Raises:
        ShippingProfile.DoesNotExist: the profile is not this seller's.
        ListingRefused: price or stock cannot be, there is no way to send it, or the seller sells it already.
    """
    _check_price(price_minor)
    _check_stock(stock)
    # Locked, so that its last method is not taken away meanwhile.
    profile = ShippingProfile.objects.select_for_update().get(pk=profile_id, seller=seller)
    if not profile.live_methods:
        raise ListingRefused("profile", f"“{profile}” has no way of sending yet. Please add one first.")
    terms = {"profile": profile, "price_minor": price_minor, "currency": profile.currency, "stock": stock}
    old = Offer.objects.select_for_update().filter(variant=variant, seller=seller).first()
    if old and old.is_live:
        raise ListingRefused("variant", "You sell this already. Please change that offer.")
    if old:
        Offer.objects.filter(pk=old.pk).update(**terms, is_live=True)
        return Offer.objects.get(pk=old.pk)
    try:
        with transaction.atomic():
            return Offer.objects.create(product_id=variant.product_id, variant=variant, seller=seller, **terms)
    except IntegrityError as twice:
        raise ListingRefused("variant", "You sell this already. Please change that offer.") from twice


@transaction.atomic
def reprice(*, seller: Seller, offer_id: int, price_minor: int) -> None:
    """Ask this for one piece. Orders already placed keep their price; checkouts on the way are told of the change.

    Raises:
        Offer.DoesNotExist: it is not this seller's.
        ListingRefused: no such price.
    """
    _check_price(price_minor)
    _own(seller, offer_id)
    Offer.objects.filter(pk=offer_id).update(price_minor=price_minor)


@transaction.atomic
def restock(*, seller: Seller, offer_id: int, stock: int, seen: int) -> None:
    """Say how many pieces there are, having ``seen`` how many the shop believed in.

    Raises:
        Offer.DoesNotExist: it is not this seller's.
        ListingRefused: no such number of pieces.
        StockMoved: pieces were sold or put back in between, so that the new number would be wrong.
    """
    _check_stock(stock)
    there = _own(seller, offer_id).stock
    if there != seen:
        raise StockMoved(there)
    Offer.objects.filter(pk=offer_id).update(stock=stock)


@transaction.atomic
def revise(*, seller: Seller, offer_id: int, seen: Terms, wanted: Terms) -> None:
    """Price and stock from one form, which showed ``seen``. What the seller left as it was stays what it is by now, so
    a new price does not take back what was sold meanwhile, and two people with the form open do not undo each other.

    Raises:
        Offer.DoesNotExist: it is not this seller's.
        ListingRefused: no such price or number of pieces.
        PriceMoved, StockMoved: what is to be changed has changed already.
    """
    there = _own(seller, offer_id)
    if wanted.price_minor not in (seen.price_minor, there.price_minor):
        if there.price_minor != seen.price_minor:
            raise PriceMoved(there.price_minor, _written(there.price_minor, there.currency))
        reprice(seller=seller, offer_id=offer_id, price_minor=wanted.price_minor)
    if wanted.stock not in (seen.stock, there.stock):
        restock(seller=seller, offer_id=offer_id, stock=wanted.stock, seen=seen.stock)


@transaction.atomic
def withdraw(*, seller: Seller, offer_id: int) -> None:
    """Sell it no longer. Orders already placed stay as they are. Raises `Offer.DoesNotExist` if it is another's."""
    _own(seller, offer_id)
    Offer.objects.filter(pk=offer_id).update(is_live=False)


@transaction.atomic
def send_by(*, seller: Seller, offer_id: int, profile_id: int) -> None:
    """Send it by another profile of the same currency.

    Raises:
        Offer.DoesNotExist, ShippingProfile.DoesNotExist: one of them is not this seller's.
        ListingRefused: the profile has no way of sending, or another currency.
    """
    profile = ShippingProfile.objects.select_for_update().get(pk=profile_id, seller=seller)
    if not profile.live_methods:
        raise ListingRefused("profile", f"“{profile}” has no way of sending yet. Please add one first.")
    if _own(seller, offer_id).currency != profile.currency:
        raise ListingRefused("profile", f"“{profile}” is priced in {profile.currency}. Please offer the goods anew.")
    Offer.objects.filter(pk=offer_id).update(profile=profile)


def _written(minor: int, currency: str) -> str:
    return format_kes(minor) if currency == Currency.KES else format_foreign(minor, currency)


def _own(seller: Seller, offer_id: int) -> Offer:
    return Offer.objects.select_for_update().get(pk=offer_id, seller=seller)


def _check(new: NewProduct) -> None:
    for name in ("title", "description", "picture"):
        if not getattr(new, name).strip():
            raise ListingRefused(name, f"Please give a {name}.")
    for name, most in LONGEST.items():
        if len(getattr(new, name)) > most:
            raise ListingRefused(name, f"Please use at most {most} characters for the {name}.")
    if not slugify(new.title):
        raise ListingRefused("title", "Please give a title in words.")
    refuse_services(
        title=new.title, description=new.description, keywords=new.keywords, category=str(new.category.name)
    )
    _check_variants(new.variants)


def _check_variants(variants: Sequence[NewVariant]) -> None:
    if not 1 <= len(variants) <= MOST_VARIANTS:
        raise ListingRefused("variants", f"Please give from 1 to {MOST_VARIANTS} variants.")
    asked = {tuple(name for name, _ in each.options) for each in variants}
    if len(asked) > 1 or (len(variants) > 1 and asked == {()}):
        raise ListingRefused("variants", "Every variant needs the same options, such as size and colour.")
    if any(not part.strip() for each in variants for pair in each.options for part in pair):
        raise ListingRefused("variants", "Please name every option and its value.")
    if len({each.name.casefold() for each in variants}) < len(variants):
        raise ListingRefused("variants", "Two variants have the same options.")
    if any(len(each.name) > LONGEST_VARIANT for each in variants):
        raise ListingRefused("variants", f"The options of a variant make more than {LONGEST_VARIANT} characters.")


def _check_price(price_minor: int) -> None:
    if not 0 < price_minor <= MOST_MINOR:
        raise ListingRefused("price", "Please give a price above nought, for one piece.")


def _check_stock(stock: int) -> None:
    if not 0 <= stock <= MOST_STOCK:
        raise ListingRefused("stock", "Please say how many pieces you have.")


def _free_slug(title: str) -> str:
    """The title as an address, with a number behind it if others have it already."""
    plain = slugify(title)[:70].strip("-")
    taken = set(Product.objects.filter(slug__startswith=plain).values_list("slug", flat=True))
    numbered = (f"{plain}-{number}" for number in range(2, len(taken) + 2))
    return plain if plain not in taken else next(slug for slug in numbered if slug not in taken)
