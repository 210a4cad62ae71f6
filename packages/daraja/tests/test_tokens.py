"""One token for everybody who needs it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
QUERY = daraja.StkQuery(shortcode="174379", passkey="secret", checkout_request_id="ws_CO_1")
PAID = (SAMPLES / "stkquery_0_2021.json").read_bytes()


def test_many_threads_share_one_token(gateway, client, answer):
    gateway.answers(answer(body=PAID))
    gateway.mint_seconds = 0.1
    start = threading.Barrier(8)

    def ask(_: int) -> daraja.StkStatus:
        start.wait()
        return client.stk_query(QUERY)

    with ThreadPoolExecutor(8) as pool:
        assert all(status.state is daraja.StkState.PAID for status in pool.map(ask, range(8)))
    assert gateway.tokens_minted == 1
    assert {call.headers["Authorization"] for call in gateway.calls} == {"Bearer token-1"}


def test_many_tasks_share_one_token(gateway, credentials, answer):
    gateway.answers(answer(body=PAID))
    gateway.mint_seconds = 0.1

    async def ask_all() -> None:
        async with (
            daraja.AsyncClient(credentials=credentials, environment=gateway.environment) as client,
            anyio.create_task_group() as tasks,
        ):
            for _ in range(20):
                tasks.start_soon(client.stk_query, QUERY)

    anyio.run(ask_all)
    assert len(gateway.calls) == 20
    assert gateway.tokens_minted == 1


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (404, "404.001.03", "Invalid Access Token"),
        (400, "400.003.01", "Invalid Access Token"),
        (401, "401.002.01", "Error Occurred - Invalid Access Token - token-1"),
        (401, "401.001", "Invalid Access Token"),
        (401, "401.003.01", "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"),
    ],
)
def test_a_rejected_token_is_replaced_once_even_for_money(gateway, client, make_push, answer, *, status, code, message):
    rejected = answer(status=status, body={"errorCode": code, "errorMessage": message})
    gateway.answers(rejected, answer(body=(SAMPLES / "stkack_2024.json").read_bytes()))
    client.stk_push(make_push())
    assert [call.headers["Authorization"] for call in gateway.calls] == ["Bearer token-1", "Bearer token-2"]


def test_a_token_rejected_twice_is_the_operators_to_fix(gateway, client, make_push, answer):
    gateway.answers(answer(status=404, body={"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}))
    with pytest.raises(daraja.WrongCredentials):
        client.stk_push(make_push())
    assert len(gateway.calls) == 2


@pytest.mark.parametrize("life", ["3599", 3599, "invalid", None, float("inf")])
def test_a_tokens_life_is_read_in_every_form(gateway, client, answer, life):
    gateway.token_script[:] = [
        answer(
            body=f'{{"access_token": "t", "expires_in": {life!r}}}'.replace("'", '"')
            .replace("None", "null")
            .replace("inf", "1e999")
            .encode()
        )
    ]
    gateway.answers(answer(body=PAID))
    client.stk_query(QUERY)
    client.stk_query(QUERY)
    assert [call.headers["Authorization"] for call in gateway.calls] == ["Bearer t", "Bearer t"]


def test_a_token_is_replaced_a_minute_before_its_end(gateway, client, answer):
    gateway.token_script[:] = [answer(body={"access_token": "short", "expires_in": "60"})]
    gateway.answers(answer(body=PAID))
    client.stk_query(QUERY)
    client.stk_query(QUERY)
    assert [call.headers["Authorization"] for call in gateway.calls] == ["Bearer short", "Bearer token-1"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b'{"errorCode": "400.008.01", "errorMessage": "Invalid Authentication passed"}'),
        (400, b'{"errorCode": "400.008.02", "errorMessage": "Invalid grant type passed"}'),
        (401, b""),
    ],
)
def test_wrong_keys_are_named_as_such(gateway, client, make_push, answer, *, status, body):
    gateway.token_script[:] = [answer(status=status, body=body)]
    with pytest.raises(daraja.WrongCredentials):
        client.stk_push(make_push())
    assert gateway.calls == []


def test_no_token_means_that_nothing_was_sent(gateway, client, make_push, answer):
    gateway.token_script[:] = [answer(status=503, body=b"<html>")] * 3
    with pytest.raises(daraja.Unreachable, match="not sent"):
        client.stk_push(make_push())
    assert gateway.calls == []


def test_two_clients_with_one_store_share_a_token(gateway, credentials, answer):
    gateway.answers(answer(body=PAID))
    store = daraja.MemoryTokenStore()
    for _ in range(2):
        with daraja.Client(credentials=credentials, environment=gateway.environment, token_store=store) as client:
            client.stk_query(QUERY)
    assert gateway.tokens_minted == 1
