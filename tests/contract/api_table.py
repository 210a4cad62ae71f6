"""Write `docs/apis.md`, the table of every call: what the client has, the network answers, and the contracts prove.

python -m tests.contract.api_table
"""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract import bench
from tests.contract.contracts import CONTRACTS, NEVER_FAILS, NOT_SIMULATED

import daraja
from mpesa_simulator.app import APIS

PAGE = Path(__file__).parents[2] / "docs" / "apis.md"
INTRODUCTION = """\
# Every call of M-PESA's API

What [`daraja`](../packages/daraja/docs/apis/README.md) asks, what the
[simulator](../packages/mpesa_simulator/docs/apis.md) answers, and what is proven of the two together. *Tested* means
that the call makes its round trip over real HTTP, with its request, its answer and whatever is posted later, in success
and in each failure named: a result code, or the error that the client raises. The asynchronous client makes every
successful round trip as well.

This page is made by `python -m tests.contract.api_table`.

| call | typed request | typed result | posted later | simulated | tested |
|---|---|---|---|---|---|
"""
SIMULATED = {api.path for api in APIS}
C2B = ["register_c2b", "register_c2b_v1", "simulate_c2b", "simulate_c2b_v1", "redeem_points"]
POSTED = {
    **{call: parse for call, (_, parse) in bench.POSTED.items()},
    **dict.fromkeys(C2B, daraja.parse_c2b_payment),
    "opt_in_to_bills": daraja.parse_bill_payment,
}
"""What reads the messages that follow a call, at the URL that it or an earlier registration named."""


def _order(shows: str) -> tuple[bool, int, str]:
    """Result codes by number, then the rest."""
    return not shows.isdigit(), int(shows) if shows.isdigit() else 0, shows


@dataclass(frozen=True)
class Row:
    """One call. What is blank is a gap."""

    name: str
    call: daraja.Call[Any, Any]

    @property
    def request(self) -> str:
        return f"`{self.call.request.__name__}`" if issubclass(self.call.request, daraja.Request) else ""

    @property
    def result(self) -> str:
        return f"`{self.call.answer.__name__}`"

    @property
    def posted(self) -> str:
        if self.name not in POSTED:
            return ""
        returned = inspect.signature(POSTED[self.name]).return_annotation
        return f"`{returned.__name__}`"

    @property
    def simulated(self) -> str:
        if self.name in NOT_SIMULATED:
            return NOT_SIMULATED[self.name]
        return f"`{self.call.request.path}`" if self.call.request.path in SIMULATED else ""

    @property
    def tested(self) -> str:
        own = [contract for contract in CONTRACTS if contract.call == self.name]
        failures = Counter(contract.shows for contract in own if not contract.succeeds)
        if len(own) == failures.total() or (not failures and self.name not in NEVER_FAILS):
            return ""
        named = ", ".join(f"`{shows}`" for shows in sorted(failures, key=_order))
        return f"success, {named}" if named else f"success; {NEVER_FAILS[self.name]}"

    @property
    def gaps(self) -> list[str]:
        """The columns in which something is missing."""
        return [column for column in ("request", "result", "simulated", "tested") if not getattr(self, column)]

    def __str__(self) -> str:
        cells = (f"`{self.name}`", self.request, self.result, self.posted, self.simulated, self.tested)
        return f"| {' | '.join(cells)} |"


ROWS = [Row(name, call) for name, call in vars(daraja.Calls).items() if isinstance(call, daraja.Call)]


def page() -> str:
    """The page as it should be."""
    return INTRODUCTION + "".join(f"{row}\n" for row in ROWS)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
