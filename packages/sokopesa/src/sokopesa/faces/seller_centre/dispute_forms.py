"""What sellers answer to a dispute."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from sokopesa.aftersale.disputes.models import LONGEST_WORDS, Kind
from sokopesa.faces.amounts import read_amount

TEMPLATES: dict[str, str] = {
    "sorry": "We are sorry about this, and want to put it right.",
    "photo": "Please add a clear photo of the goods and of the parcel's label, so that we can see what happened.",
    "on_its_way": "The parcel is on its way; please see the tracking number on your order.",
    "as_listed": "The goods are as the listing describes them: please compare the listing as you bought it.",
    "whole": "The goods left us whole and complete; our evidence shows it.",
}
"""Sentences to begin an answer with, so that it is written in a minute on a phone."""

RETURN_LENGTH = 300

_OFFERS = [
    (Kind.REFUND_ONLY.value, "A part of the money; the buyer keeps the goods"),
    (Kind.RETURN.value, "All of it when the goods are back"),
]


class AnswerForm(forms.Form):
    """Words to a refusal or an offer: a sentence from the list, one's own, or both. Both stand on one page, so their
    fields' ids differ (``ids``)."""

    ids: ClassVar[str] = "refusal_%s"

    template = forms.ChoiceField(
        label="Begin with",
        required=False,
        choices=[("", "Your own words"), *((name, text) for name, text in TEMPLATES.items())],
    )
    words = forms.CharField(
        label="Your answer",
        required=False,
        max_length=LONGEST_WORDS - 200,
        help_text="The buyer reads it, and a mediator may. Never write a PIN.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id=self.ids)

    def said(self) -> str:
        """All of it, as it is kept."""
        begun = TEMPLATES.get(self.cleaned_data["template"], "")
        return "\n".join(part for part in (begun, self.cleaned_data["words"].replace("\0", "").strip()) if part)


class OfferForm(AnswerForm):
    """Another amount, or all of the money against the goods."""

    ids: ClassVar[str] = "offer_%s"

    kind = forms.ChoiceField(
        label="What you offer",
        choices=[
            (Kind.REFUND_ONLY.value, "A part of the money; the buyer keeps the goods"),
            (Kind.RETURN.value, "All of it when the goods are back"),
        ],
        widget=forms.RadioSelect,
        initial=Kind.REFUND_ONLY.value,
        error_messages={"required": "Choose what you offer."},
    )
    amount = forms.CharField(
        label="Amount",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "KES"}),
    )
    return_to = forms.CharField(
        label="Address for the return",
        required=False,
        max_length=RETURN_LENGTH,
        help_text="Only if the goods come back: name, phone, and street or P.O. Box.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_amount(self) -> int | None:
        """Cents."""
        try:
            return read_amount(self.cleaned_data["amount"])
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


class AddressForm(forms.Form):
    """Where goods go back to."""

    return_to = forms.CharField(
        label="Address for the return",
        max_length=RETURN_LENGTH,
        help_text="Name, phone, and street or P.O. Box. The buyer gets it as you write it; it cannot be changed later.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say where the buyer sends the goods: name, phone, and street or P.O. Box."},
    )


class ReasonsForm(forms.Form):
    """What is wrong with a return, or with a decision."""

    words = forms.CharField(
        label="Your reasons",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why."},
    )


def add_refusal(form: forms.Form, field: str, sentence: str) -> None:
    """Show a verb's refusal at the field it is about, if the form has it."""
    named = {"details": "words"}.get(field, field)
    form.add_error(named if named in form.fields else None, sentence)
