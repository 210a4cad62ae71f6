"""Accounts, charges and parties as results write them."""

import re
from dataclasses import dataclass, field

from daraja.reading import normal_msisdn, read_cents, read_text

_BASIC_AMOUNT = re.compile(r"BasicAmount=(-?[\d.]+)")
_CURRENCY_CODE = re.compile(r"CurrencyCode=(\w+)")
_PARTY = re.compile(r"\s*([\d*]+)\s*[-–]\s*(.*\S)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Account:
    """One account's balance, in cents. Parts that M-PESA left out are None."""

    name: str | None
    """`Working Account`, `Utility Account`, `Charges Paid Account` …; None where M-PESA names no account."""
    currency: str
    current_cents: int | None
    available_cents: int | None = None
    reserved_cents: int | None = None
    uncleared_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What M-PESA charged, in cents."""

    name: str
    currency: str
    cents: int


@dataclass(frozen=True, slots=True)
class Party:
    """Who paid or was paid: a phone or shortcode, and a name."""

    number: str | None = field(repr=False)
    name: str = field(repr=False)

    @property
    def msisdn(self) -> str | None:
        """The number, if it is a whole mobile number."""
        return normal_msisdn(self.number) if self.number else None


def read_accounts(value: object) -> tuple[Account, ...]:
    """Accounts from `name|currency|current|available|reserved|uncleared`, several joined by `&`, or from the
    other form, `{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}`."""
    text = read_text(value)
    if text is None:
        return ()
    if basic := _BASIC_AMOUNT.search(text):
        currency = _CURRENCY_CODE.search(text)
        return (Account(None, currency[1] if currency else "KES", read_cents(basic[1])),)
    accounts = []
    for part in text.split("&"):
        name, *rest = part.split("|")
        if len(rest) >= 2:
            accounts.append(Account(name.strip() or None, rest[0].strip(), *map(read_cents, rest[1:5])))
    return tuple(accounts)


def read_account(value: object) -> Account | None:
    """The first account in a value, or None."""
    return next(iter(read_accounts(value)), None)


def read_charges(value: object) -> tuple[Charge, ...]:
    """Charges from `Business Pay Bill Charge|KES|77.00`, several joined by `&`, or from a bare amount."""
    text = read_text(value)
    if text is None:
        return ()
    charges = []
    for part in text.split("&"):
        name, currency, amount = part.split("|") if part.count("|") == 2 else ("", "KES", part)
        cents = read_cents(amount)
        if cents is not None:
            charges.append(Charge(name.strip(), currency.strip(), cents))
    return tuple(charges)


def read_party(value: object) -> Party | None:
    """The party in `254708374149 - Achieng Otieno`; a text of any other form is all name."""
    text = read_text(value)
    if text is None:
        return None
    parts = _PARTY.fullmatch(text)
    return Party(parts[1], parts[2]) if parts else Party(None, text)
