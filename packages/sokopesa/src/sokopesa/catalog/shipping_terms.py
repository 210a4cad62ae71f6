"""What sellers do with their shipping: profiles, and the methods by which parcels go.

An offer without a way to be sent has no delivery estimate, so a profile in use keeps at least one method.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from sokopesa.catalog.errors import ListingRefused
from sokopesa.catalog.models import (
    COUNTRY_CODE,
    MOST_HANDLING_DAYS,
    MOST_TRANSIT_DAYS,
    Currency,
    DayRule,
    ShippingMethod,
    ShippingProfile,
)
from sokopesa.people.models import Seller

MOST_COST_MINOR = 100_000_000
"""A million shillings or dollars; see `sokopesa.catalog.listing.MOST_MINOR`."""

LONGEST_NAME = 60
"""Characters of a profile's, a method's or a place's name."""


@dataclass(frozen=True)
class NewProfile:
    """From where, and how many Kenyan business days after payment, the parcels of a profile leave."""

    name: str
    ships_from: str
    ships_from_country: str
    handling_days: int


@dataclass(frozen=True)
class NewMethod:
    """How parcels travel; the fields mean what they mean in `ShippingMethod`."""

    name: str
    cost_minor: int
    min_days: int
    max_days: int
    day_rule: str
    is_tracked: bool = False
    to_po_box: bool = False


@transaction.atomic
def make_profile(*, seller: Seller, terms: NewProfile, currency: str) -> ShippingProfile:
    """A new profile, priced in that currency for good; it needs a method before goods can be offered by it.

    Raises:
        ListingRefused: a term is missing or cannot be, or the seller has a profile of that name.
    """
    _check_terms(terms)
    if currency not in Currency.values:
        raise ListingRefused("currency", f"Please choose one of {', '.join(Currency.values)}.")
    try:
        with transaction.atomic():
            return ShippingProfile.objects.create(seller=seller, currency=currency, **asdict(terms))
    except IntegrityError as twice:
        raise ListingRefused("name", f"You have a profile called “{terms.name}” already.") from twice


@transaction.atomic
def change_profile(*, seller: Seller, profile_id: int, terms: NewProfile) -> None:
    """Other terms from now on; orders already placed keep the promise made to them.

    Raises `ListingRefused` as `make_profile`, and `ShippingProfile.DoesNotExist` if it is another's.
    """
    _check_terms(terms)
    _own(seller, profile_id)
    try:
        with transaction.atomic():
            ShippingProfile.objects.filter(pk=profile_id).update(**asdict(terms))
    except IntegrityError as twice:
        raise ListingRefused("name", f"You have a profile called “{terms.name}” already.") from twice


@transaction.atomic
def add_method(*, seller: Seller, profile_id: int, way: NewMethod) -> ShippingMethod:
    """Another way in which the profile's parcels may go, after those that there are.

    Raises:
        ShippingProfile.DoesNotExist: it is another's.
        ListingRefused: the cost or the days cannot be, or the profile has a method of that name.
    """
    _check_way(way)
    profile = _own(seller, profile_id)
    try:
        with transaction.atomic():
            return ShippingMethod.objects.create(
                profile=profile, currency=profile.currency, position=profile.methods.count(), **asdict(way)
            )
    except IntegrityError as twice:
        raise ListingRefused("name", f"This profile has a method called “{way.name}” already.") from twice


@transaction.atomic
def change_method(*, seller: Seller, profile_id: int, method_id: int, way: NewMethod) -> None:
    """Other terms from now on. Raises as `add_method`, and `ShippingMethod.DoesNotExist`."""
    _check_way(way)
    method = _own(seller, profile_id).methods.get(pk=method_id)
    try:
        with transaction.atomic():
            ShippingMethod.objects.filter(pk=method.pk).update(**asdict(way))
    except IntegrityError as twice:
        raise ListingRefused("name", f"This profile has a method called “{way.name}” already.") from twice


@transaction.atomic
def retire_method(*, seller: Seller, profile_id: int, method_id: int) -> None:
    """Send no more that way; orders that chose it keep it.

    Raises:
        ShippingProfile.DoesNotExist, ShippingMethod.DoesNotExist: it is another's.
        ListingRefused: it is the only way in which goods on offer can be sent.
    """
    profile = _own(seller, profile_id)
    method = profile.methods.get(pk=method_id)
    if [each.pk for each in profile.live_methods] == [method.pk] and profile.offers.filter(is_live=True).exists():
        raise ListingRefused(
            "method", "Goods are offered by this profile, and this is their only way. Add another first."
        )
    ShippingMethod.objects.filter(pk=method.pk).update(is_live=False)


@transaction.atomic
def restore_method(*, seller: Seller, profile_id: int, method_id: int) -> None:
    """Send that way again. Raises as `retire_method`."""
    method = _own(seller, profile_id).methods.get(pk=method_id)
    ShippingMethod.objects.filter(pk=method.pk).update(is_live=True)


def _own(seller: Seller, profile_id: int) -> ShippingProfile:
    """Locked, so that offering goods and taking their last method away wait for each other."""
    return ShippingProfile.objects.select_for_update().get(pk=profile_id, seller=seller)


def _check_terms(terms: NewProfile) -> None:
    if not terms.name.strip():
        raise ListingRefused("name", "Please name the profile.")
    if not terms.ships_from.strip():
        raise ListingRefused("ships_from", "Please say from where parcels leave.")
    for name, text in (("name", terms.name), ("ships_from", terms.ships_from)):
        _check_length(name, text)
    if not re.match(COUNTRY_CODE, terms.ships_from_country):
        raise ListingRefused("ships_from_country", "Please choose the country from which parcels leave.")
    if not 1 <= terms.handling_days <= MOST_HANDLING_DAYS:
        raise ListingRefused("handling_days", f"Please pack within 1 to {MOST_HANDLING_DAYS} business days.")


def _check_length(name: str, text: str) -> None:
    if len(text) > LONGEST_NAME:
        raise ListingRefused(name, f"Please use at most {LONGEST_NAME} characters.")


def _check_way(way: NewMethod) -> None:
    if not way.name.strip():
        raise ListingRefused("name", "Please name the method.")
    _check_length("name", way.name)
    if not 0 <= way.cost_minor <= MOST_COST_MINOR:
        raise ListingRefused("cost", "Please say what shipping costs for an order; nought is free.")
    if not 0 <= way.min_days <= MOST_TRANSIT_DAYS:
        raise ListingRefused("min_days", f"Please give the fewest days, from 0 to {MOST_TRANSIT_DAYS}.")
    if not way.min_days <= way.max_days <= MOST_TRANSIT_DAYS:
        raise ListingRefused(
            "max_days", f"Please give the most days, no fewer than the fewest and at most {MOST_TRANSIT_DAYS}."
        )
    if way.day_rule not in DayRule.values:
        raise ListingRefused("day_rule", "Please say whether all days count, or business days only.")
