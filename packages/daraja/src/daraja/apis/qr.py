"""Dynamic QR codes for the M-PESA app."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from daraja.environment import Environment
from daraja.reading import read_text
from daraja.reply import Reply
from daraja.request import Request, Wire, wire_request
from daraja.rules import Rule, Unfit, one_of, shillings, text


class QrPurpose(StrEnum):
    """What scanning the code does."""

    BUY_GOODS = "BG"
    WITHDRAW_AT_AGENT = "WA"
    PAY_BILL = "PB"
    SEND_MONEY = "SM"
    SEND_TO_BUSINESS = "SB"


def _pixels(value: object, _: Environment) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 2000:
        raise Unfit("must be a width of 1 to 2000 pixels")
    return str(value)


@dataclass(frozen=True, kw_only=True)
class QrImage:
    """A QR code as a PNG."""

    png: bytes = field(repr=False)
    code: str | None
    request_id: str | None
    description: str
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class QrCode(Request[QrImage]):
    """Draw a code: `POST /mpesa/qrcode/v1/generate`. The payment arrives as any customer's payment does."""

    path: ClassVar[str] = "/mpesa/qrcode/v1/generate"
    repeatable: ClassVar[bool] = True

    merchant_name: Annotated[str, Wire("MerchantName", text(1, 100))]
    reference: Annotated[str, Wire("RefNo", text(1, 100))]
    amount: Annotated[int, Wire("Amount", shillings())]
    """Whole shillings."""
    purpose: Annotated[QrPurpose, Wire("TrxCode", one_of(*QrPurpose))]
    receiver: Annotated[str, Wire("CPI", text(1, 20))]
    """Till, paybill or agent number, or a phone number to send to."""
    size: Annotated[int, Wire("Size", Rule("1 to 2,000 pixels", _pixels))] = 300
    """Width and height in pixels."""

    def answer(self, reply: Reply) -> QrImage:
        message = reply.accepted("0", "00", *_id_used_as_code(reply))
        try:
            png = base64.b64decode(_padded(read_text(message.get("QRCode")) or ""), validate=True)
        except ValueError:
            png = b""
        if not png:
            reply.unclear("M-PESA answered without a QR code that can be read.")
        return QrImage(
            png=png,
            code=read_text(message.get("ResponseCode")),
            request_id=read_text(message.get("RequestID")),
            description=read_text(message.get("ResponseDescription")) or "",
            raw=message,
        )


def _id_used_as_code(reply: Reply) -> tuple[str, ...]:
    """The documentation's own sample has a conversation id where the response code should be."""
    code = read_text((reply.message() or {}).get("ResponseCode"))
    return (code,) if code is not None and code.startswith("AG_") else ()


def _padded(code: str) -> str:
    code = code.rstrip(".=")
    return code + "=" * (-len(code) % 4)
