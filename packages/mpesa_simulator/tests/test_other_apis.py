"""QR, Ratiba, Bill Manager, B2B Express, checks of SIMs and names, Bonga."""

import base64
from typing import Any

import pytest

from mpesa_simulator import Network


def test_a_qr_code_is_a_picture(app: Any) -> None:
    body = {"MerchantName": "DUKA", "RefNo": "INV-1", "Amount": 1, "TrxCode": "PB", "CPI": "174379", "Size": "300"}
    answer = app.post("/mpesa/qrcode/v1/generate", body).json()
    assert answer["ResponseCode"] == "00"
    assert base64.b64decode(answer["QRCode"]).startswith(b"\x89PNG")
    refused = app.post("/mpesa/qrcode/v1/generate", {**body, "TrxCode": "XX"})
    assert (refused.status_code, refused.json()["errorMessage"]) == (400, "Bad Request - Invalid TrxCode")


def standing_order(app: Any, receiver: Any, **change: object) -> Any:
    body = {
        "StandingOrderName": "Rent",
        "StartDate": "20260110",
        "EndDate": "20260410",
        "BusinessShortCode": "174379",
        "TransactionType": "Standing Order Customer Pay Bill",
        "ReceiverPartyIdentifierType": "4",
        "Amount": "500",
        "PartyA": "254708374149",
        "CallBackURL": receiver.url("ratiba"),
        "AccountReference": "RENT",
        "TransactionDesc": "Rent",
        "Frequency": "4",
        **change,
    }
    return app.post("/standingorder/v1/createStandingOrderExternal", body)


def test_a_standing_order_pays_by_itself(receiver: Any, app_of: Any) -> None:
    with Network(virtual=True, seed=5, push_seconds=0, callback_seconds=0) as mpesa:
        phone = mpesa.subscriber(balance=10_000).answers("pin")
        ack = standing_order(app_of(mpesa), receiver).json()
        assert ack["ResponseHeader"]["responseCode"] == "200"
        mpesa.advance(1)
        (body,) = receiver.bodies("ratiba")
        assert body["responseHeader"]["responseCode"] == "0"
        assert {"name": "Msisdn", "value": "254******149"} in body["responseBody"]["responseData"]
        assert phone.balance == 10_000
        for paid in (1, 2, 3, 4, 4):
            mpesa.advance(31 * 86_400)
            assert phone.balance == 10_000 - paid * 505
        repeated = standing_order(app_of(mpesa), receiver)
        mpesa.advance(1)
        assert repeated.status_code == 200
        assert receiver.bodies("ratiba")[-1]["ResponseHeader"]["responseCode"] == "1050"


def test_a_standing_order_that_the_customer_refuses(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber().answers("cancel")
    order = standing_order(app, receiver).json()["ResponseHeader"]["responseRefID"]
    mpesa.ended(order)
    mpesa.callbacks()
    (body,) = receiver.bodies("ratiba")
    assert body["ResponseHeader"]["responseCode"] == "1032"
    assert {"Name": "TransactionID", "Value": "0000000000"} in body["ResponseBody"]["ResponseData"]


def bill(app: Any, call: str, body: object) -> Any:
    return app.post(f"/v1/billmanager-invoice/{call}", body)


INVOICE = {
    "externalReference": "955",
    "billedFullName": "John Doe",
    "billedPhoneNumber": "0708374149",
    "billedPeriod": "August 2026",
    "invoiceName": "Jentrys",
    "dueDate": "2026-10-12",
    "accountReference": "1ASD678H",
    "amount": "800",
}


def opt_in(app: Any, receiver: Any) -> Any:
    details = {
        "shortcode": "600984",
        "email": "duka@example.com",
        "officialContact": "0710000000",
        "sendReminders": "1",
        "callbackurl": receiver.url("bill"),
    }
    return bill(app, "optin", details)


def test_an_invoice_from_issue_to_payment(mpesa: Network, app: Any, receiver: Any) -> None:
    assert opt_in(app, receiver).json()["rescode"] == "200"
    assert opt_in(app, receiver).status_code == 409
    phone = mpesa.subscriber(balance=2000)
    sent = bill(app, "single-invoicing", INVOICE).json()
    assert sent["Status_Message"] == "Invoice sent successfully"
    assert "Pay to Paybill 600984, account 1ASD678H." in phone.messages[0]
    assert bill(app, "single-invoicing", INVOICE).status_code == 409

    body = {"ShortCode": "600984", "CommandID": "CustomerPayBillOnline", "Amount": 800, "Msisdn": phone.msisdn}
    app.post("/mpesa/c2b/v1/simulate", {**body, "BillRefNumber": "1ASD678H"})
    mpesa.quiet()
    (push,) = receiver.bodies("bill")
    assert (push["paidAmount"], push["msisdn"]) == ("800", "254708374149")
    assert push["accountReference"] == "1ASD678H"
    refused = bill(app, "cancel-single-invoice", {"externalReference": "955"})
    assert refused.json()["Status_Message"] == "partially or fully paid invoices cannot be cancelled."


def test_invoices_in_bulk_and_cancelled(app: Any, receiver: Any) -> None:
    opt_in(app, receiver)
    invoices = [{**INVOICE, "externalReference": str(number)} for number in range(3)]
    assert bill(app, "bulk-invoicing", invoices).json()["rescode"] == "200"
    cancelled = bill(app, "cancel-bulk-invoices", [{"externalReference": "0"}, {"externalReference": "1"}]).json()
    assert cancelled["Status_Message"] == "Invoice cancelled successfuly."
    assert bill(app, "cancel-single-invoice", {"externalReference": "0"}).status_code == 409
    assert (
        bill(app, "change-invoice", {**INVOICE, "externalReference": "2", "amount": "900"}).json()["rescode"] == "200"
    )


@pytest.mark.parametrize("change", [{"billedPhoneNumber": "708374149"}, {"dueDate": "12/10/2026"}])
def test_an_invoice_that_is_refused(app: Any, receiver: Any, change: dict[str, str]) -> None:
    opt_in(app, receiver)
    answer = bill(app, "single-invoicing", {**INVOICE, **change})
    assert (answer.status_code, answer.json()["rescode"]) == (409, "409")


def express(app: Any, receiver: Any) -> Any:
    body = {
        "primaryShortCode": "373132",
        "receiverShortCode": "600984",
        "amount": "71",
        "paymentRef": "INV-9",
        "callbackUrl": receiver.url("express"),
        "partnerName": "Vendor",
        "RequestRefID": "404e1aec",
    }
    return app.post("/v1/ussdpush/get-msisdn", body)


def test_a_till_pays_a_vendor(mpesa: Network, app: Any, receiver: Any) -> None:
    operator = mpesa.subscriber("254700000009")
    mpesa.organisation("373132", operator=operator.msisdn, balances={"merchant": 100})
    assert express(app, receiver).json() == {"code": "0", "status": "USSD Initiated Successfully"}
    operator.enter_pin()
    mpesa.callbacks()
    express(app, receiver)
    operator.cancel()
    mpesa.callbacks()
    express(app, receiver)
    operator.enter_pin()
    mpesa.callbacks()
    bodies = receiver.bodies("express")
    assert [body["resultCode"] for body in bodies] == ["0", "4001", "1"]
    assert (bodies[0]["status"], bodies[0]["requestId"], bodies[0]["amount"]) == ("SUCCESS", "404e1aec", "71.0")
    assert mpesa.trial_balance()["total"] == 0


def test_a_till_without_an_operator(mpesa: Network, app: Any, receiver: Any) -> None:
    express(app, receiver)
    mpesa.callbacks()
    assert receiver.bodies("express")[0]["resultCode"] == "4104"


def test_what_is_known_of_a_sim(mpesa: Network, app: Any) -> None:
    who = {"customerNumber": "254708374149"}
    assert app.post("/imsi/v2/checkATI", who).json()["lastSwapDate"] == "01-01-1900 00:00"
    mpesa.subscriber(sim_swapped=True)
    assert app.post("/imsi/v2/checkATI", who).json()["lastSwapDate"] != "01-01-1900 00:00"
    assert len(app.post("/imsi/v1/checkATI", who).json()["imsi"]) == 16
    assert app.post("/registration/lookup/v1/checkATI", who).json()["responseCode"] == "200"
    unknown = app.post("/registration/lookup/v1/checkATI", {"customerNumber": "254799999999"})
    assert (unknown.status_code, unknown.json()["responseDesc"]) == (400, "Not found")


def test_names_behind_numbers(mpesa: Network, app: Any) -> None:
    mpesa.subscriber(name="JOHN KAMAU DOE", id_number="12345678")
    info = app.post("/sfcverify/v1/query/info", {"IdentifierType": "4", "Identifier": "174379"}).json()
    assert (info["ResponseCode"], info["OrganizationName"]) == ("4000", "SOKOPESA")
    asked = {"header": {"requestID": "1"}, "body": {"msisdn": "254708374149", "shortcode": "174379"}}
    named = app.post("/mpesa/b2c/hakikisha/v1/hakikisha", asked).json()
    assert named["body"] == {"firstName": "john", "middleName": "K******", "lastName": "D******"}
    document = {"requestRefID": "r", "shortCode": "174379", "msisdn": "254708374149", "idType": "01"}
    answers = [
        app.post("/v1/KYC-validation/validateID", {**document, "idNumber": number}).json()["status"]
        for number in ("12345678", "87654321")
    ]
    assert answers == ["true", "false"]


def test_points_pay_bills(mpesa: Network, app: Any) -> None:
    worth = app.post("/v1/lipa/na/bonga/calculate-points", {"points": "40"}).json()
    assert worth["body"] == {"amount": "8", "points": "40", "rate": "0.2"}
    body = {"msisdn": "254708374149", "amount": 50, "bongaPoints": 250, "shortCode": "600984", "accountNumber": "X"}
    assert app.post("/v1/lipa/na/bonga/redeem-paybill", body).json()["header"]["responseCode"] == 200
    mpesa.quiet()
    (payment,) = (row for row in mpesa.transactions("600984") if row["channel"] == "bonga")
    assert payment["amount"] == 50
    assert mpesa.subscriber().balance == 100_000
    assert mpesa.trial_balance()["total"] == 0
