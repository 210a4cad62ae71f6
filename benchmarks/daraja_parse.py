"""What reading a callback costs, beside what `json.loads` alone costs.

    .venv/bin/python -m benchmarks.run daraja_parse

Budget: 30 µs of processor time for a callback.
"""

import json
import time
from collections.abc import Callable, Mapping

import daraja
from benchmarks.figures import Figure

REPEATS, BODIES = 15, 2000

PAID: Mapping[str, object] = {
    "Body": {
        "stkCallback": {
            "MerchantRequestID": "2654-4b64-97ff-b827b542881d3130",
            "CheckoutRequestID": "ws_CO_23112026091500123708374149",
            "ResultCode": 0,
            "ResultDesc": "The service request is processed successfully.",
            "CallbackMetadata": {
                "Item": [
                    {"Name": "Amount", "Value": 1250.0},
                    {"Name": "MpesaReceiptNumber", "Value": "UKN4Q7T2XB"},
                    {"Name": "Balance"},
                    {"Name": "TransactionDate", "Value": 20261123091527},
                    {"Name": "PhoneNumber", "Value": 254708374149},
                ]
            },
        }
    }
}
CANCELLED: Mapping[str, object] = {
    "Body": {
        "stkCallback": {
            "MerchantRequestID": "2654-4b64-97ff-b827b542881d3130",
            "CheckoutRequestID": "ws_CO_23112026091500123708374149",
            "ResultCode": 1032,
            "ResultDesc": "Request cancelled by user",
        }
    }
}
CONFIRMATION: Mapping[str, object] = {
    "TransactionType": "Pay Bill",
    "TransID": "UKN4Q7T2XB",
    "TransTime": "20261123091527",
    "TransAmount": "1250.00",
    "BusinessShortCode": "600966",
    "BillRefNumber": "SP12345678",
    "InvoiceNumber": "",
    "OrgAccountBalance": "51250.00",
    "ThirdPartyTransID": "",
    "MSISDN": "2547 ***** 149",
    "FirstName": "ACHIENG",
    "MiddleName": "",
    "LastName": "",
}


def microseconds(read: Callable[[bytes], object], body: bytes) -> float:
    """Processor time for one body: the best of several repeats, which is the one least disturbed."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.process_time()
        for _ in range(BODIES):
            read(body)
        best = min(best, (time.process_time() - started) / BODIES)
    return best * 1e6


def measure() -> list[Figure]:
    """Processor time of reading each kind of callback, with `json.loads` as its limit."""
    cases: tuple[tuple[str, Mapping[str, object], Callable[[bytes], object]], ...] = (
        ("STK callback, paid", PAID, daraja.parse_stk_callback),
        ("STK callback, cancelled", CANCELLED, daraja.parse_stk_callback),
        ("C2B confirmation", CONFIRMATION, daraja.parse_c2b_payment),
    )
    figures = []
    for name, message, parse in cases:
        body = json.dumps(message).encode()
        plain, typed = microseconds(json.loads, body), microseconds(parse, body)
        figures.append(Figure(f"reading a {name} (limit: json.loads)", round(typed, 1), "µs", round(plain, 1)))
    return figures
