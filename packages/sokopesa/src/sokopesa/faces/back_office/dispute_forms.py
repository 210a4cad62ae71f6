"""How a mediator decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from sokopesa.aftersale.disputes.models import LONGEST_WORDS, Dispute, Kind
from sokopesa.faces.amounts import read_amount
from sokopesa.kernel.clock import EAT
from sokopesa.kernel.money import CENTS, format_kes


class RulingForm(forms.Form):
    """What becomes of the money, and why."""

    kind = forms.ChoiceField(
        label="Decision", widget=forms.RadioSelect, error_messages={"required": "Choose what you decide."}
    )
    amount = forms.CharField(
        label="Amount",
        required=False,
        max_length=40,
        help_text="For a refund without a return. Whole shillings.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "KES"}),
    )
    words = forms.CharField(
        label="Reasons",
        max_length=LONGEST_WORDS,
        help_text="Both sides read them, and whoever decides an appeal. They are kept for good.",
        error_messages={"required": "Give the reasons. Both sides read them."},
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, data: Any = None, *, dispute: Dispute) -> None:
        """Only what can still be decided is offered: goods that did not come, or came back, do not go back."""
        super().__init__(data)
        whole = format_kes(dispute.whole_cents)
        choices = [(Kind.REFUND_ONLY.value, f"Money back without a return: all of {whole}, or a part of it")]
        if dispute.received and dispute.sent_back_at is None:
            choices.append((Kind.RETURN.value, f"Return Goods: all of {whole} once the goods are back"))
        choices.append((Kind.NOTHING.value, "No refund"))
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        self.initial["amount"] = f"{dispute.amount_cents // CENTS:,}"

    def clean_amount(self) -> int | None:
        """Cents."""
        try:
            return read_amount(self.cleaned_data["amount"])
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


class DeliveredForm(forms.Form):
    """When the courier delivered a return, by its own page."""

    at = forms.DateTimeField(
        label="Delivered to the seller",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": "Say when.", "invalid": "Write it like 2026-11-25 14:30."},
    )

    def moment(self) -> datetime:
        """As it was in Nairobi."""
        at: datetime = self.cleaned_data["at"]
        return at.astimezone(EAT)
