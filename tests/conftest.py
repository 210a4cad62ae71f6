"""The running demo that all browser tests share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.market_books import MarketBooks
from tests.network import Network
from tests.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Both servers, the worker and PostgreSQL. At the end Ctrl-C must leave nothing behind.

    Its folder is not one of pytest's: where we are root, PostgreSQL runs as a user who cannot enter those.
    """
    with tempfile.TemporaryDirectory(prefix="sokopesa-demo-", ignore_cleanup_errors=True) as folder:
        demo = Stack(Path(folder))
        demo.start()
        try:
            yield demo
        finally:
            status = demo.stop()
        assert status == 0, demo.output
        assert demo.processes() == []


@pytest.fixture(scope="session")
def whole_network(stack: Stack) -> Iterator[Network]:
    """The simulated network, for all tests."""
    network = Network(stack.simulator)
    yield network
    network.close()


@pytest.fixture
def network(whole_network: Network) -> Iterator[Network]:
    """The simulated network, for a test that may break it: afterwards it is whole again."""
    settings = whole_network.settings()
    yield whole_network
    whole_network.break_()
    whole_network.arrange(**settings)


@pytest.fixture
def books(stack: Stack) -> Iterator[MarketBooks]:
    """The market's books, for a look past the market's code."""
    with stack.database() as connection:
        yield MarketBooks(connection)
