"""M-PESA's statements ⇔ the ledger's accounts at M-PESA: line by line, the running balance, and the tie-out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from auditor.books import Books
from auditor.findings import Fault, Finding, kes
from auditor.statement_file import account_of, load

LINES = """
CREATE OR REPLACE TEMP TABLE lines (
    source VARCHAR, account VARCHAR, receipt VARCHAR, is_charge BOOLEAN, linked VARCHAR, moment TIMESTAMPTZ,
    cents BIGINT, balance BIGINT, place BIGINT, label VARCHAR
);
"""
"""Lines of all statements; ``place`` counts from the oldest of a source, ``cents`` is positive for what was paid in."""

VIEWS = """
CREATE OR REPLACE TEMP VIEW told AS
SELECT account, is_charge, CASE WHEN is_charge AND linked <> '' THEN linked ELSE receipt END AS code,
       count(*) AS n, sum(cents)::BIGINT AS cents, max(place) AS place, arg_max(label, place) AS label,
       arg_max(moment, place) AS told_at
FROM lines GROUP BY ALL;

CREATE OR REPLACE TEMP VIEW moves AS
SELECT accounts.code AS account,
       entry.key LIKE 'charge:%' OR coalesce(line.reason ILIKE '%charge', false) AS is_charge,
       coalesce(nullif(transfers.receipt, ''), CASE WHEN line.reason ILIKE '%charge' THEN nullif(line.linked, '') END,
                nullif(discrepancies.receipt, ''), split_part(entry.key, ':', 2)) AS code,
       sum(cents)::BIGINT AS cents, count(DISTINCT entry.id) AS n, max(entry.happened_at) AS moment,
       any_value(entry.key) AS key, bool_or(entry.id IN (SELECT id FROM doubtful)) AS uncertain
FROM true_entries entry JOIN true_postings ON entry_id = entry.id
JOIN accounts ON accounts.id = account_id AND accounts.code LIKE 'mpesa:%'
LEFT JOIN transfers ON entry.key = 'transfer:' || transfers.id
LEFT JOIN discrepancies ON entry.key = 'discrepancy:' || discrepancies.id
LEFT JOIN statement_lines line ON line.id = line_id
GROUP BY accounts.code, 2, 3 HAVING sum(cents) <> 0;
"""


class Difference(NamedTuple):
    """Lines and bookings of one receipt that differ; ``n`` lines tell it and ``moves`` entries book it, or None do.

    ``is_known``: without a line, the entry is to be named; without an entry, another check has named that already.
    """

    code: str
    label: str | None
    n: int
    told: int | None
    place: int | None
    key: str | None
    moves: int | None
    booked: int | None
    uncertain: bool
    is_known: bool


@dataclass(slots=True)
class Break:
    """A place where a balance does not follow from the one before; ``cents`` is by how much."""

    place: int
    label: str
    cents: int
    is_last: bool


def check(books: Books, files: Sequence[Path] = ()) -> Iterator[Finding]:
    """Tie every account that has a statement to the ledger; files count instead of the export's lines of an account.

    Raises:
        statement_file.NoStatementError: a file is no statement.
    """
    books.do(LINES)
    books.do("SET preserve_insertion_order = true")
    for path in files:
        yield from load(books, path)
    books.do("SET preserve_insertion_order = false")
    if "statement_lines" in books.has:
        _take_exported(books)
    books.do(VIEWS)
    for (account,) in books.rows("SELECT DISTINCT account FROM lines ORDER BY account"):
        yield from _Account(books, account).findings()


def _take_exported(books: Books) -> None:
    """Lines of the export, for accounts of which no file was given, in the order in which they happened."""
    given = {account for (account,) in books.rows("SELECT DISTINCT account FROM lines")}
    for shortcode, account in books.rows(
        "SELECT DISTINCT shortcode, account FROM statement_lines WHERE account <> 'pulled' ORDER BY ALL"
    ):
        code = account_of(books, shortcode, account)
        if code in given:
            continue
        books.do(
            """
            INSERT INTO lines
            WITH falling AS (
                SELECT statement_import_id AS id, arg_max(completed_at, line_number)
                    <= arg_min(completed_at, line_number) AS newest_first
                FROM statement_lines GROUP BY statement_import_id
            )
            SELECT 'statement_lines', ?, receipt, reason ILIKE '%charge', coalesce(linked, ''), completed_at,
                   paid_in_cents - withdrawn_cents, balance_cents,
                   row_number() OVER (ORDER BY completed_at, statement_import_id,
                       CASE WHEN newest_first THEN -line_number ELSE line_number END),
                   'import ' || statement_import_id || ' line ' || line_number
            FROM statement_lines JOIN falling ON falling.id = statement_import_id
            WHERE shortcode = ? AND account = ?
            """,
            [code, shortcode, account],
        )


class _Account:
    """One account at M-PESA. Differences of lines explain breaks of the running balance; what is left is its own."""

    def __init__(self, books: Books, account: str) -> None:
        self._books = books
        self._account = account
        self._breaks = [Break(*row) for row in books.rows(_BREAKS, [account])]
        self._apart = 0
        """How far the ledger's balance is from the statement's by what was named: ledger less statement, in cents."""
        self._is_certain = True
        self._nameless: list[int] = []
        """Transfers whose receipt is not known; another check has named them, and a line of that amount is theirs."""

    def findings(self) -> Iterator[Finding]:
        """Lines, then balances, then whether the whole ties out."""
        opening = self._opening()
        for row in self._books.rows(_DIFFERENT, [self._account] * 3):
            yield from self._line(Difference(*row))
        yield from self._times()
        yield from self._balances()
        if opening:
            words = f"before the first line the ledger holds {kes(abs(opening))} {_more(opening)} than M-PESA"
            yield Finding(Fault.TIE_OUT, self._account, opening, words)
        yield from self._closing(opening)

    def _line(self, found: Difference) -> Iterator[Finding]:
        if found.uncertain:
            self._is_certain = False
        elif found.told is None or found.label is None:
            yield from self._without_line(found, found.booked or 0)
        elif found.booked is None:
            yield from self._without_entry(found, found.told, found.label)
        else:
            yield self._otherwise(found, found.told, found.booked)

    def _without_line(self, found: Difference, booked: int) -> Iterator[Finding]:
        if self._take(booked):
            words = f"{found.key} is booked, and the balance of the statement knows of it, but no line tells it"
            yield Finding(Fault.LINE_MISSING, found.code, booked, words)
        elif not found.is_known and str(found.key).startswith("transfer:"):
            self._nameless.append(booked)
        else:
            self._apart += booked
            if found.is_known:
                words = f"{found.key} is booked, and M-PESA knows nothing of it"
                yield Finding(Fault.NOT_ON_STATEMENT, found.code, booked, words)

    def _without_entry(self, found: Difference, told: int, label: str) -> Iterator[Finding]:
        if self._take(-told, found.place):
            words = f"{label} is in no entry, nor in the balance beside it"
            yield Finding(Fault.LINE_ADDED, found.code, told, words)
        elif told in self._nameless:
            self._nameless.remove(told)
        else:
            self._apart -= told
            if not found.is_known:
                yield Finding(Fault.LINE_UNBOOKED, found.code, told, f"{label} is in no entry")

    def _otherwise(self, found: Difference, told: int, booked: int) -> Finding:
        off, moves = told - booked, found.moves or 1
        if found.n > moves and told * moves == booked * found.n:
            if not self._take(-off):
                self._apart -= off
            words = f"{found.n} lines tell it, the last of them {found.label}"
            return Finding(Fault.LINE_TWICE, found.code, off, words)
        if self._take(-off, found.place):
            words = f"{found.label} says {kes(told)}, and its balance and {found.key} {kes(booked)}"
            return Finding(Fault.LINE_ALTERED, found.code, off, words)
        self._apart -= off
        words = f"{found.label} says {kes(told)} and {found.key} {kes(booked)}"
        return Finding(Fault.LINE_AMOUNT, found.code, off, words)

    def _take(self, cents: int, place: int | None = None) -> bool:
        """Whether a break is explained by this; it is then no finding of its own."""
        for found in self._breaks:
            if found.cents == cents and place in (None, found.place):
                self._breaks.remove(found)
                return True
        return False

    def _times(self) -> Iterator[Finding]:
        for code, label, cents, key, told_at, booked_at in self._books.rows(_APART, [self._account] * 2):
            words = f"{label} is of {told_at:%Y-%m-%d %H:%M:%S}, and {key} of {booked_at:%Y-%m-%d %H:%M:%S} (UTC)"
            yield Finding(Fault.LINE_TIME, code, cents, words)

    def _balances(self) -> Iterator[Finding]:
        left = [*self._breaks]
        while left:
            found = left.pop(0)
            is_mended = bool(left) and left[0].cents == -found.cents and left[0].place == found.place + 1
            if is_mended:
                left.pop(0)
            else:
                self._apart -= found.cents
            words = f"{found.label}: its balance is {kes(abs(found.cents))} {_more(found.cents)} than what went before"
            yield Finding(Fault.RUNNING_BALANCE, self._account, found.cents, words)

    def _opening(self) -> int:
        """The ledger less the statement, before its first line."""
        return self._books.number(_OPENING.format(account=self._account.replace("'", "''")))

    def _closing(self, opening: int) -> Iterator[Finding]:
        off = self._books.number(_CLOSING.format(account=self._account.replace("'", "''"))) - opening - self._apart
        if off and self._is_certain:
            words = f"after the last line the ledger holds {kes(abs(off))} {_more(off)} than M-PESA, unexplained"
            yield Finding(Fault.TIE_OUT, self._account, off, words)


def _more(cents: int) -> str:
    return "more" if cents > 0 else "less"


_BREAKS = """
WITH steps AS (
    SELECT place, label, balance - cents - lag(balance) OVER (ORDER BY source, place) AS off,
           lead(place) OVER (ORDER BY source, place) IS NULL AS is_last
    FROM lines WHERE account = ?
)
SELECT place, label, off, is_last FROM steps WHERE off <> 0 ORDER BY place
"""

_DIFFERENT = """
WITH covered AS (SELECT min(moment) AS since, max(moment) AS until FROM lines WHERE account = ?),
     told AS (SELECT * FROM told WHERE account = ?),
     booked AS (SELECT * FROM moves WHERE account = ?)
SELECT code, label, coalesce(told.n, 0), told.cents, told.place, booked.key, booked.n, booked.cents,
       coalesce(uncertain, false),
       CASE WHEN told.n IS NULL
            THEN (booked.key NOT LIKE 'receipt:%' OR code IN (SELECT code FROM receipts))
                 AND (booked.key NOT LIKE 'transfer:%' OR code IN (SELECT receipt FROM transfers WHERE receipt <> ''))
            ELSE NOT told.is_charge AND (code IN (SELECT code FROM receipts)
                 OR code IN (SELECT receipt FROM transfers WHERE state = 'paid')) END
FROM told FULL JOIN booked USING (code, is_charge), covered
WHERE (told.n IS NULL AND booked.moment BETWEEN since AND until)
   OR (told.n IS NOT NULL AND (booked.n IS NULL OR told.cents <> booked.cents))
ORDER BY told.n IS NOT NULL, code
"""

_APART = """
SELECT code, label, told.cents, booked.key, told_at, moment
FROM (SELECT * FROM told WHERE account = ?) AS told
JOIN (SELECT * FROM moves WHERE account = ?) AS booked USING (code, is_charge)
WHERE told.n = 1 AND booked.n = 1 AND told.cents = booked.cents AND NOT uncertain
  AND told_at NOT BETWEEN moment - INTERVAL 1 HOUR AND moment + INTERVAL 1 HOUR
  AND code NOT IN (SELECT receipt FROM discrepancies WHERE kind = 'late')
  AND code NOT IN (SELECT code FROM receipts WHERE paid_at <> moment)
ORDER BY code
"""
"""More than an hour is no difference of clocks. What the market itself has named as late is known."""

_OPENING = """
WITH first AS (
        SELECT moment, balance - cents AS opening FROM lines WHERE account = '{account}' ORDER BY source, place LIMIT 1
     ),
     booked AS (
        SELECT sum(moves.cents) AS cents FROM moves LEFT JOIN told USING (account, code, is_charge), first
        WHERE account = '{account}' AND told.n IS NULL AND moves.moment < first.moment
     )
SELECT (coalesce(booked.cents, 0) - opening)::BIGINT FROM first, booked
"""

_CLOSING = """
WITH last AS (SELECT moment, balance FROM lines WHERE account = '{account}' ORDER BY source DESC, place DESC LIMIT 1),
     booked AS (
        SELECT sum(moves.cents) AS cents FROM moves LEFT JOIN told USING (account, code, is_charge), last
        WHERE account = '{account}' AND (told.n IS NOT NULL OR moves.moment <= last.moment)
     )
SELECT (coalesce(booked.cents, 0) - balance)::BIGINT FROM last, booked
"""
