"""What the documents list is what the code has."""

from pathlib import Path
from typing import get_args

from mpesa_simulator.app import table_of_apis
from mpesa_simulator.conformance.trials import TRIALS
from mpesa_simulator.core.faults import Kind

DOCS = Path(__file__).parents[1] / "docs"


def test_the_table_of_apis_is_current() -> None:
    assert table_of_apis() in (DOCS / "apis.md").read_text("utf-8")


def test_every_fault_is_explained() -> None:
    text = (DOCS / "faults.md").read_text("utf-8")
    assert [kind for kind in get_args(Kind) if f"| `{kind}` |" not in text] == []


def test_every_trial_is_listed() -> None:
    text = (DOCS / "conformance.md").read_text("utf-8")
    assert [trial.name for trial in TRIALS if f"| `{trial.name}` | {trial.shows} |" not in text] == []
