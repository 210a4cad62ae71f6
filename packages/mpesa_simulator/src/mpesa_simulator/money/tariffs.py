"""What a transaction costs and who pays for it, by the tariff in force on the day (EAT)."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from mpesa_simulator.core.clock import eat, start_of_day

#: Safaricom's plans are named after who benefits, which confuses; these say who pays. `customer` is the Business
#: Bouquet, `business` the Customer Bouquet, `shared` is Mgao.
ChargesPaidBy = Literal["customer", "shared", "business"]


@dataclass(frozen=True, slots=True)
class Charge:
    """What each side pays on top of the amount, in cents."""

    customer: int = 0
    business: int = 0


@cache
def _tariffs() -> dict[str, list[dict[str, object]]]:
    text = files("mpesa_simulator.money").joinpath("tariffs.json").read_text("utf-8")
    tables: dict[str, list[dict[str, object]]] = json.loads(text)
    return tables


@cache
def _rows(product: str, midnight: int) -> list[list[int]]:
    """The rows of the tariff in force on the day (EAT) that begins at `midnight`."""
    day = eat(midnight).date().isoformat()
    in_force = [tariff for tariff in _tariffs()[product] if str(tariff["from"]) <= day]
    rows = in_force[-1]["rows"]
    assert isinstance(rows, list)
    return rows


def _row(product: str, cents: int, moment: int) -> list[int]:
    amount = -(-cents // 100)
    rows = _rows(product, start_of_day(moment))
    return next((row[2:] for row in rows if row[0] <= amount <= row[1]), rows[-1][2:])


def pay_bill(cents: int, paid_by: ChargesPaidBy, moment: int) -> Charge:
    """The charge on a payment of `cents` to a paybill."""
    whole, customer, business = _row("pay_bill", cents, moment)
    if paid_by == "shared":
        return Charge(customer, business)
    return Charge(customer=whole) if paid_by == "customer" else Charge(business=whole)


def b2c(cents: int, moment: int) -> Charge:
    """The charge on a payment from an organisation to a customer; the organisation pays it."""
    return Charge(business=_row("b2c", cents, moment)[0])


def send_money(cents: int, moment: int) -> Charge:
    """The charge on money sent from phone to phone; the sender pays it."""
    return Charge(customer=_row("send_money", cents, moment)[0])
