"""The events that people are told of: their groups, and their words in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, NamedTuple

from django.db.models import TextChoices

from sokopesa.notices.languages import Both
from sokopesa.notices.parameters import PARAMETERS


class Group(TextChoices):
    """What people switch on and off together."""

    CODES = "codes"
    MONEY = "money"
    ORDERS = "orders"
    CANCELLING = "cancelling"
    DISPUTES = "disputes"
    DEADLINES = "deadlines"
    SELLING = "selling"
    MESSAGES = "messages"


ALWAYS = frozenset({Group.CODES, Group.MONEY})
"""Groups that are told by SMS whatever a person prefers."""


NOTHING = Both("", "")


class Letter(NamedTuple):
    """An e-mail in words."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person is told of. In every text ``{name}`` stands for a parameter of that name.

    ``sms`` holds 160 characters at most, whatever the parameters. The letter says the same, then ``more``, if there is
    more to say than an SMS holds.
    """

    name: str
    group: Group
    subject: Both
    sms: Both
    more: Both = NOTHING

    @property
    def parameters(self) -> frozenset[str]:
        """The names that its words use, in any language."""
        texts = (*self.subject, *self.sms, *self.more)
        return frozenset(name for text in texts for _, name, _, _ in Formatter().parse(text) if name)

    def check(self, values: Mapping[str, Any]) -> None:
        """Raises ``TypeError`` unless exactly the event's parameters are given."""
        if values.keys() != self.parameters:
            raise TypeError(f"{self.name} is told with {sorted(self.parameters)}, not {sorted(values)}")

    def in_sms(self, language: str, values: Mapping[str, Any]) -> str:
        """What the person reads on the phone."""
        return self.sms.said_in(language).format_map(
            {name: PARAMETERS[name].in_sms(value, language) for name, value in values.items()}
        )

    def in_letter(self, language: str, values: Mapping[str, Any]) -> Letter:
        """The same in an e-mail, with people's own words whole."""
        short = {name: PARAMETERS[name].in_sms(value, language) for name, value in values.items()}
        whole = {name: PARAMETERS[name].in_letter(value, language) for name, value in values.items()}
        texts = (self.sms.said_in(language), self.more.said_in(language))
        body = "\n\n".join(text.format_map(whole) for text in texts if text)
        return Letter(self.subject.said_in(language).format_map(short), body)
