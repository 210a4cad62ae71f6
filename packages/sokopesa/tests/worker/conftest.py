"""Workers as processes, against the test's own database and the simulated network."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.db import connections

from sokopesa.configuration import CONFIGURATION
from sokopesa.embedded_postgres import EmbeddedPostgres

StartWorker = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start_worker(django_db_setup: None, postgres: EmbeddedPostgres, network: httpx.Client) -> Iterator[StartWorker]:
    """Starts a worker; settings of its own, by their names in the environment, go before the usual ones."""
    environment = {
        **os.environ,
        "DATABASE_URL": postgres.url(connections["default"].settings_dict["NAME"]),
        "SOKOPESA_MPESA_BASE_URL": CONFIGURATION.mpesa_base_url,
        "SOKOPESA_MPESA_PASSKEY": CONFIGURATION.mpesa_passkey.get_secret_value(),
        "SOKOPESA_MPESA_CONSUMER_KEY": "test",
        "SOKOPESA_MPESA_CONSUMER_SECRET": "test",
        "SOKOPESA_SMS_PROVIDER": "simulator",
        "SOKOPESA_SMS_SIMULATOR_URL": CONFIGURATION.sms_simulator_url,
        "SOKOPESA_MPESA_FIRST_QUESTION": "0.5",
    }
    running: list[subprocess.Popen[bytes]] = []

    def start(**more: str) -> subprocess.Popen[bytes]:
        command = [str(Path(sysconfig.get_path("scripts")) / "sokopesa"), "worker"]
        running.append(subprocess.Popen(command, env={**environment, **more}))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Waits until something is true, for a minute at most."""

    def wait(true: Callable[[], bool], seconds: float = 60) -> None:
        give_up_at = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < give_up_at, "it did not happen"
            time.sleep(0.1)

    return wait
