"""B2B, tax, reversal, transaction status and account balance."""

from typing import Any

import pytest

from mpesa_simulator import Network


def settle(app: Any, answer: Any) -> None:
    assert answer.status_code == 200, answer.text
    app.mpesa.settled(answer.json()["ConversationID"])


def last(receiver: Any) -> dict[str, Any]:
    value: dict[str, Any] = receiver.bodies("result")[-1]["Result"]
    return value


def parameters(value: dict[str, Any]) -> dict[str, Any]:
    return {item["Key"]: item.get("Value") for item in value["ResultParameters"]["ResultParameter"]}


def b2b(app: Any, receiver: Any, **change: object) -> Any:
    fields = {
        "CommandID": "BusinessPayBill",
        "SenderIdentifierType": "4",
        "RecieverIdentifierType": "4",
        "Amount": "239",
        "PartyA": "600979",
        "PartyB": "600000",
        "AccountReference": "353353",
        **change,
    }
    return app.initiate(receiver, "/mpesa/b2b/v1/paymentrequest", **fields)


def pay(app: Any, receiver: Any, amount: int = 1000) -> str:
    app.push(receiver, Amount=amount)
    return str(app.mpesa.subscriber().enter_pin()["receipt"])


def reverse(app: Any, receiver: Any, receipt: str, **change: object) -> Any:
    fields = {
        "CommandID": "TransactionReversal",
        "TransactionID": receipt,
        "Amount": 1000,
        "ReceiverParty": "174379",
        "RecieverIdentifierType": "11",
        **change,
    }
    return app.initiate(receiver, "/mpesa/reversal/v1/request", **fields)


def status(app: Any, receiver: Any, **change: object) -> Any:
    fields = {"CommandID": "TransactionStatusQuery", "PartyA": "174379", "IdentifierType": "4", **change}
    return app.initiate(receiver, "/mpesa/transactionstatus/v1/query", **fields)


def test_an_organisation_pays_another(mpesa: Network, app: Any, receiver: Any) -> None:
    settle(app, b2b(app, receiver))
    value = last(receiver)
    assert (value["ResultType"], value["ResultCode"]) == ("0", "0")
    given = parameters(value)
    assert given["Amount"] == "239.00"
    expected = "{Amount={CurrencyCode=KES, MinimumAmount=499976100, BasicAmount=4999761.00}}"
    assert given["DebitAccountBalance"] == expected
    assert given["ReceiverPartyPublicName"] == "600000 - Safaricom Daraja 000"
    assert value["ReferenceData"]["ReferenceItem"][0] == {"Key": "BillReferenceNumber", "Value": "353353"}
    assert mpesa.call("GET", "/organisations/600000")["balances"]["utility"] == 5_000_239


def test_a_failure_has_one_parameter_that_is_not_in_a_list(app: Any, receiver: Any) -> None:
    settle(app, b2b(app, receiver, PartyB="999999"))
    value = last(receiver)
    assert value["ResultCode"] == "SFC_IC0003"
    assert value["ResultParameters"]["ResultParameter"]["Key"] == "BOCompletedTime"


def test_a_till_a_top_up_a_move_and_tax(mpesa: Network, app: Any, receiver: Any) -> None:
    settle(app, b2b(app, receiver, CommandID="BusinessBuyGoods", PartyB="373132", RecieverIdentifierType="2"))
    settle(app, b2b(app, receiver, CommandID="BusinessPayToBulk", PartyB="600992"))
    settle(app, b2b(app, receiver, CommandID="BusinessTransferFromMMFToUtility", PartyB="600979"))
    tax = {"CommandID": "PayTaxToKRA", "SenderIdentifierType": "4", "RecieverIdentifierType": "4", "Amount": 500}
    path = "/mpesa/b2b/v1/remittax"
    settle(app, app.initiate(receiver, path, PartyA="600979", PartyB="572572", AccountReference="PRN1", **tax))
    assert [body["Result"]["ResultCode"] for body in receiver.bodies("result")] == ["0"] * 4
    balances = {code: mpesa.call("GET", f"/organisations/{code}")["balances"] for code in ("600979", "572572")}
    assert balances["600979"]["working"] == 5_000_000 - 3 * 239 - 500
    assert balances["600979"]["utility"] == 5_000_239
    assert balances["572572"]["utility"] == 500
    refused = app.initiate(receiver, path, PartyA="600979", PartyB="600000", AccountReference="PRN1", **tax)
    assert refused.json()["errorMessage"] == "Bad Request - Invalid PartyB"


def test_the_right_spelling_is_the_wrong_one(app: Any, receiver: Any) -> None:
    answer = b2b(app, receiver, RecieverIdentifierType=None, ReceiverIdentifierType="4")
    assert answer.json()["errorMessage"] == "Bad Request - Invalid RecieverIdentifierType"


def test_a_payment_is_given_back_once(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber(balance=5000)
    receipt = pay(app, receiver)
    settle(app, reverse(app, receiver, receipt))
    value = last(receiver)
    assert value["ResultCode"] == 0
    given = parameters(value)
    assert (given["OriginalTransactionID"], given["Amount"]) == (receipt, 1000)
    assert given["DebitPartyPublicName"] == "174379 - SOKOPESA"
    assert phone.balance == 5000 - 10
    assert f"Reversal of transaction {receipt} has been successfully reversed" in phone.messages[0]
    assert phone.messages[0].startswith(f"{value['TransactionID']} confirmed.")

    settle(app, reverse(app, receiver, receipt))
    assert last(receiver)["ResultCode"] == "R000001"
    assert mpesa.trial_balance()["total"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [({"TransactionID": "UAB0000000"}, "R000002"), ({"ReceiverParty": "600992"}, "R000002"), ({"Amount": 1}, 2028)],
)
def test_why_a_reversal_fails(app: Any, receiver: Any, change: dict[str, object], code: int | str) -> None:
    settle(app, reverse(app, receiver, pay(app, receiver), **change))
    assert last(receiver)["ResultCode"] == code


def test_a_swept_account_cannot_give_back(mpesa: Network, app: Any, receiver: Any) -> None:
    receipt = pay(app, receiver)
    mpesa.organisation("174379", balances={"utility": 0})
    settle(app, reverse(app, receiver, receipt))
    assert last(receiver)["ResultCode"] == 1


def test_a_reversal_without_an_amount_gives_all_back(mpesa: Network, app: Any, receiver: Any) -> None:
    settle(app, reverse(app, receiver, pay(app, receiver), Amount=None))
    assert parameters(last(receiver))["Amount"] == 1000


def test_the_status_of_a_payment_by_its_receipt(app: Any, receiver: Any) -> None:
    receipt = pay(app, receiver)
    settle(app, status(app, receiver, TransactionID=receipt))
    given = parameters(last(receiver))
    assert given["TransactionStatus"] == "Completed"
    assert (given["ReceiptNo"], given["Amount"]) == (receipt, 1000)
    assert given["DebitPartyName"] == "254708374149 - JOHN DOE"
    assert given["CreditPartyName"] == "174379 - SOKOPESA"
    items = last(receiver)["ResultParameters"]["ResultParameter"]
    assert {"Key": "TransactionReason"} in items


def test_the_status_of_a_payout_by_its_originator_id(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber(balance=0)
    settle(app, app.b2c(receiver, OriginatorConversationID="mine-1"))
    settle(app, app.b2c(receiver, OriginatorConversationID="mine-2", Amount=9))
    for number, expected in (("mine-1", "Completed"), ("mine-2", "Declined")):
        settle(app, status(app, receiver, PartyA="600992", OriginalConversationID=number))
        assert parameters(last(receiver))["TransactionStatus"] == expected


@pytest.mark.parametrize("asked", [{}, {"TransactionID": "UAB1234567"}, {"OriginalConversationID": "nobody"}])
def test_the_status_of_nothing(app: Any, receiver: Any, asked: dict[str, str]) -> None:
    settle(app, status(app, receiver, **asked))
    assert last(receiver)["ResultDesc"] == "The format of parameter null is invalid."


def test_somebody_elses_payment_is_not_told(app: Any, receiver: Any) -> None:
    receipt = pay(app, receiver)
    settle(app, status(app, receiver, TransactionID=receipt, PartyA="600992"))
    assert last(receiver)["ResultCode"] == 25


def test_the_balance_of_all_accounts(app: Any, receiver: Any) -> None:
    pay(app, receiver, 1500)
    fields = {"CommandID": "AccountBalance", "PartyA": "174379", "IdentifierType": "4"}
    answer = app.initiate(receiver, "/mpesa/accountbalance/v1/query", **fields)
    assert answer.json()["ResponseDescription"] == "Accept the service request successfully"
    settle(app, answer)
    value = last(receiver)
    assert value["ResultCode"] == "0"
    accounts = parameters(value)["AccountBalance"].split("&")
    assert accounts[0] == "Working Account|KES|0.00|0.00|0.00|0.00"
    assert "Utility Account|KES|1500.00|1500.00|0.00|0.00" in accounts
    assert [account.split("|")[0] for account in accounts] == [
        "Working Account",
        "Float Account",
        "Utility Account",
        "Charges Paid Account",
        "Organization Settlement Account",
    ]
