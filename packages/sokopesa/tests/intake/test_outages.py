"""The door while its database is away, comes back, or is too busy: nothing is acknowledged that is not kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

import daraja
from sokopesa.demo.run import SCRIPTS
from sokopesa.embedded_postgres import EmbeddedPostgres

QUESTION = {"TransID": "UKN1AAAAAA", "TransAmount": "1250.00", "BusinessShortCode": "174379", "BillRefNumber": "X"}
WHEN_UNSURE = {"Completed": "0", "Cancelled": "C2B00016"}
"""What the operator wants, and the answer that M-PESA then gets."""


class Database:
    """A server of this module's own, migrated, that can lose its power and be switched on again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._postgres = EmbeddedPostgres(folder)
        self.url = self._postgres.ensure_database("sokopesa")
        command = [str(Path(sysconfig.get_path("scripts")) / "sokopesa"), "manage", "migrate", "--verbosity", "0"]
        subprocess.run(command, env={**os.environ, "DATABASE_URL": self.url}, check=True)

    def lose_power(self) -> None:
        """End it at once, in the middle of whatever it does (SIGQUIT is PostgreSQL's immediate shutdown)."""
        with psycopg.connect(self.url) as connection:
            postmaster = psutil.Process(connection.info.backend_pid).parent()
        assert postmaster
        postmaster.send_signal(signal.SIGQUIT)
        postmaster.wait(20)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing answers and nothing is closed, as when a disk hangs or a network swallows packets."""
        with psycopg.connect(self.url) as connection:
            postmaster = psutil.Process(connection.info.backend_pid).parent()
        assert postmaster
        stopped = [postmaster, *postmaster.children()]
        for process in stopped:
            process.suspend()
        try:
            yield
        finally:
            for process in stopped:
                process.resume()

    def return_power(self) -> None:
        self._postgres.stop()
        self._postgres = EmbeddedPostgres(self._folder)

    def kept(self) -> set[bytes]:
        with psycopg.connect(self.url) as connection:
            return {row[0] for row in connection.execute("SELECT token_digest FROM payments_inboxmessage")}

    def stop(self) -> None:
        self._postgres.stop()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(tmp_path_factory.mktemp("outages") / "postgres")
    yield database
    database.stop()


@dataclass
class Door:
    process: subprocess.Popen[bytes]
    client: httpx.Client

    def knock(self, token: str) -> int:
        """Post a callback; the status of the answer."""
        return self.client.post(f"/callbacks/stk/{token}", content=b"{}").status_code

    def ask(self) -> tuple[str, float]:
        """Ask whether a payment by hand may go on; the answer's code, and how many seconds it took."""
        began = time.monotonic()
        answer = self.client.post("/callbacks/paybill/may-pay/paybill-secret", json=QUESTION)
        assert answer.status_code == 200
        return answer.json()["ResultCode"], time.monotonic() - began


StartDoor = Callable[..., Door]


@pytest.fixture
def start_door(database: Database) -> Iterator[StartDoor]:
    running: list[Door] = []

    def start(**settings: str) -> Door:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "DATABASE_URL": database.url,
            "SOKOPESA_MPESA_CALLBACK_ADDRESSES": "127.0.0.1",
            "SOKOPESA_MPESA_PAYBILL_TOKEN": "paybill-secret",
            **{f"SOKOPESA_{name.upper()}": value for name, value in settings.items()},
        }
        command = [str(SCRIPTS / "sokopesa"), "serve", "--door-only", "--port", str(port)]
        process = subprocess.Popen(command, env=environment)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, limits=httpx.Limits(max_connections=64))
        running.append(Door(process, client))
        give_up_at = time.monotonic() + 30
        while True:
            try:
                client.get("/callbacks/")
            except httpx.TransportError:
                assert time.monotonic() < give_up_at
                time.sleep(0.05)
            else:
                return running[-1]

    yield start
    for door in running:
        door.client.close()
        door.process.terminate()
        door.process.wait(30)


def test_a_database_that_dies_in_mid_batch_costs_no_acknowledged_callback(
    database: Database, start_door: StartDoor
) -> None:
    door = start_door()
    stop_at = time.monotonic() + 8.0

    def keep_posting(sender: int) -> dict[str, int]:
        answers = {}
        while time.monotonic() < stop_at:
            token = f"power-{sender}-{len(answers)}"
            answers[token] = door.knock(token)
        return answers

    with ThreadPoolExecutor(24) as pool:
        posting = [pool.submit(keep_posting, sender) for sender in range(24)]
        time.sleep(1)
        database.lose_power()
        time.sleep(6)
        answers = {token: status for future in posting for token, status in future.result().items()}
    assert set(answers.values()) == {200, 503}
    assert door.knock("still-away") == 503

    database.return_power()
    assert door.knock("back-again") == 200
    acknowledged = {daraja.token_digest(token) for token, status in answers.items() if status == 200}
    assert acknowledged <= database.kept()


def test_a_database_that_hangs_keeps_nobody_waiting_for_ever(database: Database, start_door: StartDoor) -> None:
    door = start_door()
    assert door.knock("before-it-hangs") == 200
    with database.frozen(), ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        assert list(pool.map(door.knock, [f"hanging-{n}" for n in range(8)])) == [503] * 8
        assert time.monotonic() - began < 20
    assert door.knock("after-it-hung") == 200
    assert daraja.token_digest("after-it-hung") in database.kept()


def test_a_restart_of_the_database_between_two_callbacks_loses_neither(
    database: Database, start_door: StartDoor
) -> None:
    """The connection that the door holds is dead, the database is not: the next callback must not pay for it."""
    door = start_door()
    assert door.knock("before") == 200
    database.lose_power()
    database.return_power()
    assert door.knock("after") == 200
    assert {daraja.token_digest("before"), daraja.token_digest("after")} <= database.kept()


def test_what_has_arrived_is_kept_before_the_door_closes(database: Database, start_door: StartDoor) -> None:
    door = start_door()
    with psycopg.connect(database.url) as blocking, ThreadPoolExecutor(8) as pool:
        blocking.execute("LOCK TABLE payments_inboxmessage IN SHARE MODE")
        asked = [pool.submit(door.client.post, f"/callbacks/stk/late-{n}", content=b"{}") for n in range(8)]
        time.sleep(1)
        door.process.terminate()
        time.sleep(1)
        assert not any(answer.done() for answer in asked)
        blocking.rollback()
        assert [answer.result().status_code for answer in asked] == [200] * 8
    door.process.wait(30)
    assert {daraja.token_digest(f"late-{n}") for n in range(8)} <= database.kept()


@pytest.mark.parametrize("when_unsure", WHEN_UNSURE)
def test_without_a_database_a_question_is_answered_within_a_second_as_the_operator_wants(
    database: Database, start_door: StartDoor, when_unsure: str
) -> None:
    door = start_door(mpesa_when_unsure=when_unsure)
    database.lose_power()
    try:
        for _ in range(3):
            code, seconds = door.ask()
            assert code == WHEN_UNSURE[when_unsure]
            assert seconds < 1
    finally:
        database.return_power()


@pytest.mark.parametrize("when_unsure", WHEN_UNSURE)
def test_with_all_connections_in_use_questions_are_answered_within_a_second_too(
    database: Database, start_door: StartDoor, when_unsure: str
) -> None:
    """One connection for many questions, and that one waits for a lock; callbacks are kept all the same."""
    door = start_door(mpesa_when_unsure=when_unsure, database_pool_size="1")

    with psycopg.connect(database.url) as blocking, ThreadPoolExecutor(20) as pool:
        blocking.execute("LOCK TABLE orders_purchase IN ACCESS EXCLUSIVE MODE")
        answers = [asked.result() for asked in [pool.submit(door.ask) for _ in range(20)]]
        assert door.knock("meanwhile") == 200
    assert {code for code, _ in answers} == {WHEN_UNSURE[when_unsure]}
    assert max(seconds for _, seconds in answers) < 1
