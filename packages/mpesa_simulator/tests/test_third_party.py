"""Other people's clients, unchanged but for the base URL, against the simulator.

Each is installed from its registry into a folder of its own: two of them share the import name `daraja` with this
project's client, so they must never meet it. The JavaScript clients take part wherever npm is installed.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from mpesa_simulator import Network

HERE = Path(__file__).parent
INSTALLED = HERE.parent / ".third_party"
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"


@dataclass(frozen=True)
class Client:
    """A published client, the script that drives it, and what of C2B it can do."""

    package: str
    script: str
    simulates: bool = True

    @property
    def folder(self) -> Path:
        return INSTALLED / self.package.replace("==", "-").replace("@", "-")

    def install(self) -> None:
        if self.folder.exists():
            return
        unfinished = self.folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        if self.script.endswith(".js"):
            command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(unfinished), self.package]
        else:
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            command = [*pip, "--target", str(unfinished), self.package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        unfinished.rename(self.folder)

    def run(self, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        script = str(HERE / "third_party" / self.script)
        if self.script.endswith(".js"):
            command, path = ["node", script], {"NODE_PATH": str(self.folder / "node_modules")}
        else:
            command, path = [sys.executable, script], {"PYTHONPATH": str(self.folder)}
        return subprocess.run(
            command, env={**os.environ, **path, **env}, capture_output=True, text=True, timeout=90, check=False
        )


CLIENTS = [
    Client("daraja-sdk-py==2.0.0", "daraja_sdk_py.py"),
    Client("mpesakit==2.2.0", "mpesakit_client.py", simulates=False),
]
if shutil.which("npm"):
    CLIENTS += [Client("mpesa-node@0.1.3", "mpesa_node.js"), Client("mpesa-api@3.0.2", "mpesa_api.js")]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.package)
def test_it_works_with_the_simulator(client: Client, mpesa: Network, app: Any, receiver: Any, tmp_path: Path) -> None:
    client.install()
    phone = mpesa.subscriber(balance=1000)
    app.push(receiver, Amount=30)
    receipt = phone.enter_pin()["receipt"]
    phone.answers("pin")
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(httpx.get(f"{mpesa.base_url}/simulator/v1/certificate").content)
    done = client.run(
        {
            "MPESA_BASE_URL": mpesa.base_url,
            "MPESA_PASSKEY": PASSKEY,
            "MPESA_PHONE": phone.msisdn,
            "MPESA_CALLBACK_URL": receiver.url("third-party"),
            "MPESA_SECURITY_CREDENTIAL": mpesa.security_credential(),
            "MPESA_INITIATOR_PASSWORD": "Safaricom999!*!",
            "MPESA_CERTIFICATE": str(certificate),
            "MPESA_RECEIPT": receipt,
        }
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["token"]
    assert str(said["stk_push"]["ResponseCode"]) == "0"
    assert said["stk_query"]["CheckoutRequestID"] == said["stk_push"]["CheckoutRequestID"]
    for name in ("b2c", "transaction_status", "reversal", "account_balance", "c2b_register_url"):
        assert said[name]["ResponseDescription"].lower().startswith(("accept the service request", "success")), name

    mpesa.quiet()
    moved = sorted((row["kind"], row["amount"]) for row in mpesa.transactions() if row["kind"] not in _OPENING)
    expected = [("b2c", 20), ("pay_bill", 10), ("pay_bill", 30), ("reversal", 30)]
    if client.simulates:
        expected.append(("pay_bill", 40))
    assert moved == sorted(expected)
    results = {body["Result"]["ResultCode"] for body in receiver.bodies("third-party") if "Result" in body}
    assert results <= {0, "0"}
    assert mpesa.trial_balance()["total"] == 0


_OPENING = ("deposit", "withdrawal")
