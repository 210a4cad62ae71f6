"""What a buyer fills in about goods that did not come, or came wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from sokopesa.aftersale.disputes import reasons
from sokopesa.aftersale.disputes.claims import Claim, refusals
from sokopesa.aftersale.disputes.models import LONGEST_WORDS, Dispute, Kind
from sokopesa.faces.amounts import read_amount
from sokopesa.faces.storefront.uploading import Claimed
from sokopesa.kernel.money import CENTS
from sokopesa.orders.models import Order

KINDS = (
    (Kind.RETURN.value, "Return Goods"),
    (Kind.REFUND_ONLY.value, "Refund Only"),
)


class ClaimForm(forms.Form):
    """The five fields (R50). Each fault stands at its field; nothing that was typed is lost."""

    kind = forms.ChoiceField(label="What you want", choices=KINDS, required=False, widget=forms.RadioSelect)
    reason = forms.ChoiceField(
        label="Reason", required=False, choices=lambda: [("", "Choose a reason"), *reasons.choices()]
    )
    amount = forms.CharField(
        label="Refund amount",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "KES"}),
    )
    details = forms.CharField(
        label="Request details",
        required=False,
        help_text=f"What is wrong, in your own words. At most {LONGEST_WORDS:,} characters. Never write a PIN.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        order: Order,
        whole: int,
        now: datetime,
        files: Claimed,
        shown_before: bool = False,
        initial: dict[str, Any] | None = None,
    ) -> None:
        """``whole`` is a full refund in cents, ``files`` came with the form, ``shown_before``: others came before."""
        super().__init__(data, initial=initial)
        self.order, self.whole, self.now = order, whole, now
        self.shown_files, self.shown_before = files, shown_before
        self.claim: Claim | None = None

    def clean(self) -> dict[str, Any]:
        """Ask the rules of disputes; ``claim`` is what they let pass."""
        typed = self.cleaned_data
        try:
            amount = read_amount(typed.get("amount", ""))
        except ValueError as wrong:
            self.add_error("amount", str(wrong))
            amount = None
        if typed.get("kind") == Kind.RETURN:
            amount = None  # its field is not shown then
        claim = Claim(
            kind=typed.get("kind", ""),
            reason=typed.get("reason", ""),
            amount_cents=amount,
            details=typed.get("details", "").replace("\0", ""),
            evidence=[upload.pk for upload in self.shown_files.uploads],
        )
        found = refusals(claim, order=self.order, whole=self.whole, now=self.now, shown_before=self.shown_before)
        for refusal in found:
            if refusal.field == "evidence":
                self.shown_files.errors.append(str(refusal))
                self.add_error(None, str(refusal))
            elif refusal.field not in self.errors:
                self.add_error(refusal.field, str(refusal))
        if self.shown_files.errors and not self.errors:
            raise forms.ValidationError("Something is wrong with your files: see there.")
        self.claim = claim
        return typed


def initial_of(dispute: Dispute, *, kind: str = "", amount_cents: int = 0) -> dict[str, str]:
    """The form filled in with a dispute's claim, or with another kind and amount of it."""
    cents = amount_cents or dispute.amount_cents
    return {
        "kind": kind or dispute.kind,
        "reason": dispute.reason,
        "amount": "" if (kind or dispute.kind) == Kind.RETURN else f"{cents // CENTS:,}",
        "details": dispute.details,
    }


class ReturnForm(forms.Form):
    """With whom the goods go back, and on which number."""

    carrier = forms.CharField(label="Courier or post office", required=False, max_length=60)
    tracking = forms.CharField(
        label="Tracking or parcel number",
        max_length=60,
        error_messages={"required": "Give the tracking or parcel number from the receipt."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class WordsForm(forms.Form):
    """Somebody's reasons."""

    words = forms.CharField(
        label="Your reasons",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why the decision should be another."},
    )


class ReportForm(forms.Form):
    """Something that is about no order."""

    about = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    words = forms.CharField(
        label="What happened",
        max_length=LONGEST_WORDS,
        help_text="Say who, what and when. Never write a PIN.",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Say what happened, so that we can help."},
    )
