"""What is missing between statements, where they tell of the same time, and what the command line says of both."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stating import START, Dialect, Movement, account, as_csv, some
from typer.testing import CliRunner

from sokopesa.cli import main
from sokopesa.reconciliation.coverage import balance_before, coverage, covered
from sokopesa.reconciliation.models import Account, StatementLine

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def days(number: int) -> list[list[Movement]]:
    """A list of lines for each day, the account running through all of them."""
    told: list[list[Movement]] = []
    balance = 1_000_000
    for day in range(number):
        told.append(some(9, opening=balance, first=1 + day * 10, start=START + day * DAY))
        balance = told[-1][-1].balance
    return told


def day_csv(lines: list[Movement], day: int) -> bytes:
    start = (START + day * DAY).replace(hour=0)
    return as_csv(lines, Dialect(), period=(start, start + DAY - timedelta(seconds=1)))


def test_days_that_follow_each_other_are_whole(take_in):
    for day, lines in enumerate(days(3)):
        take_in(day_csv(lines, day))
    told = coverage("174379", Account.UTILITY)
    assert told.is_whole
    assert (len(told.imports), told.overlaps) == (3, [])
    assert [each.shortcode for each in covered()] == ["174379"]


def test_a_day_that_is_missing(take_in):
    lines = days(3)
    for day in (0, 2):
        take_in(day_csv(lines[day], day))
    (gap,) = coverage("174379", Account.UTILITY).gaps
    assert gap.starts == datetime(2026, 11, 1, 21, 0, tzinfo=UTC)
    assert gap.ends == datetime(2026, 11, 2, 20, 59, 59, tzinfo=UTC)
    assert gap.misses_time
    assert gap.difference_cents == lines[1][-1].balance - lines[0][-1].balance
    take_in(day_csv(lines[1], 1))
    assert coverage("174379", Account.UTILITY).is_whole


def test_lines_that_a_file_has_lost_at_its_beginning(take_in):
    """No line in it can say so; the balance with which it opens does."""
    first, second = days(2)
    take_in(day_csv(first, 0))
    take_in(day_csv(second[2:], 1))
    (gap,) = coverage("174379", Account.UTILITY).gaps
    assert not gap.misses_time
    assert gap.difference_cents == second[0].cents + second[1].cents


def test_a_quiet_day_between_two_others(take_in):
    first, second = days(2)
    moved = [replace(line, at=line.at + DAY) for line in second]
    for day, lines in enumerate([first, [], moved]):
        take_in(day_csv(lines, day))
    assert coverage("174379", Account.UTILITY).is_whole


def test_overlaps_are_told_and_agree(take_in):
    lines = some(40)
    take_in(as_csv(lines[:25], Dialect(preamble=3)))
    take_in(as_csv(lines[15:], Dialect(preamble=3)))
    told = coverage("174379", Account.UTILITY)
    assert told.is_whole
    (overlap,) = told.overlaps
    assert (overlap.starts, overlap.ends) == (lines[15].at.astimezone(UTC), lines[24].at.astimezone(UTC))


def test_accepted_breaks_are_not_whole(take_in):
    lines = some(20)
    take_in(as_csv([*lines[:7], *lines[8:]]), accept_breaks=True)
    assert not coverage("174379", Account.UTILITY).is_whole


def test_a_statement_exported_at_noon_says_nothing_of_the_afternoon(take_in):
    """Its period goes until midnight, which has not come; when it was exported, nothing in it says."""
    lines = some(5)
    told = as_csv(lines, Dialect(), period=(START, START + 25 * DAY))
    assert take_in(told).whole.period_until == lines[-1].at


def test_one_that_was_exported_at_noon_and_has_no_lines_tells_of_no_time(take_in):
    whole = take_in(as_csv([], Dialect(), period=(START, START + 25 * DAY))).whole
    assert (whole.period_from, whole.period_until) == (START, START)


def test_the_balance_before_a_moment(take_in):
    lines = account([Movement(f"UKA000000{n}", START + n * timedelta(minutes=1), 1_000) for n in range(1, 9)])
    take_in(as_csv(lines))
    assert balance_before("174379", Account.UTILITY, lines[3].at) == lines[2].balance
    assert balance_before("174379", Account.UTILITY, START) == 1_000_000
    assert balance_before("614251", Account.UTILITY, START) is None


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(main, ["statement", *map(str, arguments)])


def test_the_command_line(run, tmp_path: Path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    lines = some(20)
    good.write_bytes(as_csv(lines))
    bad.write_bytes(as_csv([*lines[:3], *lines[4:]], shortcode="614251"))
    done = run("import", good)
    assert done.exit_code == 0, done.output
    assert "Utility Account of 174379. New: 20. Known already: 0. Not completed: 0." in done.output
    again = run("import", good, bad)
    assert again.exit_code == 1
    assert "Nothing changed." in again.output
    assert "bad.csv was refused. Nothing of it was taken in." in again.output
    assert "its balance does not follow" in again.output
    assert StatementLine.objects.count() == 20
    accepted = run("import", "--accept-breaks", bad)
    assert accepted.exit_code == 0
    assert "Taken in all the same: Line" in accepted.output


def test_coverage_on_the_command_line(run, take_in):
    assert "No statement" in run("coverage").output
    lines = days(3)
    take_in(day_csv(lines[0], 0), "one.csv")
    assert run("coverage").exit_code == 0
    take_in(day_csv(lines[2], 2), "three.csv")
    told = run("coverage")
    assert told.exit_code == 1
    assert "no statement tells of 02-11-2026 00:00:00 to 02-11-2026 23:59:59" in told.output
    assert "more than there was: lines are missing." in told.output
