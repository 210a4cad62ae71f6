"""Statements as the portal exports them, tied to the accounts that they are about."""

import csv
import io
from typing import Any

import httpx
from openpyxl import load_workbook

from mpesa_simulator import Network

HEADER = (
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
    "Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No."
)


def fetch(mpesa: Network, name: str) -> bytes:
    answer = httpx.get(f"{mpesa.base_url}/simulator/v1/statements/{name}")
    assert answer.status_code == 200, answer.text
    return answer.content


def rows(content: bytes) -> list[dict[str, str]]:
    text = content.decode()
    return list(csv.DictReader(io.StringIO(text[text.index("Receipt No.") :])))


def pay(app: Any, receiver: Any, amount: int) -> str:
    app.push(receiver, Amount=amount)
    return str(app.mpesa.subscriber().enter_pin()["receipt"])


def test_every_movement_stands_in_it_newest_first(mpesa: Network, app: Any, receiver: Any) -> None:
    first, second = pay(app, receiver, 1500), pay(app, receiver, 99)
    content = fetch(mpesa, "174379.csv")
    assert content.decode().splitlines()[:3] == [
        "Organization Name,SOKOPESA",
        "Paybill/Till Number,174379",
        "Account,Utility Account",
    ]
    assert HEADER in content.decode()
    lines = rows(content)
    assert [line["Receipt No."] for line in lines] == [second, first]
    assert [line["Paid In"] for line in lines] == ["99.00", "1,500.00"]
    assert [line["Balance"] for line in lines] == ["1,599.00", "1,500.00"]
    assert lines[1]["Details"] == "Pay Bill Online from 254708374149 - JOHN DOE Acc. SP-20417"
    assert (lines[1]["A/C No."], lines[1]["Transaction Status"]) == ("SP-20417", "Completed")
    assert lines[1]["Other Party Info"] == "254708374149 - JOHN DOE"


def test_when_the_business_pays_the_charge_has_a_line_of_its_own(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.organisation("174379", charges_paid_by="business")
    phone = mpesa.subscriber(balance=2000)
    receipt = pay(app, receiver, 1500)
    assert phone.balance == 500
    (charge,) = rows(fetch(mpesa, "174379.csv?account=charges"))
    assert (charge["Receipt No."], charge["Withdrawn"], charge["Reason Type"]) == (receipt, "-15.00", "Pay Bill Charge")
    assert charge["Linked Transaction ID"] == receipt


def test_shared_charges(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.organisation("174379", charges_paid_by="shared")
    phone = mpesa.subscriber(balance=2000)
    pay(app, receiver, 1500)
    assert phone.balance == 490
    assert mpesa.call("GET", "/organisations/174379")["balances"]["charges"] == -5


def test_the_excel_file_holds_numbers_and_dates(mpesa: Network, app: Any, receiver: Any) -> None:
    receipt = pay(app, receiver, 1500)
    sheet = load_workbook(io.BytesIO(fetch(mpesa, "174379.xlsx"))).worksheets[0]
    values = list(sheet.iter_rows(values_only=True))
    header = next(number for number, row in enumerate(values) if row[0] == "Receipt No.")
    line = values[header + 1]
    assert line[0] == receipt
    assert (line[5], line[6], line[7]) == (1500, None, 1500)
    assert line[1].year >= 2026


def test_a_reversal_names_the_payment_that_it_takes_back(mpesa: Network, app: Any, receiver: Any) -> None:
    receipt = pay(app, receiver, 1500)
    fields = {"CommandID": "TransactionReversal", "TransactionID": receipt, "ReceiverParty": "174379"}
    ack = app.initiate(receiver, "/mpesa/reversal/v1/request", RecieverIdentifierType="11", **fields).json()
    mpesa.settled(ack["ConversationID"])
    line = rows(fetch(mpesa, "174379.csv"))[0]
    assert (line["Withdrawn"], line["Linked Transaction ID"]) == ("-1,500.00", receipt)
    assert receipt in line["Details"]


def test_hidden_lines_leave_the_balance_column_telling(mpesa: Network, app: Any, receiver: Any) -> None:
    pay(app, receiver, 100)
    mpesa.break_things({"kind": "statement_missing", "organisation": "174379", "times": 1})
    pay(app, receiver, 50)
    pay(app, receiver, 7)
    assert [line["Balance"] for line in rows(fetch(mpesa, "174379.csv"))] == ["157.00", "100.00"]


def test_an_account_or_organisation_that_does_not_exist(mpesa: Network) -> None:
    for name, status in (("999999.csv", 404), ("174379.csv?account=pocket", 422), ("174379.csv?from=may", 422)):
        assert httpx.get(f"{mpesa.base_url}/simulator/v1/statements/{name}").status_code == status
