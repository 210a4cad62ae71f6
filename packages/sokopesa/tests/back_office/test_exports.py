"""Any table of finance's pages as a file: every row, how many, and what they sum to."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from sokopesa.people.models import User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Vault = Any
SignedIn = Callable[[User], Client]
Count = Callable[[Client, str], int]

TABLES = "/desk/money/tables/"
WHOLE = ["refunds", "files", "disbursements", "runs", "statements", "discrepancies", "days"]


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("name", WHOLE)
def test_every_list_is_a_file_also_where_it_is_empty(
    vault: Vault, support: Client, signed_in: SignedIn, name: str, form: str
) -> None:
    got = support.get(f"{TABLES}{name}.{form}")
    assert got.status_code == 200
    assert f'filename="{name}-' in got["Content-Disposition"]
    assert signed_in(vault.market.buyer()).get(f"{TABLES}{name}.{form}").status_code == 404


def test_refunds_with_filters_and_control_total(vault: Vault, finance: Client) -> None:
    for n in range(60):
        vault.refund(100_000 + n * 100)
    held = vault.refund(5_000)
    moving.hold({held.pk: (Refund.Wait.OPERATOR, '=cmd|" /C calc"!A0')})
    told = rows(finance.get(f"{TABLES}refunds.csv"))
    assert told[1] == ["Rows: 61. Total: KES 61,820"]
    assert len(told) == 61 + 3
    assert [row[0] for row in told[3:]] == list(Refund.objects.order_by("-pk").values_list("number", flat=True))
    assert held.msisdn not in str(told)
    (only,) = rows(finance.get(f"{TABLES}refunds.csv?waits=held"))[3:]
    assert only[:4] == [held.number, "50.00", "Payment confirmed by M-PESA", "Somebody of ours has to decide"]
    book = openpyxl.load_workbook(io.BytesIO(finance.get(f"{TABLES}refunds.xlsx").content))
    assert book.worksheets[0].max_row == 64
    assert [row[1].value for row in book["Control totals"].rows][:2] == [61, 61_820]


def test_lines_of_a_file_and_of_a_disbursement(vault: Vault, finance: Client) -> None:
    batch = vault.prepared(125_000, 30_000)
    line = batch.entries.select_related("file_line__file").first().file_line
    told = rows(finance.get(f"{TABLES}file-lines.csv?of={line.file.number}"))
    assert told[1] == ["Rows: 2. Total: KES 1,550"]
    assert told[3][:4] == ["1", line.refund_number, "1", "1250.00"]
    got = finance.get(f"{TABLES}disbursement-lines.csv?of={batch.number}")
    assert 'filename="disbursement-lines-1-' in got["Content-Disposition"]
    assert [row[5] for row in rows(got)[3:]] == ["Not paid yet"] * 2
    for wrong in ("file-lines.csv", "file-lines.csv?of=999", "run-lines.csv?of=1", "disbursement-lines.csv?of=x"):
        assert finance.get(TABLES + wrong).status_code == 404
    for wrong in ("no-such.csv", "refunds.pdf", "disbursement-lines.csv?of=99999999999"):
        assert finance.get(TABLES + wrong).status_code == 404
    assert finance.get(f"{TABLES}refunds.csv?of=%0d%0aX: y").status_code == 200


def test_a_file_of_many_costs_as_many_queries_as_one_of_few(
    vault: Vault, finance: Client, count_queries: Count
) -> None:
    vault.refund()
    few = count_queries(finance, f"{TABLES}refunds.csv")
    for _ in range(40):
        vault.refund(purchase=vault.purchase())
    assert count_queries(finance, f"{TABLES}refunds.csv") == few
