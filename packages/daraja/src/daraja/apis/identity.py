"""Is this phone number whose I think it is? SIM swaps, age on the network, identity documents.

Commercial products, answered at once. None of them moves money, so all may be asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from daraja.eat import read_time
from daraja.reading import read_text
from daraja.reply import Reply, first_text
from daraja.request import Request, Wire, wire_request
from daraja.rules import MSISDN, SHORTCODE, Rule, one_of, text

_NO_SWAP_YEAR = 1900


@dataclass(frozen=True, kw_only=True)
class SimRecord:
    """What the network knows about a phone number's SIM. What a product does not tell is None."""

    request_ref_id: str | None
    last_swap_on: date | None
    """None when there was none in the last three months, which M-PESA writes as 1 January 1900."""
    registered_on: date | None
    registration: str | None
    """As M-PESA wrote it: for old numbers a phrase (`more than a year`) instead of a day."""
    imsi_hash: str | None = field(repr=False)
    raw: Mapping[str, object] = field(repr=False)


class _SimRequest(Request[SimRecord]):
    repeatable: ClassVar[bool] = True

    def answer(self, reply: Reply) -> SimRecord:
        message = reply.accepted("200")
        if first_text(message, "responseCode") is None:
            reply.unclear("The SIM check was answered without a code.")
        swapped = _read_day(message.get("lastSwapDate"))
        registration = read_text(message.get("msisdnRegistrationDate"))
        return SimRecord(
            request_ref_id=read_text(message.get("requestRefID")),
            last_swap_on=None if swapped is None or swapped.year == _NO_SWAP_YEAR else swapped,
            registered_on=_read_day(registration),
            registration=registration,
            imsi_hash=read_text(message.get("imsi")),
            raw=message,
        )


def _read_day(value: object) -> date | None:
    moment: datetime | None = read_time(value)
    return None if moment is None else moment.date()


@wire_request
class SimCheck(_SimRequest):
    """Hashed IMSI, last swap and registration of a number: `POST /imsi/v1/checkATI`. KES 20 a call."""

    path: ClassVar[str] = "/imsi/v1/checkATI"
    msisdn: Annotated[str, Wire("customerNumber", MSISDN)]


@wire_request
class SimSwapCheck(_SimRequest):
    """The last swap only: `POST /imsi/v2/checkATI`."""

    path: ClassVar[str] = "/imsi/v2/checkATI"
    msisdn: Annotated[str, Wire("customerNumber", MSISDN)]


@wire_request
class NetworkAgeCheck(_SimRequest):
    """Since when a number is registered: `POST /registration/lookup/v1/checkATI`."""

    path: ClassVar[str] = "/registration/lookup/v1/checkATI"
    msisdn: Annotated[str, Wire("customerNumber", MSISDN)]


class IdentityDocument(StrEnum):
    """The kind of document a number was registered with."""

    NATIONAL_ID = "01"
    MILITARY_ID = "02"
    PASSPORT = "05"


@dataclass(frozen=True, kw_only=True)
class NumberValidation:
    """Whether a document and a number belong together."""

    matches: bool
    response_ref_id: str | None
    message: str
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class NumberValidationCheck(Request[NumberValidation]):
    """Is this number registered with this document? `POST /v1/KYC-validation/validateID`."""

    path: ClassVar[str] = "/v1/KYC-validation/validateID"
    repeatable: ClassVar[bool] = True

    request_ref_id: Annotated[str, Wire("requestRefID", text(1, 64))]
    shortcode: Annotated[str, Wire("shortCode", SHORTCODE)]
    msisdn: Annotated[str, Wire("msisdn", MSISDN)]
    document: Annotated[IdentityDocument, Wire("idType", one_of(*IdentityDocument))]
    document_number: Annotated[str, Wire("idNumber", Rule("1 to 30 characters", text(1, 30).check, secret=True))]

    def answer(self, reply: Reply) -> NumberValidation:
        message = reply.accepted("4000")
        status = (read_text(message.get("status")) or str(message.get("status", ""))).lower()
        if status not in ("true", "false"):
            reply.unclear("The number validation was answered without true or false.")
        return NumberValidation(
            matches=status == "true",
            response_ref_id=read_text(message.get("responseRefID")),
            message=read_text(message.get("responseMessage")) or "",
            raw=message,
        )
