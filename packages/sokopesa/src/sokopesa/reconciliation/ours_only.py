"""Postings of ours that no statement shows: those that may still come wait, the others are discrepancies."""

from __future__ import annotations

from django.db import connection

from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.reconciliation.covered import covered_until
from sokopesa.reconciliation.discrepancies import Found, moment
from sokopesa.reconciliation.models import Discrepancy, Progress
from sokopesa.reconciliation.pairs import pairs_of
from sokopesa.reconciliation.rules import Tolerance

Kind = Discrepancy.Kind

_LOOK = """
INSERT INTO reconciliation_waiting (posting, entry, code, key, cents, happened_at, receipt)
WITH made AS MATERIALIZED (  -- by itself, or all that was ever booked to these accounts would be read
    SELECT posting.id, posting.account_id, posting.amount_cents,
        posting.entry_id, entry.key, entry.memo, entry.happened_at
    FROM ledger_entry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
    WHERE entry.id > %(entry)s OR entry.made_in >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)::text::bigint
        AND NOT pg_visible_in_snapshot(entry.made_in::text::xid8, %(snapshot)s::pg_snapshot)
)
SELECT made.id, made.entry_id, account.code, made.key, made.amount_cents, made.happened_at,
    reconciliation_receipt(made.key, made.memo)
FROM made
JOIN ledger_account account ON account.id = made.account_id
JOIN reconciliation_beginning beginning ON beginning.code = account.code AND beginning.booked_cents IS NOT NULL
WHERE NOT EXISTS (SELECT FROM reconciliation_verdict known WHERE known.posting = made.id)
ON CONFLICT (posting) DO NOTHING
"""


def look_through() -> None:
    """Put aside what was booked since the last time to accounts that are compared, and has no verdict. What was being
    booked then is seen now, for PostgreSQL says which transactions were under way."""
    progress, _ = Progress.objects.get_or_create(pk=1)
    (entry, snapshot), *_ = fetch("SELECT coalesce(max(id), 0), pg_current_snapshot()::text FROM ledger_entry")
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"entry": progress.entry, "snapshot": progress.snapshot})
    progress.entry, progress.snapshot = entry, snapshot
    progress.save()


def match_by_name() -> int:
    """Lines without an entry of their own, and postings whose entry names the receipt in other words."""
    rows = fetch(
        """
        SELECT waiting.code, waiting.receipt, fresh.line, fresh.cents, waiting.posting, waiting.cents
        FROM reconciliation_fresh fresh JOIN reconciliation_waiting waiting
            ON (waiting.receipt, waiting.code) = (fresh.receipt, fresh.code)
        WHERE waiting.receipt <> '' ORDER BY fresh.line, waiting.posting
        """
    )
    groups: dict[tuple[str, str], tuple[dict[int, int], dict[int, int]]] = {}
    for code, receipt, line, cents, posting, booked in rows:
        lines, postings = groups.setdefault((code, receipt), ({}, {}))
        lines[line], postings[posting] = cents, booked
    pairs = [
        pair
        for lines, postings in groups.values()
        for pair in pairs_of(lines, postings)
        if _adds_up(pair, lines, postings)
    ]
    fetch(
        """
        INSERT INTO reconciliation_verdict (line, posting, shape, how, crosses)
        SELECT pair.line, pair.posting, pair.shape, 'reference',
            (fresh.completed_at AT TIME ZONE 'Africa/Nairobi')::date
                <> (waiting.happened_at AT TIME ZONE 'Africa/Nairobi')::date
        FROM unnest(%b::bigint[], %b::bigint[], %b::text[]) AS pair (line, posting, shape)
        JOIN reconciliation_fresh fresh USING (line) JOIN reconciliation_waiting waiting USING (posting)
        """,
        [[pair[place] for pair in pairs] for place in range(3)],
    )
    done = {pair[0] for pair in pairs}
    fetch("DELETE FROM reconciliation_waiting WHERE posting = ANY (%b)", [[pair[1] for pair in pairs]])
    fetch("DELETE FROM reconciliation_fresh WHERE line = ANY (%b)", [list(done)])
    return len(done)


def _adds_up(pair: tuple[int, int, str], lines: dict[int, int], postings: dict[int, int]) -> bool:
    """Only what is certain is matched by a name in a memo: the same amount, or all of it."""
    if pair[2] == "1:1":
        return lines[pair[0]] == postings[pair[1]]
    return sum(lines.values()) == sum(postings.values())


_MISSING = """
SELECT waiting.posting, waiting.entry, waiting.code, waiting.key, waiting.cents, waiting.happened_at, waiting.receipt,
    coalesce(receipt.learned_from, ''),
    EXISTS (
        SELECT FROM reconciliation_statementline line
        JOIN reconciliation_beginning beginning ON beginning.code = waiting.code
            AND (beginning.shortcode, beginning.account) = (line.shortcode, line.account)
        JOIN reconciliation_verdict known ON known.line = line.id
        WHERE line.receipt = waiting.receipt AND known.shape <> '1:n' AND known.posting <> waiting.posting
    )
FROM reconciliation_waiting waiting
JOIN unnest(%b::text[], %b::timestamptz[]) AS stated (code, until)
    ON stated.code = waiting.code AND waiting.happened_at <= stated.until
LEFT JOIN payments_receipt receipt ON waiting.key = 'receipt:' || receipt.code
WHERE NOT EXISTS (SELECT FROM reconciliation_discrepancy known WHERE known.key = 'posting:' || waiting.posting)
ORDER BY waiting.happened_at, waiting.posting
"""


def missing(rule: Tolerance) -> list[Found]:
    """What waits although statements without a gap tell of its time, and of so much longer as the rule allows."""
    stated = {code: until - rule.late for code, until in covered_until().items()}
    found = []
    for posting, entry, code, key, cents, at, receipt, source, doubled in fetch(
        _MISSING, [list(stated), list(stated.values())]
    ):
        kind, words = Kind.MISSING_IN_STATEMENT, "M-PESA's statement does not have it."
        if doubled:
            kind, words = Kind.DUPLICATE_IN_LEDGER, "Another entry has the line of the same receipt."
        elif source in ("callback", "confirmation"):
            kind = Kind.FORGED_CALLBACK
            words = "A message told of it, and M-PESA's statement, whose balance follows, does not have it."
        found.append(
            Found(
                key=f"posting:{posting}",
                kind=kind,
                code=code,
                amount_cents=abs(cents),
                effect_cents=cents,
                happened_at=at,
                evidence=f"{key}: {format_kes(abs(cents))} on {moment(at)}. {words}",
                receipt=receipt,
                posting=posting,
                entry=entry,
            )
        )
    return found
