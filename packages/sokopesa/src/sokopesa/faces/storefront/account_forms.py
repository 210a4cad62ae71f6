"""The delivery address as people type it, at checkout and in the address book."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse_lazy

from sokopesa.faces.storefront.account_signin_forms import PhoneField
from sokopesa.kernel import phone
from sokopesa.people import actions, post_offices
from sokopesa.people.boxes import read_box
from sokopesa.people.counties import counties
from sokopesa.people.errors import BoxRefused, PostcodeRefused, PostcodeUnknown, TownElsewhere, TownMissing
from sokopesa.people.models import Address, User

STREET_FIELDS = ("building", "street", "landmark", "town", "county")
BOX_FIELDS = ("box_number", "postcode", "post_office")

LOOK_UP_POST_OFFICE: dict[str, Any] = {
    "hx-get": reverse_lazy("account:post_office"),
    "hx-trigger": "input changed delay:300ms",
    "hx-target": "#post-office",
    "hx-sync": "this:replace",
}
"""Names the post office under the postcode while it is typed, on pages that load htmx."""


class _Line(forms.CharField):
    """One line of text. The browser is not told its longest: it would cut what is pasted without a word."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Those of any line, without the length."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


def _line(label: str, length: int, *, hint: str = "", required: str = "", **attributes: Any) -> forms.CharField:
    """One line of text. ``required`` is the sentence shown when it is left empty; without one it may be."""
    too_long = "Please write at most %(limit_value)d characters; this has %(show_value)d."
    return _Line(
        label=label,
        help_text=hint,
        max_length=length,
        required=bool(required),
        error_messages={"max_length": too_long} | ({"required": required} if required else {}),
        widget=forms.TextInput(attrs=attributes),
    )


class AddressForm(forms.Form):
    """An address at a door or at a post office box. The fields of the kind that is not chosen are ignored.

    A whole line such as "P.O. Box 12345-00100 Nairobi" in the box field is spread over the fields it belongs to. When
    postcode and town do not go together, ``fix`` offers the post offices that may be meant; a postcode that we do
    not know is taken once ``confirm`` is ticked.
    """

    kind = forms.ChoiceField(
        label="Deliver to",
        choices=Address.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a street address or a P.O. Box."},
    )
    recipient = _line(
        "Full name", 80, required="Enter the name of the person who receives the parcel.", autocomplete="name"
    )
    phone = PhoneField(
        label="Phone number for delivery", help_text="The courier or the post office calls or texts this number."
    )

    building = _line("Building or estate", 100, hint="With the house, flat or floor.", autocomplete="address-line1")
    street = _line("Street or road", 100, autocomplete="address-line2")
    landmark = _line("Landmark", 100, hint="Something near that everybody knows.")
    town = _line("Town", 60, autocomplete="address-level2")
    county = forms.ChoiceField(
        label="County", required=False, widget=forms.Select(attrs={"autocomplete": "address-level1"})
    )

    box_number = _line("Box number", 120, hint="Such as 12345. Pasting the whole address line works too.")
    postcode = _line(
        "Postcode",
        20,
        hint="Five digits, such as 00100.",
        inputmode="numeric",
        autocomplete="postal-code",
        **LOOK_UP_POST_OFFICE,
    )
    post_office = _line("Post office town", 60, hint="Left empty, we fill it in from the postcode.")
    fix = forms.ChoiceField(label="Which post office is right?", required=False, widget=forms.RadioSelect)
    confirm = forms.BooleanField(
        label="Use this address anyway",
        required=False,
        help_text="Tick this if you are sure. Our list does not have the smallest post offices.",
    )

    def __init__(self, data: QueryDict | None = None, *, user: User, instance: Address | None = None) -> None:
        """``instance`` is the address to change; without one, a new address of ``user`` is made."""
        self.user = user
        self.address = instance or Address(kind=Address.Kind.STREET, recipient=user.name, phone=user.phone)
        shown = {name: getattr(self.address, name) for name in ("kind", "recipient", *STREET_FIELDS, *BOX_FIELDS)}
        super().__init__(
            _tidied(data) if data is not None else None,
            initial=shown | {"phone": phone.local(self.address.phone)},
        )
        self._choices("county", [("", "Choose a county"), *((county.name, county.name) for county in counties())])
        self._offer_fixes([])
        self.asks_to_confirm = bool(self.data.get("confirm"))
        """Whether the page has the box to tick for a postcode that we do not know."""

    @property
    def asks_to_fix(self) -> bool:
        """Whether the page asks which of several post offices is right."""
        return bool(self.fixes)

    def clean(self) -> dict[str, Any]:
        """Check the fields of the chosen kind, and empty those of the other."""
        cleaned = self.cleaned_data
        for name in {"recipient", *STREET_FIELDS, *BOX_FIELDS} & cleaned.keys():
            cleaned[name] = " ".join(cleaned[name].split())
        is_box = cleaned.get("kind") == Address.Kind.PO_BOX
        for name in STREET_FIELDS if is_box else BOX_FIELDS:
            cleaned[name] = ""
            self.errors.pop(name, None)
        if is_box:
            self._clean_box(cleaned)
        elif cleaned.get("kind"):
            self._clean_street(cleaned)
        return cleaned

    def save(self) -> Address:
        """Keep the address in the person's book."""
        for name in ("kind", "recipient", "phone", *STREET_FIELDS, *BOX_FIELDS):
            setattr(self.address, name, self.cleaned_data[name])
        return actions.save_address(user=self.user, address=self.address)

    def _clean_street(self, cleaned: dict[str, Any]) -> None:
        if not {"building", "street"} & self.errors.keys() and not (cleaned["building"] or cleaned["street"]):
            self.add_error("building", "Enter the building or estate, or the street below.")
        if not cleaned.get("town", "-"):
            self.add_error("town", "Enter the town.")
        if not cleaned.get("county", "-"):
            self.add_error("county", "Choose the county.")

    def _clean_box(self, cleaned: dict[str, Any]) -> None:
        if set(BOX_FIELDS) & self.errors.keys():
            return
        town = cleaned["post_office"]
        try:
            box = read_box(cleaned["box_number"])
        except BoxRefused as refusal:
            self.add_error("box_number", str(refusal))
        else:
            cleaned["box_number"] = box.number
            if box.postcode and box.postcode != cleaned["postcode"]:
                self.add_error("postcode", f"The box line says {box.postcode}. Which postcode is right?")
                return
        try:
            cleaned["postcode"] = post_offices.read_postcode(cleaned["postcode"], town=town)
            cleaned["post_office"] = post_offices.check(cleaned["postcode"], town, confirmed=cleaned["confirm"])
        except PostcodeRefused as refusal:
            self.add_error("postcode", str(refusal))
        except PostcodeUnknown as refusal:
            self.add_error("postcode", str(refusal))
            self.asks_to_confirm = True
        except TownMissing as refusal:
            self.add_error("post_office", str(refusal))
        except TownElsewhere as refusal:
            self.add_error("postcode", str(refusal))
            self._offer_fixes(refusal.fixes)

    def _offer_fixes(self, postcodes: list[str]) -> None:
        self.fixes = [office for one in postcodes if (office := post_offices.find(one))]
        self._choices("fix", [(office.postcode, f"{office.postcode} {office.place}") for office in self.fixes])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _tidied(data: QueryDict) -> QueryDict:
    """What was posted, with a pasted line spread over its fields and the chosen post office put in place."""
    tidy = data.copy()
    try:
        box = read_box(tidy.get("box_number", ""))
    except BoxRefused:
        pass
    else:
        if tidy.get("postcode", "").strip() in {"", box.postcode}:
            tidy["box_number"], tidy["postcode"] = box.number, box.postcode
            tidy["post_office"] = tidy.get("post_office") or box.town
    if chosen := post_offices.find(tidy.get("fix", "")):
        tidy["postcode"], tidy["post_office"] = chosen.postcode, ""
    tidy.pop("fix", None)
    return tidy
