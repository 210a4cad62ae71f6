"""Dynamic QR: a picture that the M-PESA app can pay."""

import base64
import io

import segno

from mpesa_simulator.wire.envelope import Api, Call, RefusedError

_TYPES = ("BG", "WA", "PB", "SM", "SB")
_LARGEST = 1000


def generate(call: Call) -> dict[str, str]:
    """Draw a QR code: a PNG of about `Size` pixels in base64."""
    kind = call.text("TrxCode")
    if kind not in _TYPES:
        raise _invalid("TrxCode")
    for field in ("MerchantName", "RefNo", "CPI"):
        if not call.text(field):
            raise _invalid(field)
    amount, size = call.text("Amount"), call.text("Size") or "300"
    if not amount.isdigit():
        raise _invalid("Amount")
    if not size.isdigit() or not 1 <= int(size) <= _LARGEST:
        raise _invalid("Size")
    content = "|".join((kind, call.text("CPI"), call.text("MerchantName"), call.text("RefNo"), amount))
    code = segno.make(content, micro=False)
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=max(1, int(size) // code.symbol_size()[0]))
    return {
        "ResponseCode": "00",
        "RequestID": call.next_id(),
        "ResponseDescription": "The service request is processed successfully.",
        "QRCode": base64.b64encode(picture.getvalue()).decode(),
    }


def _invalid(field: str) -> RefusedError:
    return RefusedError(400, "400", f"Bad Request - Invalid {field}")


APIS = [Api("qr", "/mpesa/qrcode/v1/generate", "c2b", generate)]
