"""`daraja doctor`, run as people run it against the simulated network, names each planted fault and invents none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.contract.inbox import Inbox
from tests.contract.valid_requests import PASSKEY

from mpesa_simulator import Network

DORMANT = "http://127.0.0.1:1"
"""Where nothing listens."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one part of a set-up, and how the doctor must speak of it."""

    variable: str
    value: str | None
    named: str
    words: str


PATIENTS: dict[str, list[Fault]] = {
    "a misspelt environment": [
        Fault("ENVIRONMENT", "prod", "environment", "must be production, sandbox"),
    ],
    "a gateway that is not there": [
        Fault("ENVIRONMENT", DORMANT, "gateway", "cannot be reached"),
        Fault("CALLBACK_URL", "shop.example/pay", "callback URL", "must be a full URL"),
        Fault("INITIATOR", None, "initiator", "Its name is missing"),
        Fault("INITIATOR_PASSWORD", "Pass.word@1", "initiator password", ". @"),
        Fault("CERTIFICATE", None, "certificate", "It is missing"),
    ],
    "keys that are incomplete": [
        Fault("CONSUMER_KEY", None, "consumer key", "It is missing"),
        Fault("CONSUMER_SECRET", "secret\n", "consumer secret", "line break"),
        Fault("CALLBACK_URL", "https://a.example/mpesa", "callback URL", "'mpesa'"),
        Fault("INITIATOR_PASSWORD", None, "initiator password", "It is missing"),
        Fault("CERTIFICATE", "nowhere.cer", "certificate", "cannot be read"),
    ],
    "a wrong consumer secret": [
        Fault("CONSUMER_SECRET", "stale", "consumer key", "refuses the consumer key and secret"),
        Fault("CALLBACK_URL", f"{DORMANT}/pay", "callback URL", "Nothing listens"),
        Fault("CERTIFICATE", __file__, "certificate", "must be the X.509 certificate"),
    ],
    "a shortcode that is none": [
        Fault("SHORTCODE", "17", "shortcode", "must be"),
        Fault("CALLBACK_URL", "{gateway}/pay", "callback URL", "does not take POST"),
    ],
    "a shortcode without prompts": [
        Fault("SHORTCODE", "600984", "shortcode", "does not know this shortcode"),
    ],
    "a shortcode of another app": [
        Fault("SHORTCODE", "600985", "products", "may not use the STK query"),
    ],
    "a wrong passkey": [
        Fault("PASSKEY", "0" * 64, "passkey", "does not belong to this shortcode"),
    ],
}
"""Set-ups with faults that do not hide one another, by the first of them."""


@dataclass(frozen=True)
class Report:
    """What the doctor said."""

    status: int
    text: str

    @property
    def bad(self) -> list[str]:
        """What is marked as wrong."""
        return [line for line in self.text.splitlines() if line.startswith("✗")]


def consult(setup: dict[str, str]) -> Report:
    """Run the command in an environment that says nothing else about M-PESA."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DARAJA_")}
    variables = {f"DARAJA_{name}": value for name, value in setup.items()}
    command = [Path(sys.executable).with_name("daraja"), "doctor"]
    looks = {"COLUMNS": "400", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(
        command, env=plain | variables | looks, capture_output=True, encoding="utf-8", timeout=100, check=False
    )
    return Report(run.returncode, run.stdout + run.stderr)


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A set-up that is sound in every part."""
    with Network() as mpesa, Inbox() as inbox:
        mpesa.organisation("174379", consumer_key="shop", consumer_secret="secret")
        mpesa.organisation("600985", passkey=PASSKEY, consumer_key="another", consumer_secret="app")
        certificate = tmp_path_factory.mktemp("doctor") / "gateway.cer"
        certificate.write_bytes(httpx.get(f"{mpesa.base_url}/simulator/v1/certificate").content)
        yield {
            "ENVIRONMENT": mpesa.base_url,
            "CONSUMER_KEY": "shop",
            "CONSUMER_SECRET": "secret",
            "SHORTCODE": "174379",
            "PASSKEY": PASSKEY,
            "CALLBACK_URL": inbox.url("prompt"),
            "INITIATOR": "testapi",
            "INITIATOR_PASSWORD": "Kahawa#2026",
            "CERTIFICATE": str(certificate),
        }
        assert mpesa.call("GET", "/prompts") == [], "a doctor rings no phone"


@pytest.fixture(scope="module")
def reports(setup: dict[str, str]) -> dict[str, Report]:
    """What the doctor says of each patient, examined two at a time."""

    def examine(faults: list[Fault]) -> Report:
        changed = dict(setup)
        for fault in faults:
            if fault.value is None:
                del changed[fault.variable]
            else:
                changed[fault.variable] = fault.value.format(gateway=setup["ENVIRONMENT"])
        return consult(changed)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(PATIENTS, pool.map(examine, PATIENTS.values()), strict=True))


def test_a_sound_set_up_gives_nothing_to_say(setup: dict[str, str]) -> None:
    report = consult(setup)
    assert (report.status, report.bad) == (0, [])
    assert all(line.startswith("✓") for line in report.text.splitlines()[:-1]), report.text
    assert report.text.splitlines()[-1] == "Nothing wrong was found."


@pytest.mark.parametrize("patient", PATIENTS)
def test_every_planted_fault_is_named_and_no_other(reports: dict[str, Report], patient: str) -> None:
    report, faults = reports[patient], PATIENTS[patient]
    assert report.status == 1, report.text
    assert len(report.bad) == len(faults), report.text
    for said, fault in zip(report.bad, faults, strict=True):
        assert said.startswith(f"✗ {fault.named}:")
        assert fault.words in said


def test_no_report_shows_a_secret(reports: dict[str, Report]) -> None:
    said = "".join(report.text for report in reports.values())
    assert [secret for secret in (PASSKEY, "0" * 64, "Kahawa#2026", "Pass.word@1", "stale") if secret in said] == []
