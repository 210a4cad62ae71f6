"""Keeping below a rate."""

import time
from pathlib import Path

import anyio
import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
QUERY = daraja.StkQuery(shortcode="174379", passkey="secret", checkout_request_id="ws_CO_1")


def test_calls_wait_for_their_turn(gateway, credentials, answer):
    gateway.answers(answer(body=(SAMPLES / "stkquery_0_2021.json").read_bytes()))
    limit = daraja.RateLimit(calls=10, seconds=1)
    started = time.monotonic()
    with daraja.Client(credentials=credentials, environment=gateway.environment, rate_limit=limit) as client:
        for _ in range(4):
            client.stk_query(QUERY)
    assert time.monotonic() - started >= 0.4, "one token and four queries leave four gaps of 0.1 s"


def test_tasks_wait_for_their_turn_too(gateway, credentials, answer):
    gateway.answers(answer(body=(SAMPLES / "stkquery_0_2021.json").read_bytes()))
    limit = daraja.RateLimit(calls=10, seconds=1)

    async def ask_all() -> None:
        async with (
            daraja.AsyncClient(credentials=credentials, environment=gateway.environment, rate_limit=limit) as client,
            anyio.create_task_group() as tasks,
        ):
            for _ in range(4):
                tasks.start_soon(client.stk_query, QUERY)

    started = time.monotonic()
    anyio.run(ask_all)
    assert time.monotonic() - started >= 0.4


def test_a_burst_need_not_wait(gateway, credentials, answer):
    gateway.answers(answer(body=(SAMPLES / "stkquery_0_2021.json").read_bytes()))
    limit = daraja.RateLimit(calls=1, seconds=3600, burst=5)
    with daraja.Client(credentials=credentials, environment=gateway.environment, rate_limit=limit) as client:
        for _ in range(4):
            client.stk_query(QUERY)
    assert len(gateway.calls) == 4


@pytest.mark.parametrize("wrong", [{"calls": 0, "seconds": 1}, {"calls": 1, "seconds": 0}])
def test_a_limit_must_let_something_pass(wrong):
    with pytest.raises(daraja.InvalidRequest):
        daraja.RateLimit(**wrong)
