"""`sokopesa token`: what it prints opens the API, until it is revoked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from sokopesa.cli import main
from sokopesa.configuration import CONFIGURATION, DEVELOPMENT_KEY
from sokopesa.faces.api import tokens
from sokopesa.kernel import clock

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["token", *arguments], env={"COLUMNS": "200"})


def test_a_token_is_issued_and_revoked(market: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", -1.0)
    buyer = market.buyer()
    issued = run("issue", f"+{buyer.phone}", "--days", "1").stdout.strip()
    assert tokens.read(issued, now=clock.now()) is not None
    headers = {"Authorization": f"Bearer {issued}"}
    assert client.get("/api/v1/basket", headers=headers).status_code == 200
    revoked = run("revoke", buyer.phone)
    assert (revoked.exit_code, "signed out everywhere" in revoked.stdout) == (0, True)
    assert client.get("/api/v1/basket", headers=headers).status_code == 401


def test_a_token_signed_with_the_development_key_is_warned_of(market: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = market.buyer()
    for key, is_warned in ((DEVELOPMENT_KEY, True), ("a key of the market's own", False)):
        monkeypatch.setattr(CONFIGURATION, "secret_key", SecretStr(key))
        issued = run("issue", buyer.phone)
        assert issued.exit_code == 0
        assert ("SOKOPESA_SECRET_KEY is not set" in issued.stderr) is is_warned
        assert "SECRET_KEY" not in issued.stdout


@pytest.mark.parametrize("phone", ["0722 999 998", "12"])
def test_a_number_without_an_account(phone: str) -> None:
    assert run("issue", phone).exit_code == 2
