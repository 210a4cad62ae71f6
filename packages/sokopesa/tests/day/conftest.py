"""Where a market day is lived: the real door on loopback, and a clock that belongs to the simulated network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections

from sokopesa.embedded_postgres import EmbeddedPostgres

sys.path.append(str(Path(__file__).parent))  # for market_day

from market_day.door import OpenDoor, serve_door


@pytest.fixture
def door(committing: None, postgres: EmbeddedPostgres) -> Iterator[OpenDoor]:
    """The door that M-PESA's callbacks come to, over the test database."""
    with serve_door(postgres.url(connections["default"].settings_dict["NAME"])) as served:
        yield served


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Write a line for whoever watches the days go by."""
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")

    def write(line: str) -> None:
        with capsys.disabled():
            terminal.ensure_newline()
            terminal.write_line(line)

    return write
