"""The files that refunds leave in: numbered without gaps, with the lines, the count and the total that they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from auditor.books import Books
from auditor.findings import Fault, Finding, kes


def check(books: Books, folder: Path | None = None) -> Iterator[Finding]:
    """Files against their lines, lines against refunds and, with a folder of the files as they were delivered, their
    checksums."""
    if "refund_files" not in books.has:
        return
    found = [*_numbers(books), *_lines(books)]
    yield from found
    if not found:
        yield from _nowhere(books)
    yield from _twice(books)
    yield from _payees(books)
    if folder is not None:
        yield from _checksums(books, folder)


def _numbers(books: Books) -> Iterator[Finding]:
    for number, before, cents in books.rows("""
        SELECT number, before, coalesce((
            SELECT sum(amount_cents) FROM file_lines ANTI JOIN refund_files ON refund_files.id = file_id
        ), 0)::BIGINT
        FROM (SELECT number, lag(number, 1, 0) OVER (ORDER BY number) AS before FROM refund_files)
        WHERE number <> before + 1 ORDER BY number
    """):
        where = f"file {before + 1}" + (f" to {number - 1}" if number > before + 2 else "")
        yield Finding(Fault.DAILY_FILE_MISSING, where, cents, "files are numbered without gaps, and it is not there")


def _lines(books: Books) -> Iterator[Finding]:
    """Lines that differ from their refunds explain what totals are off; what is left is the total's own."""
    wrong: dict[int, int] = {}
    for number, position, told, owed in books.rows("""
        WITH line AS (
            SELECT file_id, refund_id, min(position) AS position, sum(amount_cents)::BIGINT AS cents
            FROM (SELECT DISTINCT ON (file_id, position) * FROM file_lines)
            GROUP BY file_id, refund_id HAVING count(*) = any_value(parts)
        )
        SELECT file.number, position, line.cents,
               (coalesce(owed.cents, refunds.amount_cents) + topped_up_cents + 99) // 100 * 100 AS whole_shillings
        FROM line JOIN refund_files file ON file.id = file_id JOIN refunds ON refunds.id = refund_id
        LEFT JOIN owed ON owed.key = refunds.key AND NOT uncertain
        WHERE line.cents <> whole_shillings ORDER BY 1, 2
    """):
        wrong[number] = wrong.get(number, 0) + told - owed
        words = f"it says {kes(told)} and its refund {kes(owed)}"
        yield Finding(Fault.DAILY_LINE_AMOUNT, f"file {number} line {position}", told - owed, words)
    for number, lines, total, count, cents, refunds, places in books.rows("""
        SELECT number, lines, total_cents, count(file_id), coalesce(sum(amount_cents), 0)::BIGINT,
               count(DISTINCT (refund_id, part)), count(DISTINCT position)
        FROM refund_files LEFT JOIN file_lines ON file_id = refund_files.id GROUP BY ALL
        HAVING lines <> count(file_id) OR total_cents <> coalesce(sum(amount_cents), 0) ORDER BY number
    """):
        is_again = refunds < count
        off = cents - total - wrong.get(number, 0)
        where = f"file {number}"
        if count < lines and off:
            words = f"it says {lines:,} lines and {count:,} are there"
            yield Finding(Fault.DAILY_LINE_MISSING, where, -off, words)
        elif count > lines and is_again:
            if places < count:  # at two positions, it is two lines, which are found by themselves
                yield Finding(Fault.DAILY_LINE_TWICE, where, off, "a line stands there twice")
        elif count > lines and off:
            yield Finding(Fault.DAILY_LINE_ADDED, where, off, f"it says {lines:,} lines and {count:,} are there")
        elif count != lines:
            yield Finding(Fault.DAILY_FILE_COUNT, where, 0, f"it says {lines:,} lines and {count:,} are there")
        elif off:
            words = f"it says {kes(total)} and its lines give {kes(cents)}"
            yield Finding(Fault.DAILY_FILE_TOTAL, where, -off, words)


def _nowhere(books: Books) -> Iterator[Finding]:
    """The last file can go without leaving a gap; its refunds stand in none then."""
    for number, state, cents in books.rows("""
        SELECT number, state, amount_cents FROM refunds
        WHERE state IN ('filed', 'batched') AND key IN (SELECT key FROM owed) AND id NOT IN (
            SELECT refund_id FROM file_lines JOIN refund_files file ON file.id = file_id WHERE file_lines.state = 'open'
        ) ORDER BY number
    """):
        yield Finding(Fault.DAILY_LINE_MISSING, number, cents, f"it is {state}, and no file has a line of it")


def _payees(books: Books) -> Iterator[Finding]:
    for number, position, cents, told, owed in books.rows("""
        SELECT file.number, position, line.amount_cents, line.msisdn, coalesce(nullif(payee, ''), refunds.msisdn)
        FROM file_lines line JOIN refund_files file ON file.id = file_id JOIN refunds ON refunds.id = refund_id
        WHERE line.state IN ('open', 'paid') AND line.msisdn NOT IN (refunds.msisdn, coalesce(payee, '')) ORDER BY 1, 2
    """):
        words = f"it pays {told}, and its refund is owed to {owed}"
        yield Finding(Fault.DAILY_LINE_PAYEE, f"file {number} line {position}", cents, words)


def _twice(books: Books) -> Iterator[Finding]:
    for number, count, cents in books.rows("""
        SELECT coalesce(number, 'refund ' || refund_id), count(DISTINCT (file_id, position)),
               any_value(line.amount_cents)
        FROM file_lines line LEFT JOIN refunds ON refunds.id = refund_id
        WHERE line.state IN ('open', 'paid') GROUP BY refund_id, part, number
        HAVING count(DISTINCT (file_id, position)) > 1 ORDER BY 1
    """):
        yield Finding(Fault.DAILY_LINE_TWICE, number, cents * (count - 1), f"{count} live lines pay it")


def _checksums(books: Books, folder: Path) -> Iterator[Finding]:
    there = {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}
    for number, digest, cents in books.rows("SELECT number, sha256, total_cents FROM refund_files ORDER BY number"):
        if digest not in there:
            words = f"no file in {folder} has its SHA-256, {digest}"
            yield Finding(Fault.DAILY_FILE_CHECKSUM, f"file {number}", cents, words)
