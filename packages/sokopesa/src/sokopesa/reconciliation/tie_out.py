"""One account's day by our books and by M-PESA's statement, and every item between them, as of what was known at a
moment.

What was known is a few numbers: the last entry, verdict, discrepancy, note and reading, and PostgreSQL's own word for
the transactions that had ended. So a day that was closed computes to the same for ever, whatever came later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from sokopesa.kernel.clock import EAT
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.ledger.models import Account
from sokopesa.reconciliation.discrepancies import moment
from sokopesa.reconciliation.models import Beginning, DayClose, Discrepancy

KINDS = dict(Discrepancy.Kind.choices)

NOT_YET = "not_yet_stated"
"""Booked, and the statement that may still show it is not there yet."""

OTHER_DAY = "other_day"
"""On both sides, and on the other one on a later day."""

MOVED = "moved"
"""Part of what moved, not of the difference: booked after an earlier day was closed, and of that day."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was known at a moment."""

    entry: int
    verdict: int
    discrepancy: int
    note: int
    reading: int
    snapshot: str
    transaction: int


@dataclass(frozen=True, slots=True)
class Item:
    """One reason why books and statement differ; ``cents`` is what it adds to books less statement."""

    kind: str
    cents: int
    receipt: str
    words: str
    discrepancy: int | None = None


@dataclass(frozen=True, slots=True)
class TieOut:
    """A day of an account on both sides, in cents. ``late`` are bookings of days closed before; they are in
    ``in_cents`` or ``out_cents``, and no part of the difference."""

    code: str
    day: date
    opening_cents: int
    in_cents: int
    out_cents: int
    closing_cents: int
    stated_opening_cents: int
    stated_in_cents: int
    stated_out_cents: int
    stated_closing_cents: int
    items: Sequence[Item]
    late: Sequence[Item]

    @property
    def difference_cents(self) -> int:
        """Books less statement at the end of the day."""
        return self.closing_cents - self.stated_closing_cents

    @property
    def unexplained_cents(self) -> int:
        """What no item explains: nought, or the day is not closed."""
        return self.difference_cents - sum(item.cents for item in self.items)

    @property
    def open_count(self) -> int:
        """Items about which somebody has to decide."""
        return sum(item.discrepancy is not None for item in self.items)


def known_now() -> Known:
    """What is known at this moment. Ask it while nobody else judges."""
    rows = fetch(
        """
        SELECT (SELECT coalesce(max(id), 0) FROM ledger_entry),
            (SELECT coalesce(max(id), 0) FROM reconciliation_verdict),
            (SELECT coalesce(max(id), 0) FROM reconciliation_discrepancy),
            (SELECT coalesce(max(id), 0) FROM reconciliation_note),
            (SELECT coalesce(max(id), 0) FROM reconciliation_reading), pg_current_snapshot()::text, txid_current()
        """
    )
    return Known(*rows[0])


def bounds(day: date) -> tuple[datetime, datetime]:
    """When a day in Nairobi begins and ends."""
    start = datetime.combine(day, time(), EAT)
    return start, start + timedelta(days=1)


def tie_out(beginning: Beginning, day: date, known: Known, previous: DayClose | None) -> TieOut:
    """The account's day as of what was known; ``previous`` is the close of the day before, if there is one."""
    start, end = bounds(day)
    values = {
        "code": beginning.code,
        # By its id: the planner knows then that nearly all that is booked moves this account, not as little as another.
        "ours": Account.objects.filter(code=beginning.code).values_list("pk", flat=True).first(),
        "shortcode": beginning.shortcode,
        "account": beginning.account,
        "start": max(start, beginning.begins_at),
        "end": end,
        **asdict(known),
        **{f"before_{name}": value for name, value in (previous.knew if previous else {"entry": 0}).items()},
    }
    closing = int(fetch(_CLOSING, values)[0][0])
    late = [Item(MOVED, cents, receipt, f"{key}, {moment(at)}") for key, receipt, cents, at in _late(values, previous)]
    came, went = fetch(_MOVED, values)[0]
    came += sum(item.cents for item in late if item.cents > 0)
    went -= sum(item.cents for item in late if item.cents < 0)
    stated_in, stated_out, stated = fetch(_STATED, values)[0]
    stated_opening = previous.stated_closing_cents if previous else beginning.balance_cents
    if previous is None and start > beginning.begins_at:
        stated_opening = _stated_before(day, values, beginning)
    return TieOut(
        code=beginning.code,
        day=day,
        opening_cents=closing - came + went,
        in_cents=came,
        out_cents=went,
        closing_cents=closing,
        stated_opening_cents=stated_opening,
        stated_in_cents=stated_in,
        stated_out_cents=stated_out,
        stated_closing_cents=stated_opening if stated is None else stated,
        items=_items(values),
        late=late,
    )


_SEEN = """(entry.id <= %(entry)s AND (
    entry.made_in = %(transaction)s OR pg_visible_in_snapshot(entry.made_in::text::xid8, %(snapshot)s::pg_snapshot)))"""

_CLOSING = f"""
SELECT coalesce(sum(account.balance_cents - coalesce((
    SELECT sum(posting.amount_cents) FROM ledger_entry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
    WHERE posting.account_id = %(ours)s AND (
        entry.happened_at >= %(end)s OR entry.id > %(entry)s
        OR entry.made_in >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)::text::bigint AND NOT {_SEEN}
    )
), 0)), 0)::bigint
FROM ledger_account account WHERE account.code = %(code)s
"""  # noqa: S608 - constants
"""What the account has now, less what it did not have then: of that there is little."""

_POSTINGS = f"""
FROM ledger_entry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
WHERE posting.account_id = %(ours)s AND {_SEEN}
"""

_MOVED = f"""
SELECT coalesce(sum(posting.amount_cents) FILTER (WHERE posting.amount_cents > 0), 0)::bigint,
    coalesce(-sum(posting.amount_cents) FILTER (WHERE posting.amount_cents < 0), 0)::bigint
{_POSTINGS} AND entry.happened_at >= %(start)s AND entry.happened_at < %(end)s
"""

_LATE = f"""
SELECT entry.key, reconciliation_receipt(entry.key, entry.memo), posting.amount_cents, entry.happened_at
{_POSTINGS} AND entry.happened_at < %(start)s AND (
    entry.id > %(before_entry)s
    OR entry.made_in >= pg_snapshot_xmin(%(before_snapshot)s::pg_snapshot)::text::bigint
        AND entry.made_in <> %(before_transaction)s
        AND NOT pg_visible_in_snapshot(entry.made_in::text::xid8, %(before_snapshot)s::pg_snapshot)
)
ORDER BY entry.happened_at, posting.id
"""


def _late(values: dict[str, object], previous: DayClose | None) -> list[tuple[str, str, int, datetime]]:
    """Bookings of days closed before, that were not known when the last of them was."""
    return [(row[0], row[1], row[2], row[3]) for row in fetch(_LATE, values)] if previous else []


_LINES = """
FROM reconciliation_statementline line
JOIN reconciliation_reading reading
    ON reading.statement_import_id = line.statement_import_id AND reading.id <= %(reading)s
WHERE line.shortcode = %(shortcode)s AND line.account = %(account)s
"""

_STATED = f"""
SELECT coalesce(sum(line.paid_in_cents), 0)::bigint, coalesce(sum(line.withdrawn_cents), 0)::bigint,
    (array_agg(line.balance_cents ORDER BY line.completed_at DESC, line.id DESC))[1]
{_LINES} AND line.completed_at >= %(start)s AND line.completed_at < %(end)s
"""


def _stated_before(day: date, values: dict[str, object], beginning: Beginning) -> int:
    """M-PESA's balance when the day begins: that of the last line before, which mostly is of the day before."""
    for since in (max(bounds(day - timedelta(days=1))[0], beginning.begins_at), beginning.begins_at):
        rows = fetch(
            f"""
            SELECT line.balance_cents {_LINES} AND line.completed_at >= %(since)s AND line.completed_at < %(start)s
            ORDER BY line.completed_at DESC, line.id DESC LIMIT 1
            """,
            {**values, "since": since},
        )
        if rows:
            return int(rows[0][0])
    return beginning.balance_cents


_OPEN = """(known.id <= %(discrepancy)s AND (known.state = 'open' OR known.ended_by > %(note)s))"""

_ITEMS = f"""
WITH lonely AS (
    -- Postings that no line had: those that wait until today, and those that were matched or set off since.
    SELECT waiting.posting FROM reconciliation_waiting waiting
    WHERE waiting.code = %(code)s AND waiting.happened_at < %(end)s
    UNION
    SELECT verdict.posting FROM reconciliation_verdict verdict WHERE verdict.id > %(verdict)s
), named AS (
    SELECT known.* FROM reconciliation_discrepancy known WHERE known.code = %(code)s AND {_OPEN}
)
SELECT coalesce(named.kind, '{NOT_YET}'), posting.amount_cents, reconciliation_receipt(entry.key, entry.memo),
    coalesce(named.evidence, entry.key), named.id, entry.happened_at
FROM lonely JOIN ledger_posting posting ON posting.id = lonely.posting AND posting.account_id = %(ours)s
JOIN ledger_entry entry ON entry.id = posting.entry_id AND entry.happened_at < %(end)s
LEFT JOIN named ON named.key = 'posting:' || posting.id
WHERE {_SEEN}
UNION ALL
SELECT '{OTHER_DAY}',
    CASE
        WHEN line.completed_at >= %(end)s AND verdict.shape = 'n:1' THEN line.paid_in_cents - line.withdrawn_cents
        WHEN line.completed_at >= %(end)s THEN posting.amount_cents
        WHEN verdict.shape = '1:n' THEN -posting.amount_cents
        ELSE line.withdrawn_cents - line.paid_in_cents
    END,
    line.receipt, 'M-PESA ' || line.completed_at || ', booked ' || entry.happened_at, NULL, line.completed_at
FROM reconciliation_verdict verdict
JOIN reconciliation_statementline line ON line.id = verdict.line
JOIN ledger_posting posting ON posting.id = verdict.posting AND posting.account_id = %(ours)s
JOIN ledger_entry entry ON entry.id = posting.entry_id
WHERE verdict.crosses AND verdict.id <= %(verdict)s
    AND (line.completed_at < %(end)s) <> (entry.happened_at < %(end)s)
UNION ALL
SELECT named.kind, named.effect_cents, named.receipt, named.evidence, named.id, named.happened_at
FROM named
LEFT JOIN ledger_posting posting ON named.key LIKE 'amount:%%' AND posting.id = named.posting
LEFT JOIN ledger_entry entry ON entry.id = posting.entry_id
WHERE named.key NOT LIKE 'posting:%%' AND named.happened_at < %(end)s
    AND (entry.id IS NULL OR entry.happened_at < %(end)s)
ORDER BY 6, 5, 3
"""  # noqa: S608 - constants


def _items(values: dict[str, object]) -> list[Item]:
    return [
        Item(kind, cents, receipt, words, discrepancy)
        for kind, cents, receipt, words, discrepancy, _ in fetch(_ITEMS, values)
    ]


def words_of(item: Item) -> str:
    """What kind of item it is, in words."""
    own = {NOT_YET: "Not in a statement yet", OTHER_DAY: "On the other side on another day", MOVED: "Booked late"}
    return own.get(item.kind) or str(KINDS[item.kind])


def said_of(item: Item) -> str:
    """The item in one line."""
    return f"{words_of(item)}: {format_kes(item.cents)} {item.receipt} {item.words}".strip()
