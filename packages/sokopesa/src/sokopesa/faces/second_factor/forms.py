"""The one question: which code does your app show?"""

from __future__ import annotations

from django import forms

from sokopesa.faces.second_factor.carrying import CODE
from sokopesa.people.factors import DIGITS


class CodeForm(forms.Form):
    """A code of the app, or a recovery code; whether it is right says `people.factors`."""

    def __init__(self, data: object = None, *, is_new: bool = False) -> None:
        """``is_new``: the app is being set up; what is above the field must stay in sight."""
        super().__init__(data)  # type: ignore[arg-type] # a QueryDict or nothing
        hint = "" if is_new else " A recovery code will do as well."
        self.fields[CODE] = forms.CharField(
            label="Code from your app",
            max_length=40,
            help_text=f"The {DIGITS} digits that your authenticator app shows for this market.{hint}",
            error_messages={"required": f"Type the {DIGITS} digits that your app shows."},
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "one-time-code",
                    "autofocus": not is_new,
                    "class": "code",
                    "inputmode": "numeric",
                    "maxlength": 20,
                }
            ),
        )

    @property
    def code(self) -> forms.BoundField:
        """The field, by a name that templates can say."""
        return self[CODE]
