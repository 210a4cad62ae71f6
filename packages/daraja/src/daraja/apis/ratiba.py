"""M-PESA Ratiba: standing orders, which a customer approves once with the PIN."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from daraja.codes import Outcome, ResultCode, Scope
from daraja.environment import Environment
from daraja.errors import InvalidRequest, MalformedMessage
from daraja.items import Items, read_items
from daraja.reading import read_cents, read_masked_msisdn, read_msisdn, read_object, read_section, read_text
from daraja.reply import Reply, first_text
from daraja.request import Request, Wire, wire_request
from daraja.rules import CALLBACK_URL, MSISDN, SHORTCODE, Rule, Unfit, one_of, shillings, text


class StandingOrderType(StrEnum):
    """How the order pays. The second value is misspelt, as M-PESA wants it."""

    PAYBILL = "Standing Order Customer Pay Bill"
    BUY_GOODS = "Standing Order Customer Pay Marchant"


class Frequency(StrEnum):
    """How often the order pays."""

    ONCE = "1"
    DAILY = "2"
    WEEKLY = "3"
    MONTHLY = "4"
    TWO_MONTHLY = "5"
    QUARTERLY = "6"
    HALF_YEARLY = "7"
    YEARLY = "8"


def _day(value: object, _: Environment) -> str:
    if not isinstance(value, date):
        raise Unfit("must be a date")
    return value.strftime("%Y%m%d")


DAY = Rule("a `date`", _day)


@dataclass(frozen=True, kw_only=True)
class StandingOrderAck:
    """M-PESA took the order and will ask the customer for the PIN."""

    response_ref_id: str
    """What the callback will call this order."""
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class StandingOrder(Request[StandingOrderAck]):
    """Ask a customer to pay regularly: `POST /standingorder/v1/createStandingOrderExternal`.

    Each later payment arrives as a C2B confirmation. M-PESA publishes no call to list or cancel orders.
    """

    path: ClassVar[str] = "/standingorder/v1/createStandingOrderExternal"

    name: Annotated[str, Wire("StandingOrderName", text(1, 100))]
    """Unique for the customer."""
    start: Annotated[date, Wire("StartDate", DAY)]
    end: Annotated[date, Wire("EndDate", DAY)]
    frequency: Annotated[Frequency, Wire("Frequency", one_of(*Frequency))]
    shortcode: Annotated[str, Wire("BusinessShortCode", SHORTCODE)]
    msisdn: Annotated[str, Wire("PartyA", MSISDN)]
    amount: Annotated[int, Wire("Amount", shillings())]
    """Whole shillings."""
    callback_url: Annotated[str, Wire("CallBackURL", CALLBACK_URL)]
    account_reference: Annotated[str, Wire("AccountReference", text(1, 12))]
    description: Annotated[str, Wire("TransactionDesc", text(1, 13))]
    order_type: Annotated[StandingOrderType, Wire("TransactionType", one_of(*StandingOrderType))] = (
        StandingOrderType.PAYBILL
    )

    def body(self, environment: Environment) -> dict[str, object]:
        sent = self.checked(environment)
        if self.end < self.start:
            raise InvalidRequest("end", "must not be before start")
        receiver_type = "4" if self.order_type == StandingOrderType.PAYBILL else "2"
        return {**sent, "Amount": str(self.amount), "ReceiverPartyIdentifierType": receiver_type}

    def answer(self, reply: Reply) -> StandingOrderAck:
        message = reply.accepted()
        header = message.get("ResponseHeader", message.get("responseHeader"))
        if not isinstance(header, Mapping):
            reply.unclear("M-PESA answered the standing order without its header.")
        code = first_text(header, "responseCode", "ResponseCode")
        reference = first_text(header, "responseRefID", "ResponseRefID")
        if code is not None and code not in ("200", "0"):
            raise reply.refused(code, first_text(header, "responseDescription", "ResultDesc"))
        if code is None or reference is None:
            reply.unclear("M-PESA answered the standing order without naming it; the customer may be asked.")
        return StandingOrderAck(response_ref_id=reference, raw=message)


@dataclass(frozen=True, kw_only=True)
class StandingOrderCallback:
    """Whether the customer approved a standing order."""

    code: ResultCode
    description: str
    response_ref_id: str | None
    request_ref_id: str | None
    transaction_id: str | None
    status: str | None
    """`OKAY`, `ERROR`, `CANCELLED` …"""
    amount_cents: int | None
    msisdn: str | None = field(repr=False)
    msisdn_masked: str | None
    items: Items = field(repr=False)
    """Everything the body named, in order."""
    raw: Mapping[str, object] = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        """`PAID` means approved: no money moves until the order's first day."""
        return self.code.outcome


def parse_standing_order_callback(body: bytes | str | Mapping[str, object]) -> StandingOrderCallback:
    """The callback of a standing order, in either of its two spellings. Raises `MalformedMessage`."""
    raw = read_object(body)
    header = read_section(raw, "ResponseHeader", "responseHeader")
    content = raw.get("ResponseBody", raw.get("responseBody"))
    items = read_items(content)
    code = first_text(header, "responseCode", "ResponseCode") or read_text(items.first("responseCode"))
    if code is None:
        raise MalformedMessage("The callback has no responseCode.", raw=raw)
    transaction_id = read_text(items.first("TransactionID"))
    return StandingOrderCallback(
        code=ResultCode(code, Scope.RATIBA),
        description=first_text(header, "responseDescription", "ResponseDescription") or "",
        response_ref_id=first_text(header, "responseRefID", "ResponseRefID"),
        request_ref_id=first_text(header, "requestRefID", "RequestRefID"),
        transaction_id=None if transaction_id == "0000000000" else transaction_id,
        status=read_text(next(reversed(items.all("Status")), None)),
        amount_cents=read_cents(items.first("amount")),
        msisdn=read_msisdn(items.first("Msisdn")),
        msisdn_masked=read_masked_msisdn(items.first("Msisdn")),
        items=items,
        raw=raw,
    )
