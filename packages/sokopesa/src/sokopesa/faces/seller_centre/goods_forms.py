"""What sellers type about their goods."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product as every_pair
from typing import Any

from django import forms

from sokopesa.catalog.errors import ListingRefused, NotGoods
from sokopesa.catalog.listing import LONGEST, MOST_STOCK, NewProduct, NewVariant, Terms
from sokopesa.catalog.models import Category, Offer, ShippingProfile, Variant
from sokopesa.faces.seller_centre.money_field import MoneyField

LONGEST_DESCRIPTION = 5_000


class ProfileField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A profile by what tells it from others."""

    def label_from_instance(self, obj: ShippingProfile) -> str:
        return f"{obj.name}, from {obj.ships_from}, in {obj.currency}"


class RefusableForm(forms.Form):
    """A form that can say what a verb refused, at the field that it is about."""

    def refuse(self, refusal: ListingRefused | NotGoods) -> None:
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class OfferForm(RefusableForm):
    """Price and stock of one offer, with what they were when the page was made."""

    price = MoneyField(label="Price")
    stock = forms.IntegerField(widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    seen_price = forms.IntegerField(widget=forms.HiddenInput)
    seen_stock = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, offer: Offer) -> None:
        """Labels name the currency; ids name the offer, for a page has many."""
        seen = {"price": offer.price_minor, "seen_price": offer.price_minor}
        super().__init__(
            data, initial={**seen, "stock": offer.stock, "seen_stock": offer.stock}, auto_id=f"id_{offer.pk}_%s"
        )
        self.fields["price"].label = f"Price, {offer.currency}"
        _ask_pieces(self.fields["stock"], label="Pieces")

    @property
    def wanted(self) -> Terms:
        return Terms(self.cleaned_data["price"], self.cleaned_data["stock"])

    @property
    def seen(self) -> Terms:
        return Terms(self.cleaned_data["seen_price"], self.cleaned_data["seen_stock"])

    def look_again(self, offer: Offer) -> None:
        """What is there now is what the seller has seen from now on; what was typed stays."""
        there = {"seen_price": str(offer.price_minor), "seen_stock": str(offer.stock)}
        self.data = {**{name: self.data[name] for name in self.data}, **there}


class SellForm(RefusableForm):
    """Variants to sell, with how many pieces of each, at one price by one profile."""

    price = MoneyField(label="Price of one piece")
    profile = ProfileField(
        label="Shipping",
        queryset=ShippingProfile.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose how it is shipped.", "invalid_choice": "Choose how it is shipped."},
    )

    def __init__(self, data: Any = None, *, profiles: Sequence[ShippingProfile], variants: Sequence[Variant]) -> None:
        """``profiles`` are the shop's own; ``variants`` those of the product that it does not sell yet."""
        super().__init__(data)
        field = self.fields["profile"]
        assert isinstance(field, ProfileField)
        field.queryset = ShippingProfile.objects.filter(pk__in=[each.pk for each in profiles])
        if len(profiles) == 1:
            self.initial["profile"] = profiles[0].pk
        self._variants = {f"stock_{each.pk}": each for each in variants}
        for name, variant in self._variants.items():
            self.fields[name] = forms.IntegerField(
                required=len(variants) == 1, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
            )
            _ask_pieces(self.fields[name], label=f"Pieces, {variant}" if variant.name else "Pieces")

    @property
    def pieces(self) -> list[forms.BoundField]:
        """A field for each variant."""
        return [self[name] for name in self._variants]

    @property
    def was_sent_before(self) -> bool:
        """Whether pieces were given only of variants that are on sale by now."""
        given = {name for name in self.data if name.startswith("stock_") and str(self.data[name]).strip()}
        return bool(given) and not given & self._variants.keys()

    @property
    def stocks(self) -> Mapping[Variant, int]:
        """Pieces of each variant that is to be sold, once the form is valid."""
        said = {variant: self.cleaned_data.get(name) for name, variant in self._variants.items()}
        return {variant: pieces for variant, pieces in said.items() if pieces is not None}

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.stocks:
            self.add_error(None, "Say of one variant at least how many pieces you have.")
        return self.cleaned_data


class NewGoodsForm(RefusableForm):
    """Goods that nobody has listed yet."""

    title = forms.CharField(
        max_length=LONGEST["title"], help_text="What it is, in a few words: Solar lantern with radio."
    )
    category = forms.ModelChoiceField(
        queryset=Category.objects.all(),
        empty_label="Choose",
        error_messages={"required": "Choose the shelf.", "invalid_choice": "Choose the shelf."},
    )
    brand = forms.CharField(max_length=LONGEST["brand"], help_text="Write No brand if it has none.")
    description = forms.CharField(
        max_length=LONGEST_DESCRIPTION,
        help_text="What a buyer should know. A dispute is measured by this.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    details = forms.CharField(
        required=False,
        max_length=LONGEST_DESCRIPTION,
        help_text="One a line, with a colon: Weight: 300 g",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    keywords = forms.CharField(
        label="Other words for it",
        required=False,
        max_length=LONGEST["keywords"],
        help_text="Such as simu, taa, charger.",
    )
    option_1 = forms.CharField(label="Comes in different", required=False, max_length=30, help_text="Such as Size.")
    values_1 = forms.CharField(
        label="Which ones", required=False, max_length=400, help_text="With commas between: 41, 42, 43"
    )
    option_2 = forms.CharField(label="And in different", required=False, max_length=30, help_text="Such as Colour.")
    values_2 = forms.CharField(
        label="Which of those", required=False, max_length=400, help_text="With commas between: Black, Brown"
    )

    REFUSED_AT = {"variants": "values_1", "picture": "category"}

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name, what in (("title", "title"), ("brand", "brand"), ("description", "description")):
            self.fields[name].error_messages["required"] = f"Please give a {what}."
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and field.max_length:
                field.error_messages["max_length"] = f"Please write at most {field.max_length:,} characters."

    def refuse(self, refusal: ListingRefused | NotGoods) -> None:
        field = self.REFUSED_AT.get(refusal.field, refusal.field)
        self.add_error(field if field in self.fields else None, str(refusal))

    def clean_details(self) -> list[tuple[str, str]]:
        """Pairs of name and value."""
        lines = [line.strip() for line in self.cleaned_data["details"].splitlines() if line.strip()]
        pairs = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        wrong = next((line for line, pair in zip(lines, pairs, strict=True) if len(pair) < 2 or not all(pair)), None)
        if wrong is not None:
            raise forms.ValidationError(f"“{wrong[:60]}”: write a name, a colon and a value.")
        return [(pair[0], pair[1]) for pair in pairs]

    def clean(self) -> dict[str, Any]:
        for number in ("1", "2"):
            option, values = self.cleaned_data.get(f"option_{number}"), self.cleaned_data.get(f"values_{number}")
            if option and not values:
                self.add_error(f"values_{number}", f"Say which ones there are of “{option}”.")
            if values and not option:
                self.add_error(f"option_{number}", "Say what is different, such as Size.")
        return self.cleaned_data

    @property
    def described(self) -> NewProduct:
        """The goods, once the form is valid. Until there is a photo, the shelf's picture stands for them."""
        said = self.cleaned_data
        options = [
            [(said[f"option_{number}"], value) for value in _listed(said[f"values_{number}"])]
            for number in ("1", "2")
            if said[f"option_{number}"]
        ]
        return NewProduct(
            title=said["title"],
            description=said["description"],
            category=said["category"],
            brand=said["brand"],
            picture=said["category"].picture,
            keywords=said["keywords"],
            details=said["details"],
            variants=[NewVariant(options=makes) for makes in every_pair(*options)],
        )


def _listed(text: str) -> list[str]:
    return [value for part in re.split(r"[,\n;]", text) if (value := part.strip())]


def _ask_pieces(field: forms.Field, *, label: str) -> None:
    wrong = f"Say how many pieces you have, from 0 to {MOST_STOCK:,}."
    field.label = label
    field.error_messages |= {"required": wrong, "invalid": wrong}
