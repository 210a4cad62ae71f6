"""`sokopesa token`: what it prints opens the API, until it is revoked."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sokopesa.cli import main
from sokopesa.faces.api import tokens
from sokopesa.kernel import clock

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["token", *arguments], env={"COLUMNS": "200"})


def test_a_token_is_issued_and_revoked(market: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", -1.0)
    buyer = market.buyer()
    issued = run("issue", f"+{buyer.phone}", "--days", "1").output.strip()
    assert tokens.read(issued, now=clock.now()) is not None
    headers = {"Authorization": f"Bearer {issued}"}
    assert client.get("/api/v1/basket", headers=headers).status_code == 200
    assert run("revoke", buyer.phone).exit_code == 0
    assert client.get("/api/v1/basket", headers=headers).status_code == 401


@pytest.mark.parametrize("phone", ["0722 999 998", "12"])
def test_a_number_without_an_account(phone: str) -> None:
    assert run("issue", phone).exit_code == 2
