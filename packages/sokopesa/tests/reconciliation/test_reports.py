"""What finance signs and reckons with, and the commands by which it does."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from reading_pdf import drawn
from told import DAY, MIDNIGHT, PAYBILL, Statements, Told
from typer.testing import CliRunner, Result

from sokopesa.cli import main
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import queries
from sokopesa.reconciliation.models import DayClose

Market = Any
NOON = MIDNIGHT + timedelta(hours=12)
TWO_DAYS_AGO = -2 * DAY


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["reconcile", *arguments], env={"COLUMNS": "220"})


@pytest.fixture
def monday(committing: None, market: Market) -> str:
    """A day with a payment that only the statement tells, and a line that nobody knows."""
    market.now = MIDNIGHT - DAY
    purchase = market.purchase()
    add_staff(phone="254711900001", role=Role.FINANCE, name="Asha Desk")
    add_staff(phone="254711900002", role=Role.FINANCE, name="Brian Desk")
    Statements().take_in(
        Told(125_000, NOON, reference=purchase.reference),
        Told(2_000, NOON, "Something <b>Else", "UKQ0000001", details="=Something <b>Else & more"),
    )
    return "2026-11-23"


def test_from_the_statement_to_a_signed_report(monday: str, tmp_path: Path) -> None:
    judged = run("run")
    assert judged.exit_code == 1
    assert "1 statements read, 1 lines matched, 1 discrepancies found" in judged.output
    assert "Not in our books" in judged.output
    refused = run("close", "2026-11-24", "--by", "0711900001")
    assert (refused.exit_code, "the day to close next is 23 Nov 2026" in refused.output) == (1, True)
    closed = run("close", monday, "--by", "0711900001")
    assert closed.exit_code == 0, closed.output
    assert "second person" in closed.output
    assert run("countersign", monday, "--by", "0711900001").exit_code == 1
    assert "yes" in run("countersign", monday, "--by", "0711900002").output

    report = run("report", monday, str(tmp_path / "monday.pdf"))
    assert report.exit_code == 0, report.output
    assert "all figures are the same" in report.output
    text = " ".join(drawn((tmp_path / "monday.pdf").read_bytes()))
    for words in (
        f"mpesa:{PAYBILL}",
        "1,250.00",
        "Page 1 of 1",
        "Difference -KES 20 = 1 item that comes to -KES 20. Unexplained: KES 0.",
        "UKQ0000001",
        "Else & more",
        "Closed by Asha Desk",
        "Countersigned by Brian Desk",
        DayClose.objects.get().ledger_head[:20],
    ):
        assert words in text, words
    run("report", monday, str(tmp_path / "monday.csv"))
    with (tmp_path / "monday.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[4][:5] == [f"mpesa:{PAYBILL}", "Closing balance", "", "1250.00", "1270.00"]
    assert rows[5][1:3] == ["Not in our books", "UKQ0000001"]


def test_a_day_with_nothing_open_needs_no_second_signature(committing: None, market: Market) -> None:
    """And a table that no terminal reads, here in 40 columns, is not cut."""
    market.now = MIDNIGHT - DAY
    reference = market.purchase().reference
    for number, name in enumerate(("Asha Desk", "Brian Desk"), 1):
        add_staff(phone=f"25471190000{number}", role=Role.FINANCE, name=name)
    Statements().take_in(Told(125_000, NOON, reference=reference))
    said = [
        CliRunner().invoke(main, ["reconcile", verb, "2026-11-23", "--by", phone], env={"COLUMNS": "40"}).output
        for verb, phone in (("close", "0711900001"), ("countersign", "0711900002"))
    ]
    assert f"mpesa:{PAYBILL} " in said[0]
    assert "…" not in said[0]
    assert said[1].strip() == "23 Nov 2026 was closed with nothing open. It needs no second signature."


def test_what_hangs_on_the_wall(monday: str) -> None:
    run("run")
    later = MIDNIGHT + 60 * DAY
    wall = queries.wall(now=queries.open_discrepancies()[0].opened_at)
    assert (wall.open_count, wall.open_cents, wall.lines, wall.matched, wall.overdue_count) == (1, 2_000, 2, 1, 0)
    assert wall.auto_match_rate == 0.5
    [aged] = queries.ages(now=later)
    assert (aged.kind, aged.count, aged.amount_cents, aged.label) == ("missing_in_ledger", 1, 2_000, "31–60")
