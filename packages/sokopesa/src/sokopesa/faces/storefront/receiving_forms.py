"""What a buyer says when the goods come, or do not come in time."""

from __future__ import annotations

from typing import Any

from django import forms

from sokopesa.shipping.models import MOST_DAYS


class ReceivedForm(forms.Form):
    """What the buyer finds. The two answers differ in when the seller is paid, so none is chosen beforehand."""

    CONFIRM, ACCEPT = "confirm", "accept"

    what = forms.ChoiceField(
        choices=[(CONFIRM, "I have it, and want to check it first"), (ACCEPT, "All is well: pay the seller now")],
        error_messages={
            "required": "Choose one of the two.",
            "invalid_choice": "Choose one of the two.",
        },
    )


class ProtectionForm(forms.Form):
    """How many more days the buyer asks for, and why."""

    days = forms.IntegerField(label="How many more days?", widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    why = forms.CharField(
        label="What the seller should know",
        required=False,
        max_length=200,
        help_text="For instance that the parcel has not moved for a week. Never write a PIN.",
        error_messages={"max_length": "Please write at most 200 characters."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, most: int) -> None:
        """``most`` is how many days are possible."""
        super().__init__(data, initial={"days": min(10, most)})
        wrong = f"Choose a number from 1 to {min(most, MOST_DAYS)}."
        days = self.fields["days"]
        assert isinstance(days, forms.IntegerField)
        days.error_messages |= {"required": wrong, "invalid": wrong}
        days.help_text = f"From 1 to {most}."
