"""Amounts that sellers type."""

from __future__ import annotations

import re
from typing import Any

from django import forms

_AMOUNT = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,2}))?")
_GROUPED = re.compile(r"(?<=[0-9])[, ](?=[0-9]{3}(?:[^0-9]|$))")


class MoneyField(forms.CharField):
    """An amount as people type it, ``1250``, ``1,250`` or ``12.50``, as whole hundredths of its currency."""

    def __init__(self, **facts: Any) -> None:
        wrong = "Enter an amount such as 1250 or 1,250.50."
        super().__init__(
            max_length=20,
            error_messages={"required": wrong, "max_length": wrong},
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **facts,
        )
        self._wrong = wrong

    def to_python(self, value: Any) -> Any:
        """Hundredths, or None where nothing was typed."""
        typed = str(super().to_python(value) or "")
        if not typed:
            return None
        found = _AMOUNT.fullmatch(_GROUPED.sub("", re.sub(r"^(?:KES|Ksh|USD|\$)\.?\s*", "", typed, flags=re.I)))
        if found is None:
            raise forms.ValidationError(self._wrong)
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))

    def validate(self, value: Any) -> None:
        if value is None and self.required:
            raise forms.ValidationError(self._wrong)

    def run_validators(self, value: Any) -> None:
        """Its length was looked at in `to_python`'s pattern."""

    def prepare_value(self, value: Any) -> Any:
        """Hundredths as they are typed: without cents where there are none."""
        if not isinstance(value, int):
            return value
        units, rest = divmod(value, 100)
        return f"{units}.{rest:02d}" if rest else str(units)
