"""Client and network agree: every call makes its round trip over HTTP, in success and in each failure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.bench import Bench, open_bench
from tests.contract.contract import Contract
from tests.contract.contracts import CONTRACTS, NEVER_FAILS

import daraja
from mpesa_simulator import Network

CALLS = {name for name, call in vars(daraja.Calls).items() if isinstance(call, daraja.Call)}


@pytest.fixture
def bench(mpesa: Network, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A bench whose books must balance afterwards, and to which nothing was posted that no contract speaks of."""
    with open_bench(mpesa, request.param) as bench:
        yield bench
        mpesa.break_things()
        books = mpesa.trial_balance()
        assert (books["total"], books["balances_agree"]) == (0, True)


def test_every_call_has_a_contract_in_success_and_in_failure() -> None:
    assert {contract.call for contract in CONTRACTS if contract.succeeds} == CALLS
    assert {contract.call for contract in CONTRACTS if not contract.succeeds} == CALLS - NEVER_FAILS.keys()


def name(contract: Contract) -> str:
    return f"{contract.call}-{contract.shows}-{contract.when}".replace(" ", "_")


@pytest.mark.parametrize("bench", ["sync"], indirect=True)
@pytest.mark.parametrize("contract", CONTRACTS, ids=name)
def test_client_and_network_agree(bench: Bench, contract: Contract) -> None:
    contract.play(bench)
    assert contract.call in bench.asked


@pytest.mark.parametrize("bench", ["async"], indirect=True)
@pytest.mark.parametrize("contract", [contract for contract in CONTRACTS if contract.succeeds], ids=name)
def test_the_asynchronous_client_agrees_too(bench: Bench, contract: Contract) -> None:
    contract.play(bench)
    assert contract.call in bench.asked
