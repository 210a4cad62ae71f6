"""Where a quarter is lived: as a day is (`tests/day`), with refund files in a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections

from sokopesa.configuration import CONFIGURATION
from sokopesa.embedded_postgres import EmbeddedPostgres

sys.path.extend([str(Path(__file__).parent), str(Path(__file__).parent.parent / "day")])  # market_quarter, market_day

from market_day.door import OpenDoor, serve_door


@pytest.fixture
def door(committing: None, postgres: EmbeddedPostgres) -> Iterator[OpenDoor]:
    """The door that M-PESA's callbacks come to, over the test database."""
    with serve_door(postgres.url(connections["default"].settings_dict["NAME"])) as served:
        yield served


@pytest.fixture
def refund_files(tmp_path: Path) -> Iterator[Path]:
    """The folder that the market and those who pay share."""
    before = CONFIGURATION.refund_files_folder
    CONFIGURATION.refund_files_folder = tmp_path
    yield tmp_path
    CONFIGURATION.refund_files_folder = before


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Write a line for whoever watches the weeks go by."""
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")

    def write(line: str) -> None:
        with capsys.disabled():
            terminal.ensure_newline()
            terminal.write_line(line)

    return write
