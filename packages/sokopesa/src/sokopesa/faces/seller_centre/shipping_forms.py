"""What sellers type about parcels and about time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms

from sokopesa.orders.models import Order, OrderLine
from sokopesa.shipping.carriers import LONGEST, SUGGESTED, read_label
from sokopesa.shipping.errors import CarrierMissing, NothingPacked, ParcelRefused, TrackingMissing
from sokopesa.shipping.models import MOST_DAYS

MOST_WORDS = 200


class ShipForm(forms.Form):
    """What is in the parcel, and what its label says. ``key`` is the page's own: sent twice, it ships once."""

    carrier = forms.CharField(
        label="Courier",
        max_length=LONGEST,
        required=False,
        error_messages={"max_length": f"Shorten the courier's name to {LONGEST} characters."},
        widget=forms.TextInput(attrs={"list": "couriers", "autocomplete": "off"}),
    )
    tracking_number = forms.CharField(
        label="Tracking number",
        max_length=2 * LONGEST,
        required=False,
        help_text="As it stands on the courier's label.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    key = forms.CharField(max_length=32, widget=forms.HiddenInput)

    couriers = SUGGESTED

    def __init__(self, data: Any = None, *, order: Order) -> None:
        """Pieces are asked about where there is more than one left."""
        super().__init__(data, initial={"key": uuid4().hex})
        self._is_tracked = order.is_tracked
        self.open_lines = [line for line in order.lines.all() if line.open_quantity]
        if order.is_tracked:
            for name, missing in (("carrier", CarrierMissing()), ("tracking_number", TrackingMissing())):
                self.fields[name].required = True
                self.fields[name].error_messages["required"] = str(missing)
        if sum(line.open_quantity for line in self.open_lines) > 1:
            for line in self.open_lines:
                self.fields[f"line_{line.pk}"] = _pieces(line.open_quantity)

    @property
    def goods(self) -> list[tuple[OrderLine, forms.BoundField | None]]:
        """Each line with pieces left, with its field if there is one."""
        return [(line, self[name] if (name := f"line_{line.pk}") in self.fields else None) for line in self.open_lines]

    @property
    def quantities(self) -> Mapping[int, int]:
        """Pieces in the parcel by line id, once the form is valid."""
        return {line.pk: self.cleaned_data.get(f"line_{line.pk}", line.open_quantity) for line in self.open_lines}

    def clean(self) -> dict[str, Any]:
        label = ("carrier", "tracking_number")
        if not any(name in self.errors for name in label):
            try:
                read_label(*(self.cleaned_data[name] for name in label), is_tracked=self._is_tracked)
            except ParcelRefused as refusal:
                self.refuse(refusal)
        if self.open_lines and not self.errors and not any(self.quantities.values()):
            self.add_error(None, str(NothingPacked()))
        return self.cleaned_data

    def refuse(self, refusal: ParcelRefused) -> None:
        """Say it at the field that it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class DaysForm(forms.Form):
    """How many more days, and why."""

    days = forms.IntegerField(label="How many more days?", widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    why = forms.CharField(
        label="Why",
        required=False,
        max_length=MOST_WORDS,
        help_text="The buyer reads this.",
        error_messages={"max_length": f"Please write at most {MOST_WORDS} characters."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, most: int = MOST_DAYS, initial: int) -> None:
        """``most`` is how many days are possible."""
        super().__init__(data, initial={"days": min(initial, most)})
        wrong = f"Choose a number from 1 to {most}."
        self.fields["days"].error_messages |= {"required": wrong, "invalid": wrong}
        self.fields["days"].help_text = f"From 1 to {most}."


class LengthenForm(DaysForm):
    """How many more days of protection. ``seen`` is when it ended as the page showed it, so that a form sent twice
    lengthens once."""

    why = None  # type: ignore[assignment]
    seen = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, most: int, initial: int, ends: datetime | None) -> None:
        super().__init__(data, most=most, initial=initial)
        self.initial["seen"] = ends.isoformat() if ends else ""

    def clean_seen(self) -> datetime | None:
        """Nonsense is no moment at which anything ends."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return datetime.min.replace(tzinfo=UTC)


def _pieces(most: int) -> forms.IntegerField:
    wrong = f"Choose a number from 0 to {most}."
    return forms.IntegerField(
        label="Pieces in this parcel",
        min_value=0,
        max_value=most,
        initial=most,
        error_messages={"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
