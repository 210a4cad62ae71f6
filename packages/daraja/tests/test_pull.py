"""Fetching payments whose callbacks were lost."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
START = datetime(2020, 8, 4, 5, 36, tzinfo=UTC)
END = datetime(2020, 8, 4, 10, 10, tzinfo=daraja.EAT)


def pull(client: daraja.Client, offset: int = 0) -> daraja.PulledPage:
    return client.pull_transactions(daraja.PullTransactions(shortcode="600000", start=START, end=END, offset=offset))


def test_a_page_holds_every_transaction(gateway, client, answer):
    body = json.loads((SAMPLES / "pull_query_ok_2020.json").read_bytes())
    gateway.answers(answer(body=body))
    page = pull(client, offset=100)
    assert gateway.calls[0].json == {
        "ShortCode": "600000",
        "StartDate": "2020-08-04 08:36:00",
        "EndDate": "2020-08-04 10:10:00",
        "OffSetValue": "100",
    }
    (rows,) = body["Response"]
    assert [transaction.raw for transaction in page.transactions] == rows
    assert [transaction.receipt for transaction in page.transactions] == [row["transactionId"] for row in rows]
    assert [transaction.amount_cents for transaction in page.transactions] == [
        round(float(row["amount"]) * 100) for row in rows
    ]
    assert page.transactions[0].completed_at == datetime(2020, 8, 6, 10, 13, tzinfo=daraja.EAT)
    assert page.next_offset == 100 + len(rows)
    assert page.unreadable == []


def test_phone_numbers_are_read_with_and_without_their_country(gateway, client, answer):
    rows = [
        {"transactionId": f"UKN4Q7T2X{number}", "amount": "1.00", "msisdn": msisdn}
        for number, msisdn in enumerate([722000000, 254722000000, "0722000000", 72200000, "2547****000"])
    ]
    gateway.answers(answer(body={"ResponseCode": "1000", "Response": [rows]}))
    page = pull(client)
    assert [transaction.msisdn for transaction in page.transactions] == ["254722000000"] * 3 + [None, None]
    assert page.transactions[4].msisdn_masked == "2547****000"


@pytest.mark.parametrize("response", [[[]], [], None])
def test_nothing_to_pull_is_an_empty_page(gateway, client, answer, response):
    gateway.answers(answer(body={"ResponseCode": "1001", "ResponseMessage": "No records", "Response": response}))
    page = pull(client)
    assert (page.transactions, page.next_offset, page.code) == ([], None, "1001")


def test_a_row_that_cannot_be_read_is_kept_apart(gateway, client, answer):
    good = {"transactionId": "UKN4Q7T2XB", "amount": "5.00"}
    gateway.answers(answer(body={"ResponseCode": "1000", "Response": [[good, {"transactionId": "X"}, "?"]]}))
    page = pull(client)
    assert [transaction.receipt for transaction in page.transactions] == ["UKN4Q7T2XB"]
    assert page.unreadable == [{"transactionId": "X"}, "?"]
    assert page.next_offset == 3


def test_a_flat_answer_is_read_too(gateway, client, answer):
    gateway.answers(answer(body=(SAMPLES / "pull_query_flat_camel.json").read_bytes()))
    (transaction,) = pull(client).transactions
    assert transaction.receipt == "QWE123"


def test_a_window_must_run_forwards_and_know_its_zone(gateway, client):
    with pytest.raises(daraja.InvalidRequest, match="after start"):
        client.pull_transactions(daraja.PullTransactions(shortcode="600000", start=END, end=START))
    with pytest.raises(daraja.InvalidRequest, match="time zone"):
        client.pull_transactions(daraja.PullTransactions(shortcode="600000", start=START, end=END.replace(tzinfo=None)))
    assert gateway.received == []


@pytest.mark.parametrize(("name", "already"), [("pull_register_ok", False), ("pull_register_already", True)])
def test_registering_twice_is_as_good_as_once(gateway, client, answer, *, name, already):
    gateway.answers(answer(body=(SAMPLES / f"{name}.json").read_bytes()))
    registered = client.register_pull(
        daraja.RegisterPull(
            shortcode="600000", nominated_msisdn="0722000000", callback_url="https://shop.example/pulled"
        )
    )
    assert registered.already is already
    assert gateway.calls[0].json == {
        "ShortCode": "600000",
        "RequestType": "Pull",
        "NominatedNumber": "254722000000",
        "CallBackURL": "https://shop.example/pulled",
    }
