"""Files that are longer than what is read at a time come in as short ones do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stating import Dialect, as_csv, as_xlsx, some

from sokopesa.reconciliation import excel, sheets
from sokopesa.reconciliation.errors import StatementRefused
from sokopesa.reconciliation.models import StatementLine

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=[90, 700, 2_500])
def little_at_a_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than a line, a few lines, some dozen."""
    monkeypatch.setattr(sheets, "BLOCK_BYTES", request.param)
    monkeypatch.setattr(excel, "_BLOCK_ROWS", 1 + request.param // 200)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_ids_and_line_numbers(take_in, end: str, *, newest_first: bool):
    lines = some(60)
    take_in(as_csv(lines, Dialect(newest_first=newest_first, end=end)))
    told = list(StatementLine.objects.order_by("id").values_list("balance_cents", "line_number"))
    assert [balance for balance, _ in told] == [line.balance for line in lines]
    numbers = list(range(6, 66))
    assert [number for _, number in told] == (numbers[::-1] if newest_first else numbers)


def test_line_breaks_within_cells(take_in):
    lines = [replace(line, reference=f"one\n{n}", party='254708374149 - "A, B"') for n, line in enumerate(some(40))]
    take_in(as_csv(lines))
    told = list(StatementLine.objects.order_by("id").values_list("reference", "other_party", "line_number"))
    assert [row[:2] for row in told] == [(line.reference, line.party) for line in lines]
    assert [row[2] for row in told] == [6 + 3 * place for place in reversed(range(40))]


def test_faults_have_their_lines(take_in):
    def alter(cells: list[list[str]]) -> None:
        cells[3][7] = "x"
        del cells[30][-1]
        cells[55][4] = "Complete"

    with pytest.raises(StatementRefused) as refusal:
        take_in(as_csv(some(60), altered=alter))
    assert [fault.partition(":")[0] for fault in refusal.value.faults] == ["Line 9", "Line 36", "Line 61"]


def test_a_stray_quote_spoils_no_other_line(take_in):
    content = as_csv(some(60)).replace(b"UKA0000020,", b'"UKA0000020,', 1)
    with pytest.raises(StatementRefused) as refusal:
        take_in(content)
    assert refusal.value.faults


def test_excel(take_in):
    lines = some(60)
    take_in(as_xlsx(lines), "statement.xlsx")
    told = list(StatementLine.objects.order_by("id").values_list("balance_cents", "line_number"))
    assert told == [(line.balance, number) for line, number in zip(lines, range(65, 5, -1), strict=True)]
    assert take_in(as_csv(lines)).known == 60
