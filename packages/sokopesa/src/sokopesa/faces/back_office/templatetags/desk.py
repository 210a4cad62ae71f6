"""How ages, sides of the books and staff are written at the desk."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template

from sokopesa.faces.back_office.bodies import mask
from sokopesa.kernel import clock
from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import local
from sokopesa.people.models import User

register = template.Library()


@register.filter
def age(moment: datetime) -> str:
    """How long ago: ``12 s``, ``4 min``, ``2 h 5 min``, ``3 days``."""
    return written(clock.now() - moment)


def written(span: timedelta) -> str:
    """A span of time as briefly as it is useful; what lies ahead counts as now."""
    seconds = max(0, int(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes == 0:
        return f"{seconds} s"
    if hours == 0:
        return f"{minutes} min"
    if days == 0:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return "1 day" if days == 1 else f"{days} days"


@register.filter
def debit(cents: int) -> str:
    """The amount if it stands on the debit side."""
    return format_kes(cents) if cents > 0 else ""


@register.filter
def credit(cents: int) -> str:
    """The amount if it stands on the credit side."""
    return format_kes(-cents) if cents < 0 else ""


@register.filter
def side(cents: int) -> str:
    """A balance with its side: ``KES 1,250 credit``."""
    return format_kes(0) if cents == 0 else f"{format_kes(abs(cents))} {'debit' if cents > 0 else 'credit'}"


@register.filter
def discreet(text: str) -> str:
    """A text that strangers may have typed, with the middle of every phone number in it hidden."""
    return mask(text)


@register.filter
def called(user: User) -> str:
    """A member of staff by name, or by number where they gave none."""
    return user.name or local(user.phone)


CARRIED = {
    "phone": "phone number",
    "paybill": "paying outside",
    "pin_asked": "asks for a PIN",
    "pin_told": "PIN hidden",
}


@register.filter
def carried(kind: str) -> str:
    """What a message was found to carry, in two words."""
    return CARRIED[kind]
