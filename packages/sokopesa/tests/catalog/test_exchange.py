"""Exchange rates from a file: every fault named by its line, and all of the file or nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sokopesa.catalog.errors import RatesRefused
from sokopesa.catalog.exchange import Imported, import_rates, standing
from sokopesa.catalog.models import ExchangeRate
from sokopesa.cli import main
from sokopesa.kernel import clock

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 20, 59, tzinfo=UTC)  # a minute to midnight in Nairobi
HEADER = "currency,kes_per_unit,as_of,source"
GOOD = "USD,129.30,2026-11-23,Central Bank of Kenya"


def take(*lines: str, sure: bool = False, now: datetime = NOW) -> Imported:
    return import_rates([HEADER, *lines], now=now, sure=sure)


def stored() -> list[tuple[str, str, str]]:
    rates = ExchangeRate.objects.order_by("as_of").values_list("as_of", "kes_per_unit", "source")
    return [(str(as_of), str(kes), source) for as_of, kes, source in rates]


def test_rates_are_taken_over_with_day_and_source_and_a_second_time_changes_nothing() -> None:
    lines = [GOOD, "", 'USD, 129.4502 ,2026-11-24,"Bank, the other"']
    assert take(*lines) == Imported(new=2, replaced=0, known=0)
    assert take(*lines) == Imported(new=0, replaced=0, known=2)
    assert stored() == [
        ("2026-11-23", "129.3000", "Central Bank of Kenya"),
        ("2026-11-24", "129.4502", "Bank, the other"),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("KES,1,2026-11-23,A bank", "the currency “KES” is none of USD."),
        ("XAU,1,2026-11-23,A bank", "the currency “XAU” is none of USD."),
        ("USD,,2026-11-23,A bank", "the rate “” should be shillings for one unit"),
        ("USD,0,2026-11-23,A bank", "the rate “0” should be"),
        ("USD,-129.30,2026-11-23,A bank", "the rate “-129.30” should be"),
        ("USD,129.30001,2026-11-23,A bank", "at most four decimals"),
        ('USD,"1,129.30",2026-11-23,A bank', "the rate “1,129.30” should be"),
        ("USD,1e2,2026-11-23,A bank", "the rate “1e2” should be"),
        ("USD,NaN,2026-11-23,A bank", "the rate “NaN” should be"),
        ("USD,999999999,2026-11-23,A bank", "the rate “999999999” should be"),
        ("USD,129.30,23/11/2026,A bank", "the day “23/11/2026” should be written as 2026-11-24."),
        ("USD,129.30,2026-02-30,A bank", "the day “2026-02-30” should be"),
        ("USD,129.30,20261123,A bank", "the day “20261123” should be"),
        ("USD,129.30,2026-11-25,A bank", "the day 2026-11-25 has not come yet."),
        ("USD,129.30,2026-11-23,", "say in at most 120 characters who publishes the rate."),
        ("USD,129.30,2026-11-23," + "x" * 121, "say in at most 120 characters"),
        ("USD,129.30,2026-11-23", "3 columns instead of 4."),
        ("USD,129.30,2026-11-23,A bank,more", "5 columns instead of 4."),
    ],
)
def test_a_fault_is_named_by_its_line_and_nothing_of_the_file_is_kept(line: str, fault: str) -> None:
    with pytest.raises(RatesRefused) as refusal:
        take("USD,129.00,2026-11-20,A bank", line, "USD,129.10,2026-11-21,A bank")
    (said,) = refusal.value.faults
    assert said.startswith("Line 3: ")
    assert fault in said
    assert not ExchangeRate.objects.exists()


def test_every_fault_is_told_at_once_in_the_order_of_the_lines() -> None:
    with pytest.raises(RatesRefused) as refusal:
        take(GOOD, GOOD, "EUR,nothing,never,")
    assert [fault.split(":")[0] for fault in refusal.value.faults] == ["Line 3", *["Line 4"] * 4]
    assert refusal.value.faults[0] == "Line 3: USD of 2026-11-23 stands in line 2 already."


@pytest.mark.parametrize("lines", [[], ["USD,129.30,2026-11-23,A bank"], ["currency;kes_per_unit;as_of;source"]])
def test_a_file_without_its_header_is_refused(lines: list[str]) -> None:
    with pytest.raises(RatesRefused, match="Line 1: the first line should read currency,kes_per_unit,as_of,source"):
        import_rates(lines, now=NOW)


def test_a_file_without_rates_is_refused() -> None:
    with pytest.raises(RatesRefused, match="no rates follow"):
        take("", " , , , ")


def test_today_is_nairobis() -> None:
    take("USD,129.30,2026-11-24,A bank")
    with pytest.raises(RatesRefused, match="has not come yet"):
        take("USD,129.30,2026-11-25,A bank")
    assert take("USD,129.30,2026-11-25,A bank", now=datetime(2026, 11, 24, 21, 0, tzinfo=UTC)).new == 1


def test_another_rate_for_a_known_day_replaces_it_only_when_somebody_is_sure() -> None:
    take(GOOD)
    correction = "USD,129.35,2026-11-23,Central Bank of Kenya"
    with pytest.raises(RatesRefused, match=r"Line 2: USD of 2026-11-23 is known as 129\.30 \(Central Bank of Kenya\)"):
        take(correction, "USD,129.40,2026-11-24,A bank")
    assert len(stored()) == 1
    assert take(correction, sure=True) == Imported(new=0, replaced=1, known=0)
    assert stored() == [("2026-11-23", "129.3500", "Central Bank of Kenya")]


@pytest.mark.parametrize(("kes", "is_far"), [("64.65", False), ("64.64", True), ("258.60", False), ("258.61", True)])
def test_a_slipped_decimal_point_is_noticed(kes: str, is_far: bool) -> None:
    take(GOOD)
    line = f"USD,{kes},2026-11-24,A bank"
    if is_far:
        with pytest.raises(RatesRefused, match=rf"Line 2: {kes} is far from 129\.30 of 2026-11-23"):
            take(line)
    assert take(line, sure=is_far).new == 1


def test_a_slip_inside_a_first_file_is_noticed_too() -> None:
    with pytest.raises(RatesRefused, match=r"Line 3: 1,293\.00 is far from 129\.30 of 2026-11-22"):
        take("USD,129.30,2026-11-22,A bank", "USD,1293.00,2026-11-23,A bank")


def test_standing_names_the_newest_rate_and_its_last_day() -> None:
    (nothing,) = standing(now=NOW)
    assert (nothing.currency, nothing.rate, nothing.is_usable, nothing.last_day) == ("USD", None, False, None)
    take("USD,129.30,2026-11-16,A bank", "USD,129.40,2026-11-17,A bank")
    (last_day,) = standing(now=NOW)
    assert (last_day.is_usable, last_day.last_day) == (True, date(2026, 11, 24))
    (too_late,) = standing(now=datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    assert (too_late.is_usable, too_late.rate) == (False, last_day.rate)


class TestCommand:
    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["rates", *arguments], env={"COLUMNS": "200"})

    def test_a_file_is_imported_and_shown(self, tmp_path: Path) -> None:
        today = clock.nairobi_date(clock.now())
        file = tmp_path / "rates.csv"
        file.write_text(f"\ufeff{HEADER}\r\nUSD,129.30,{today},Central Bank of Kenya\r\n", encoding="utf-8")
        assert self.run("show").exit_code == 1
        done = self.run("import", str(file))
        assert (done.exit_code, done.output) == (0, "New: 1. Replaced: 0. Known already: 0.\n")
        assert ExchangeRate.objects.get().kes_per_unit == Decimal("129.30")
        shown = self.run("show")
        assert shown.exit_code == 0
        for words in ("USD", "129.30", str(today), "Central Bank of Kenya"):
            assert words in shown.output

    def test_faults_are_printed_and_the_exit_status_tells(self, tmp_path: Path) -> None:
        file = tmp_path / "rates.csv"
        file.write_text(f"{HEADER}\nUSD,12x,2026-11-23,A bank\n", encoding="utf-8")
        refused = self.run("import", str(file))
        assert refused.exit_code == 1
        assert "Line 2: the rate “12x” should be" in refused.output
        assert "Nothing was taken over." in refused.output
        file.write_bytes(b"\xff\xfe\x00")
        assert "not text in UTF-8" in self.run("import", str(file)).output

    def test_a_rate_too_old_to_sell_by_is_shown_as_such(self) -> None:
        ExchangeRate.objects.create(currency="USD", kes_per_unit=129, as_of="2020-01-01", source="A bank")
        shown = self.run("show")
        assert shown.exit_code == 1
        assert "2020-01-08: too old, import a newer one" in shown.output
