"""What buyers and sellers type in a conversation."""

from __future__ import annotations

from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict

from sokopesa.chat.models import MOST_WORDS, Report


class MessageForm(forms.Form):
    """One message. ``key`` is the page's own, so that a message that is sent twice is stored once."""

    text = forms.CharField(
        label="Your message",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Write a message", "enterkeyhint": "send"}),
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"key": uuid4()})

    @property
    def written(self) -> str:
        """The text as it was typed; the verb decides what of it can be sent."""
        return str(self.data.get("text", ""))

    @property
    def sender_key(self) -> UUID:
        """The page's key, or a new one for whoever sent none."""
        return (self.is_valid() and self.cleaned_data["key"]) or uuid4()


class ReportForm(forms.Form):
    """Why our staff should look."""

    reason = forms.ChoiceField(
        label="What is wrong?",
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is wrong."},
    )
    words = forms.CharField(
        label="What happened",
        max_length=MOST_WORDS,
        required=False,
        help_text="Our staff read this, and then the conversation. The other side is not told.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
