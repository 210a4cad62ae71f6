"""The lines that wait for a verdict: those of imports that nobody has read yet, and those whose discrepancy is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from sokopesa.kernel.database import fetch
from sokopesa.reconciliation.codes import COMPARED, own_shortcodes
from sokopesa.reconciliation.models import Beginning, Discrepancy, StatementImport
from sokopesa.reconciliation.rules import sort_of


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose effect our books do not have. ``cents`` is what it moved, below nought where it went out;
    ``about`` is the receipt that a charge or a reversal belongs to, or its own."""

    id: int
    shortcode: str
    code: str
    sort: str
    receipt: str
    about: str
    completed_at: datetime
    cents: int
    reference: str
    msisdn: str
    details: str
    other_party: str


@contextmanager
def judging() -> Iterator[None]:
    """One at a time judges, decides or closes, in a transaction; so ids follow the order of commits."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reconciliation-judging'))")
        yield


def unread() -> list[StatementImport]:
    """Imports of our accounts that nobody has read, oldest period first."""
    return list(
        StatementImport.objects.filter(account__in=COMPARED, shortcode__in=own_shortcodes(), reading=None).order_by(
            "period_from", "id"
        )
    )


def select(columns: str, rest: str = "", *, imports: Sequence[StatementImport]) -> tuple[str, dict[str, object]]:
    """A query for the lines, with its parameters; ``rest`` goes on from their table, *fresh*."""
    ids = [one.pk for one in imports]
    begun = list(Beginning.objects.all())
    retried = Discrepancy.objects.filter(state="open", line__isnull=False, key__startswith="line:")
    reasons = fetch(
        """
        SELECT DISTINCT reason, paid_in_cents > 0 FROM reconciliation_statementline
        WHERE statement_import_id = ANY (%b) OR id = ANY (%b)
        """,
        [ids, lines := list(retried.values_list("line", flat=True))],
    )
    return f"WITH fresh AS ({_FRESH}) SELECT {columns} FROM fresh {rest}", {  # noqa: S608 - constants
        "codes": [one.code for one in begun],
        "shortcodes": [one.shortcode for one in begun],
        "accounts": [one.account for one in begun],
        "begins": [one.begins_at for one in begun],
        "reasons": [reason for reason, _ in reasons],
        "ins": [is_in for _, is_in in reasons],
        "sorts": [sort_of(reason, is_in=is_in).value for reason, is_in in reasons],
        "imports": ids,
        "retried": lines,
    }


_FRESH = """
    SELECT line.id AS line, line.shortcode, account.code, known.sort, line.receipt,
        coalesce(nullif(line.linked, ''), line.receipt) AS about, line.occurrence, line.completed_at,
        line.paid_in_cents - line.withdrawn_cents AS cents, line.reference, line.msisdn, line.details, line.other_party,
        CASE
            WHEN known.sort = 'payment' THEN 'receipt:' || line.receipt
            WHEN known.sort = 'charge' THEN 'charge:' || coalesce(nullif(line.linked, ''), line.receipt)
            WHEN known.sort = 'reversal' THEN 'reversed:' || line.receipt
            WHEN known.sort IN ('move', 'bank') THEN known.sort || ':' || line.receipt || ':' || account.code
        END AS key
    FROM reconciliation_statementline line
    JOIN unnest(%(codes)b::text[], %(shortcodes)b::text[], %(accounts)b::text[], %(begins)b::timestamptz[])
        AS account (code, shortcode, account, begins_at)
        ON (account.shortcode, account.account) = (line.shortcode, line.account)
    JOIN unnest(%(reasons)b::text[], %(ins)b::boolean[], %(sorts)b::text[]) AS known (reason, is_in, sort)
        ON (known.reason, known.is_in) = (line.reason, line.paid_in_cents > 0)
    WHERE line.completed_at >= account.begins_at AND line.paid_in_cents <> line.withdrawn_cents
        AND (line.statement_import_id = ANY (%(imports)b::bigint[]) OR line.id = ANY (%(retried)b::bigint[]))
"""
"""``key`` is that of the entry which has the line's effect, where the line itself says it."""


def unbooked(imports: Sequence[StatementImport]) -> list[Line]:
    """The lines whose entries are not on the books by the key that they name, oldest first."""
    query, values = select(
        "line, shortcode, code, sort, receipt, about, completed_at, cents, reference, msisdn, details, other_party",
        """
        WHERE key IS NULL OR NOT EXISTS (SELECT FROM ledger_entry entry WHERE entry.key = fresh.key)
        ORDER BY completed_at, line
        """,
        imports=imports,
    )
    return [Line(*row) for row in fetch(query, values)]
