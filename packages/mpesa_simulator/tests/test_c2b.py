"""Payments that customers make on their own, and what organisations hear of them."""

from typing import Any

import pytest

from mpesa_simulator import Network

HASH = "bbff37cea44ac0b2d964ee0dfb8d2df8513dc7ba1b36129a929fc3fbd6dd4af4"


def register(app: Any, receiver: Any, version: int = 2, **change: object) -> Any:
    body = {
        "ShortCode": "600984",
        "ResponseType": "Completed",
        "ConfirmationURL": receiver.url("confirmation"),
        "ValidationURL": receiver.url("validation"),
        **change,
    }
    return app.post(f"/mpesa/c2b/v{version}/registerurl", body)


def simulate(app: Any, **change: object) -> Any:
    body = {
        "ShortCode": 600984,
        "CommandID": "CustomerPayBillOnline",
        "Amount": 5,
        "Msisdn": 254708374149,
        "BillRefNumber": "Test Ref",
        **change,
    }
    return app.post("/mpesa/c2b/v1/simulate", body)


def paid(app: Any) -> list[dict[str, Any]]:
    """Payments to the paybill, once nothing is under way."""
    app.mpesa.quiet()
    return [row for row in app.mpesa.transactions("600984") if row["kind"] == "pay_bill"]


def test_a_payment_is_confirmed(mpesa: Network, app: Any, receiver: Any) -> None:
    ack = register(app, receiver).json()
    assert ack["ResponseCode"] == "0"
    assert ack["OriginatorCoversationID"]
    ack = simulate(app).json()
    assert ack["ResponseDescription"] == "Accept the service request successfully."
    (payment,) = paid(app)
    (body,) = receiver.bodies("confirmation")
    assert body["TransID"] == payment["receipt"]
    assert (body["TransAmount"], body["BillRefNumber"]) == ("5.00", "Test Ref")
    assert (body["TransactionType"], body["BusinessShortCode"]) == ("Pay Bill", "600984")
    assert body["OrgAccountBalance"] == "5000005.00"
    assert (body["MSISDN"], body["FirstName"]) == ("2547 ***** 149", "JOHN")
    assert receiver.bodies("validation") == []


def test_version_one_hashes_the_number(app: Any, receiver: Any) -> None:
    assert register(app, receiver, version=1).json()["ResponseDescription"] == "success"
    simulate(app)
    paid(app)
    (body,) = receiver.bodies("confirmation")
    assert (body["MSISDN"], body["LastName"]) == (HASH, "DOE")


@pytest.mark.parametrize(
    ("reply", "response_type", "goes_through"),
    [
        ((200, {"ResultCode": "0", "ResultDesc": "Accepted", "ThirdPartyTransID": "T-9"}), "Cancelled", True),
        ((200, {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}), "Completed", False),
        ((500, {}), "Completed", True),
        ((500, {}), "Cancelled", False),
    ],
)
def test_an_organisation_may_have_a_say(
    app: Any, receiver: Any, reply: tuple[int, Any], response_type: str, goes_through: bool
) -> None:
    app.mpesa.organisation("600984", validates_payments=True)
    register(app, receiver, ResponseType=response_type)
    receiver.replies["/validation"] = reply
    simulate(app)
    payments = paid(app)
    (asked,) = receiver.bodies("validation")
    assert asked["OrgAccountBalance"] == ""
    assert len(payments) == len(receiver.bodies("confirmation")) == int(goes_through)
    if goes_through:
        assert receiver.bodies("confirmation")[0]["TransID"] == asked["TransID"] == payments[0]["receipt"]
        assert receiver.bodies("confirmation")[0]["ThirdPartyTransID"] == reply[1].get("ThirdPartyTransID", "")


def test_a_push_is_confirmed_too_under_the_same_receipt(mpesa: Network, app: Any, receiver: Any) -> None:
    register(app, receiver, ShortCode="174379")
    app.push(receiver)
    receipt = mpesa.subscriber().enter_pin()["receipt"]
    mpesa.quiet()
    (body,) = receiver.bodies("confirmation")
    assert (body["TransID"], body["BillRefNumber"]) == (receipt, "SP-20417")


def test_registering_in_production_works_once(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.organisation("600984", one_registration=True)
    assert register(app, receiver).status_code == 200
    again = register(app, receiver)
    assert (again.status_code, again.json()["errorMessage"]) == (500, "Urls are already registered.")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ResponseType": "completed"}, "400.002.02"),
        ({"ConfirmationURL": "https://shop.co.ke/mpesa/confirm"}, "400.003.02"),
        ({"ValidationURL": "here"}, "400.002.02"),
        ({"ShortCode": "999999"}, "400.002.02"),
    ],
)
def test_what_registration_refuses(app: Any, receiver: Any, change: dict[str, object], code: str) -> None:
    answer = register(app, receiver, **change)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)


def test_a_payment_without_money_only_annoys_the_customer(mpesa: Network, app: Any, receiver: Any) -> None:
    register(app, receiver)
    phone = mpesa.subscriber(balance=3)
    simulate(app)
    assert paid(app) == []
    assert phone.messages[0].startswith("Failed. You do not have enough money")
