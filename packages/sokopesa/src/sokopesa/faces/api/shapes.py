"""What goes over the wire. Money is in cents of KES, always whole shillings; days are of Nairobi; times in UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from sokopesa.orders.models import MOST_PIECES

Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""The id of a thing of ours."""
Pieces = Annotated[int, Field(ge=1, le=MOST_PIECES)]
Cents = Annotated[int, Field(ge=0, le=10**15)]


class Asked(Schema):
    """What a program sends. A field that we do not know is a slip, and is told."""

    model_config = ConfigDict(extra="forbid")


class AddItem(Asked):
    """So many more pieces of an offer; they join those in the basket. ``method`` is a way of sending its parcel."""

    offer: Key
    quantity: Pieces = 1
    method: Key | None = None


class ChangeItem(Asked):
    """Have so many pieces of it."""

    quantity: Pieces


class AgreedItem(Asked):
    """What was shown of a line that had changed; ``quantity`` is 0 where it can no longer be had."""

    item: Key
    unit_cents: Cents
    quantity: Annotated[int, Field(ge=0, le=MOST_PIECES)]


class Agreement(Asked):
    """The changed lines that the buyer takes as they are now."""

    items: Annotated[list[AgreedItem], Field(min_length=1, max_length=100)]


class StartCheckout(Asked):
    """Check out the basket, or what one seller has of it, for an address of the buyer's."""

    address: Key
    seller: Key | None = None


class ChooseAddress(Asked):
    """An address of the buyer's."""

    address: Key


class ChosenWay(Asked):
    """Send what goes under this profile by that method of it."""

    profile: Key
    method: Key


class ChooseShipping(Asked):
    """Ways for some or all parcels; the others keep theirs."""

    ways: Annotated[list[ChosenWay], Field(min_length=1, max_length=100)]


class ChoosePayment(Asked):
    """The line that gets the prompt, written in any way. It need not be the buyer's own."""

    method: Literal["mpesa"] = "mpesa"
    msisdn: Annotated[str, Field(max_length=40)]


class Place(Asked):
    """The total that the buyer was shown. If it has changed meanwhile nothing is ordered."""

    agreed_total_cents: Cents


class NewAddress(Asked):
    """A door (building or street, town, county), or a box at a post office (number, postcode, post office)."""

    kind: Literal["street", "po_box"]
    recipient: Annotated[str, Field(max_length=80)]
    phone: Annotated[str, Field(max_length=40)]
    building: Annotated[str, Field(max_length=100)] = ""
    street: Annotated[str, Field(max_length=100)] = ""
    landmark: Annotated[str, Field(max_length=100)] = ""
    town: Annotated[str, Field(max_length=60)] = ""
    county: Annotated[str, Field(max_length=20)] = ""
    box_number: Annotated[str, Field(max_length=120)] = ""
    postcode: Annotated[str, Field(max_length=20)] = ""
    post_office: Annotated[str, Field(max_length=60)] = ""


class AddressOut(Schema):
    """An address as it stands on a parcel."""

    id: int
    kind: str
    lines: list[str]
    phone: str
    is_default: bool


class ItemOut(Schema):
    """A line of the basket after something was put into it."""

    item: int
    offer: int
    quantity: int
    unit_cents: int


class WayOut(Schema):
    """One way to send a parcel."""

    method: int
    name: str
    shipping_cents: int
    earliest: date
    latest: date
    is_tracked: bool
    to_po_box: bool
    is_chosen: bool


class LineOut(Schema):
    """Pieces of one offer. In a basket, ``change`` says what the buyer has to agree to; else it is empty."""

    offer: int
    title: str
    variant: str
    quantity: int
    unit_cents: int
    total_cents: int
    item: int | None = None
    change: str = ""


class ParcelOut(Schema):
    """What will be one order: the goods that one seller sends under one profile."""

    profile: int
    seller: int
    seller_name: str
    lines: list[LineOut]
    ways: list[WayOut]
    goods_cents: int
    shipping_cents: int
    total_cents: int


class BasketOut(Schema):
    """The basket at this moment. ``gone`` are lines that cannot be bought now; nothing counts them."""

    parcels: list[ParcelOut]
    gone: list[LineOut]
    goods_cents: int
    shipping_cents: int
    total_cents: int


class CheckoutOut(Schema):
    """A checkout with what it comes to now. ``step`` is the first thing that is still missing."""

    id: UUID
    step: str
    address: int | None
    msisdn: str
    purchase: str | None
    parcels: list[ParcelOut]
    goods_cents: int
    shipping_cents: int
    total_cents: int
    mpesa_charge_cents: int | None
    rate_holds_until: datetime | None


class PurchaseOut(Schema):
    """What was placed. ``page`` shows the payment as it happens, in a browser in which the buyer is signed in."""

    number: str
    reference: str
    state: str
    total_cents: int
    placed_at: datetime
    page: str


class FaultOut(Schema):
    """One field that will not do."""

    field: str
    detail: str


class Problem(Schema):
    """Why not (RFC 9457): ``detail`` in words for people, ``code`` for programs, ``field`` where it is about one.

    Some problems know more: ``left`` pieces, the new ``total_cents``, the ``step`` that is open, a ``number``.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    faults: list[FaultOut] | None = None
    left: int | None = None
    total_cents: int | None = None
    step: str | None = None
    number: str | None = None
