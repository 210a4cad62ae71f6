"""The journal for plain-text accounting: beancount and hledger, each ending in assertions that prove the balances."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.ledger.exports.files import Control, shillings, whole_file
from sokopesa.ledger.exports.journal import JournalEntry, entries
from sokopesa.ledger.statements import CLOCK, Period, rows, trial_balance_at

ROOTS = {"asset": "Assets", "liability": "Liabilities", "income": "Income", "expense": "Expenses"}


def write_beancount(period: Period, path: Path) -> Control:
    """A file that ``bean-check`` accepts only if every balance at the end of the period comes out."""
    return _write(_beancount, period, path)


def write_hledger(period: Period, path: Path) -> Control:
    """A journal that ``hledger check`` accepts only if every balance at the end of the period comes out."""
    return _write(_hledger, period, path)


def _write(text: Callable[[Period, Control], Iterator[str]], period: Period, path: Path) -> Control:
    control = Control()
    with whole_file(path, control) as part, part.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in text(period, control))
    return control


def _beancount(period: Period, control: Control) -> Iterator[str]:
    yield 'option "title" "Sokopesa"'
    yield 'option "operating_currency" "KES"'
    for code, kind, first in _accounts(period):
        yield f"{first} open {_bean(code, kind)} KES"
        yield f'  code: "{_quoted(code)}"'
    for day, balances in _opening(period):
        yield f'{day} * "Opening balances"'
        yield from (f"  {_bean(code, kind)}  {_amount(cents)} KES" for code, kind, cents in balances)
    for entry in _counted(entries(period), control):
        yield f'{nairobi_date(entry.at)} * "{_quoted(entry.kind)}" "{_quoted(entry.memo)}"'
        yield f'  key: "{_quoted(entry.key)}"'
        yield f"  entry: {entry.id}"
        yield f'  time: "{_time(entry.at)}"'
        yield f'  booked: "{_time(entry.booked_at)}"'
        yield from (f"  {_bean(leg.account, leg.account_kind)}  {_amount(leg.cents)} KES" for leg in entry.legs)
    for code, kind, cents in trial_balance_at(period.end, period.by):
        yield f"{_day_after(period)} balance {_bean(code, kind)}  {_amount(cents)} KES"


def _hledger(period: Period, control: Control) -> Iterator[str]:
    yield "commodity KES 1,000.00"
    for code, kind, _ in _accounts(period):
        yield f"account {_hled(code, kind)}"
    for day, balances in _opening(period):
        yield f"{day} * Opening balances"
        yield from (f"    {_hled(code, kind)}  KES {_amount(cents)}" for code, kind, cents in balances)
    for entry in _counted(entries(period), control):
        yield f"{nairobi_date(entry.at)} * ({_plain(entry.key)}) {_plain(entry.kind)} | {_plain(entry.memo)}"
        yield f"    ; entry: {entry.id}, time: {_time(entry.at)}, booked: {_time(entry.booked_at)}"
        yield from (f"    {_hled(leg.account, leg.account_kind)}  KES {_amount(leg.cents)}" for leg in entry.legs)
    yield f"{_day_after(period)} * Balances, asserted"
    for code, kind, cents in trial_balance_at(period.end, period.by):
        yield f"    {_hled(code, kind)}  KES 0 = KES {_amount(cents)}"


def _counted(journal: Iterator[JournalEntry], control: Control) -> Iterator[JournalEntry]:
    for entry in journal:
        for leg in entry.legs:
            control.count(leg.cents)
        yield entry


def _accounts(period: Period) -> Iterator[tuple[str, str, date]]:
    """Code, kind and first day of every account used before the period's end."""
    for code, kind, first in rows(
        f"""
        SELECT code, account.kind, min({CLOCK[period.by]})
        FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = entry_id
        JOIN ledger_account account ON account.id = account_id
        WHERE {CLOCK[period.by]} < %(end)s GROUP BY account.id ORDER BY code
        """,  # noqa: S608 - column names from a table of our own
        {"end": period.end},
    ):
        yield code, kind, nairobi_date(first)


def _opening(period: Period) -> Iterator[tuple[date, Iterator[tuple[str, str, int]]]]:
    """The day and the balances from which a period with a beginning starts. They sum to zero, as an entry does."""
    if period.start is not None:
        balances = trial_balance_at(period.start, period.by)
        yield nairobi_date(period.start), (balance for balance in balances if balance[2])


def _day_after(period: Period) -> date:
    """The first day on which the balances at the period's end hold from its beginning."""
    return nairobi_date(period.end - timedelta(microseconds=1)) + timedelta(days=1)


def _bean(code: str, kind: str) -> str:
    parts = (re.sub(r"[^A-Za-z0-9-]", "-", part) for part in code.split(":"))
    return ":".join([ROOTS[kind], *(part[:1].upper() + part[1:] for part in parts)])


def _hled(code: str, kind: str) -> str:
    return f"{ROOTS[kind].lower()}:{re.sub('[^A-Za-z0-9:-]', '-', code)}"


def _quoted(text: str) -> str:
    """Inside double quotes, on one line."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')


def _plain(text: str) -> str:
    """On one line, without what hledger reads as a comment, a note or the end of a code."""
    return re.sub(r"[;|()]", "/", " ".join(text.split()))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(EAT):%Y-%m-%d %H:%M:%S} EAT"


def _amount(cents: int) -> str:
    return f"{shillings(cents):.2f}"
