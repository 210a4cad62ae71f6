"""Every call of the catalogue over real HTTP: exactly what is sent, and what comes of the answer."""

import base64
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
URLS = {"result_url": "https://shop.example/result/abc", "timeout_url": "https://shop.example/late/abc"}
OPERATOR = {
    "initiator": daraja.Initiator(name="testapi", security_credential="RC6E"),
    "remarks": "Refund",
    **URLS,
}
SENT_URLS = {"ResultURL": URLS["result_url"], "QueueTimeOutURL": URLS["timeout_url"]}
SENT_OPERATOR = {"SecurityCredential": "RC6E", "Remarks": "Refund", **SENT_URLS}
ACK = "ack_b2c_v3_2024"
SIM = {
    "requestRefID": "4277-415525-1",
    "responseCode": "200",
    "responseDesc": "Success",
    "lastSwapDate": "01-05-2022 00:00",
    "msisdnRegistrationDate": "01-03-2022",
    "imsi": "9233817055099406",
}
BILL_OK = {"Status_Message": "Invoice sent successfully", "resmsg": "Success", "rescode": "200"}
INVOICE = daraja.Invoice(
    app_key="AG_1",
    external_reference="SP1",
    billed_name="Achieng Otieno",
    billed_msisdn="254708374149",
    billed_period="August 2026",
    name="Rent",
    due=date(2026, 8, 31),
    account_reference="A1",
    amount=800,
    items=(daraja.InvoiceItem(name="Room", amount=700), daraja.InvoiceItem(name="Water", amount=100)),
)
SENT_INVOICE = {
    "externalReference": "SP1",
    "billedFullName": "Achieng Otieno",
    "billedPhoneNumber": "0708374149",
    "billedPeriod": "August 2026",
    "invoiceName": "Rent",
    "dueDate": "2026-08-31",
    "accountReference": "A1",
    "amount": "800",
    "invoiceItems": [{"itemName": "Room", "amount": "700"}, {"itemName": "Water", "amount": "100"}],
}


@dataclass
class Case:
    """One call: the request, what must be sent, the answer, and what must be read from it."""

    call: str
    request: daraja.Request
    path: str
    sent: object
    answer: str | dict[str, object]
    read: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)
    no: dict[str, object] | None = None
    """An answer with HTTP 200 that says no."""

    @property
    def body(self) -> bytes:
        if isinstance(self.answer, str):
            return (SAMPLES / f"{self.answer}.json").read_bytes()
        return json.dumps(self.answer).encode()

    def wire(self) -> dict[str, object]:
        return json.loads(self.body)


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
    Case(
        "qr_code",
        daraja.QrCode(
            merchant_name="Mlima Traders",
            reference="SP1",
            amount=1,
            purpose=daraja.QrPurpose.BUY_GOODS,
            receiver="373132",
        ),
        "/mpesa/qrcode/v1/generate",
        {
            "MerchantName": "Mlima Traders",
            "RefNo": "SP1",
            "Amount": 1,
            "TrxCode": "BG",
            "CPI": "373132",
            "Size": "300",
        },
        {"ResponseCode": "00", "RequestID": "1", "QRCode": base64.b64encode(b"\x89PNG-bytes").decode()},
        {"png": b"\x89PNG-bytes", "code": "00", "request_id": "1"},
    ),
    Case(
        "register_pull",
        daraja.RegisterPull(
            shortcode="600000", nominated_msisdn="254722000000", callback_url="https://shop.example/pulled"
        ),
        "/pulltransactions/v1/register",
        {
            "ShortCode": "600000",
            "RequestType": "Pull",
            "NominatedNumber": "254722000000",
            "CallBackURL": "https://shop.example/pulled",
        },
        "pull_register_ok",
        {"already": False},
    ),
    Case(
        "pull_transactions",
        daraja.PullTransactions(
            shortcode="600000", start=datetime(2026, 8, 4, 5, tzinfo=UTC), end=datetime(2026, 8, 4, 7, tzinfo=UTC)
        ),
        "/pulltransactions/v1/query",
        {
            "ShortCode": "600000",
            "StartDate": "2026-08-04 08:00:00",
            "EndDate": "2026-08-04 10:00:00",
            "OffSetValue": "0",
        },
        "pull_query_one",
        {"code": "1000", "next_offset": 1},
    ),
    Case(
        "create_standing_order",
        daraja.StandingOrder(
            name="Rent of room 4",
            start=date(2026, 12, 1),
            end=date(2027, 12, 1),
            frequency=daraja.Frequency.MONTHLY,
            shortcode="174379",
            msisdn="254708374149",
            amount=4500,
            callback_url="https://shop.example/order/abc",
            account_reference="ROOM4",
            description="Rent",
            order_type=daraja.StandingOrderType.BUY_GOODS,
        ),
        "/standingorder/v1/createStandingOrderExternal",
        {
            "StandingOrderName": "Rent of room 4",
            "StartDate": "20261201",
            "EndDate": "20271201",
            "Frequency": "4",
            "BusinessShortCode": "174379",
            "PartyA": "254708374149",
            "Amount": "4500",
            "CallBackURL": "https://shop.example/order/abc",
            "AccountReference": "ROOM4",
            "TransactionDesc": "Rent",
            "TransactionType": "Standing Order Customer Pay Marchant",
            "ReceiverPartyIdentifierType": "2",
        },
        "ratiba_ack",
        {"response_ref_id": json.loads((SAMPLES / "ratiba_ack.json").read_bytes())["ResponseHeader"]["responseRefID"]},
        no={"ResponseHeader": {"responseRefID": "x", "responseCode": "1051", "responseDescription": "Bad request"}},
    ),
    Case(
        "express_checkout",
        daraja.ExpressCheckout(
            request_id="mine-3",
            till="000001",
            receiver="000002",
            amount=100,
            payment_reference="SP1",
            callback_url="https://shop.example/express/abc",
            partner_name="Mlima Traders",
        ),
        "/v1/ussdpush/get-msisdn",
        {
            "RequestRefID": "mine-3",
            "primaryShortCode": "000001",
            "receiverShortCode": "000002",
            "amount": "100",
            "paymentRef": "SP1",
            "callbackUrl": "https://shop.example/express/abc",
            "partnerName": "Mlima Traders",
        },
        {"code": "0", "status": "USSD Initiated Successfully"},
        {"status": "USSD Initiated Successfully"},
        no={"code": "4104", "status": "Missing nominated number"},
    ),
    Case(
        "opt_in_to_bills",
        daraja.BillsOptIn(
            shortcode="718003", email="a@shop.example", contact="0710123456", callback_url="https://shop.example/bills"
        ),
        "/v1/billmanager-invoice/optin",
        {
            "shortcode": "718003",
            "email": "a@shop.example",
            "officialContact": "0710123456",
            "sendReminders": "1",
            "callbackurl": "https://shop.example/bills",
        },
        {"app_key": "AG_1", "resmsg": "Success", "rescode": "200"},
        {"app_key": "AG_1", "message": "Success"},
        no={"resmsg": "Biller already Registered", "rescode": "409"},
    ),
    Case(
        "change_bills_opt_in",
        daraja.BillsOptInChange(
            app_key="AG_1",
            shortcode="718003",
            email="a@shop.example",
            contact="0710123456",
            callback_url="https://shop.example/bills",
            reminders="0",
        ),
        "/v1/billmanager-invoice/change-optin-details",
        {
            "shortcode": "718003",
            "email": "a@shop.example",
            "officialContact": "0710123456",
            "sendReminders": "0",
            "callbackurl": "https://shop.example/bills",
        },
        {"resmsg": "Success", "rescode": "200"},
        {"message": "Success"},
        headers={"app_key": "AG_1"},
    ),
    Case(
        "send_invoice",
        INVOICE,
        "/v1/billmanager-invoice/single-invoicing",
        SENT_INVOICE,
        "billmanager_invoice_ok",
        {"message": "Invoice sent successfully"},
        headers={"app_key": "AG_1"},
        no={"Status_Message": "duplicate externalReference", "resmsg": "Conflict", "rescode": "409"},
    ),
    Case(
        "send_invoices",
        daraja.Invoices(invoices=(INVOICE, replace(INVOICE, external_reference="SP2"))),
        "/v1/billmanager-invoice/bulk-invoicing",
        [SENT_INVOICE, SENT_INVOICE | {"externalReference": "SP2"}],
        BILL_OK,
        {"message": "Invoice sent successfully"},
        headers={"app_key": "AG_1"},
    ),
    Case(
        "change_invoice",
        daraja.InvoiceChange(**vars(INVOICE)),
        "/v1/billmanager-invoice/change-invoice",
        SENT_INVOICE,
        BILL_OK,
        {"message": "Invoice sent successfully"},
        headers={"app_key": "AG_1"},
    ),
    Case(
        "cancel_invoice",
        daraja.InvoiceCancellation(app_key="AG_1", external_reference="SP1"),
        "/v1/billmanager-invoice/cancel-single-invoice",
        {"externalReference": "SP1"},
        BILL_OK,
        {"message": "Invoice sent successfully"},
        headers={"app_key": "AG_1"},
    ),
    Case(
        "cancel_invoices",
        daraja.InvoiceCancellations(app_key="AG_1", external_references=("SP1", "SP2")),
        "/v1/billmanager-invoice/cancel-bulk-invoices",
        [{"externalReference": "SP1"}, {"externalReference": "SP2"}],
        BILL_OK,
        {"message": "Invoice sent successfully"},
        headers={"app_key": "AG_1"},
    ),
    Case(
        "acknowledge_bill_payment",
        daraja.BillPaymentReceipt(
            app_key="AG_1",
            paid_on=date(2026, 8, 30),
            amount=800,
            account_reference="A1",
            receipt="UHU4Q7T2XB",
            msisdn="254708374149",
            full_name="Achieng Otieno",
            invoice_name="Rent",
            external_reference="SP1",
        ),
        "/v1/billmanager-invoice/reconciliation",
        {
            "paymentDate": "2026-08-30",
            "paidAmount": "800",
            "accountReference": "A1",
            "transactionId": "UHU4Q7T2XB",
            "phoneNumber": "0708374149",
            "fullName": "Achieng Otieno",
            "invoiceName": "Rent",
            "externalReference": "SP1",
        },
        {"resmsg": "Success", "rescode": "200"},
        {"message": "Success"},
        headers={"app_key": "AG_1"},
    ),
    Case(
        "check_sim",
        daraja.SimCheck(msisdn="254722000000"),
        "/imsi/v1/checkATI",
        {"customerNumber": "254722000000"},
        SIM,
        {"last_swap_on": date(2022, 5, 1), "registered_on": date(2022, 3, 1), "imsi_hash": "9233817055099406"},
        no={"responseCode": "404", "responseDesc": "Not found"},
    ),
    Case(
        "check_sim_swap",
        daraja.SimSwapCheck(msisdn="254722000000"),
        "/imsi/v2/checkATI",
        {"customerNumber": "254722000000"},
        {"requestRefID": "1", "responseCode": "200", "lastSwapDate": "01-01-1900 00:00"},
        {"last_swap_on": None, "registered_on": None, "request_ref_id": "1"},
    ),
    Case(
        "check_network_age",
        daraja.NetworkAgeCheck(msisdn="254722000000"),
        "/registration/lookup/v1/checkATI",
        {"customerNumber": "254722000000"},
        {"responseCode": "200", "msisdnRegistrationDate": "More than a year"},
        {"registered_on": None, "registration": "More than a year"},
    ),
    Case(
        "validate_number",
        daraja.NumberValidationCheck(
            request_ref_id="mine-4",
            shortcode="600000",
            msisdn="254722000000",
            document=daraja.IdentityDocument.NATIONAL_ID,
            document_number="12345678",
        ),
        "/v1/KYC-validation/validateID",
        {
            "requestRefID": "mine-4",
            "shortCode": "600000",
            "msisdn": "254722000000",
            "idType": "01",
            "idNumber": "12345678",
        },
        {"responseRefID": "1", "responseCode": "4000", "responseMessage": "Success", "status": "false"},
        {"matches": False, "message": "Success", "response_ref_id": "1"},
    ),
    Case(
        "organisation",
        daraja.OrganisationQuery(number="600000"),
        "/sfcverify/v1/query/info",
        {"IdentifierType": "4", "Identifier": "600000"},
        "ack_query_org_info",
        {"name": "Mlima Traders", "shortcode": "600000", "charge_profile": "20013"},
        no={"ResponseCode": "4001", "ResponseMessage": "Not found"},
    ),
    Case(
        "customer_name",
        daraja.CustomerNameQuery(msisdn="254722000000", shortcode="123456"),
        "/mpesa/b2c/hakikisha/v1/hakikisha",
        {"msisdn": "254722000000", "shortcode": "123456"},
        {
            "header": {"requestID": "1", "status": "200", "message": "Success"},
            "body": {"firstName": "Achieng", "middleName": "M******", "lastName": "O*****"},
        },
        {"first": "Achieng", "middle": "M******", "last": "O*****"},
        no={"header": {"status": "400"}, "body": {"message": "The customer does not exist."}},
    ),
    Case(
        "points_value",
        daraja.PointsQuery(points=40),
        "/v1/lipa/na/bonga/calculate-points",
        {"points": "40"},
        {
            "header": {"responseCode": 200, "responseMessage": "Success"},
            "body": {"amount": "8", "points": "40", "rate": "0.2"},
        },
        {"amount_cents": 800, "points": 40, "rate": Decimal("0.2")},
        no={"header": {"responseCode": 6001, "responseMessage": "Failed"}, "body": None},
    ),
    Case(
        "redeem_points",
        daraja.RedeemPoints(
            msisdn="254720776155",
            amount=50,
            points=250,
            rate=Decimal("0.2"),
            shortcode="888880",
            account_reference="SP1",
        ),
        "/v1/lipa/na/bonga/redeem-paybill",
        {
            "msisdn": "254720776155",
            "amount": 50,
            "bongaPoints": 250,
            "conversionRate": 0.2,
            "shortCode": "888880",
            "accountNumber": "SP1",
        },
        {"header": {"responseCode": 200, "responseMessage": "Success", "requestRefId": "1"}, "body": None},
        {"code": "200", "request_ref_id": "1", "outcome": daraja.Outcome.PENDING},
    ),
    Case(
        "unlisted",
        daraja.UnlistedCall(target="/simportal/v1/allsims?page=1", content={"header": {}, "body": {}}),
        "/simportal/v1/allsims?page=1",
        {"header": {}, "body": {}},
        {"header": {"responseCode": 200}, "body": {"sims": []}},
        {},
    ),
]
ELSEWHERE = {"stk_push", "stk_query"}
"""`test_stk.py` has these."""


def test_every_call_is_tried():
    named = {name for name, call in vars(daraja.Calls).items() if isinstance(call, daraja.Call)}
    assert {case.call for case in CASES} | ELSEWHERE == named


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.call)
def test_a_call_sends_and_reads_what_is_documented(gateway, client, credentials, *, answer, case):
    gateway.answers(answer(body=case.body))
    answers = [getattr(client, case.call)(case.request)]

    async def ask() -> object:
        async with daraja.AsyncClient(credentials=credentials, environment=gateway.environment) as asynchronous:
            return await getattr(asynchronous, case.call)(case.request)

    answers.append(anyio.run(ask))
    for call, read in zip(gateway.calls, answers, strict=True):
        sent = json.loads(call.body)
        assert (call.method, call.path) == ("POST", case.path)
        assert call.headers.items() >= case.headers.items()
        if case.call == "customer_name":
            assert sent["header"].keys() == {"requestID", "timestamp"}
            sent = sent["body"]
        assert sent == case.sent
        assert {name: getattr(read, name) for name in case.read} == case.read
        assert (read if case.call == "unlisted" else read.raw) == case.wire()


@pytest.mark.parametrize("case", [case for case in CASES if case.no], ids=lambda case: case.call)
def test_an_answer_with_http_200_can_say_no(gateway, client, *, answer, case):
    gateway.answers(answer(body=case.no))
    with pytest.raises(daraja.Refused):
        getattr(client, case.call)(case.request)


HARMLESS = {
    "transaction_status",
    "account_balance",
    "qr_code",
    "register_pull",
    "pull_transactions",
    "cancel_invoice",
    "cancel_invoices",
    "check_sim",
    "check_sim_swap",
    "check_network_age",
    "validate_number",
    "organisation",
    "customer_name",
    "points_value",
}
"""Calls that move no money and disturb nobody: these may be asked again."""
NO_ANSWERS = [(503, b"<html>busy</html>"), (200, b"{}")]


@pytest.mark.parametrize(
    ("case", "status", "body"),
    [
        pytest.param(case, status, body, id=f"{case.call}-{status}")
        for case in CASES
        for status, body in NO_ANSWERS
        if case.call not in HARMLESS and (case.call, status) != ("unlisted", 200)  # any JSON is its answer
    ],
)
def test_what_may_move_money_or_ring_a_phone_is_sent_once(gateway, client, *, answer, case, status, body):
    gateway.answers(answer(status=status, body=body))
    with pytest.raises(daraja.OutcomeUnknown):
        getattr(client, case.call)(case.request)
    assert len(gateway.calls) == 1


@pytest.mark.parametrize(("status", "body"), NO_ANSWERS)
def test_what_is_harmless_is_asked_three_times(gateway, credentials, *, answer, status, body):
    gateway.answers(answer(status=status, body=body))

    async def ask(client: daraja.AsyncClient, case: Case) -> None:
        with pytest.raises(daraja.OutcomeUnknown):
            await getattr(client, case.call)(case.request)

    async def ask_all() -> None:
        async with (
            daraja.AsyncClient(credentials=credentials, environment=gateway.environment) as client,
            anyio.create_task_group() as tasks,
        ):
            for case in CASES:
                if case.call in HARMLESS:
                    tasks.start_soon(ask, client, case)

    anyio.run(ask_all)
    assert Counter(call.path for call in gateway.calls) == {case.path: 3 for case in CASES if case.call in HARMLESS}


def test_a_payment_to_a_person_can_be_repeated_with_its_id(gateway, client, answer):
    (case,) = [case for case in CASES if case.call == "b2c"]
    duplicate = (SAMPLES / "err_500_002_1001_duplicate_originator.json").read_bytes()
    gateway.answers(answer(status=503), answer(status=500, body=duplicate))
    with pytest.raises(daraja.OutcomeUnknown):
        client.b2c(case.request)
    with pytest.raises(daraja.DuplicateRequest):
        client.b2c(case.request)
    first, second = gateway.calls
    assert first.json["OriginatorConversationID"] == second.json["OriginatorConversationID"] == "mine-1"


def test_ids_made_here_do_not_repeat():
    assert daraja.originator_conversation_id() != daraja.originator_conversation_id()
    assert daraja.express_request_id() != daraja.express_request_id()


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (daraja.B2c(originator_conversation_id="", **B2C), "originator_conversation_id"),
        (daraja.B2c(originator_conversation_id="1", **(B2C | {"amount": 9})), "amount"),
        (daraja.B2c(originator_conversation_id="1", **(B2C | {"initiator": None})), "initiator"),
        (daraja.B2c(originator_conversation_id="1", **(B2C | {"remarks": "x"})), "remarks"),
        (daraja.B2c(originator_conversation_id="1", **(B2C | {"result_url": "https://x.example/sql"})), "result_url"),
        (daraja.StatusQuery(shortcode="600992", **OPERATOR), "receipt"),
        (replace(INVOICE, items=[]), "items"),
        (replace(INVOICE, due="2026-08-31"), "due"),
        (daraja.Invoices(invoices=()), "invoices"),
        (daraja.Invoices(invoices=(INVOICE, replace(INVOICE, app_key="AG_2"))), "invoices"),
        (daraja.InvoiceCancellations(app_key="AG_1", external_references=()), "external_references"),
        (daraja.UnlistedCall(target="https://elsewhere.example/"), "target"),
        (daraja.PointsQuery(points=0), "points"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_wrong_field_is_named_before_anything_is_sent(gateway, client, request_, field):
    with pytest.raises(daraja.InvalidRequest) as caught:
        client.send(request_)
    assert caught.value.field == field
    assert gateway.received == []


def test_a_qr_code_whose_response_code_is_an_id_is_still_a_qr_code(gateway, client, answer):
    (case,) = [case for case in CASES if case.call == "qr_code"]
    gateway.answers(answer(body=(SAMPLES / "qr_ok_code_is_ag.json").read_bytes()))
    assert client.qr_code(case.request).png.startswith(b"\x89PNG")
