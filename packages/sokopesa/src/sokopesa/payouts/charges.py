"""What M-PESA takes from us for paying a phone by B2C. The payee pays nothing.

The tariffs are dated data, ``data/b2c_charges.csv``, from the tables published for 2022, for 1 January 2023 and for
29 July 2023, when excise duty rose from 12 % to 15 %; the newest's last band follows from the one before by that rise.
They are those of Safaricom's plain bulk payments, without the payee's cost of withdrawing.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter

from sokopesa.kernel.money import CENTS


@dataclass(frozen=True, slots=True)
class _Tariff:
    in_force_from: date
    up_to_cents: tuple[int, ...]
    charge_cents: tuple[int, ...]


def b2c_charge(amount_cents: int, *, on: date) -> int:
    """The cents that M-PESA takes for paying ``amount_cents`` to a phone on a day in Nairobi.

    A broken shilling counts as a whole one.

    Raises:
        LookupError: no tariff is known for so early a day, or for so much.
        ValueError: nothing is paid.
    """
    if amount_cents <= 0:
        raise ValueError(f"{amount_cents} cents are no payment")
    begun = [tariff for tariff in _tariffs() if tariff.in_force_from <= on]
    if not begun:
        raise LookupError(f"no B2C tariff is known for {on}")
    newest = max(begun, key=lambda tariff: tariff.in_force_from)
    return newest.charge_cents[bisect_left(newest.up_to_cents, amount_cents)]


@cache
def _tariffs() -> tuple[_Tariff, ...]:
    with files("sokopesa.payouts").joinpath("data/b2c_charges.csv").open(encoding="utf-8") as lines:
        tables = [list(rows) for _, rows in groupby(csv.DictReader(lines), key=itemgetter("tariff"))]
    return tuple(
        _Tariff(
            in_force_from=date.fromisoformat(rows[0]["in_force_from"]),
            up_to_cents=tuple(int(row["up_to_kes"]) * CENTS for row in rows),
            charge_cents=tuple(int(Decimal(row["charge_kes"]) * CENTS) for row in rows),
        )
        for rows in tables
    )
