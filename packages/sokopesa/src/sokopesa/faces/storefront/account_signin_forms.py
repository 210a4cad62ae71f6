"""What people type to sign in: their number, then the code that we sent to it."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms

from sokopesa.kernel import phone

CODE_DIGITS = 6


class PhoneField(forms.CharField):
    """A Kenyan mobile number typed in any way; its value is the MSISDN."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        super().__init__(widget=forms.TextInput(attrs=attributes | kwargs.pop("attrs", {})), **kwargs)

    def clean(self, value: str | None) -> str:
        """Every refusal, also of an empty field, is told in the words of `kernel.phone`."""
        try:
            return phone.normalise(value or "")
        except phone.PhoneRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class PhoneForm(forms.Form):
    """Sign in or sign up: the only question."""

    phone = PhoneField(label="Your phone number", help_text=f"Such as {phone.EXAMPLE}.", attrs={"autofocus": True})


class CodeForm(forms.Form):
    """The code that came by SMS; its cleaned value is six ASCII digits."""

    code = forms.CharField(
        label="Code from the SMS",
        max_length=40,
        error_messages={"required": f"Enter the {CODE_DIGITS} digits from the SMS."},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autofocus": True,
                "class": "code",
                "inputmode": "numeric",
                "maxlength": 12,
            }
        ),
    )

    def clean_code(self) -> str:
        """The digits, however they were spaced or in whatever script."""
        code = "".join(character for character in self.cleaned_data["code"] if character.isalnum())
        digits = [unicodedata.digit(character, None) for character in code]
        if len(digits) != CODE_DIGITS or None in digits:
            raise forms.ValidationError(f"The code has {CODE_DIGITS} digits. Copy them from the SMS.")
        return "".join(map(str, digits))
