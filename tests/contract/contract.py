"""What a contract is, and the two kinds of failure that most of them are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.contract.bench import Bench

import daraja

Play = Callable[[Bench], object]


@dataclass(frozen=True)
class Contract:
    """One thing that client and network agree on about a call."""

    call: str
    shows: str
    """`success`, or the name of the failure: a result code or an error of the client."""
    when: str
    play: Play
    traceless: bool = False
    """Whether it leaves a network as it found it, so that others can use the same."""

    @property
    def succeeds(self) -> bool:
        return self.shows == "success"


def success(call: str, when: str) -> Callable[[Play], Contract]:
    """The decorated function plays a success of the call."""
    return lambda play: Contract(call, "success", when, play)


def failure(call: str, shows: str, when: str) -> Callable[[Play], Contract]:
    """The decorated function plays a failure of the call."""
    return lambda play: Contract(call, shows, when, play)


def nothing(_: Bench) -> None:
    """No preparation is needed."""


def refuses(
    call: str,
    error: type[daraja.DarajaError],
    when: str,
    *,
    prepare: Play = nothing,
    field: str | None = None,
    **change: object,
) -> Contract:
    """The network refuses the request at once, and the client raises exactly this error; nothing moves."""

    def play(bench: Bench) -> None:
        prepare(bench)
        moved = bench.moved()
        with pytest.raises(daraja.DarajaError) as caught:
            bench.ask(call, **change)
        assert type(caught.value) is error, repr(caught.value)
        assert getattr(caught.value, "field", None) == field
        bench.mpesa.quiet()
        assert bench.moved() == moved

    return Contract(call, error.__name__, when, play, traceless=prepare is nothing)


def ends(
    call: str,
    code: str,
    when: str,
    *,
    prepare: Play = nothing,
    outcome: daraja.Outcome = daraja.Outcome.FAILED,
    described: bool = True,
    **change: object,
) -> Contract:
    """The network accepts the request, and posts later that it ended with this code; nothing moves.

    A code that is not `described` for the product must be read as settling nothing.
    """

    def play(bench: Bench) -> None:
        prepare(bench)
        moved = bench.moved()
        message = bench.outcome(call, bench.ask(call, **change))
        assert (message.code, message.outcome) == (code, outcome)
        assert message.code.known is described
        assert getattr(message, "receipt", None) is None
        assert bench.moved() == moved

    return Contract(call, code, when, play)
