"""``make demo`` from outside: what it refuses and how, what Ctrl-C leaves, and what a second start finds."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper
from tests.network import Network
from tests.stack import Stack, demo_command, environment_without_django, free_ports

pytestmark = pytest.mark.browser

NOT_PORTS = ["eighty", "80", "70000", "-8000", "8000.5"]


def refusal(**settings: str) -> str:
    """What the demo says when it cannot start, on one line; it must not look like a crash."""
    ports = dict(zip(("PORT", "SIMULATOR_PORT"), map(str, free_ports(2)), strict=True))
    demo = subprocess.Popen(
        demo_command(),
        env={**environment_without_django(), **ports, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said, _ = demo.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        demo.send_signal(signal.SIGINT)  # it has started after all, and killing it would leave its children
        said, _ = demo.communicate()
    assert demo.returncode == 1, said
    assert "Traceback" not in said
    assert said.startswith("Cannot start the demo.")
    return " ".join(said.split())


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        yield int(somebody.getsockname()[1])


@pytest.mark.parametrize("setting", ["PORT", "SIMULATOR_PORT"])
def test_a_busy_port(setting: str, busy_port: int, tmp_path: Path) -> None:
    said = refusal(**{setting: str(busy_port)}, SOKOPESA_DATA=str(tmp_path))
    assert f"Port {busy_port} is in use, perhaps by this demo" in said
    assert f"make demo {setting}={busy_port + 10}" in said


@pytest.mark.parametrize("port", NOT_PORTS)
def test_what_is_no_port(port: str, tmp_path: Path) -> None:
    said = refusal(PORT=port, SOKOPESA_DATA=str(tmp_path))
    assert f"PORT must be a number from 1024 to 65535, not '{port}'." in said


def test_one_port_for_both_servers(tmp_path: Path) -> None:
    said = refusal(PORT="9000", SIMULATOR_PORT="9000", SOKOPESA_DATA=str(tmp_path))
    assert "PORT and SIMULATOR_PORT must differ." in said


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am not a folder.", encoding="utf-8")
    said = refusal(SOKOPESA_DATA=str(tmp_path / "file" / "data"))
    assert "Set SOKOPESA_DATA to another folder." in said
    assert "file/data" in said


def test_ctrl_c_leaves_nothing_and_a_second_start_finds_all_as_it_was(
    shopper: Shopper, handset: Handset, network: Network, stack: Stack
) -> None:
    """One order is paid before, another while its request is on the phone over the restart."""
    network.arrange(prompt_seconds=600)
    shopper.buy()
    handset.type_pin()
    receipt = shopper.has_paid()
    shopper.go(shopper.errands.take_to_pay(shopper.sim))
    shopper.press_pay()
    shopper.is_told("Check your phone")
    expect(handset.prompt).to_be_visible()

    assert stack.stop() == 0
    assert stack.processes() == []
    stack.start()

    handset.page.reload()
    expect(handset.balance).to_have_text("Ksh 49,450.00")
    shopper.go("/orders/")  # still signed in
    paid = shopper.page.get_by_role("listitem").filter(has_text=receipt)
    expect(paid).to_contain_text("Billed KES 550")
    shopper.follow("See payment")
    handset.type_pin()
    shopper.has_paid()
    expect(handset.balance).to_have_text("Ksh 48,900.00")
