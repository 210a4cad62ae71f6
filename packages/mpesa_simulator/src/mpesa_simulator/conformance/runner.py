"""Running a command through the trials and judging what it did by the network's books.

The command gets everything it needs in its environment, does the one task that it is given, and prints a line for
every conclusion that it comes to: `paid RECEIPT` each time it credits a payment, `failed`, or `unknown`. It ends with
exit status 0 when it has nothing more to say.
"""

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mpesa_simulator.conformance.trials import Trial
from mpesa_simulator.money.sandbox import fixtures
from mpesa_simulator.testing.network import Network

_PHONE = "254708374149"
_COLLECTING, _PAYING = "174379", "600992"
_AMOUNT = 100
#: For how long an application should wait for news before it ends, and after how long it is stopped.
_PATIENCE_SECONDS = 3
_STOP_SECONDS = 60
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ended: `problem` is empty when it was passed."""

    trial: Trial
    said: str
    problem: str

    @property
    def passed(self) -> bool:
        """Whether the command did well."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Seen:
    """What the command did and said: its exit status and last conclusion, the receipts that it credited, and by the
    network's books the receipts of the money that moved and the number of prompts."""

    status: int
    said: str
    credited: Sequence[str]
    receipts: Sequence[str]
    prompts: int


def run_all(trials: Sequence[Trial], command: Sequence[str]) -> Iterator[Verdict]:
    """Put `command` through the trials, a few at a time, each on a network of its own; verdicts come in order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda trial: run(trial, command), trials)


def run(trial: Trial, command: Sequence[str]) -> Verdict:
    """Put `command` through one trial."""
    with Network() as network:
        network.configure(push_seconds=0, callback_seconds=0.2, result_seconds=0.2)
        network.configure(**trial.settings)
        network.subscriber(_PHONE, balance=1000).answers(trial.answer, 0.1)
        network.break_things(*trial.faults)
        try:
            done = subprocess.run(  # noqa: S603 - running what the person gave is the purpose
                list(command),
                env={**os.environ, **_environment(network, trial)},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                timeout=_STOP_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Verdict(trial, "nothing", f"It did not end within {_STOP_SECONDS} seconds.")
        network.quiet()
        kind = "pay_bill" if trial.task == "collect" else "b2c"
        receipts = [row["receipt"] for row in network.transactions() if row["kind"] == kind]
        prompts = len(network.call("GET", "/prompts"))
    lines = [line.split() for line in done.stdout.splitlines() if line.split()]
    said = lines[-1][0] if lines else "nothing"
    credited = [line[1] for line in lines if line[0] == "paid" and len(line) > 1]
    return Verdict(trial, said, _problem(trial, Seen(done.returncode, said, credited, receipts, prompts)))


def _problem(trial: Trial, seen: Seen) -> str:
    """What is wrong, in a sentence, or nothing."""
    said, credited, receipts = seen.said, seen.credited, seen.receipts
    complaints = (
        (len(receipts) > 1, f"It moved the money {len(receipts)} times."),
        (seen.prompts > 1, f"It asked the phone {seen.prompts} times."),
        (len(credited) > 1, f"It credited the payment {len(credited)} times."),
        (seen.status != 0, f"It broke off with exit status {seen.status}."),
        (said not in ("paid", "failed", "unknown"), "It did not say how the payment ended."),
        ((said == "paid" or credited) and not receipts, "It believes in a payment that never was."),
        (not set(credited) <= set(receipts), "It credited a receipt that M-PESA does not know."),
        (said == "failed" and receipts, "It calls the payment failed, but the money moved."),
        (
            trial.expected not in ("", said),
            f"It says {said}, where a good application says {trial.expected}.",
        ),
    )
    return next((complaint for is_true, complaint in complaints if is_true), "")


def _environment(network: Network, trial: Trial) -> dict[str, str]:
    shortcode = _COLLECTING if trial.task == "collect" else _PAYING
    profile = next(each for each in fixtures()["organisations"] if each["shortcode"] == _COLLECTING)
    return {
        "MPESA_BASE_URL": network.base_url,
        "MPESA_TASK": trial.task,
        "MPESA_CONSUMER_KEY": "conformance",
        "MPESA_CONSUMER_SECRET": "conformance",
        "MPESA_SHORTCODE": shortcode,
        "MPESA_PASSKEY": profile["passkey"],
        "MPESA_INITIATOR": "testapi",
        "MPESA_SECURITY_CREDENTIAL": network.security_credential(),
        "MPESA_PHONE": _PHONE,
        "MPESA_AMOUNT": str(_AMOUNT),
        "MPESA_REFERENCE": "TRIAL-1",
        "MPESA_CALLBACK_URL": f"http://127.0.0.1:{_free_port()}/callback",
        "MPESA_PATIENCE_SECONDS": str(_PATIENCE_SECONDS),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
