"""Laying each line of M-PESA's statements beside what our books say of it, by the day in one go of the database.

Judging is incremental and may be repeated: it reads imports that nobody has read, lines whose discrepancy is open, and
postings that were booked since. What is judged once stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.reconciliation import arithmetic, beginnings, clearing, fees, leftovers, ours_only, references
from sokopesa.reconciliation.booking import book_untold
from sokopesa.reconciliation.discrepancies import Found, Kind, Pair, moment, open_all, open_ones
from sokopesa.reconciliation.fresh import judging, select, unread
from sokopesa.reconciliation.models import Reading, StatementImport
from sokopesa.reconciliation.pairs import pairs_of
from sokopesa.reconciliation.rules import Tolerance, tolerance


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run did: imports read, lines that are the same as postings of ours, discrepancies opened and cleared."""

    imports: int
    matched: int
    opened: int
    cleared: int


def is_due() -> bool:
    """Whether there is anything that nobody has judged: a cheap question, for the worker."""
    return bool(unread())


def run(*, now: datetime) -> Judged:
    """Book what only the statement tells, then judge everything that waits. Call outside any transaction."""
    beginnings.begin(now)
    imports = unread()
    book_untold(imports, now=now)
    with judging():
        imports = [one for one in imports if not Reading.objects.filter(statement_import=one).exists()]
        return _judge(imports, now)


def _judge(imports: Sequence[StatementImport], now: datetime) -> Judged:
    rule = tolerance(nairobi_date(now))
    _lay_out(imports)
    matched, found = _match()
    late = _late(rule)
    waited = {row.key for row in open_ones(f"posting:{one.posting}" for one in late)}
    found += [one for one in late if f"posting:{one.posting}" not in waited]
    found += [*_differences(rule), *references.wrong(), *fees.other()]
    Reading.objects.bulk_create([Reading(statement_import=one, read_at=now) for one in imports])
    ours_only.look_through()
    found += beginnings.openings()
    matched += ours_only.match_by_name()
    found += [
        *leftovers.lines(),
        *ours_only.missing(rule),
        *arithmetic.defects(imports, now=now),
    ]
    opened = open_all(found, now=now)
    return Judged(len(imports), matched, opened, clearing.clear(late, now=now))


def _lay_out(imports: Sequence[StatementImport]) -> None:
    """The lines that wait, as a table of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.reconciliation_fresh, pg_temp.reconciliation_found")
    query, values = select("*", imports=imports)
    fetch(f"CREATE TEMP TABLE reconciliation_fresh ON COMMIT DROP AS {query}", values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reconciliation_fresh")


_SAME_DAY = "(completed_at AT TIME ZONE 'Africa/Nairobi')::date = (happened_at AT TIME ZONE 'Africa/Nairobi')::date"

# First the entry and the account of each line, then their posting. In one join the planner may pair every line with
# every posting of M-PESA's account: it believes that an account has a few, as those of orders do.
FIND = """
CREATE TEMP TABLE reconciliation_found ON COMMIT DROP AS
WITH told AS MATERIALIZED (
    SELECT fresh.*, coalesce(named.id, own.id) AS entry, coalesce(named.happened_at, own.happened_at) AS happened_at,
        account.id AS account_id
    FROM reconciliation_fresh fresh
    JOIN ledger_account account ON account.code = fresh.code
    LEFT JOIN ledger_entry named ON named.key = fresh.key
    LEFT JOIN payouts_transfer transfer ON named.id IS NULL AND transfer.receipt = fresh.receipt
        AND transfer.receipt <> '' AND fresh.sort <> 'charge'
    LEFT JOIN ledger_entry own ON own.key = 'transfer:' || transfer.id
)
SELECT told.*, posting.id AS posting, posting.amount_cents AS booked
FROM told JOIN ledger_posting posting ON posting.entry_id = told.entry AND posting.account_id = told.account_id
WHERE NOT EXISTS (SELECT FROM reconciliation_verdict known WHERE known.posting = posting.id)
"""

_MATCH_ONES = f"""
WITH crowded AS (
    SELECT entry, code FROM reconciliation_found GROUP BY entry, code HAVING count(*) > 1
)
INSERT INTO reconciliation_verdict (line, posting, shape, how, crosses)
SELECT line, posting, '1:1', 'receipt', NOT {_SAME_DAY}
FROM reconciliation_found found
WHERE NOT EXISTS (SELECT FROM crowded WHERE (crowded.entry, crowded.code) = (found.entry, found.code))
"""  # noqa: S608 - constants

_CROWDED = """
SELECT line, code, receipt, posting, entry, cents, completed_at, booked, happened_at FROM reconciliation_found
WHERE (entry, code) IN (SELECT entry, code FROM reconciliation_found GROUP BY entry, code HAVING count(*) > 1)
ORDER BY entry, code, occurrence, line, posting
"""

_PAIR = f"""
INSERT INTO reconciliation_verdict (line, posting, shape, how, crosses)
SELECT pair.line, pair.posting, pair.shape, 'receipt', NOT {_SAME_DAY}
FROM unnest(%b::bigint[], %b::bigint[], %b::text[]) AS pair (line, posting, shape)
JOIN reconciliation_found found ON (found.line, found.posting) = (pair.line, pair.posting)
"""  # noqa: S608 - constants

_DROP_UNPAIRED = """
DELETE FROM reconciliation_found found
WHERE (entry, code) IN (SELECT entry, code FROM reconciliation_found GROUP BY entry, code HAVING count(*) > 1)
    AND (line, posting) NOT IN (SELECT * FROM unnest(%b::bigint[], %b::bigint[]))
"""


def _match() -> tuple[int, list[Found]]:
    """Lines and postings of the same receipt: how many lines were matched, and groups that do not add up. Afterwards
    the one table has the lines without a verdict, the other the pairs that have one."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        cursor.execute(FIND)
        cursor.execute("ANALYZE reconciliation_found")
        cursor.execute(_MATCH_ONES)
    pairs, found = _gathered()
    if pairs:
        fetch(_PAIR, [list(column) for column in zip(*pairs, strict=True)])
    fetch(_DROP_UNPAIRED, [[pair[0] for pair in pairs], [pair[1] for pair in pairs]])
    fetch("DELETE FROM reconciliation_waiting WHERE posting IN (SELECT posting FROM reconciliation_found)")
    matched = fetch("SELECT count(DISTINCT line) FROM reconciliation_found")[0][0]
    fetch("DELETE FROM reconciliation_fresh WHERE line IN (SELECT line FROM reconciliation_found)")
    return matched, found


def _gathered() -> tuple[list[tuple[int, int, str]], list[Found]]:
    """Where an entry has several postings to the account, or several lines name it: the pairs, each with its shape, and
    what does not add up."""
    groups: dict[tuple[int, str], tuple[Pair, datetime, dict[int, int], dict[int, int]]] = {}
    for *row, booked, booked_at in fetch(_CROWDED):
        pair = Pair(*row)
        assert pair.posting is not None
        _, _, lines, postings = groups.setdefault((pair.entry, pair.code), (pair, booked_at, {}, {}))
        lines[pair.line] = pair.cents
        postings[pair.posting] = booked
    pairs: list[tuple[int, int, str]] = []
    found = []
    for first, booked_at, lines, postings in groups.values():
        group = pairs_of(lines, postings)
        pairs += group
        if group[0][2] != "1:1" and (off := sum(postings.values()) - sum(lines.values())):
            words = f"Several lines or bookings name this receipt, and differ by {format_kes(abs(off))}."
            # The pairs that are of two days explain those by what is several; what is one makes the difference.
            whole = first._replace(posting=None, at=booked_at if group[0][2] == "n:1" else first.at)
            found.append(Found.of_pair(whole, "group", Kind.UNRESOLVED_GROUP, amount=off, effect=off, evidence=words))
    return pairs, found


_PAIRS = "SELECT line, code, receipt, posting, entry, cents, completed_at"


def _differences(rule: Tolerance) -> list[Found]:
    """Pairs of the same receipt whose amounts differ."""
    rows = fetch(
        f"""
        {_PAIRS}, booked, happened_at FROM reconciliation_found found
        WHERE abs(booked - cents) > %s AND NOT EXISTS (
            SELECT FROM reconciliation_verdict known
            WHERE (known.posting, known.line) = (found.posting, found.line) AND known.shape <> '1:1'
        )
        """,
        [rule.amount_cents],
    )
    return [_difference(Pair(*row), booked, booked_at) for *row, booked, booked_at in rows]


def _difference(pair: Pair, booked: int, booked_at: datetime) -> Found:
    """Books and statement differ by it from when both have it."""
    return Found.of_pair(
        pair._replace(at=max(pair.at, booked_at)),
        "amount",
        Kind.AMOUNT_OVER if abs(booked) > abs(pair.cents) else Kind.AMOUNT_UNDER,
        amount=booked - pair.cents,
        effect=booked - pair.cents,
        evidence=f"Our books say {format_kes(abs(booked))}, M-PESA {format_kes(abs(pair.cents))}.",
    )


def _late(rule: Tolerance) -> list[Found]:
    """Pairs whose times are too far apart to be the same moment. It moves nothing in the end."""
    rows = fetch(
        f"""
        {_PAIRS}, happened_at FROM reconciliation_found
        WHERE completed_at NOT BETWEEN happened_at - %s AND happened_at + %s
        """,
        [rule.apart, rule.apart],
    )
    return [_lateness(Pair(*row), happened_at) for *row, happened_at in rows]


def _lateness(pair: Pair, booked_at: datetime) -> Found:
    words = f"M-PESA says {moment(pair.at)}, our books {moment(booked_at)}."
    late = Found.of_pair(pair, "late", Kind.LATE, amount=pair.cents, effect=0, evidence=words)
    return replace(late, explained="Both sides are there; only the time differs.")
