"""Calls about payments that move money or ask after it."""

import json

import daraja
from daraja_cases.case import SAMPLES, Case

URLS = {"result_url": "https://shop.example/result/abc", "timeout_url": "https://shop.example/late/abc"}
OPERATOR = {
    "initiator": daraja.Initiator(name="testapi", security_credential="RC6E"),
    "remarks": "Refund",
    **URLS,
}
SENT_URLS = {"ResultURL": URLS["result_url"], "QueueTimeOutURL": URLS["timeout_url"]}
SENT_OPERATOR = {"SecurityCredential": "RC6E", "Remarks": "Refund", **SENT_URLS}
ACK = "ack_b2c_v3_2024"


def accepted(name: str) -> dict[str, object]:
    ack = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return {
        "conversation_id": ack.get("ConversationID"),
        "originator_conversation_id": ack.get("OriginatorConversationID"),
    }


B2B = {"shortcode": "600979", "receiver": "600000", "amount": 239, "account_reference": "353353", **OPERATOR}
SENT_B2B = {
    "Initiator": "testapi",
    "SenderIdentifierType": "4",
    "RecieverIdentifierType": "4",
    "Amount": 239,
    "PartyA": "600979",
    "PartyB": "600000",
    "AccountReference": "353353",
    **SENT_OPERATOR,
}
B2C = {"shortcode": "600992", "msisdn": "0705912645", "amount": 10, **OPERATOR}
SENT_B2C = {"InitiatorName": "testapi", "Amount": 10, "PartyA": "600992", "PartyB": "254705912645", **SENT_OPERATOR}
C2B_URLS = {
    "shortcode": "600984",
    "confirmation_url": "https://shop.example/paid/abc",
    "validation_url": "https://shop.example/check/abc",
    "when_unanswered": daraja.WhenUnanswered.COMPLETE,
}
SENT_C2B_URLS = {
    "ShortCode": "600984",
    "ConfirmationURL": "https://shop.example/paid/abc",
    "ValidationURL": "https://shop.example/check/abc",
    "ResponseType": "Completed",
}
C2B_PAY = {"shortcode": "600984", "msisdn": "254708374149", "amount": 1, "account_reference": "SP1"}
SENT_C2B_PAY = {
    "ShortCode": "600984",
    "CommandID": "CustomerPayBillOnline",
    "Amount": 1,
    "Msisdn": "254708374149",
    "BillRefNumber": "SP1",
}
C2B_READ = {
    "originator_conversation_id": json.loads((SAMPLES / "ack_c2b_register_typo_2024.json").read_bytes())[
        "OriginatorCoversationID"
    ]
}

CASES = [
    Case(
        "register_c2b",
        daraja.RegisterC2b(**C2B_URLS),
        "/mpesa/c2b/v2/registerurl",
        SENT_C2B_URLS,
        "ack_c2b_register_typo_2024",
        C2B_READ,
    ),
    Case(
        "register_c2b_v1",
        daraja.RegisterC2bV1(**C2B_URLS),
        "/mpesa/c2b/v1/registerurl",
        SENT_C2B_URLS,
        "ack_c2b_register_typo_2024",
        C2B_READ,
    ),
    Case(
        "simulate_c2b",
        daraja.SimulateC2b(**C2B_PAY),
        "/mpesa/c2b/v2/simulate",
        SENT_C2B_PAY,
        "ack_c2b_register_typo_2024",
        C2B_READ,
    ),
    Case(
        "simulate_c2b_v1",
        daraja.SimulateC2bV1(
            shortcode="600984",
            msisdn="254708374149",
            amount=1,
            transaction_type=daraja.TransactionType.BUY_GOODS,
        ),
        "/mpesa/c2b/v1/simulate",
        {"ShortCode": "600984", "CommandID": "CustomerBuyGoodsOnline", "Amount": 1, "Msisdn": "254708374149"},
        "ack_c2b_register_typo_2024",
        C2B_READ,
    ),
    Case(
        "b2c",
        daraja.B2c(originator_conversation_id="mine-1", occasion="Holiday", **B2C),
        "/mpesa/b2c/v3/paymentrequest",
        SENT_B2C | {"OriginatorConversationID": "mine-1", "CommandID": "BusinessPayment", "Occassion": "Holiday"},
        ACK,
        accepted(ACK),
    ),
    Case(
        "b2c_v1",
        daraja.B2cV1(command=daraja.B2cCommand.SALARY, occasion="Holiday", **B2C),
        "/mpesa/b2c/v1/paymentrequest",
        SENT_B2C | {"CommandID": "SalaryPayment", "Occasion": "Holiday"},
        ACK,
        accepted(ACK),
    ),
    Case(
        "pochi",
        daraja.Pochi(originator_conversation_id="mine-2", **B2C),
        "/mpesa/b2pochi/v1/paymentrequest",
        SENT_B2C | {"OriginatorConversationID": "mine-2", "CommandID": "BusinessPayToPochi"},
        ACK,
        accepted(ACK),
    ),
    Case(
        "b2b_pay_bill",
        daraja.B2bPayBill(requester="254708374149", **B2B),
        "/mpesa/b2b/v1/paymentrequest",
        SENT_B2B | {"CommandID": "BusinessPayBill", "Requester": "254708374149"},
        "ack_no_response_code",
        accepted("ack_no_response_code"),
    ),
    Case(
        "b2b_buy_goods",
        daraja.B2bBuyGoods(receiver_type=daraja.IdentifierType.TILL, **B2B),
        "/mpesa/b2b/v1/paymentrequest",
        SENT_B2B | {"CommandID": "BusinessBuyGoods", "RecieverIdentifierType": "2"},
        ACK,
        accepted(ACK),
    ),
    Case(
        "b2c_top_up",
        daraja.B2cTopUp(**B2B),
        "/mpesa/b2b/v1/paymentrequest",
        SENT_B2B | {"CommandID": "BusinessPayToBulk"},
        ACK,
        accepted(ACK),
    ),
    Case(
        "remit_tax",
        daraja.TaxRemittance(shortcode="600979", amount=239, payment_registration_number="2040000123456", **OPERATOR),
        "/mpesa/b2b/v1/remittax",
        SENT_B2B | {"CommandID": "PayTaxToKRA", "PartyB": "572572", "AccountReference": "2040000123456"},
        ACK,
        accepted(ACK),
    ),
    Case(
        "reverse",
        daraja.Reversal(receipt="SKC82PACB8", amount=1, shortcode="600992", **OPERATOR),
        "/mpesa/reversal/v1/request",
        {
            "Initiator": "testapi",
            "CommandID": "TransactionReversal",
            "TransactionID": "SKC82PACB8",
            "Amount": 1,
            "ReceiverParty": "600992",
            "RecieverIdentifierType": "11",
            **SENT_OPERATOR,
        },
        "ack_reversal_2021",
        accepted("ack_reversal_2021"),
    ),
    Case(
        "transaction_status",
        daraja.StatusQuery(receipt="SKC82PACB8", shortcode="600992", **OPERATOR),
        "/mpesa/transactionstatus/v1/query",
        {
            "Initiator": "testapi",
            "CommandID": "TransactionStatusQuery",
            "TransactionID": "SKC82PACB8",
            "PartyA": "600992",
            "IdentifierType": "4",
            **SENT_OPERATOR,
        },
        "ack_txstatus_2021",
        accepted("ack_txstatus_2021"),
    ),
    Case(
        "account_balance",
        daraja.BalanceQuery(shortcode="600992", **OPERATOR),
        "/mpesa/accountbalance/v1/query",
        {
            "Initiator": "testapi",
            "CommandID": "AccountBalance",
            "PartyA": "600992",
            "IdentifierType": "4",
            **SENT_OPERATOR,
        },
        "ack_balance_2020",
        accepted("ack_balance_2020"),
    ),
]
