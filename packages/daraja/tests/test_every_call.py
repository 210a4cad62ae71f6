"""Every call of the catalogue over real HTTP: exactly what is sent, and what comes of the answer."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from daraja_cases import B2C, CASES, INVOICE, OPERATOR, Case

import daraja

SAMPLES = Path(__file__).parent / "samples"
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
