"""What sellers type."""

from __future__ import annotations

from django import forms

from sokopesa.aftersale.models import WORDS


class RefuseCancelForm(forms.Form):
    """Why a request to cancel is refused."""

    words = forms.CharField(
        label="Why not",
        max_length=WORDS,
        help_text="The buyer reads this.",
        error_messages={
            "required": "Say why not. The buyer reads it.",
            "max_length": f"Please write at most {WORDS} characters.",
        },
        widget=forms.Textarea(attrs={"rows": 3}),
    )
