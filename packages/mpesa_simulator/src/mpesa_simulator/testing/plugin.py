"""A pytest plugin: the fixture `mpesa` is a network of the test's own."""

from collections.abc import Iterator

import pytest

from mpesa_simulator.testing.network import Network


@pytest.fixture
def mpesa() -> Iterator[Network]:
    """A fresh network in memory that does not dawdle; `mpesa.base_url` takes the place of Safaricom's."""
    with Network(push_seconds=0, callback_seconds=0, result_seconds=0) as network:
        yield network
