"""Receiving what M-PESA posts, whatever the framework."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from daraja.callbacks import SAFARICOM_ADDRESSES, address_allowed
from daraja.errors import MalformedMessage

Message = TypeVar("Message")

ACCEPTED: Mapping[str, object] = {"ResultCode": 0, "ResultDesc": "Accepted"}
"""What M-PESA expects to hear when a message was taken."""

_LARGEST = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Delivery(Generic[Message]):
    """One message that came in. Store it before you do anything else with it."""

    body: bytes = field(repr=False)
    """Exactly what was posted."""
    message: Message | None
    """What it says; None if it could not be read."""
    problem: MalformedMessage | None
    """Why it could not be read."""
    path: Mapping[str, str] = field(repr=False)
    """What the route captured, such as the payment's secret token."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to reply."""

    status: int
    content: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Webhook(Generic[Message]):
    """How messages of one kind are received.

    `parse` reads the body (`daraja.parse_stk_callback` …). `handle` gets every delivery, readable or not; what it
    returns is the reply (for a C2B validation), and None is `ACCEPTED`. If it raises, the framework answers 500, so
    that nothing is acknowledged that was not taken. It should store the message, return, and let the work follow:
    M-PESA waits only a few seconds.
    """

    parse: Callable[[bytes], Message]
    handle: Callable[[Delivery[Message]], Mapping[str, object] | None]
    allowed: Collection[str] | None = SAFARICOM_ADDRESSES
    """Addresses and networks that may post; None for all, where the network in front of you sees to it."""

    def receive(self, body: bytes, *, address: str, path: Mapping[str, str]) -> Answer:
        """Take one post. `address` is the sender's, as your own server or proxy saw it."""
        if self.allowed is not None and not address_allowed(address, self.allowed):
            return Answer(status=403, content={"ResultCode": 1, "ResultDesc": "Not allowed"})
        if len(body) > _LARGEST:
            return Answer(status=413, content={"ResultCode": 1, "ResultDesc": "Too large"})
        message, problem = None, None
        try:
            message = self.parse(body)
        except MalformedMessage as error:
            problem = error
        reply = self.handle(Delivery(body=body, message=message, problem=problem, path=path))
        return Answer(status=200, content=ACCEPTED if reply is None else reply)
