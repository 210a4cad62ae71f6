"""The kills of `make batch-kills`, a few of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.batch.audit import wallets_off
from tests.batch.lines import phone, shillings
from tests.crash.postgres import ROOT


@pytest.mark.timeout(600)
def test_workers_killed_while_they_pay_pay_every_line_once() -> None:
    command = [sys.executable, "-m", "tests.batch", "--lines", "300", "--kills", "6", "--rate", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Every line was paid exactly once" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_a_line_paid_twice_or_never_is_seen_in_the_wallets() -> None:
    right = {f"wallet:{phone(number)}": shillings(number) * 100 for number in range(3)}
    first = f"wallet:{phone(0)}"
    assert wallets_off(right, 3) == []
    assert wallets_off({**right, first: 2_000}, 3) == [f"{first} holds 2000 cents, of its lines come 1000"]
    assert wallets_off({name: right[name] for name in right if name != first}, 3)
    assert wallets_off({**right, "wallet:254733999999": 1}, 3)
