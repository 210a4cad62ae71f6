"""What is this body? For logs, support and the command line, where nobody knows which URL it came to."""

import re
from collections.abc import Callable, Mapping

from daraja.apis.b2b import B2bResult, parse_b2b_result
from daraja.apis.b2c import B2cResult, parse_b2c_result
from daraja.apis.balance import BalanceResult, parse_balance_result
from daraja.apis.bills import BillPayment, parse_bill_payment
from daraja.apis.c2b import C2bPayment, parse_c2b_payment
from daraja.apis.express import ExpressCallback, parse_express_callback
from daraja.apis.ratiba import StandingOrderCallback, parse_standing_order_callback
from daraja.apis.reversal import ReversalResult, parse_reversal_result
from daraja.apis.status import StatusResult, parse_status_result
from daraja.apis.stk import StkCallback, parse_stk_callback
from daraja.errors import DarajaError, MalformedMessage
from daraja.reading import read_object
from daraja.reply import Reply, first_text, refusal
from daraja.results import Result, parse_result

Message = StkCallback | Result | C2bPayment | StandingOrderCallback | ExpressCallback | BillPayment
"""Everything that M-PESA posts. `Result` has a class of its own for each kind."""

AnyResult = Result | B2cResult | B2bResult | ReversalResult | StatusResult | BalanceResult

_BY_KEY: tuple[tuple[str, Callable[[Mapping[str, object]], Message]], ...] = (
    ("Body", parse_stk_callback),
    ("TransID", parse_c2b_payment),
    ("responseHeader", parse_standing_order_callback),
    ("ResponseHeader", parse_standing_order_callback),
    ("requestId", parse_express_callback),
    ("paidAmount", parse_bill_payment),
)

_BY_PARAMETER: tuple[tuple[str, Callable[[Mapping[str, object]], AnyResult]], ...] = (
    ("AccountBalance", parse_balance_result),
    ("TransactionStatus", parse_status_result),
    ("OriginalTransactionID", parse_reversal_result),
    ("TransactionReceipt", parse_b2c_result),
    ("TransactionAmount", parse_b2c_result),
    ("DebitPartyAffectedAccountBalance", parse_b2b_result),
    ("ReceiverPartyPublicName", parse_b2b_result),
    ("Currency", parse_b2b_result),
)


def decode(body: bytes | str | Mapping[str, object]) -> Message | DarajaError:
    """The message in a body, or the error that an error body stands for. Raises `MalformedMessage` for others."""
    raw = read_object(body)
    if (status := _error_status(raw)) is not None and (error := refusal(Reply(status, b""), raw)) is not None:
        return error
    if "Result" in raw:
        return _decode_result(raw)
    for key, parse in _BY_KEY:
        if key in raw:
            return parse(raw)
    raise MalformedMessage("This is no callback, result or error of M-PESA.", raw=raw)


def _error_status(raw: Mapping[str, object]) -> int | None:
    """The HTTP status that an error body most likely came with; None if it is no error body."""
    if not any(key in raw for key in ("errorCode", "ErrorCode", "fault")):
        return None
    first = (first_text(raw, "errorCode", "ErrorCode") or "").partition(".")[0]
    return int(first) if re.fullmatch(r"[45]\d\d", first) else 500


def _decode_result(raw: Mapping[str, object]) -> AnyResult:
    result = parse_result(raw)
    for parameter, parse in _BY_PARAMETER:
        if any(name == parameter for name, _ in result.parameters):
            return parse(raw)
    return result
