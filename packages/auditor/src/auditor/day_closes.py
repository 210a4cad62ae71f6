"""Days that were closed: each goes on where the one before ended, was signed by two people where it had to be, and says
what the books of that moment say."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.books import Books
from auditor.canonical import GENESIS
from auditor.chain import Chain
from auditor.findings import Fault, Finding, kes


def check(books: Books, chain: Chain, *, are_books_sound: bool) -> Iterator[Finding]:
    """Against each other, the chain and the ledger; the last two only where these are sound themselves."""
    yield from _in_order(books)
    yield from _signatures(books)
    if not chain.broken:
        yield from _heads(books)
    if are_books_sound:
        yield from _figures(books)


def _in_order(books: Books) -> Iterator[Finding]:
    for where, days, off, between, opening, stated in books.rows(_STEPS):
        if days != 1:
            yield Finding(Fault.DAY_MISSING, where, opening, f"{days - 1} days before it are gone")
        elif off or between:
            words = f"its figures do not add up, by {kes(off or between)}"
            yield Finding(Fault.DAY_ALTERED, where, off or between, words)
        elif opening or stated:
            words = f"it goes on with {kes(opening or stated)} more than the day before ended with"
            yield Finding(Fault.DAY_ALTERED, where, opening or stated, words)


def _signatures(books: Books) -> Iterator[Finding]:
    for where, cents in books.rows(f"""
        SELECT {_WHERE}, abs(closing_cents - stated_closing_cents) FROM day_closes
        WHERE signed_by_id IS NULL OR countersigned_by_id = signed_by_id ORDER BY day, code
    """):
        yield Finding(Fault.FOUR_EYES, where, cents, "who closed it has also countersigned it")


def _heads(books: Books) -> Iterator[Finding]:
    """The head that people signed with a day is some block's, or history up to then is not what they signed. Of several
    days the first tells all."""
    for where, head in books.rows(f"""
        SELECT {_WHERE}, ledger_head FROM day_closes
        WHERE ledger_head <> '{GENESIS}' AND ledger_head NOT IN (SELECT hash FROM blocks) ORDER BY day, code LIMIT 1
    """):
        words = f"it was signed with the head {head}, which no block has: history up to then was written anew"
        yield Finding(Fault.HEAD_UNKNOWN, where, 0, words)


def _figures(books: Books) -> Iterator[Finding]:
    """Of several days of an account that are off alike, the first tells all."""
    books.do(_CHANGES)
    for where, off, told, booked in books.rows(_BOOKED):
        words = f"it was closed with {kes(told)}, and what was booked by then gives {kes(booked)}"
        yield Finding(Fault.DAY_BOOKS, where, off, words)


_WHERE = "code || ' on ' || day"

_STEPS = f"""
SELECT {_WHERE}, day - coalesce(lag(day) OVER account, day - 1) AS days,
       closing_cents - opening_cents - in_cents + out_cents AS off,
       closing_cents - stated_closing_cents - items_cents AS between,
       opening_cents - coalesce(lag(closing_cents) OVER account, opening_cents) AS opening,
       stated_opening_cents - coalesce(lag(stated_closing_cents) OVER account, stated_opening_cents) AS stated
FROM day_closes WINDOW account AS (PARTITION BY code ORDER BY day)
QUALIFY days <> 1 OR off <> 0 OR "between" <> 0 OR opening <> 0 OR stated <> 0 ORDER BY day, code
"""

_CHANGES = """
CREATE OR REPLACE TEMP TABLE known AS
SELECT code, day, known_entry, known_transaction, closing_cents,
       split_part(known_snapshot, ':', 1)::BIGINT AS least, split_part(known_snapshot, ':', 2)::BIGINT AS most,
       regexp_extract_all(split_part(known_snapshot, ':', 3), '[0-9]+')::BIGINT[] AS under_way
FROM day_closes;

-- From which close on each posting counts: its day is over by then, and it was known.
CREATE OR REPLACE TEMP TABLE counted AS
WITH posting AS (
    SELECT accounts.code, entries.id AS entry, amount_cents AS cents,
           (happened_at AT TIME ZONE 'Africa/Nairobi')::DATE AS happened
    FROM postings JOIN entries ON entries.id = entry_id JOIN accounts ON accounts.id = account_id
    WHERE accounts.code IN (SELECT code FROM known)
), unseen AS (
    -- Its id was drawn before the day was closed, and its transaction ended afterwards.
    SELECT known.code, entries.id AS entry, max(known.day) + 1 AS since
    FROM known JOIN entries ON made_in >= least AND entries.id <= known_entry
    WHERE made_in <> known_transaction AND (made_in >= most OR list_contains(under_way, made_in)) GROUP BY ALL
)
SELECT code, greatest(happened, by_id.day, since) AS day, sum(cents)::BIGINT AS cents
FROM posting ASOF JOIN (SELECT code AS account, known_entry, min(day) AS day FROM known GROUP BY ALL) AS by_id
    ON posting.code = account AND entry <= known_entry
LEFT JOIN unseen USING (code, entry) GROUP BY ALL;
"""

_BOOKED = f"""
WITH booked AS (
    SELECT code, day, closing_cents, (
        SELECT coalesce(sum(cents), 0)::BIGINT FROM counted
        WHERE counted.code = known.code AND counted.day <= known.day
    ) AS cents
    FROM known
)
SELECT {_WHERE}, closing_cents - cents AS off, closing_cents, cents FROM booked
WHERE off <> 0 QUALIFY off <> coalesce(lag(off) OVER (PARTITION BY code ORDER BY day), 0) ORDER BY day, code
"""
