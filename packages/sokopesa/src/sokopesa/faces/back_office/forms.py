"""What staff type at the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from sokopesa.chat.models import MOST_WORDS
from sokopesa.kernel.reasons import REASON_LENGTH
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference

REFUND = "refund"
OTHER = "other"


class ProposeForm(forms.Form):
    """Where the money belongs, and why. ``target`` is a proposed order's number, `OTHER` or `REFUND`."""

    target = forms.CharField(max_length=20, error_messages={"required": "Choose where the money belongs."})
    number = forms.CharField(
        label="Order number or reference",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="Why it belongs there",
        max_length=REASON_LENGTH,
        help_text="The second person reads this before deciding. It is kept for good.",
        error_messages={"required": "Say why. The second person needs it to decide."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        """``purchase`` becomes the order's number, or None for a refund."""
        cleaned = self.cleaned_data
        target = cleaned.get("target")
        cleaned["purchase"] = None if target == REFUND else target
        if target == OTHER:
            typed = read_reference(cleaned.get("number", ""))
            known = Purchase.objects.filter(reference=typed).values_list("number", flat=True).first()
            cleaned["purchase"] = known or typed
            if not typed:
                self.add_error("number", "Type the order's number or its reference.")
        return cleaned


class RefuseForm(forms.Form):
    """Why a proposal is refused."""

    remark = forms.CharField(
        label="Why not",
        max_length=REASON_LENGTH,
        help_text="Your colleague reads this.",
        error_messages={"required": "Say why not. Your colleague needs to know."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReadForm(forms.Form):
    """Why somebody of the staff opens a conversation."""

    why = forms.CharField(
        label="Why you need to read it",
        max_length=MOST_WORDS,
        help_text="Kept for good, with your name and the time. Auditors read it.",
        error_messages={"required": "Say why. It is written down with your name."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CloseForm(forms.Form):
    """What came of a report."""

    outcome = forms.CharField(
        label="What came of it",
        max_length=MOST_WORDS,
        help_text="For your colleagues. When it is closed, nobody of the staff can read the conversation any more.",
        error_messages={"required": "Say what came of it."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
