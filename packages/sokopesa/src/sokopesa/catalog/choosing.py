"""What a shopper has chosen on a product's page: a variant, then a vendor, then a way to send it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sokopesa.catalog.delivery import Window
from sokopesa.catalog.models import Offer, Product, Variant
from sokopesa.catalog.pricing import Price, Rates
from sokopesa.catalog.ranking import RankedOffer, Way, buyable, rank, ways


@dataclass(frozen=True)
class Wanted:
    """What the shopper asked for, by identifiers that may be anything at all.

    Where they contradict each other the variant wins: who turns to another size stays with the vendor, and with the way
    of sending, if they can be had for it.
    """

    variant_id: int | None = None
    offer_id: int | None = None
    method_id: int | None = None


NOTHING_WANTED = Wanted()


@dataclass(frozen=True)
class Make:
    """A variant and its offers, ranked among themselves."""

    variant: Variant
    offers: tuple[RankedOffer, ...]

    @property
    def is_buyable(self) -> bool:
        """Whether any vendor can send one today."""
        return bool(buyable(self.offers))

    @property
    def best(self) -> RankedOffer | None:
        """The cheapest offer that can be bought, and of equally cheap ones the soonest."""
        return next(iter(buyable(self.offers)), None)


@dataclass(frozen=True)
class Choice:
    """The offer and the way of sending by which the goods are bought if the shopper presses *Buy Now*."""

    ranked: RankedOffer
    way: Way
    ways: tuple[Way, ...]

    @property
    def offer(self) -> Offer:
        """Whose, of which variant."""
        return self.ranked.offer

    @property
    def price(self) -> Price:
        """One piece, and this way of sending it."""
        return self.way.price

    @property
    def window(self) -> Window:
        """When it arrives, sent this way."""
        return self.way.window

    @property
    def is_import(self) -> bool:
        """Whether import taxes may fall due on arrival."""
        return self.offer.is_import


@dataclass(frozen=True)
class Value:
    """One value of an option, such as the size 42, and the variant that choosing it leads to.

    That may be sold out while others with this value are not; ``is_gone`` when all of them are.
    """

    text: str
    make: Make
    is_chosen: bool
    is_gone: bool


@dataclass(frozen=True)
class Option:
    """What one chooses by, such as the size, and the values that there are."""

    name: str
    values: tuple[Value, ...]


def makes_of(product: Product, rates: Rates, *, on: date) -> tuple[Make, ...]:
    """Every variant of a product with its live offers. No query where variants and offers were prefetched."""
    offers = list(product.offers.all())
    return tuple(
        Make(variant, rank([offer for offer in offers if offer.variant_id == variant.pk], rates, on=on))
        for variant in product.variants.all()
    )


def wanted_make(makes: Sequence[Make], wanted: Wanted) -> Make | None:
    """The variant that is wanted, sold out or not; else the one with the cheapest offer, and of equals the one that
    most vendors have; else the first."""
    for make in makes:
        if make.variant.pk == wanted.variant_id:
            return make
    for make in makes:
        if wanted.variant_id is None and any(each.offer.pk == wanted.offer_id for each in buyable(make.offers)):
            return make
    for_sale = [make for make in makes if make.is_buyable]
    return min(for_sale or makes, key=_appeal, default=None)


def _appeal(make: Make) -> tuple[int, int]:
    return (make.best.price.total_cents if make.best else 0, -len(buyable(make.offers)))


def wanted_choice(make: Make, makes: Sequence[Make], wanted: Wanted, rates: Rates, *, on: date) -> Choice | None:
    """The offer and the way of sending that are wanted of a variant, or what comes nearest; None if it is sold out."""
    ranked = _wanted_offer(make, makes, wanted)
    if ranked is None:
        return None
    sent = ways(ranked.offer, rates, on=on)
    return Choice(ranked, _wanted_way(sent, makes, wanted), sent)


def _wanted_offer(make: Make, makes: Sequence[Make], wanted: Wanted) -> RankedOffer | None:
    named = [each.offer for other in makes for each in other.offers if each.offer.pk == wanted.offer_id]
    sellers = {offer.seller_id for offer in named}
    return next((each for each in buyable(make.offers) if each.offer.seller_id in sellers), make.best)


def _wanted_way(sent: tuple[Way, ...], makes: Sequence[Make], wanted: Wanted) -> Way:
    """Another profile of the same vendor has methods of its own, which may bear the same name."""
    for way in sent:
        if way.method.pk == wanted.method_id:
            return way
    methods = [method for make in makes for each in make.offers for method in each.offer.methods]
    names = {method.name for method in methods if method.pk == wanted.method_id}
    return next((way for way in sent if way.method.name in names), sent[0])


def options_of(makes: Sequence[Make], chosen: Make) -> tuple[Option, ...]:
    """What there is to choose by. Each value leads to the variant that has it and is otherwise most like the chosen
    one; of equals, to one that can be bought. Variants without options are chosen by their names."""
    if len(makes) < 2:
        return ()
    if not all(make.variant.options for make in makes):
        values = tuple(
            Value(str(make.variant), make, is_chosen=make is chosen, is_gone=not make.is_buyable) for make in makes
        )
        return (Option("", values),)
    names = dict.fromkeys(name for make in makes for name, _ in make.variant.options)
    return tuple(Option(name, _values(name, makes, chosen)) for name in names)


def _values(name: str, makes: Sequence[Make], chosen: Make) -> tuple[Value, ...]:
    now = dict(chosen.variant.options)
    texts = dict.fromkeys(value for make in makes for key, value in make.variant.options if key == name)
    values = []
    for text in texts:
        like = [make for make in makes if dict(make.variant.options).get(name) == text]
        nearest = max(like, key=lambda make: (_likeness(make, now, name), make.is_buyable))
        is_gone = not any(make.is_buyable for make in like)
        values.append(Value(text, nearest, is_chosen=now.get(name) == text, is_gone=is_gone))
    return tuple(values)


def _likeness(make: Make, now: dict[str, str], aside: str) -> int:
    return sum(now.get(key) == value for key, value in make.variant.options if key != aside)
