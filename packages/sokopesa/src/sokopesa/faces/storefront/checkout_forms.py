"""What the buyer types or ticks between *Buy Now* and *Pay*, and when asking M-PESA again."""

from __future__ import annotations

from typing import Any

from django import forms

from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.phone import local, normalise, operator_of, require_safaricom
from sokopesa.orders.models import Checkout


class MethodForm(forms.Form):
    """How to pay. M-PESA is what there is; it is chosen by hand all the same, so that nobody pays unawares."""

    method = forms.ChoiceField(
        label="Payment method",
        choices=Checkout.Method.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how you want to pay."},
    )


class NumberForm(forms.Form):
    """The line that M-PESA will ask. Its cleaned value is an MSISDN on Safaricom's network."""

    msisdn = forms.CharField(
        label="M-PESA number",
        help_text="The Safaricom line that will pay. It can be somebody else's.",
        max_length=40,
        error_messages={"required": "Enter the number that will pay, such as 0712 345 678."},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(self, data: Any = None, *, suggested: str = "") -> None:
        """``suggested`` is an MSISDN, offered only if M-PESA can work on it."""
        usable = suggested and operator_of(suggested) == "Safaricom"
        super().__init__(data, initial={"msisdn": local(suggested) if usable else ""})

    def clean_msisdn(self) -> str:
        try:
            msisdn = normalise(self.cleaned_data["msisdn"])
            require_safaricom(msisdn)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return msisdn
