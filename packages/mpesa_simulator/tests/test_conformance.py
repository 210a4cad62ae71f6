"""The trials, on an application that does well and on one that makes the usual mistakes."""

import sys
from pathlib import Path

from typer.testing import CliRunner

from mpesa_simulator.cli import app
from mpesa_simulator.conformance.runner import run_all
from mpesa_simulator.conformance.trials import TRIALS

CLIENTS = Path(__file__).parent / "clients"


def problems(client: str) -> dict[str, str]:
    verdicts = run_all(TRIALS, [sys.executable, str(CLIENTS / f"{client}.py")])
    return {verdict.trial.name: verdict.problem for verdict in verdicts if not verdict.passed}


def test_a_careful_application_passes_every_trial() -> None:
    assert problems("careful") == {}


def test_a_careless_application_is_found_out() -> None:
    found = problems("careless")
    expected = {
        "collect_callback_lost": "It calls the payment failed, but the money moved.",
        "collect_callback_twice": "It credited the payment 3 times.",
        "collect_forged": "It believes in a payment that never was.",
        "collect_code_with_letters": "It broke off with exit status 1.",
        "collect_token_ended": "It says failed, where a good application says paid.",
        "pay_out_answer_lost": "It moved the money 2 times.",
        "pay_out_connection_dropped": "It moved the money 2 times.",
        "pay_out_result_twice": "It credited the payment 3 times.",
    }
    assert {name: found.get(name) for name in expected} == expected


def test_the_command_line_reports_and_fails() -> None:
    outcome = CliRunner().invoke(app, ["conformance", "--only", "pay_out_paid", "--", "true"])
    assert outcome.exit_code == 1
    assert "FAILED  pay_out_paid: pays a customer" in outcome.output
    assert "It did not say how the payment ended." in outcome.output
    assert "0 of 1 trials passed." in outcome.output
