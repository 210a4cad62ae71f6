"""What finance types about statements, discrepancies and closed days."""

from __future__ import annotations

from typing import Any

from django import forms

from sokopesa.kernel.reasons import REASON_LENGTH
from sokopesa.reconciliation.models import Account, Resolution

MOST_STATEMENT = 200 * 1024 * 1024
"""Bytes of a statement that is brought by a browser; larger ones are taken in by ``sokopesa statement``."""


class StatementForm(forms.Form):
    """A statement's file, and whose it is where it does not say so itself."""

    file = forms.FileField(
        label="Statement, CSV or Excel", error_messages={"required": "Choose the file that you exported from M-PESA."}
    )
    shortcode = forms.RegexField(
        r"^[0-9]{5,7}$",
        label="Shortcode",
        required=False,
        help_text="Only if the file does not say it.",
        error_messages={"invalid": "A shortcode has 5 to 7 digits."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    account = forms.ChoiceField(
        label="Account",
        required=False,
        choices=[("", "As the file says"), *(each for each in Account.choices if each[0] != Account.PULLED)],
    )
    accept_breaks = forms.BooleanField(
        label="Take it in although its balance does not follow",
        required=False,
        help_text="The import says so for good. First ask M-PESA for a whole file.",
    )

    def clean_file(self) -> Any:
        """Not more than a browser should carry."""
        file = self.cleaned_data["file"]
        if file.size > MOST_STATEMENT:
            raise forms.ValidationError("This file is larger than 200 MB. Take it in by “sokopesa statement import”.")
        return file


class ResolveForm(forms.Form):
    """How a discrepancy is to end; a second person decides."""

    how = forms.ChoiceField(
        label="How it ends",
        choices=Resolution.How.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it ends."},
    )
    against = forms.CharField(
        label="Account on the other side",
        max_length=64,
        required=False,
        help_text="To allocate: unmatched, escrow:…, seller:…, refunds:… or transfer:…. Of ours: the account's name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "accounts"}),
    )
    reason = forms.CharField(
        label="Why",
        max_length=REASON_LENGTH,
        help_text="The second person reads this before deciding. It is kept for good.",
        error_messages={"required": "Say why. The second person needs it to decide."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NoteForm(forms.Form):
    """What somebody learned."""

    text = forms.CharField(
        label="What you learned",
        max_length=REASON_LENGTH,
        error_messages={"required": "Write down what you learned."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
