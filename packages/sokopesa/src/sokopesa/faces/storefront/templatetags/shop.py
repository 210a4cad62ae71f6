"""How money, phone numbers, dates and icons are written on pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil

from django import template
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sokopesa.catalog.delivery import Window
from sokopesa.kernel import clock
from sokopesa.kernel import phone as phones
from sokopesa.kernel.money import CENTS, format_foreign, format_kes, format_rate
from sokopesa.orders.clocks import written
from sokopesa.orders.models import Order, Purchase

register = template.Library()

UNBROKEN = re.compile(r"(M-PESA|KES [0-9][0-9,.]*[0-9]|KES [0-9]|\b0[0-9]{3} (?:\*{3}|[0-9]{3} )[0-9]{3})")


@register.filter
def kes(cents: int) -> SafeString:
    """Cents as ``KES 1,250``, kept on one line."""
    return _unbroken(format_kes(cents).replace("-", "−"))


@register.filter
def foreign(minor: int, currency: str) -> SafeString:
    """Hundredths of a foreign currency as ``USD 96.00``, kept on one line."""
    return _unbroken(format_foreign(minor, currency))


@register.filter
def number(count: int) -> str:
    """A count as people read it: ``10,000``."""
    return f"{count:,}"


@register.filter
def counted(total: int, more: bool) -> str:
    """How many products there are: ``1 product``, ``1,204 products``, ``10,000+ products``."""
    return f"{total:,}{'+' if more else ''} product{'' if total == 1 else 's'}"


@register.filter
def rate(kes_per_unit: Decimal) -> str:
    """Shillings for one unit of a currency: ``129.30``."""
    return format_rate(kes_per_unit)


@register.simple_tag
def conversion(listing: Mapping[str, str]) -> SafeString:
    """How a foreign price in the listing of an order became shillings, and by whose rate."""
    price = format_foreign(int(listing["price_minor"]), listing["currency"])
    said_by = f"{source}, " if (source := listing.get("rate_source")) else ""
    day = date_format(date.fromisoformat(listing["rate_as_of"]), "j M Y")
    kes = f"KES {format_rate(Decimal(listing['rate']))}"
    return unbroken(f"{price} each, at {kes} for 1 {listing['currency']} ({said_by}{day})")


@register.filter
def unbroken(sentence: str) -> SafeString:
    """A sentence in which no amount, no phone number and no *M-PESA* breaks across two lines."""
    pieces = enumerate(UNBROKEN.split(sentence))
    return format_html_join("", "{}", ((_unbroken(piece) if at % 2 else piece,) for at, piece in pieces))


_TO_BUYER = (
    (re.compile(r"^The buyer (ask|say|keep)s\b"), r"You \1"),
    (re.compile(r"^The buyer (?=\w+ed\b|sent\b|paid\b|withdrew\b)"), "You "),
    (re.compile(r"\bgoes back to the buyer\b"), "goes back to you"),
    (re.compile(r"\bthe buyer may now\b"), "you may now"),
    (re.compile(r"\bthe buyer's answer\b"), "your answer"),
)


@register.filter
def to_buyer(sentence: str) -> str:
    """A timeline's sentence, which says *the buyer* because it is kept for both sides, as its buyer is told it."""
    for pattern, said in _TO_BUYER:
        sentence = pattern.sub(said, sentence)
    return sentence


@register.filter
def ended_as(purchase: Purchase) -> str:
    """How a paid purchase ended whose every order was cancelled or refunded: the word for it, else nothing. Reads the
    purchase's orders, which its pages have at hand."""
    orders = list(purchase.orders.all())
    over = {Order.State.CANCELLED, Order.State.REFUNDED}
    if not orders or not {order.state for order in orders} <= over:
        return ""
    return next((order.get_state_display() for order in orders if order.state == Order.State.CANCELLED), "Refunded")


def _unbroken(figures: str) -> SafeString:
    return format_html('<span class="money">{}</span>', figures)


@register.filter
def prompt_amount(cents: int) -> str:
    """Whole shillings as M-PESA's prompt writes them: ``1,250.00``."""
    return f"{cents // CENTS:,}.00"


@register.filter
def phone(msisdn: str) -> str:
    """A stored number as people in Kenya write it: ``0712 345 678``."""
    return phones.local(msisdn)


@register.filter
def masked(msisdn: str) -> str:
    """A number that may be seen over a shoulder: ``0712 ***678``."""
    return phones.masked(msisdn)


@register.filter
def days(window: Window) -> str:
    """A delivery window: ``26 – 28 Nov``, ``28 Nov – 2 Dec``, or one day."""
    return span(window.earliest, window.latest)


def span(first: date, last: date) -> str:
    """Two dates as briefly as they can be told apart."""
    if first == last:
        return date_format(last, "j M")
    same_month = (first.year, first.month) == (last.year, last.month)
    return f"{date_format(first, 'j' if same_month else 'j M')} – {date_format(last, 'j M')}"


@register.simple_tag
def delivery_span(first: date, last: date) -> str:
    """The promised days of an order, written as `days` writes a window."""
    return span(first, last)


@register.filter
def day_words(day: date) -> str:
    """A day as people speak of it: ``Today``, ``Yesterday``, ``Wed 25 Nov 2026``."""
    ago = (clock.nairobi_date(clock.now()) - day).days
    return {0: "Today", 1: "Yesterday"}.get(ago) or date_format(day, "D j M Y")


@register.filter
def lately(moment: datetime) -> str:
    """When something was, as briefly as it can be told: ``14:05`` today, ``Yesterday``, ``25 Nov``, ``25 Nov 2025``."""
    day, today = clock.nairobi_date(moment), clock.nairobi_date(clock.now())
    if day == today:
        return date_format(moment.astimezone(clock.EAT), "H:i")
    if day == today - timedelta(days=1):
        return "Yesterday"
    return date_format(day, "j M" if day.year == today.year else "j M Y")


@register.filter
def roughly(span: timedelta) -> str:
    """A span of time, rounded up to what people say: ``10 minutes``, ``an hour``, ``3 hours``, ``a day``."""
    minutes = max(10, ceil(span.total_seconds() / 600) * 10)
    hours = ceil(span.total_seconds() / 3600)
    if minutes < 60:
        return f"{minutes} minutes"
    if hours < 24:
        return "an hour" if hours == 1 else f"{hours} hours"
    days = ceil(hours / 24)
    return "a day" if days == 1 else f"{days} days"


@register.filter
def by(actor: str) -> str:
    """Who did something, on a page that a buyer reads."""
    return {"buyer": "you", "seller": "seller", "carrier": "courier", "market": "market"}.get(actor, actor)


@register.filter
def until(moment: datetime) -> SafeString:
    """A deadline: ``Thu 26 Nov at 12:05``, or ``the end of Wed 25 Nov``."""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), written(moment))


@register.filter
def left(moment: datetime) -> SafeString:
    """How long is left until then: ``2 days 11 h left``. A browser with JavaScript counts it down."""
    return format_html('<span class="left" data-until="{}">{}</span>', moment.isoformat(), _left(moment - clock.now()))


def _left(span: timedelta) -> str:
    """As ``shop.js`` writes it."""
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if minutes < 1:
        return "any moment now"
    if days:
        return f"{days} day{'s' if days > 1 else ''}{f' {hours} h' if hours else ''} left"
    return f"{hours} h {minutes % 60} min left" if hours else f"{minutes} min left"


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative line icon from the sprite, hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("storefront/icons.svg"),
        name,
    )
