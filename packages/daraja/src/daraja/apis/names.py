"""Who is behind a number, before money goes there: organisation info and Hakikisha."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from daraja.apis.b2b import IdentifierType
from daraja.environment import Environment
from daraja.errors import MalformedMessage
from daraja.reading import read_object, read_text
from daraja.reply import Reply, first_text
from daraja.request import Request, Wire, wire_request
from daraja.rules import MSISDN, SHORTCODE, one_of


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """The organisation behind a paybill or till."""

    shortcode: str | None
    name: str
    charge_profile: str | None
    conversation_id: str | None
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class OrganisationQuery(Request[Organisation]):
    """Who owns this paybill or till? `POST /sfcverify/v1/query/info`."""

    path: ClassVar[str] = "/sfcverify/v1/query/info"
    repeatable: ClassVar[bool] = True

    number: Annotated[str, Wire("Identifier", SHORTCODE)]
    identifier_type: Annotated[IdentifierType, Wire("IdentifierType", one_of(*IdentifierType))] = (
        IdentifierType.SHORTCODE
    )

    def answer(self, reply: Reply) -> Organisation:
        message = reply.accepted("4000", "0")
        name = read_text(message.get("OrganizationName"))
        if name is None:
            reply.unclear("M-PESA answered without the organisation's name.")
        return Organisation(
            shortcode=read_text(message.get("OrganizationShortCode")),
            name=name,
            charge_profile=read_text(message.get("ChargeProfileID")),
            conversation_id=read_text(message.get("ConversationID")),
            raw=message,
        )


@dataclass(frozen=True, kw_only=True)
class CustomerName:
    """A customer's name; all but the first is masked (`M******`)."""

    first: str | None = field(repr=False)
    middle: str | None = field(repr=False)
    last: str | None = field(repr=False)
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class CustomerNameQuery(Request[CustomerName]):
    """Whose phone number is this? `POST /mpesa/b2c/hakikisha/v1/hakikisha`."""

    path: ClassVar[str] = "/mpesa/b2c/hakikisha/v1/hakikisha"
    repeatable: ClassVar[bool] = True

    msisdn: Annotated[str, Wire("msisdn", MSISDN)]
    shortcode: Annotated[str, Wire("shortcode", SHORTCODE)]

    def body(self, environment: Environment) -> dict[str, object]:
        header = {"requestID": str(uuid.uuid4()), "timestamp": str(int(time.time()))}
        return {"header": header, "body": self.checked(environment)}

    def answer(self, reply: Reply) -> CustomerName:
        message = reply.accepted()
        header, body = message.get("header"), message.get("body")
        if not isinstance(header, Mapping) or not isinstance(body, Mapping):
            reply.unclear("M-PESA answered the name query without header or body.")
        status = first_text(header, "status")
        if status is None:
            reply.unclear("M-PESA answered the name query without a status.")
        if status != "200":
            raise reply.refused(status, first_text(body, "message"))
        return CustomerName(
            first=read_text(body.get("firstName")),
            middle=read_text(body.get("middleName")),
            last=read_text(body.get("lastName")),
            raw=message,
        )


@dataclass(frozen=True, kw_only=True)
class AccountNameRequest:
    """M-PESA asks you, while a customer pays: whose account is this? (C2B Hakikisha)"""

    account_number: str
    shortcode: str | None
    raw: Mapping[str, object] = field(repr=False)


def parse_account_name_request(body: bytes | str | Mapping[str, object]) -> AccountNameRequest:
    """The question in a body. Raises `MalformedMessage` if it names no account."""
    raw = read_object(body)
    account = read_text(raw.get("accountNumber"))
    if account is None:
        raise MalformedMessage("The question has no accountNumber.", raw=raw)
    return AccountNameRequest(account_number=account, shortcode=read_text(raw.get("shortcode")), raw=raw)


def account_name_answer(name: str) -> dict[str, str]:
    """Your answer: the name that the customer sees before entering the PIN."""
    return {"accountName": name}
