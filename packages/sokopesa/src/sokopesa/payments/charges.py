"""What M-PESA takes for a payment to the paybill: from the payer on top of the amount, and from us.

Safaricom has one fee for each band of amounts, and three plans that say who bears it; an operator tells us ours by
``SOKOPESA_MPESA_CHARGES_PAID_BY``. Safaricom names the plans after who benefits, which confuses, so we say who pays:

* ``customer``: the payer bears all of it (Safaricom's *business bouquet*);
* ``shared``: both bear a part (*Mgao*);
* ``business``: we bear all of it (*customer bouquet*).

The tariffs are dated data, ``data/paybill_charges.csv``, from the tables published for 2022, for 1 January 2023 and for
29 July 2023, when excise duty rose from 12 % to 15 %. M-PESA never reports the payer's part to the payee, so what we
show is computed and stored together with the tariff's name, which tells the plan too. Our own part is booked from
M-PESA's statement (`sokopesa.payments.charging`).
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.money import CENTS
from sokopesa.payments.errors import AboveLimit


@dataclass(frozen=True, slots=True)
class Charge:
    """``buyer_cents`` leave the payer's wallet besides the amount, ``business_cents`` leave our own account.

    ``tariff`` names the table, and by it the plan, that says so.
    """

    tariff: str
    buyer_cents: int
    business_cents: int


@dataclass(frozen=True, slots=True)
class _Tariff:
    name: str
    paid_by: str
    in_force_from: date
    up_to_cents: tuple[int, ...]
    charges: tuple[Charge, ...]

    def charge(self, amount_cents: int) -> Charge:
        if amount_cents <= 0:
            raise ValueError(f"{amount_cents} cents are no payment")
        try:
            return self.charges[bisect_left(self.up_to_cents, amount_cents)]
        except IndexError:
            raise AboveLimit(amount_cents, most_cents=self.up_to_cents[-1]) from None


def paybill_charge(amount_cents: int, *, on: date) -> Charge:
    """What M-PESA takes for a payment of ``amount_cents`` on a day in Nairobi, by our paybill's plan.

    A broken shilling counts as a whole one.

    Raises:
        AboveLimit: M-PESA does not move so much at once.
        LookupError: no tariff is known for so early a day.
        ValueError: nothing is to be paid.
    """
    return _in_force(CONFIGURATION.mpesa_charges_paid_by, on).charge(amount_cents)


def charge_by(tariff: str, amount_cents: int) -> Charge:
    """What M-PESA takes by the tariff of that name, whichever plan we have had since.

    Raises:
        AboveLimit: the tariff does not reach so far.
        LookupError: there is no tariff of that name.
        ValueError: nothing was paid.
    """
    return _by_name()[tariff].charge(amount_cents)


@lru_cache(maxsize=64)
def _in_force(paid_by: str, on: date) -> _Tariff:
    begun = [tariff for tariff in _by_name().values() if tariff.paid_by == paid_by and tariff.in_force_from <= on]
    if not begun:
        raise LookupError(f"no paybill tariff is known for {on}")
    return max(begun, key=lambda tariff: tariff.in_force_from)


@cache
def _by_name() -> dict[str, _Tariff]:
    return {tariff.name: tariff for tariff in _read()}


def _read() -> Iterator[_Tariff]:
    with files("sokopesa.payments").joinpath("data/paybill_charges.csv").open(encoding="utf-8") as lines:
        for name, group in groupby(csv.DictReader(lines), key=itemgetter("tariff")):
            rows = list(group)
            yield _Tariff(
                name=name,
                paid_by=rows[0]["paid_by"],
                in_force_from=date.fromisoformat(rows[0]["in_force_from"]),
                up_to_cents=tuple(int(row["up_to_kes"]) * CENTS for row in rows),
                charges=tuple(
                    Charge(name, int(row["buyer_kes"]) * CENTS, int(row["business_kes"]) * CENTS) for row in rows
                ),
            )
