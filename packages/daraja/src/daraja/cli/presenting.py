"""Messages, codes and errors as a person reads them."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from enum import Enum

from rich.table import Table
from rich.text import Text

from daraja.codes import Outcome, ResultCode
from daraja.decoding import Message
from daraja.eat import EAT
from daraja.errors import (
    AlreadyRegistered,
    DarajaError,
    DuplicateRequest,
    InvalidRequest,
    OutcomeUnknown,
    RejectedField,
    SubscriberBusy,
    SystemBusy,
    Throttled,
    TokenRejected,
    Unreachable,
    WrongCredentials,
)
from daraja.items import Items
from daraja.money import Account, Charge, Party

_VERDICTS = {
    Outcome.PAID: "[green]done[/green]",
    Outcome.FAILED: "[red]not done[/red]",
    Outcome.PENDING: "[yellow]still under way[/yellow]",
    Outcome.UNKNOWN: "[yellow]not settled: ask again, or by another way, before acting[/yellow]",
}
_HIDDEN = frozenset({"raw", "code", "parameters", "references", "items", "extra"})

_WHAT_TO_DO: tuple[tuple[type[DarajaError], str], ...] = (
    (InvalidRequest, "Nothing was sent. Put the field right."),
    (
        TokenRejected,
        "Nothing moved. The token is old, or this API is not on the app: check the app on the Daraja portal.",
    ),
    (WrongCredentials, "Nothing moved. Check consumer key and secret, shortcode and passkey: `daraja doctor`."),
    (SubscriberBusy, "Nothing moved. Another request is open on that phone: wait a minute before asking again."),
    (DuplicateRequest, "The first request with this id stands. Nothing moved again."),
    (AlreadyRegistered, "URLs are registered, perhaps older ones. Check URL management in the Daraja portal."),
    (Throttled, "Nothing moved. Slow down, and try again later."),
    (SystemBusy, "Nothing moved. Try again in a few minutes."),
    (RejectedField, "Nothing moved. Put the named field right."),
    (Unreachable, "Nothing was sent. Check the network and the address."),
    (OutcomeUnknown, "It may have taken effect. Ask M-PESA what happened before sending anything again."),
)


def kes(cents: int) -> str:
    """`KES 1,250`, or `KES 22.40` where there are cents."""
    return f"KES {cents // 100:,}" if cents % 100 == 0 else f"KES {cents / 100:,.2f}"


def what_to_do(error: DarajaError) -> str:
    """What a person should do about an error."""
    return next((words for kind, words in _WHAT_TO_DO if isinstance(error, kind)), "Nothing moved.")


def message_table(message: Message) -> Table:
    """All that a message says, fields first, then what has no field."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("kind", type(message).__name__)
    outcome = getattr(message, "outcome", None)
    if isinstance(outcome, Outcome):
        table.add_row("meaning", _VERDICTS[outcome])
    code = getattr(message, "code", None)
    if isinstance(code, ResultCode):
        table.add_row("code", Text(printable(f"{code} ({code.name})")))
        table.add_row("the code says", code.meaning)
        table.add_row("tell them", getattr(message, "advice", code.advice))
    for name, value in _rows(message):
        table.add_row(Text(name.replace("_", " ")), Text(printable(value)))
    return table


def printable(text: str) -> str:
    """Text from the wire, unable to steer the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _rows(message: Message) -> Iterator[tuple[str, str]]:
    for field in fields(message):
        value = getattr(message, field.name)
        if field.name not in _HIDDEN and value not in (None, "", ()):
            yield field.name.removesuffix("_cents"), _shown(field.name, value)
    for name in ("parameters", "references", "items", "extra"):
        found = getattr(message, name, None)
        pairs = found if isinstance(found, Items) else found.items() if isinstance(found, dict) else ()
        for key, value in pairs:
            yield printable(key), "" if value is None else str(value)


def _shown(name: str, value: object) -> str:
    if isinstance(value, int) and name.endswith("_cents"):
        return kes(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(EAT):%d %B %Y, %H:%M:%S} EAT"
    if isinstance(value, date):
        return f"{value:%d %B %Y}"
    if isinstance(value, Party):
        return f"{value.number} - {value.name}" if value.number else value.name
    if isinstance(value, Charge):
        return f"{value.name} {kes(value.cents)}"
    if isinstance(value, Account):
        return f"{value.name or 'balance'}: {'?' if value.current_cents is None else kes(value.current_cents)}"
    if isinstance(value, tuple):
        return "\n".join(_shown(name, part) for part in value)
    return str(value.value if isinstance(value, Enum) else value)
