"""What M-PESA takes from the payer on top of a paybill payment, when the payer bears the whole charge.

The tariffs are dated data: ``data/paybill_charges.csv``, from the published tables of 1 January and 29 July 2023 (the
latter follows excise duty's rise from 12 % to 15 %). M-PESA never reports this charge to the payee, so what we show is
computed and stored together with the tariff's name.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from sokopesa.kernel.money import CENTS
from sokopesa.payments.errors import AboveLimit
from sokopesa.payments.models import MOST_CENTS


@dataclass(frozen=True, slots=True)
class Charge:
    """``buyer_cents`` leave the payer's wallet besides the amount; ``tariff`` names the table that says so."""

    tariff: str
    buyer_cents: int


@dataclass(frozen=True, slots=True)
class _Tariff:
    name: str
    in_force_from: date
    up_to_kes: tuple[int, ...]
    charge_kes: tuple[int, ...]


@cache
def _tariffs() -> tuple[_Tariff, ...]:
    """The newest first."""
    bands: dict[tuple[str, date], list[tuple[int, int]]] = {}
    with files("sokopesa.payments").joinpath("data/paybill_charges.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            tariff = (row["tariff"], date.fromisoformat(row["in_force_from"]))
            bands.setdefault(tariff, []).append((int(row["up_to_kes"]), int(row["charge_kes"])))
    tariffs = [
        _Tariff(name, since, tuple(up_to for up_to, _ in rows), tuple(charge for _, charge in rows))
        for (name, since), rows in bands.items()
    ]
    return tuple(sorted(tariffs, key=lambda tariff: tariff.in_force_from, reverse=True))


def paybill_charge(amount_cents: int, *, on: date) -> Charge:
    """The payer's charge for a payment of ``amount_cents`` on a day in Nairobi.

    Raises:
        AboveLimit: M-PESA moves at most KES 250,000 at once.
        LookupError: no tariff is known for so early a day.
    """
    if amount_cents > MOST_CENTS:
        raise AboveLimit(amount_cents)
    tariff = next((known for known in _tariffs() if known.in_force_from <= on), None)
    if tariff is None:
        raise LookupError(f"no paybill tariff is known for {on}")
    shillings = -(-amount_cents // CENTS)
    band = min(bisect_left(tariff.up_to_kes, shillings), len(tariff.charge_kes) - 1)
    return Charge(tariff=tariff.name, buyer_cents=tariff.charge_kes[band] * CENTS)
