"""The kills of `make batch-kills`, a few of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.crash.postgres import ROOT


@pytest.mark.timeout(600)
def test_workers_killed_while_they_pay_pay_every_line_once() -> None:
    command = [sys.executable, "-m", "tests.batch", "--lines", "300", "--kills", "6", "--rate", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Every line was paid exactly once" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
