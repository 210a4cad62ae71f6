"""The kills of `make kills`, a few of them; and the faults that they must bring to light."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.crash.faults import FAULTS
from tests.crash.postgres import ROOT

ALL_IS_WELL = "Nothing acknowledged was lost, nothing was booked twice, the ledger verifies."

pytestmark = pytest.mark.timeout(600)


def crash(*options: str) -> tuple[int, str]:
    """Exit status and words of `make kills`."""
    command = [sys.executable, "-m", "tests.crash", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_nothing_acknowledged_is_lost_and_nothing_is_booked_twice() -> None:
    status, said = crash("--kills", "12")
    assert ALL_IS_WELL in " ".join(said.split()), said
    assert status == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    status, said = crash("--kills", "4", "--workers", "1", "--no-sms", "--fault", fault, "--discard")
    assert "FOUND" in said, said
    assert "A receipt is missing or says something else" in said, said
    assert status == 1
