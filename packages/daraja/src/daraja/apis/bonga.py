"""Lipa na Bonga: paying with loyalty points."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, ClassVar

from daraja.codes import Outcome, ResultCode, Scope
from daraja.environment import Environment
from daraja.reading import read_cents, read_text
from daraja.reply import Reply, first_text
from daraja.request import Request, Wire, wire_request
from daraja.rules import MSISDN, SHORTCODE, Rule, Unfit, shillings, text, whole_number


def _rate(value: object, _: Environment) -> float:
    if not isinstance(value, Decimal) or not value.is_finite() or value <= 0:
        raise Unfit("must be a Decimal above zero, as PointsValue gave it")
    return float(value)


@dataclass(frozen=True, kw_only=True)
class PointsValue:
    """What points are worth."""

    amount_cents: int
    points: int | None
    rate: Decimal | None
    """Shillings for a point."""
    raw: Mapping[str, object] = field(repr=False)


def _read_header(reply: Reply) -> tuple[Mapping[str, object], dict[str, object]]:
    message = reply.accepted()
    header = message.get("header")
    if not isinstance(header, Mapping):
        reply.unclear("M-PESA answered without a header.")
    return header, message


@wire_request
class PointsQuery(Request[PointsValue]):
    """What are these points worth? `POST /v1/lipa/na/bonga/calculate-points`."""

    path: ClassVar[str] = "/v1/lipa/na/bonga/calculate-points"
    repeatable: ClassVar[bool] = True

    points: Annotated[int, Wire("points", whole_number(1))]

    def body(self, environment: Environment) -> dict[str, object]:
        self.checked(environment)
        return {"points": str(self.points)}

    def answer(self, reply: Reply) -> PointsValue:
        header, message = _read_header(reply)
        code, body = first_text(header, "responseCode"), message.get("body")
        if code is not None and code not in ("200", "6000"):
            raise reply.refused(code, first_text(header, "customerMessage", "responseMessage"))
        cents = read_cents(body.get("amount")) if isinstance(body, Mapping) else None
        if cents is None or not isinstance(body, Mapping):
            reply.unclear("M-PESA answered without the points' worth.")
        points = read_text(body.get("points")) or ""
        return PointsValue(
            amount_cents=cents,
            points=int(points) if re.fullmatch(r"[0-9]{1,9}", points) else None,
            rate=_read_decimal(body.get("rate")),
            raw=message,
        )


def _read_decimal(value: object) -> Decimal | None:
    try:
        return Decimal(read_text(value) or "")
    except ArithmeticError:
        return None


@dataclass(frozen=True, kw_only=True)
class PointsRedeemed:
    """How a redemption went. The money arrives as a C2B confirmation."""

    code: ResultCode
    message: str
    request_ref_id: str | None
    raw: Mapping[str, object] = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        """What this says about the points."""
        return self.code.outcome


@wire_request
class RedeemPoints(Request[PointsRedeemed]):
    """Take points as payment into a paybill: `POST /v1/lipa/na/bonga/redeem-paybill`."""

    path: ClassVar[str] = "/v1/lipa/na/bonga/redeem-paybill"

    msisdn: Annotated[str, Wire("msisdn", MSISDN)]
    amount: Annotated[int, Wire("amount", shillings())]
    """Whole shillings."""
    points: Annotated[int, Wire("bongaPoints", whole_number(1))]
    rate: Annotated[Decimal, Wire("conversionRate", Rule("a `Decimal` above zero", _rate))]
    """Shillings for a point, as `PointsValue` gave it."""
    shortcode: Annotated[str, Wire("shortCode", SHORTCODE)]
    account_reference: Annotated[str, Wire("accountNumber", text(1, 20))]

    def answer(self, reply: Reply) -> PointsRedeemed:
        header, message = _read_header(reply)
        code = first_text(header, "responseCode")
        if code is None:
            reply.unclear("M-PESA answered the redemption without a code.")
        return PointsRedeemed(
            code=ResultCode(code, Scope.BONGA),
            message=first_text(header, "customerMessage", "responseMessage") or "",
            request_ref_id=first_text(header, "requestRefId", "requestRefID"),
            raw=message,
        )
