"""Subscribers: phone numbers with a SIM, and the M-PESA wallet behind them."""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mpesa_simulator.core.books import Row
from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger
from mpesa_simulator.money.results import DeclinedError

#: A Safaricom number as M-PESA writes it: 2547 or 2541 and eight digits.
MSISDN_PATTERN = r"^254[17]\d{8}$"
PhoneState = Literal["on", "off", "old_sim"]

#: So many wrong PINs in a row lock the wallet.
MAX_WRONG_PINS = 3


class Autopilot(BaseModel):
    """Answers prompts for a phone that nobody holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Literal["pin", "wrong_pin", "cancel", "ignore"]
    after_seconds: Annotated[float, Field(ge=0, le=600)] = 1


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A SIM. One that is not `registered` has no M-PESA wallet."""

    msisdn: str
    name: str
    pin: str
    registered: bool
    phone: PhoneState
    wrong_pins: int
    autopilot: Autopilot | None
    id_number: str = ""
    sim_swapped_at: int | None = None
    created_at: int = 0

    @property
    def wallet(self) -> str:
        """The name of the wallet's account in the books."""
        return wallet_of(self.msisdn)

    @property
    def locked(self) -> bool:
        """Too many wrong PINs in a row."""
        return self.wrong_pins >= MAX_WRONG_PINS

    @property
    def party(self) -> str:
        """`254708374149 - JOHN DOE`, as statements and results call the customer."""
        return f"{self.msisdn} - {self.name}"


def wallet_of(msisdn: str) -> str:
    """The account of a phone number's wallet."""
    return f"wallet:{msisdn}"


def is_msisdn(number: str) -> bool:
    """Whether `number` is a Safaricom number in M-PESA's form."""
    return re.fullmatch(MSISDN_PATTERN, number) is not None


def normalised(number: str) -> str | None:
    """A number as people write it (07…, 7…, +254 7…) in M-PESA's form, or None when it is not Safaricom's."""
    digits = re.sub(r"[\s+-]", "", number)
    candidate = re.sub(r"^(254|0)?", "254", digits, count=1)
    return candidate if is_msisdn(candidate) else None


def find(world: World, msisdn: str) -> Subscriber | None:
    """The subscriber with this number, or None when there is no such SIM."""
    known: Subscriber | None = world.books.cache.get(("subscriber", msisdn))
    if known is None:
        row = world.books.one("SELECT * FROM subscribers WHERE msisdn = ?", msisdn)
        if row is None:
            return None
        known = world.books.cache["subscriber", msisdn] = _read(row)
    return known


def _read(row: Row) -> Subscriber:
    return Subscriber(
        row["msisdn"],
        row["name"],
        row["pin"],
        bool(row["registered"]),
        row["phone"],
        row["wrong_pins"],
        Autopilot.model_validate_json(row["autopilot"]) if row["autopilot"] else None,
        row["id_number"],
        row["sim_swapped_at"],
        row["created_at"],
    )


def everyone(world: World) -> list[Subscriber]:
    """All subscribers, in the order in which they came."""
    rows = world.books.all("SELECT msisdn FROM subscribers ORDER BY created_at, msisdn")
    found = (find(world, row["msisdn"]) for row in rows)
    return [subscriber for subscriber in found if subscriber]


def save(world: World, subscriber: Subscriber) -> None:
    """Add a subscriber or change one."""
    world.books.run(
        "INSERT INTO subscribers (msisdn, name, pin, registered, phone, wrong_pins, id_number, sim_swapped_at,"
        " autopilot, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (msisdn) DO UPDATE SET"
        " name = excluded.name, pin = excluded.pin, registered = excluded.registered, phone = excluded.phone,"
        " wrong_pins = excluded.wrong_pins, id_number = excluded.id_number,"
        " sim_swapped_at = excluded.sim_swapped_at, autopilot = excluded.autopilot",
        subscriber.msisdn,
        subscriber.name,
        subscriber.pin,
        subscriber.registered,
        subscriber.phone,
        subscriber.wrong_pins,
        subscriber.id_number,
        subscriber.sim_swapped_at,
        subscriber.autopilot.model_dump_json() if subscriber.autopilot else None,
        world.now,
    )
    world.books.cache.pop(("subscriber", subscriber.msisdn), None)
    world.hub.announce(subscriber.msisdn)


def check_pin(world: World, msisdn: str, pin: str) -> None:
    """Raise DeclinedError unless this is the PIN: 2001, or 8006 once three wrong ones in a row locked the wallet."""
    subscriber = find(world, msisdn)
    if subscriber is None or subscriber.locked:
        raise DeclinedError("8006")
    if pin != subscriber.pin:
        save(world, replace(subscriber, wrong_pins=subscriber.wrong_pins + 1))
        raise DeclinedError("2001")
    if subscriber.wrong_pins:
        save(world, replace(subscriber, wrong_pins=0))


def balance(world: World, msisdn: str) -> int:
    """What is in the wallet, in cents."""
    return world.books.balance(wallet_of(msisdn))


def spent_today(world: World, msisdn: str) -> int:
    """What the wallet has paid out since midnight EAT, in cents, charges aside."""
    return ledger.paid_since_midnight(world, msisdn)
