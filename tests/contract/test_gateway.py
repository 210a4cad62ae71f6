"""Whatever goes wrong at the gateway, every call tells apart what was refused and what nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from tests.contract.valid_requests import valid_requests

import daraja
from mpesa_simulator import Network


@dataclass(frozen=True)
class Fault:
    """A fault of the network, and what the client must make of it."""

    kind: dict[str, object]
    error: type[daraja.DarajaError]


FAULTS = [
    Fault({"kind": "server_error"}, daraja.SystemBusy),
    Fault({"kind": "unavailable"}, daraja.OutcomeUnknown),
    Fault({"kind": "too_many_requests"}, daraja.Throttled),
    Fault({"kind": "blocked"}, daraja.Refused),
    Fault({"kind": "wrong_credentials"}, daraja.WrongCredentials),
    Fault({"kind": "token_invalidated"}, daraja.TokenRejected),
]


CALLS = {name for name, call in vars(daraja.Calls).items() if isinstance(call, daraja.Call)}
PAYING = {
    *("b2c", "b2c_v1", "pochi", "b2b_pay_bill", "b2b_buy_goods", "b2c_top_up", "remit_tax"),
    *("simulate_c2b", "simulate_c2b_v1", "redeem_points"),
}
"""Calls that move money with nobody's PIN."""


def client_of(mpesa: Network) -> daraja.AsyncClient:
    return daraja.AsyncClient(
        credentials=daraja.Credentials(consumer_key="contract", consumer_secret="secret"),
        environment=daraja.Environment(base_url=mpesa.base_url, allow_http=True),
    )


def ask_all(mpesa: Network, *faults: dict[str, object], calls: Collection[str] = CALLS) -> dict[str, object]:
    """Make calls at once, with a token from before the faults; returns each answer or error."""
    came: dict[str, object] = {}

    async def ask(client: daraja.AsyncClient, call: str, request: daraja.Request[Any]) -> None:
        try:
            came[call] = await getattr(client, call)(request)
        except daraja.DarajaError as error:
            came[call] = error

    async def ask_each() -> None:
        async with client_of(mpesa) as client:
            await client.authenticate()
            mpesa.break_things(*faults)
            async with anyio.create_task_group() as tasks:
                for call, request in valid_requests(lambda name: f"{mpesa.base_url}/{name}").items():
                    if call in calls:
                        tasks.start_soon(ask, client, call, request)

    anyio.run(ask_each)
    return came


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind["kind"])
def test_a_fault_before_any_effect_is_told_by_every_call(mpesa: Network, fault: Fault) -> None:
    came = ask_all(mpesa, fault.kind)
    assert {call: type(answer) for call, answer in came.items()} == dict.fromkeys(came, fault.error)
    assert came.keys() == CALLS


@pytest.mark.parametrize("how", ["bad_gateway", "dropped"])
def test_a_lost_answer_is_no_refusal_and_nothing_is_paid_twice(mpesa: Network, how: str) -> None:
    came = ask_all(mpesa, {"kind": "lost_answer", "how": how}, calls=PAYING)
    assert {call: type(answer) for call, answer in came.items()} == dict.fromkeys(PAYING, daraja.OutcomeUnknown)
    mpesa.quiet()
    kinds = Counter(moved["kind"] for moved in mpesa.transactions())
    assert kinds["b2c"] + kinds["b2pochi"] + kinds["b2b"] + kinds["pay_bill"] == len(PAYING)


def test_a_token_that_ends_early_is_replaced_without_anybody_noticing(mpesa: Network) -> None:
    came = ask_all(mpesa, {"kind": "token_invalidated", "times": 1})
    assert [call for call, answer in came.items() if isinstance(answer, daraja.TokenRejected)] == []
