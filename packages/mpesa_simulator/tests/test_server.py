"""Starting, stopping and restarting, as a person does it from the command line."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mpesa_simulator import Control, Network

COMMAND = [sys.executable, "-m", "mpesa_simulator", "serve"]


@contextmanager
def served(*options: str) -> Iterator[tuple[Control, subprocess.Popen[str]]]:
    """A simulator in a process of its own."""
    process = subprocess.Popen([*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        control = Control(process.stdout.readline().rsplit(" ", 1)[-1].strip())
        yield control, process
        control.close()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_even_with_a_page_open(number: signal.Signals) -> None:
    with (
        served() as (control, process),
        httpx.stream("GET", f"{control.base_url}/phone/254708374149/events") as stream,
    ):
        assert stream.status_code == 200
        process.send_signal(number)
        assert process.wait(10) == 0


def test_a_busy_port_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    words = " ".join(done.stderr.split())
    assert (
        words == f"Port {port} on 127.0.0.1 is in use by another program. Stop that one, or choose another with --port."
    )


def test_what_is_in_a_file_survives_a_restart(tmp_path: Path) -> None:
    books = str(tmp_path / "mpesa.db")
    with served("--books", books) as (control, _):
        phone = control.subscriber("254711000222", name="MARY", balance=777)
        control.call("POST", "/messages", {"to": phone.msisdn, "from": "DUKA", "text": "Hello"})
        control.configure(prompt_seconds=9)
        receipts = [row["receipt"] for row in control.transactions()]
    with served("--books", books) as (control, _):
        state = control.call("GET", "/subscribers/254711000222")
        assert (state["name"], state["balance"]) == ("MARY", 777)
        assert control.call("GET", "/subscribers/254711000222/messages")[0]["text"] == "Hello"
        assert control.call("GET", "/settings")["prompt_seconds"] == 9
        control.subscriber("254711000222", balance=778)
        later = [row["receipt"] for row in control.transactions()]
        assert later[: len(receipts)] == receipts
        assert len(set(later)) == len(later) == len(receipts) + 1
        assert control.trial_balance()["total"] == 0


def test_an_open_prompt_and_an_owed_callback_survive_a_restart(tmp_path: Path, receiver: Any, app_of: Any) -> None:
    books = str(tmp_path / "mpesa.db")
    with Network(books=books, push_seconds=0, callback_seconds=3600) as network:
        phone = network.subscriber()
        app_of(network).push(receiver)
        phone.wait_for_prompt()
    with Network(books=books) as network:
        ended = network.subscriber().enter_pin()
        (callback,) = network.callbacks(wait_seconds=0)
        assert (callback["state"], callback["about"]) == ("waiting", ended["id"])


def test_networks_without_a_seed_never_share_a_receipt() -> None:
    with Network() as one, Network() as other:
        first, second = ({row["receipt"] for row in network.transactions()} for network in (one, other))
    assert not first & second
