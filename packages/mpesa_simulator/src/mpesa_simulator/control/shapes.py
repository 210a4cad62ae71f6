"""What the control API takes and gives. Money is in shillings, times are ISO 8601 in EAT."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mpesa_simulator.core.faults import Fault
from mpesa_simulator.money.organisations import Account
from mpesa_simulator.money.subscribers import Autopilot, PhoneState

Shillings = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 12, decimal_places=2)]
Pin = Annotated[str, Field(pattern=r"^\d{4}$")]


class Shape(BaseModel):
    """Unknown fields are refused, so that a typing mistake cannot pass unseen."""

    model_config = ConfigDict(extra="forbid")


class SubscriberChange(Shape):
    """Adds a subscriber, or changes what is given of one."""

    name: str | None = Field(None, min_length=1)
    pin: Pin | None = None
    balance: Shillings | None = Field(None, description="bring the wallet to this by a deposit or a withdrawal")
    registered: bool | None = Field(None, description="has an M-PESA wallet")
    phone: PhoneState | None = None
    locked: bool | None = Field(None, description="by three wrong PINs; false unlocks")
    id_number: str | None = Field(None, description="national ID number, for number validation")
    sim_swapped: bool | None = Field(None, description="true: the SIM is swapped now; false: it never was")


class SubscriberState(BaseModel):
    """A subscriber as it stands."""

    msisdn: str
    name: str
    pin: str
    balance: Decimal
    registered: bool
    phone: PhoneState
    locked: bool
    id_number: str
    sim_swapped_at: str | None
    autopilot: Autopilot | None


class Answer(Shape):
    """What the person does with the open prompt: type a PIN and press Send, or press Cancel."""

    pin: str | None = None
    cancel: bool = False
    wait_seconds: Annotated[float, Field(ge=0, le=120)] = Field(0, description="wait so long for a prompt to rise")


class OrganisationChange(Shape):
    """Adds an organisation, or changes what is given of one. Any field of an organisation, and its balances."""

    model_config = ConfigDict(extra="allow")

    balances: dict[Account, Shillings] = Field(default_factory=dict)
    initiator_locked: bool | None = Field(None, description="by three wrong passwords; false unlocks")


class FaultList(Shape):
    """The rules to put in force in place of all earlier ones."""

    faults: list[Fault]


class Sms(Shape):
    """An SMS from outside M-PESA, such as a shop's code."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    to: str
    sender: str = Field(alias="from", min_length=1, max_length=20)
    text: str = Field(min_length=1, max_length=1600)


class Quiet(Shape):
    """How long to wait for quiet."""

    wait_seconds: Annotated[float, Field(ge=0, le=120)] = 5


class Advance(Shape):
    """How far to move virtual time: so many seconds, or to a moment (ISO 8601; EAT unless it says otherwise)."""

    seconds: Annotated[float, Field(ge=0, le=366 * 86_400)] | None = None
    to: str | None = None
