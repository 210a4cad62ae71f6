"""Every contract, and what no contract can be about."""

from __future__ import annotations

from tests.contract import (
    bill_contracts,
    customer_payment_contracts,
    instruction_contracts,
    prompt_contracts,
    question_contracts,
)
from tests.contract.contract import Contract

CONTRACTS: list[Contract] = [
    *prompt_contracts.CONTRACTS,
    *customer_payment_contracts.CONTRACTS,
    *instruction_contracts.CONTRACTS,
    *bill_contracts.CONTRACTS,
    *question_contracts.CONTRACTS,
]

NEVER_FAILS = {
    "points_value": "any number of points has a value",
    "acknowledge_bill_payment": "the network checks nothing about a receipt",
}
"""Calls that the network never refuses for what they say, and why. The gateway may still refuse them."""

NOT_SIMULATED = {"unlisted": "any of these paths; it has none of its own"}
"""Calls that the network does not offer, and why."""
