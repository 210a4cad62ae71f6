"""Where a contract is tried: a network of its own, a client of either kind, and a server that takes what is posted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal
from tests.contract.inbox import Inbox
from tests.contract.valid_requests import PHONE, Requests, valid_requests

import daraja
from mpesa_simulator import Network

Style = Literal["sync", "async"]
Message = TypeVar("Message", bound=daraja.Message)
Ask = Callable[[str, daraja.Request[Any]], Any]

POSTED: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "stk_push": ("prompt", daraja.parse_stk_callback),
    "create_standing_order": ("standing-order", daraja.parse_standing_order_callback),
    "express_checkout": ("till", daraja.parse_express_callback),
    "b2c": ("result", daraja.parse_b2c_result),
    "b2c_v1": ("result", daraja.parse_b2c_result),
    "pochi": ("result", daraja.parse_b2c_result),
    "b2b_pay_bill": ("result", daraja.parse_b2b_result),
    "b2b_buy_goods": ("result", daraja.parse_b2b_result),
    "b2c_top_up": ("result", daraja.parse_b2b_result),
    "remit_tax": ("result", daraja.parse_b2b_result),
    "reverse": ("result", daraja.parse_reversal_result),
    "transaction_status": ("result", daraja.parse_status_result),
    "account_balance": ("result", daraja.parse_balance_result),
}
"""Where the outcome of a call is posted, and what reads it."""


@dataclass
class Bench:
    """What a contract works with."""

    mpesa: Network
    inbox: Inbox
    valid: Requests
    _ask: Ask
    asked: set[str] = field(default_factory=set)
    """The calls that were made."""

    @property
    def phone(self) -> str:
        """The customer's number."""
        return PHONE

    def ask(self, call: str, **change: object) -> Any:
        """Make a call, its valid request changed as given. Returns the answer."""
        self.asked.add(call)
        return self._ask(call, replace(self.valid[call], **change))

    def posted(self, name: str, parse: Callable[[bytes], Message]) -> Message:
        """The next message at this path. Whatever is read from it, nothing of its body may be lost."""
        body = self.inbox.take(name)
        message = parse(body)
        assert message.raw == json.loads(body)
        return message

    def outcome(self, call: str, answer: Any) -> Any:
        """What is posted in the end about a call that was accepted; it must be about this call."""
        message = self.posted(*POSTED[call])
        for name in ("checkout_request_id", "response_ref_id", "conversation_id", "originator_conversation_id"):
            if hasattr(answer, name):
                assert getattr(message, name) == getattr(answer, name)
        return message

    def moved(self, party: str | None = None) -> list[dict[str, Any]]:
        """Every movement of money so far, of everyone or of one party, but what was put in to begin with."""
        return [one for one in self.mpesa.transactions(party) if one["kind"] not in ("deposit", "withdrawal")]

    def balance(self, shortcode: str, account: str) -> float:
        """What an organisation's account holds, in shillings."""
        return self.mpesa.trial_balance()["accounts"].get(f"organisation:{shortcode}:{account}", 0.0)


@contextmanager
def open_bench(mpesa: Network, style: Style) -> Iterator[Bench]:
    """A bench whose client is `daraja.Client` or `daraja.AsyncClient`."""
    environment = daraja.Environment(base_url=mpesa.base_url, allow_http=True)
    credentials = daraja.Credentials(consumer_key="contract", consumer_secret="secret")
    with Inbox() as inbox, _ask(style, credentials, environment) as ask:
        yield Bench(mpesa, inbox, valid_requests(inbox.url), ask)


@contextmanager
def _ask(style: Style, credentials: daraja.Credentials, environment: daraja.Environment) -> Iterator[Ask]:
    if style == "sync":
        with daraja.Client(credentials=credentials, environment=environment) as client:
            yield lambda call, request: getattr(client, call)(request)
    else:
        with start_blocking_portal() as portal, _open(portal, credentials, environment) as client:
            yield lambda call, request: portal.call(getattr(client, call), request)


@contextmanager
def _open(
    portal: BlockingPortal, credentials: daraja.Credentials, environment: daraja.Environment
) -> Iterator[daraja.AsyncClient]:
    async def make() -> daraja.AsyncClient:
        return daraja.AsyncClient(credentials=credentials, environment=environment)

    with portal.wrap_async_context_manager(portal.call(make)) as client:
        yield client
