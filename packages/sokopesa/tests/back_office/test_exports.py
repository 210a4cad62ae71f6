"""Any table of finance's pages as a file: every row, how many, and what they sum to."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.people.models import Seller, User
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Vault = Any
SignedIn = Callable[[User], Client]
Count = Callable[[Client, str], int]

TABLES = "/desk/money/tables/"
WHOLE = ["owed", "refunds", "files", "disbursements", "runs", "statements", "discrepancies", "days"]


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


def test_what_is_owed_by_age(vault: Vault, finance: Client) -> None:
    vault.owed(50_000, days_ago=60)
    vault.owed(125_050, days_ago=0)
    told = rows(finance.get(f"{TABLES}owed.csv"))
    assert told[0][0].startswith("Owed to buyers by age, as of ")
    assert told[1] == ["Rows: 4. Total: KES 1,750.50"]
    assert told[3] == ["0–3 days", "1", "1250.50", ""]
    assert told[-1] == ["over 20 days", "1", "500.00", "broken"]
    assert "tables/owed.xlsx" in finance.get("/desk/money/").content.decode()


def test_a_sellers_statement(vault: Vault, finance: Client, signed_in: SignedIn) -> None:
    shop = Seller.objects.create(name="Duka =1+1", slug="duka", joined_on=vault.now.date())
    for n in range(3):
        legs = (debit(accounts.mpesa("174379"), 100_000 + n), credit(accounts.seller(shop.pk), 100_000 + n))
        book([Draft(f"done:{n}", "order-completed", vault.now - timedelta(hours=9 - n), legs, "of 254722123456")])
    told = rows(finance.get(f"{TABLES}seller.csv?of={shop.pk}"))
    assert told[1] == ["Rows: 3. Total: KES 3,000.03"]
    assert [row[2:] for row in told[3:]] == [["1000.00", "1000.00"], ["1000.01", "2000.01"], ["1000.02", "3000.03"]]
    assert "254722123456" not in str(told)
    assert f"tables/seller.csv?of={shop.pk}" in finance.get("/desk/money/sellers/of/duka/").content.decode()
    made = openpyxl.load_workbook(io.BytesIO(finance.get(f"{TABLES}seller.xlsx?of={shop.pk}").content))
    assert made.worksheets[0].max_row == 6
    for nobody in ("", "?of=999999", "?of=x", f"?of={2**40}"):
        assert finance.get(f"{TABLES}seller.csv{nobody}").status_code == 404
