"""B2C payments: acknowledged at once, paid a little later, reported to the ResultURL."""

import base64
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mpesa_simulator import Network


def result(receiver: Any, path: str = "result") -> dict[str, Any]:
    """The one result that arrived."""
    (body,) = receiver.bodies(path)
    value: dict[str, Any] = body["Result"]
    return value


def parameters(value: dict[str, Any]) -> dict[str, Any]:
    return {item["Key"]: item.get("Value") for item in value["ResultParameters"]["ResultParameter"]}


def test_a_customer_is_paid(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=100)
    ack = app.b2c(receiver, OriginatorConversationID="refund-1", Occassion="Refund").json()
    assert ack["ResponseDescription"] == "Accept the service request successfully."
    assert (ack["ResponseCode"], ack["OriginatorConversationID"]) == ("0", "refund-1")
    mpesa.settled(ack["ConversationID"])

    value = result(receiver)
    assert (value["ResultType"], value["ResultCode"]) == (0, 0)
    assert value["ConversationID"] == ack["ConversationID"]
    assert value["OriginatorConversationID"] == "refund-1"
    given = parameters(value)
    assert given["TransactionAmount"] == 1600
    assert given["TransactionReceipt"] == value["TransactionID"]
    assert given["ReceiverPartyPublicName"] == "254708374149 - JOHN DOE"
    assert given["B2CUtilityAccountAvailableFunds"] == 5_000_000 - 1600
    assert given["B2CChargesPaidAccountAvailableFunds"] == -9
    assert value["ReferenceData"]["ReferenceItem"]["Key"] == "QueueTimeoutURL"

    assert phone.balance == 1700
    assert phone.messages[0].startswith(
        f"{value['TransactionID']} Confirmed.You have received Ksh1,600.00 from Safaricom Daraja 992 B2C 600992 on "
    )
    assert mpesa.trial_balance()["total"] == 0


def test_the_same_request_twice_pays_once(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=0)
    first, second = (app.b2c(receiver, OriginatorConversationID="refund-1") for _ in range(2))
    assert first.status_code == 200
    assert (second.status_code, second.json()["errorCode"]) == (500, "500.002.1001")
    assert second.json()["errorMessage"] == "Duplicate OriginatorConversationID."
    mpesa.settled(first.json()["ConversationID"])
    assert phone.balance == 1600


def test_version_one_makes_its_own_id_and_so_pays_twice(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=0)
    fields = {"CommandID": "SalaryPayment", "Amount": "50", "PartyA": 600992, "PartyB": 254708374149}
    acks = [app.initiate(receiver, "/mpesa/b2c/v1/paymentrequest", **fields).json() for _ in range(2)]
    for ack in acks:
        mpesa.settled(ack["ConversationID"])
    assert acks[0]["OriginatorConversationID"] != acks[1]["OriginatorConversationID"]
    assert phone.balance == 100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Amount": 9}, 2),
        ({"Amount": 250_001}, 3),
        ({"PartyB": "254799999999"}, "SFC_IC0003"),
        ({"PartyA": "174379"}, 1),
        ({"InitiatorName": "somebody"}, 2001),
    ],
)
def test_why_a_payment_fails(
    mpesa: Network, app: Any, receiver: Any, change: dict[str, object], code: int | str
) -> None:
    phone = mpesa.subscriber(balance=100)
    mpesa.settled(app.b2c(receiver, **change).json()["ConversationID"])
    value = result(receiver)
    assert value["ResultCode"] == code
    assert "ResultParameters" not in value
    assert value["TransactionID"].endswith("0000000")
    assert phone.balance == 100


def test_a_wallet_can_be_too_full_unregistered_or_not_assigned(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber(balance=499_000)
    mpesa.subscriber("254700000001", registered=False)
    mpesa.organisation("600991", may_pay_out=False)
    for change in ({}, {"PartyB": "254700000001"}, {"PartyA": "600991"}):
        mpesa.settled(app.b2c(receiver, **change).json()["ConversationID"])
    assert [body["Result"]["ResultCode"] for body in receiver.bodies("result")] == [8, 2040, 2028]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"InitiatorName": None}, "InitiatorName"),
        ({"SecurityCredential": "c2hvcnQ="}, "SecurityCredential"),
        ({"CommandID": "Pay"}, "CommandID"),
        ({"Amount": "10.50"}, "Amount"),
        ({"PartyA": "999999"}, "PartyA"),
        ({"PartyB": "0708374149"}, "PartyB"),
        ({"Remarks": ""}, "Remarks"),
        ({"QueueTimeOutURL": None}, "QueueTimeOutURL"),
        ({"ResultURL": "nowhere"}, "ResultURL"),
    ],
)
def test_what_the_gateway_refuses(app: Any, receiver: Any, change: dict[str, object], field: str) -> None:
    answer = app.b2c(receiver, **change)
    assert (answer.status_code, answer.json()["errorMessage"]) == (400, f"Bad Request - Invalid {field}")


def test_a_bad_token_is_echoed(mpesa: Network) -> None:
    answer = httpx.post(
        f"{mpesa.base_url}/mpesa/b2c/v3/paymentrequest", json={}, headers={"Authorization": "Bearer abc"}
    )
    assert answer.status_code == 401
    assert answer.json()["errorMessage"] == "Error Occurred - Invalid Access Token - abc"


def test_a_pochi_payment(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=0)
    fields = {"CommandID": "BusinessPayToPochi", "Amount": 20, "PartyA": "600992", "PartyB": phone.msisdn}
    path = "/mpesa/b2pochi/v1/paymentrequest"
    refused = app.initiate(receiver, path, **fields)
    assert refused.json()["errorMessage"] == "Bad Request - Invalid OriginatorConversationID"
    ack = app.initiate(receiver, path, OriginatorConversationID="p-1", **fields).json()
    mpesa.settled(ack["ConversationID"])
    assert phone.balance == 20


def credential_for(mpesa: Network, password: str) -> str:
    pem = httpx.get(f"{mpesa.base_url}/simulator/v1/certificate").content
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return base64.b64encode(key.encrypt(password.encode(), padding.PKCS1v15())).decode()


def test_credentials_made_with_the_networks_certificate_are_checked(mpesa: Network, app: Any, receiver: Any) -> None:
    right, wrong = credential_for(mpesa, "Safaricom999!*!"), credential_for(mpesa, "guess#123")
    for credential in (right, wrong, wrong, wrong, right):
        mpesa.settled(app.b2c(receiver, SecurityCredential=credential).json()["ConversationID"])
    mpesa.organisation("600992", initiator_locked=False)
    mpesa.settled(app.b2c(receiver, SecurityCredential=right).json()["ConversationID"])
    codes = [body["Result"]["ResultCode"] for body in receiver.bodies("result")]
    assert codes == [0, 2001, 2001, 2001, 8006, 0]


def test_an_initiator_without_the_role(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.organisation("600992", initiator_may_not=["b2c"])
    mpesa.settled(app.b2c(receiver).json()["ConversationID"])
    assert result(receiver)["ResultCode"] == 21


def test_a_queue_timeout_is_not_the_end(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=0)
    mpesa.break_things({"kind": "queue_timeout", "seconds": 0.2})
    mpesa.settled(app.b2c(receiver).json()["ConversationID"])
    assert result(receiver, "timeout")["ResultType"] == 1
    assert result(receiver)["ResultCode"] == 0
    assert phone.balance == 1600


def test_a_result_can_be_dictated(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "outcome", "operation": "b2c", "code": "26", "times": 1})
    mpesa.settled(app.b2c(receiver).json()["ConversationID"])
    assert result(receiver)["ResultDesc"] == "System busy. The service request is rejected."
