"""What a buyer says when cancelling what is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from sokopesa.aftersale.models import WORDS
from sokopesa.aftersale.reasons import FAULT, NEEDS_WORDS, Fault, Reason
from sokopesa.orders.models import OrderLine

_SIDES = {Fault.BUYER: "On my side", Fault.SELLER: "On the seller's side"}


def _choices() -> list[tuple[str, Any]]:
    """Grouped by side; *another reason* stands alone, at the end."""
    sides: dict[Fault, list[tuple[str, str]]] = {side: [] for side in _SIDES}
    for reason in Reason:
        if reason is not Reason.OTHER:
            sides[FAULT[reason]].append((reason.value, reason.label))
    groups = [(_SIDES[side], listed) for side, listed in sides.items()]
    return [("", "Choose a reason"), *groups, (Reason.OTHER.value, Reason.OTHER.label)]


class CancelForm(forms.Form):
    """Which pieces, why, and what there is to say about it."""

    reason = forms.ChoiceField(
        label="Reason",
        choices=_choices,
        error_messages={
            "required": "Choose the reason that fits best.",
            "invalid_choice": "Choose the reason that fits best.",
        },
    )
    words = forms.CharField(
        label="What the seller should know",
        required=False,
        max_length=WORDS,
        help_text="Never write a PIN.",
        error_messages={"max_length": f"Please write at most {WORDS} characters."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        """``lines`` are the order's; those with pieces left are asked about, where there is anything to choose."""
        super().__init__(data)
        self._open = [line for line in lines if line.open_quantity]
        if sum(line.open_quantity for line in self._open) > 1:
            for line in self._open:
                self.fields[f"line_{line.pk}"] = _pieces(line.open_quantity)

    @property
    def goods(self) -> list[tuple[OrderLine, forms.BoundField | None]]:
        """Each line with its field, if there is one."""
        return [(line, self[name] if (name := f"line_{line.pk}") in self.fields else None) for line in self._open]

    @property
    def quantities(self) -> Mapping[int, int]:
        """Pieces to cancel by line id, once the form is valid."""
        return {line.pk: self.cleaned_data.get(f"line_{line.pk}", line.open_quantity) for line in self._open}

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("reason") in NEEDS_WORDS and not cleaned.get("words") and "words" not in self.errors:
            self.add_error("words", "Say in a few words what the reason is.")
        if self._open and not self.errors and not any(self.quantities.values()):
            self.add_error(None, "Choose at least one piece to cancel.")
        return cleaned


def _pieces(most: int) -> forms.IntegerField:
    wrong = f"Choose a number from 0 to {most}."
    return forms.IntegerField(
        label="Pieces to cancel",
        min_value=0,
        max_value=most,
        initial=most,
        error_messages={"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
