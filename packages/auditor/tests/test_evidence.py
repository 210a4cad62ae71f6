"""What comes beside an export: M-PESA's own statements, a head that was written down, files as they were delivered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner
from world import World

from auditor.books import NotAnExportError
from auditor.cli import main
from auditor.findings import Fault, Finding, kes
from auditor.proof import Evidence, prove
from auditor.statement_file import NoStatementError, read_head

Findings = Callable[..., list[Finding]]

HEADER = (
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
    "Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No."
)


def told(findings: list[Finding]) -> list[tuple[Fault, str, int]]:
    return [(finding.fault, finding.where, finding.cents) for finding in findings]


def statement(
    world: World, path: Path, *, newest_first: bool = True, bom: bool = False, swap: str = "", which: str = "true"
) -> Path:
    """The paybill's statement as the portal exports it; ``swap`` is SQL on the lines before they are written, and
    ``which`` says which of them are."""
    lines = world.duck.execute(
        f"""
        WITH line AS (SELECT * {swap} FROM statement_lines WHERE shortcode = '174379' AND {which})
        SELECT receipt, strftime(completed_at + INTERVAL 3 HOUR, '%d-%m-%Y %H:%M:%S'), paid_in_cents / 100,
               -withdrawn_cents / 100, balance_cents / 100, reason, linked
        FROM line ORDER BY line_number {"" if newest_first else "DESC"}
        """
    ).fetchall()
    rows = [
        f'{receipt},{at},{at},"To the shop, Acc. ""1""",Completed,"{into:,.2f}","{out:,.2f}","{balance:,.2f}",true,'
        f"{reason},,{linked},1"
        for receipt, at, into, out, balance, reason, linked in lines
    ]
    failed = "UCB0000999,02-03-2026 12:00:00,02-03-2026 12:00:00,x,Failed,5.00,,1.00,true,Pay Bill,,,1"
    preamble = ["Organization Name,SHOP", "Paybill/Till Number,174379", "Account,Utility Account", ""]
    text = "\r\n".join([*preamble, HEADER, *rows, failed]) + "\r\n"
    path.write_text(text, encoding="utf-8-sig" if bom else "utf-8", newline="")
    return path


@pytest.mark.parametrize(("newest_first", "bom"), [(True, False), (False, True)])
def test_m_pesas_own_statement_ties(
    world: World, findings: Findings, tmp_path: Path, newest_first: bool, bom: bool
) -> None:
    path = statement(world, tmp_path / "utility.csv", newest_first=newest_first, bom=bom)
    assert findings(Evidence(statements=[path])) == []


def test_m_pesas_own_statement_counts_instead_of_the_exported_lines(
    world: World, findings: Findings, tmp_path: Path
) -> None:
    """Somebody altered the lines in the market's database, and booked accordingly; the file says otherwise."""
    path = statement(world, tmp_path / "utility.csv")
    world.duck.execute("DELETE FROM statement_lines WHERE receipt = 'UCB0000003' OR shortcode = '174379'")
    assert findings(Evidence(statements=[path])) == []


@pytest.mark.parametrize("until", ["00:04:00", "00:07:00"], ids=["one after the other", "overlapping"])
def test_several_files_of_an_account_tie_whatever_they_are_called(
    world: World, findings: Findings, tmp_path: Path, until: str
) -> None:
    after = "completed_at - TIMESTAMPTZ '2026-03-02 09:00:00+00'"
    early = statement(world, tmp_path / "thursday.csv", which=f"{after} <= INTERVAL '{until}'")
    late = statement(world, tmp_path / "friday.csv", which=f"{after} > INTERVAL '00:04:00'", newest_first=False)
    assert findings(Evidence(statements=[early, late])) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("02-03-2026", "02/03/2026"), ("Paybill/Till Number", "Paybill Number"), ("Account,", "Account Type,")],
)
def test_other_ways_of_writing_it(world: World, findings: Findings, tmp_path: Path, old: str, new: str) -> None:
    path = statement(world, tmp_path / "utility.csv")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8", newline="")
    assert findings(Evidence(statements=[path])) == []


def test_an_altered_line_of_the_file_is_named(world: World, findings: Findings, tmp_path: Path) -> None:
    swap = "REPLACE (CASE WHEN receipt = 'UCB0000003' THEN 71000 ELSE paid_in_cents END AS paid_in_cents)"
    path = statement(world, tmp_path / "utility.csv", swap=swap)
    assert told(findings(Evidence(statements=[path]))) == [(Fault.LINE_ALTERED, "UCB0000003", 1_000)]


def test_a_line_that_cannot_be_read_is_named_by_its_number(world: World, findings: Findings, tmp_path: Path) -> None:
    path = statement(world, tmp_path / "utility.csv")
    text = path.read_text(encoding="utf-8").replace("UCB0000003,02-03-2026", "UCB0000003,32-03-2026")
    path.write_text(text, encoding="utf-8", newline="")
    found = findings(Evidence(statements=[path]))
    (number,) = [place for place, line in enumerate(text.splitlines(), start=1) if "32-03-2026" in line]
    assert told(found)[0] == (Fault.LINE_UNREADABLE, f"utility.csv line {number}", 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Paybill/Till Number,174379\na,b\n", "no line that begins with"),
        ("Organization Name,SHOP\nReceipt No.,Completion Time\n", "has no column"),
        (f"Organization Name,SHOP\n{HEADER}\n", "does not say whose"),
    ],
)
def test_a_file_that_is_no_statement_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(NoStatementError, match=words):
        read_head(path)


def test_a_head_that_was_written_down_proves_history(world: World, findings: Findings) -> None:
    ((head,),) = world.duck.execute("SELECT hash FROM blocks WHERE number = 2").fetchall()
    assert findings(Evidence(head=head)) == []


def test_a_chain_written_anew_is_caught_by_the_head_alone(world: World, tmp_path: Path) -> None:
    ((head,),) = world.duck.execute("SELECT hash FROM blocks WHERE number = 4").fetchall()
    world.duck.execute("UPDATE entries SET memo = 'tidied' WHERE id = 2")
    world.seal(16)
    export = world.export(tmp_path / "export")
    assert prove(export).findings == []
    assert told(prove(export, Evidence(head=head)).findings) == [(Fault.HEAD_UNKNOWN, head, 0)]


def test_a_chain_written_anew_is_caught_by_the_heads_that_people_signed(world: World, findings: Findings) -> None:
    ((head,),) = world.duck.execute("SELECT DISTINCT ledger_head FROM day_closes").fetchall()
    world.duck.execute("UPDATE entries SET memo = 'tidied' WHERE id = 2")
    world.seal(16, closes=False)
    [found] = findings()
    assert told([found]) == [(Fault.HEAD_UNKNOWN, "mpesa:174379 on 2026-03-02", 0)]
    assert head in found.words


@pytest.mark.parametrize("table", ["accounts", "entries", "postings", "blocks"])
def test_without_the_ledger_nothing_is_proved(world: World, tmp_path: Path, table: str) -> None:
    """Neither in the export nor in its manifest, or with other columns."""
    export = world.export(tmp_path / "export")
    manifest = json.loads((export / "manifest.json").read_text())
    manifest["tables"] = [told for told in manifest["tables"] if told["name"] != table]
    (export / "manifest.json").write_text(json.dumps(manifest))
    (export / f"{table}.parquet").rename(tmp_path / "whole.parquet")
    assert told(prove(export).findings) == [(Fault.FILE_MISSING, f"{table}.parquet", 0)]
    world.duck.execute(f"COPY (SELECT 1 AS x) TO '{export / f'{table}.parquet'}' (FORMAT parquet)")
    assert told(prove(export).findings) == [(Fault.FILE_ALTERED, f"{table}.parquet", 0)]


def test_two_receipts_of_one_amount_that_changed_places(world: World, findings: Findings) -> None:
    world.duck.execute("""
        UPDATE receipts SET purchase_id = 85 - purchase_id WHERE code IN ('UCB0000002', 'UCB0000003')
    """)
    assert told(findings()) == [(Fault.RECEIPT_ELSEWHERE, f"UCB000000{n}", 70_000) for n in (2, 3)]


def test_a_booking_that_was_under_way_when_a_day_was_closed_counts_from_the_next_on(
    world: World, findings: Findings
) -> None:
    """As if the transaction of entry 19 had ended after the close of the first day."""
    world.duck.execute("""
        UPDATE day_closes SET known_snapshot = '719:801:719',
            closing_cents = closing_cents - 62000, in_cents = in_cents - 62000, items_cents = -62000
        WHERE id = 1;
        UPDATE day_closes SET opening_cents = opening_cents - 62000, in_cents = 62000 WHERE id = 3
    """)
    assert findings() == []


def test_delivered_files_are_compared_by_their_checksums(world: World, findings: Findings, tmp_path: Path) -> None:
    delivered = tmp_path / "delivered"
    delivered.mkdir()
    (delivered / "1.csv").write_text("file 1")
    (delivered / "2.csv").write_text("file 2, altered")
    found = findings(Evidence(daily_files=delivered))
    assert told(found) == [(Fault.DAILY_FILE_CHECKSUM, "file 2", 110_000)]


def test_a_manifest_that_names_another_hash_is_found(world: World, tmp_path: Path) -> None:
    export = world.export(tmp_path / "export")
    _alter_manifest(export, "receipts", sha256="ab" * 32)
    assert told(prove(export).findings) == [(Fault.FILE_ALTERED, "receipts.parquet", 0)]


def test_a_manifest_with_another_total_is_found(world: World, tmp_path: Path) -> None:
    export = world.export(tmp_path / "export")
    ((total,),) = world.duck.execute("SELECT sum(amount_cents)::BIGINT FROM receipts").fetchall()
    _alter_manifest(export, "receipts", debit_cents=total + 500)
    assert told(prove(export).findings) == [(Fault.TOTALS_WRONG, "receipts.parquet", -500)]


def test_a_file_that_is_gone_or_was_put_there_is_found(world: World, tmp_path: Path) -> None:
    export = world.export(tmp_path / "export")
    manifest = json.loads((export / "manifest.json").read_text())
    manifest["tables"] = [table for table in manifest["tables"] if table["name"] != "orders"]
    (export / "manifest.json").write_text(json.dumps(manifest))
    (export / "refunds.parquet").unlink()
    assert told(prove(export).findings) == [
        (Fault.FILE_MISSING, "refunds.parquet", 198_000),
        (Fault.FILE_ALTERED, "orders.parquet", 0),
    ]


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAnExportError, match="no manifest"):
        prove(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": "other"}')
    with pytest.raises(NotAnExportError, match="not of format"):
        prove(tmp_path)


def test_the_command_says_what_it_found_and_exits_by_it(world: World, tmp_path: Path) -> None:
    ties = CliRunner().invoke(main, ["prove", str(world.export(tmp_path / "ties"))])
    assert ties.exit_code == 0, ties.output
    assert "Everything ties" in ties.output
    world.duck.execute("DELETE FROM receipts WHERE code = 'UCB0000002'")
    wrong = CliRunner().invoke(main, ["prove", str(world.export(tmp_path / "wrong"))])
    assert wrong.exit_code == 1
    assert "receipt-missing: UCB0000002: KES 700: " in wrong.output
    assert "1 receipt-missing" in wrong.output
    assert CliRunner().invoke(main, ["prove", str(tmp_path)]).exit_code == 2


def test_amounts_are_written_as_people_read_them() -> None:
    assert (kes(125_000), kes(-99), kes(0)) == ("KES 1,250", "-KES 0.99", "KES 0")


def _alter_manifest(export: Path, table: str, **changes: object) -> None:
    path = export / "manifest.json"
    manifest = json.loads(path.read_text())
    next(told for told in manifest["tables"] if told["name"] == table).update(changes)
    path.write_text(json.dumps(manifest))
