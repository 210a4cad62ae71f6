"""People with phones before a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect
from tests.journey.chromium import chromium
from tests.journey.errands import Errands
from tests.journey.handset import Handset
from tests.journey.instant import no_refund_leaves_at_once
from tests.journey.shopper import Shopper
from tests.network import Network, Sim
from tests.stack import Stack

PATIENCE_MILLISECONDS = 30_000
"""For what the page should do by itself, on a machine that is busy with other things."""

SMALL_PHONE = ViewportSize(width=360, height=740)

LAST = "test_books.py"


class NewShopper(Protocol):
    """Opens a window of somebody's own, without JavaScript if wanted."""

    def __call__(self, sim: Sim | None = None, *, javascript: bool = True) -> Shopper: ...


SignedIn = Callable[[Sim], Shopper]
NewHandset = Callable[[Sim], Handset]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The books are looked at when everybody has paid."""
    items.sort(key=lambda item: item.path.name == LAST)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with chromium() as running:
        yield running


@pytest.fixture
def new_window(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser windows that share nothing; all are closed at the end."""
    windows: list[BrowserContext] = []

    def open_one(*, javascript: bool = True) -> BrowserContext:
        window = browser.new_context(viewport=SMALL_PHONE, java_script_enabled=javascript)
        window.set_default_timeout(PATIENCE_MILLISECONDS)
        windows.append(window)
        return window

    yield open_one
    for window in windows:
        window.close()


@pytest.fixture
def new_shopper(stack: Stack, network: Network, new_window: Callable[..., BrowserContext]) -> NewShopper:
    def open_shop(sim: Sim | None = None, *, javascript: bool = True) -> Shopper:
        window = new_window(javascript=javascript)
        errands = Errands(window.request, stack.shop, network)
        return Shopper(window.new_page(), stack.shop, errands, sim or network.new_sim())

    return open_shop


@pytest.fixture
def shopper(new_shopper: NewShopper) -> Shopper:
    """Somebody with a phone number that nobody has used before, and KES 50,000 on it."""
    return new_shopper()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, stack: Stack, whole_network: Network) -> Iterator[SignedIn]:
    """People of a shop or of the market. Each stays signed in from test to test, for codes by SMS are rationed."""
    known: dict[str, Shopper] = {}
    windows: list[BrowserContext] = []

    def sit_down(sim: Sim) -> Shopper:
        if sim.msisdn not in known:
            window = browser.new_context(viewport=SMALL_PHONE)
            window.set_default_timeout(PATIENCE_MILLISECONDS)
            windows.append(window)
            errands = Errands(window.request, stack.shop, whole_network)
            errands.sign_in(sim)
            known[sim.msisdn] = Shopper(window.new_page(), stack.shop, errands, sim)
        return known[sim.msisdn]

    yield sit_down
    for window in windows:
        window.close()


@pytest.fixture(scope="module")
def sound_books(stack: Stack) -> Iterator[None]:
    """After a file's tests the ledger is proven: entries sum to zero, balances are right, nothing was altered."""
    yield
    stack.command("ledger", "verify")


@pytest.fixture
def by_file(stack: Stack) -> Iterator[None]:
    """No refund leaves at once while the test runs; what it made of them leaves afterwards."""
    with stack.database() as connection, no_refund_leaves_at_once(connection):
        yield


@pytest.fixture
def new_handset(stack: Stack, new_window: Callable[..., BrowserContext]) -> NewHandset:
    return lambda sim: Handset(new_window().new_page(), stack.simulator, sim)


@pytest.fixture
def handset(shopper: Shopper, new_handset: NewHandset) -> Handset:
    """The shopper's phone, in a second window."""
    return new_handset(shopper.sim)
