"""What finance types about money that leaves."""

from __future__ import annotations

from typing import Any

from django import forms

from sokopesa.disbursement.models import Batch, InstantRule
from sokopesa.faces.amounts import read_amount
from sokopesa.kernel.phone import PhoneRefused, normalise
from sokopesa.kernel.reasons import REASON_LENGTH
from sokopesa.refunds.models import Refund

_SHILLINGS = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "KES"}
MOST_RESULTS = 10 * 1024 * 1024
"""Bytes of a file of results."""


class PrepareForm(forms.Form):
    """How a disbursement is to be paid."""

    via = forms.ChoiceField(
        label="How it is paid",
        choices=Batch.Via.choices,
        initial=Batch.Via.API,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it is paid."},
    )


class TotalForm(forms.Form):
    """The total, typed by whoever approves, so that nobody agrees to what they have not read."""

    total = forms.CharField(
        label="Type the total",
        max_length=40,
        help_text="In whole shillings, as you read it above.",
        error_messages={"required": "Type the total. It shows that you have read it."},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "KES"}),
    )

    def __init__(self, data: Any = None, *, whole: bool = True) -> None:
        """``whole``: the total is in whole shillings."""
        super().__init__(data)
        if not whole:
            self.fields["total"].help_text = "As you read it above, with its cents if it has any."


class ReasonForm(forms.Form):
    """Why something is cancelled, left out, refused or tried again."""

    reason = forms.CharField(
        label="Why",
        max_length=REASON_LENGTH,
        help_text="Kept for good, with your name.",
        error_messages={"required": "Say why. Your colleagues need to know."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None, *, label: str = "Why", most: int = REASON_LENGTH, prefix: str = "") -> None:
        """``prefix`` tells several of these on one page apart."""
        super().__init__(data, auto_id=f"id_{prefix}%s")
        field = self.fields["reason"]
        assert isinstance(field, forms.CharField)
        field.label, field.max_length = label, most
        field.widget.attrs["maxlength"] = most


class ResultsForm(forms.Form):
    """The portal's file of results."""

    file = forms.FileField(label="File of results", error_messages={"required": "Choose the file from the portal."})

    def clean_file(self) -> Any:
        """Read whole later, so it must not be huge."""
        file = self.cleaned_data["file"]
        if file.size > MOST_RESULTS:
            raise forms.ValidationError("This file is larger than 10 MB. A file of results is not.")
        return file


class RedirectForm(forms.Form):
    """To which other number of the buyer's a refund is to go, and why."""

    payee = forms.CharField(
        label="The other number",
        max_length=20,
        help_text="The buyer has to have confirmed it by signing in with it.",
        error_messages={"required": "Type the number."},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "0712 345 678"}),
    )
    reason = forms.CharField(
        label="Why it goes there",
        max_length=REASON_LENGTH,
        help_text="The second person reads this before deciding. It is kept for good.",
        error_messages={"required": "Say why. The second person needs it to decide."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_redirect_%s")

    def clean_payee(self) -> str:
        """The MSISDN."""
        try:
            return normalise(self.cleaned_data["payee"])
        except PhoneRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class GoodwillForm(forms.Form):
    """How much a buyer is given, which becomes cents, and why."""

    amount = forms.CharField(
        label="How much",
        max_length=40,
        help_text="In whole shillings.",
        error_messages={"required": "Type how much the buyer is given."},
        widget=forms.TextInput(attrs=_SHILLINGS),
    )
    reason = forms.CharField(
        label="Why",
        max_length=REASON_LENGTH,
        help_text="The second person reads this before deciding. It is kept for good; the buyer does not read it.",
        error_messages={"required": "Say why. The second person needs it to decide."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_amount(self) -> int:
        """Cents."""
        return _cents(self.cleaned_data["amount"])


class RuleForm(forms.Form):
    """Which refunds leave at once. Amounts become cents."""

    cause = forms.ChoiceField(label="Refunds for", choices=Refund.Cause.choices)
    up_to = forms.CharField(
        label="Up to",
        max_length=40,
        help_text="The largest refund that leaves at once, in shillings.",
        error_messages={"required": "Type the largest refund that leaves at once."},
        widget=forms.TextInput(attrs=_SHILLINGS),
    )
    daily_limit = forms.CharField(
        label="In one day at most",
        max_length=40,
        help_text="What is beyond waits for the day's file.",
        error_messages={"required": "Type what may leave in one day."},
        widget=forms.TextInput(attrs=_SHILLINGS),
    )
    via = forms.ChoiceField(
        label="How", choices=InstantRule.Via.choices, initial=InstantRule.Via.B2C, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Why",
        max_length=REASON_LENGTH,
        help_text="The second person reads this before deciding. It is kept for good.",
        error_messages={"required": "Say why. The second person needs it to decide."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_up_to(self) -> int:
        """Cents."""
        return _cents(self.cleaned_data["up_to"])

    def clean_daily_limit(self) -> int:
        """Cents."""
        return _cents(self.cleaned_data["daily_limit"])


def _cents(typed: str) -> int:
    try:
        cents = read_amount(typed)
    except ValueError as wrong:
        raise forms.ValidationError(str(wrong)) from wrong
    if not cents or cents < 0:
        raise forms.ValidationError("It has to be more than nothing.")
    return cents
