"""Client and network agree: every call makes its round trip over HTTP, in success and in each failure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.bench import Style, open_bench
from tests.contract.contract import Contract
from tests.contract.contracts import CONTRACTS, NEVER_FAILS

import daraja
from mpesa_simulator import Network

CALLS = {name for name, call in vars(daraja.Calls).items() if isinstance(call, daraja.Call)}


@pytest.fixture(scope="module")
def shared() -> Iterator[Network]:
    """The network of all contracts that leave no trace."""
    with Network(push_seconds=0, callback_seconds=0, result_seconds=0) as network:
        yield network


def play(contract: Contract, mpesa: Network, style: Style) -> None:
    """Whatever happens, the call in question must be made, and the books must balance afterwards."""
    with open_bench(mpesa, style) as bench:
        contract.play(bench)
        assert contract.call in bench.asked
    books = mpesa.trial_balance()
    assert (books["total"], books["balances_agree"]) == (0, True)


def test_every_call_has_a_contract_in_success_and_in_failure() -> None:
    assert {contract.call for contract in CONTRACTS if contract.succeeds} == CALLS
    assert {contract.call for contract in CONTRACTS if not contract.succeeds} == CALLS - NEVER_FAILS.keys()


def name(contract: Contract) -> str:
    return f"{contract.call}-{contract.shows}-{contract.when}".replace(" ", "_")


@pytest.mark.parametrize("contract", [contract for contract in CONTRACTS if not contract.traceless], ids=name)
def test_client_and_network_agree(mpesa: Network, contract: Contract) -> None:
    play(contract, mpesa, "sync")


@pytest.mark.parametrize("contract", [contract for contract in CONTRACTS if contract.traceless], ids=name)
def test_client_and_network_agree_on_what_is_refused(shared: Network, contract: Contract) -> None:
    play(contract, shared, "sync")


@pytest.mark.parametrize("contract", [contract for contract in CONTRACTS if contract.succeeds], ids=name)
def test_the_asynchronous_client_agrees_too(mpesa: Network, contract: Contract) -> None:
    play(contract, mpesa, "async")
