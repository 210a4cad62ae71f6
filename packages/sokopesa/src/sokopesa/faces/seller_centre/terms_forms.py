"""What sellers type about how they ship."""

from __future__ import annotations

from typing import Any

from django import forms

from sokopesa.catalog.models import MOST_HANDLING_DAYS, MOST_TRANSIT_DAYS, Currency, DayRule, ShippingProfile
from sokopesa.catalog.models import ShippingMethod as Method
from sokopesa.catalog.shipping_terms import LONGEST_NAME, NewMethod, NewProfile
from sokopesa.faces.seller_centre.goods_forms import RefusableForm
from sokopesa.faces.seller_centre.money_field import MoneyField

COUNTRIES = (
    ("KE", "Kenya"),
    ("UG", "Uganda"),
    ("TZ", "Tanzania"),
    ("RW", "Rwanda"),
    ("ET", "Ethiopia"),
    ("ZA", "South Africa"),
    ("CN", "China"),
    ("HK", "Hong Kong"),
    ("IN", "India"),
    ("JP", "Japan"),
    ("TR", "Turkey"),
    ("AE", "United Arab Emirates"),
    ("GB", "United Kingdom"),
    ("DE", "Germany"),
    ("US", "United States"),
)
"""From where parcels come to Kenya, near ones first."""


class ProfileForm(RefusableForm):
    """From where, and how soon, parcels leave. The currency is chosen once, for all that is priced by the profile."""

    name = forms.CharField(
        max_length=LONGEST_NAME, help_text="For yourself and on your goods: Parcels from Nairobi, or Heavy goods."
    )
    ships_from = forms.CharField(label="Parcels leave from", max_length=LONGEST_NAME, help_text="A town.")
    ships_from_country = forms.ChoiceField(label="Country", choices=COUNTRIES)
    handling_days = forms.IntegerField(
        label="Business days to pack",
        help_text=f"From payment until the parcel leaves, 1 to {MOST_HANDLING_DAYS}. This is your deadline.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    currency = forms.ChoiceField(
        label="Prices are in", choices=Currency.choices, help_text="This cannot be changed later."
    )

    def __init__(self, data: Any = None, *, profile: ShippingProfile | None = None, shop_country: str = "KE") -> None:
        """``profile`` is the one to be changed; its country stays among the choices even where it is a rare one."""
        names = ("name", "ships_from", "ships_from_country", "handling_days")
        known = {name: getattr(profile, name) for name in names} if profile else {"ships_from_country": shop_country}
        super().__init__(data, initial={"handling_days": 3, **known})
        country = self.fields["ships_from_country"]
        assert isinstance(country, forms.ChoiceField)
        if (code := known["ships_from_country"]) not in dict(COUNTRIES):
            country.choices = [*COUNTRIES, (code, code)]
        if profile:
            del self.fields["currency"]
        wrong = f"Please pack within 1 to {MOST_HANDLING_DAYS} business days."
        self.fields["handling_days"].error_messages |= {"required": wrong, "invalid": wrong}
        self.fields["name"].error_messages["required"] = "Please name the profile."
        self.fields["ships_from"].error_messages["required"] = "Please say from where parcels leave."

    @property
    def terms(self) -> NewProfile:
        """Once the form is valid."""
        said = self.cleaned_data
        return NewProfile(said["name"], said["ships_from"], said["ships_from_country"], said["handling_days"])


class MethodForm(RefusableForm):
    """One way for parcels to go."""

    name = forms.CharField(
        label="What it is called",
        max_length=LONGEST_NAME,
        help_text="Buyers choose by it: Rider in Nairobi, or Posta parcel.",
        error_messages={"required": "Please name the method."},
    )
    cost = MoneyField(help_text="For one order, however many pieces. 0 is free.")
    min_days = forms.IntegerField(label="Fewest days", widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    max_days = forms.IntegerField(label="Most days", widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    day_rule = forms.ChoiceField(
        label="Which days count", choices=[("calendar", "All days"), ("business", "Business days")]
    )
    is_tracked = forms.BooleanField(
        label="It can be tracked", required=False, help_text="You will enter the courier's number for each parcel."
    )
    to_po_box = forms.BooleanField(label="It goes to post office boxes", required=False)

    def __init__(self, data: Any = None, *, currency: str, method: Method | None = None) -> None:
        names = ("name", "min_days", "max_days", "day_rule", "is_tracked", "to_po_box")
        known = {name: getattr(method, name) for name in names} if method else {"day_rule": DayRule.BUSINESS}
        super().__init__(data, initial={**known, **({"cost": method.cost_minor} if method else {})})
        self.fields["cost"].label = f"Cost, {currency}"
        wrong = f"Please give a number of days, from 0 to {MOST_TRANSIT_DAYS}."
        for name in ("min_days", "max_days"):
            self.fields[name].error_messages |= {"required": wrong, "invalid": wrong}
            self.fields[name].help_text = "From the day the parcel leaves." if name == "min_days" else ""

    @property
    def way(self) -> NewMethod:
        """Once the form is valid."""
        said = self.cleaned_data
        return NewMethod(cost_minor=said["cost"], **{name: value for name, value in said.items() if name != "cost"})
