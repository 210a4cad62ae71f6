"""Asking how much an organisation's accounts hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from daraja.apis.b2b import IdentifierType
from daraja.apis.instruction import Instruction
from daraja.eat import read_time
from daraja.money import Account, read_accounts
from daraja.request import Wire, wire_request
from daraja.results import Result, read_envelope
from daraja.rules import SHORTCODE, one_of


@wire_request
class BalanceQuery(Instruction):
    """Ask for the balances of your own shortcode: `POST /mpesa/accountbalance/v1/query`."""

    path: ClassVar[str] = "/mpesa/accountbalance/v1/query"
    repeatable: ClassVar[bool] = True
    constants: ClassVar[Mapping[str, object]] = {"CommandID": "AccountBalance"}

    shortcode: Annotated[str, Wire("PartyA", SHORTCODE)]
    identifier_type: Annotated[IdentifierType, Wire("IdentifierType", one_of(*IdentifierType))] = (
        IdentifierType.SHORTCODE
    )


@dataclass(frozen=True, kw_only=True)
class BalanceResult(Result):
    """What the accounts held when M-PESA looked."""

    accounts: tuple[Account, ...]
    completed_at: datetime | None

    def account(self, name: str) -> Account | None:
        """The account of this name, such as `Utility Account`, or None."""
        return next((account for account in self.accounts if account.name == name), None)


def parse_balance_result(body: bytes | str | Mapping[str, object]) -> BalanceResult:
    """The result of a balance query. Raises `MalformedMessage`."""
    envelope = read_envelope(body)
    found = envelope["parameters"].first
    return BalanceResult(
        **envelope, accounts=read_accounts(found("AccountBalance")), completed_at=read_time(found("BOCompletedTime"))
    )
