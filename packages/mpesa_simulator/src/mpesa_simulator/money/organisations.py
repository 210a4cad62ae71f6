"""Organisations: shortcodes that take and pay money, with their credentials and accounts."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mpesa_simulator.core.world import World
from mpesa_simulator.money.tariffs import ChargesPaidBy

Account = Literal["working", "float", "utility", "charges", "settlement", "merchant"]

Shortcode = Annotated[str, Field(pattern=r"^\d{5,7}$")]

#: What the statement and the balance call each account, in the order of a balance result.
ACCOUNT_NAMES: dict[Account, str] = {
    "working": "Working Account",
    "float": "Float Account",
    "utility": "Utility Account",
    "charges": "Charges Paid Account",
    "settlement": "Organization Settlement Account",
    "merchant": "Merchant Account",
}


class Organisation(BaseModel):
    """One shortcode. Without its own consumer key it takes tokens of any app."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shortcode: Shortcode
    name: str = Field(min_length=1)
    kind: Literal["paybill", "till"] = "paybill"
    store: Shortcode | None = Field(
        None, description="for a till: the store number that pushes name as BusinessShortCode"
    )
    passkey: str | None = Field(None, description="of M-PESA Express; without it, that product is not active")
    consumer_key: str | None = None
    consumer_secret: str | None = None
    charges_paid_by: ChargesPaidBy = "customer"
    initiator: str = "testapi"
    initiator_password: str = Field("Safaricom999!*!")
    initiator_may_not: list[str] = Field(default_factory=list, description="APIs that the initiator has no role for")
    operator: str | None = Field(None, description="MSISDN whose phone approves B2B Express payments")
    may_pay_out: bool = Field(default=True, description="B2C and B2B are assigned to this shortcode")
    validates_payments: bool = Field(
        default=False, description="external validation: the validation URL is asked first"
    )
    one_registration: bool = Field(default=False, description="C2B URLs can be registered once, as in production")

    def account(self, account: Account) -> str:
        """The name of one of this organisation's accounts in the books."""
        return f"organisation:{self.shortcode}:{account}"

    @property
    def takes_money_into(self) -> Account:
        """Where customers' payments arrive."""
        return "utility" if self.kind == "paybill" else "merchant"

    @property
    def party(self) -> str:
        """`600000 - Name`, as statements and results call it."""
        return f"{self.shortcode} - {self.name}"


def save(world: World, organisation: Organisation) -> None:
    """Add an organisation or change it."""
    world.books.run(
        "INSERT INTO organisations VALUES (?, ?) ON CONFLICT (shortcode) DO UPDATE SET profile = excluded.profile",
        organisation.shortcode,
        organisation.model_dump_json(),
    )
    world.books.cache.pop(("organisation", organisation.shortcode), None)
    world.hub.announce("network")


def find(world: World, shortcode: str) -> Organisation | None:
    """The organisation with this shortcode, or None."""
    known: Organisation | None = world.books.cache.get(("organisation", shortcode))
    if known is None:
        row = world.books.one("SELECT profile FROM organisations WHERE shortcode = ?", shortcode)
        if row is None:
            return None
        known = world.books.cache["organisation", shortcode] = Organisation.model_validate_json(row["profile"])
    return known


def everyone(world: World) -> list[Organisation]:
    """All organisations, by shortcode."""
    rows = world.books.all("SELECT profile FROM organisations ORDER BY shortcode")
    return [Organisation.model_validate_json(row["profile"]) for row in rows]
