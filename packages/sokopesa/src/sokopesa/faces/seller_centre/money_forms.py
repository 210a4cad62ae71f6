"""What sellers type about their own money."""

from __future__ import annotations

from typing import Any

from django import forms

from sokopesa.settlements.models import Payee


class PayeeForm(forms.Form):
    """Where the shop is to be paid."""

    kind = forms.ChoiceField(
        label="Pay us at",
        choices=Payee.Kind.choices,
        initial=Payee.Kind.PHONE,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how the shop is to be paid."},
    )
    number = forms.CharField(
        label="Number",
        max_length=20,
        help_text="A Safaricom number such as 0712 345 678, or a paybill or till of 5 to 7 digits.",
        error_messages={"required": "Type the number that is to be paid."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reference = forms.CharField(
        label="Account number",
        max_length=13,
        required=False,
        help_text="Only for a paybill: the account to pay into.",
        error_messages={"max_length": "An account number has at most 13 letters and digits."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class MonthForm(forms.Form):
    """A month of the statement."""

    month = forms.DateField(
        label="Month",
        required=False,
        input_formats=["%Y-%m"],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"}),
        error_messages={"invalid": "Write the month as in 2026-11."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
