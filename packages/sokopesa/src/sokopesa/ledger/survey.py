"""What set-based checks of the whole books see, whether sealed or not. No judgement yet: `verification` makes it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from sokopesa.ledger import images
from sokopesa.ledger.canonical import EntryImage, PostingImage
from sokopesa.ledger.sealing import Frontier, frontier

GUARDS = frozenset(
    {
        "ledger_account_begins_at_zero",
        "ledger_account_stays",
        "ledger_balance_is_not_written_by_hand",
        "ledger_block_is_append_only",
        "ledger_entry_has_postings",
        "ledger_entry_is_append_only",
        "ledger_posting_is_append_only",
        "ledger_posting_is_guarded",
    }
)
"""The triggers without which the database would take what is not bookkeeping."""

UNSEALED = """
    WITH sealed AS MATERIALIZED (SELECT unnest(entry_ids) AS id FROM ledger_block)
    SELECT entry.id,
           entry.id > %s AND ((entry.made_in, entry.id) > (%s, %s) OR entry.id > %s) IS TRUE AS waits
    FROM ledger_entry entry LEFT JOIN sealed ON sealed.id = entry.id
    WHERE sealed.id IS NULL
"""

UNBALANCED = """
    SELECT entry.id FROM ledger_entry entry LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id
    GROUP BY entry.id HAVING coalesce(sum(amount_cents), 0) <> 0 OR count(posting.id) < 2
"""
ADRIFT = """
    SELECT DISTINCT entry_id FROM ledger_posting posting
    WHERE NOT EXISTS (SELECT FROM ledger_entry entry WHERE entry.id = posting.entry_id)
"""


@dataclass(frozen=True, slots=True)
class Survey:
    """Each field names what differs from how it should be; amounts are in cents."""

    guards_off: list[str]
    waiting: int
    """Entries that will be sealed next: the only count here that is no complaint."""
    strays: dict[int, EntryImage]
    """Entries in sealed history that no block seals."""
    unbalanced: dict[int, EntryImage]
    adrift: dict[int, list[PostingImage]]
    """Postings by the id of the entry that they name and that does not exist."""
    drift: dict[int, int]
    """Kept balance less recomputed, by account id."""
    codes: dict[int, str]
    """Codes of the accounts that ``drift``, ``adrift`` or a wrong entry touches, by id."""


def survey(suspects: list[EntryImage]) -> Survey:
    """Survey the books; ``suspects`` are entries whose accounts are to be named too."""
    strays, waiting = _unsealed(frontier())
    unbalanced = images.entries(_ids(UNBALANCED))
    adrift = images.postings_of(_ids(ADRIFT))
    drift = _drift()
    touched = set(drift)
    for entry in [*suspects, *strays.values(), *unbalanced.values()]:
        touched.update(posting.account for posting in entry.postings)
    for postings in adrift.values():
        touched.update(posting.account for posting in postings)
    codes = {account: line.split(" ")[1] for account, line in images.accounts(touched).items()}
    return Survey(_guards_off(), waiting, strays, unbalanced, adrift, drift, codes)


def _guards_off() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
        return sorted(GUARDS - {name for (name,) in cursor.fetchall()})


def _unsealed(end: Frontier) -> tuple[dict[int, EntryImage], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH unsealed AS ({UNSEALED}) "  # noqa: S608 - our own constant
            "SELECT array_agg(id) FILTER (WHERE NOT waits), count(*) FILTER (WHERE waits) FROM unsealed",
            [end.after, end.transaction, end.entry, end.highest],
        )
        strays, waiting = cursor.fetchone()
    return images.entries(strays or []), waiting


def _drift() -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account.id, balance_cents - coalesce(sum(amount_cents), 0)::bigint
            FROM ledger_account account LEFT JOIN ledger_posting ON account_id = account.id
            GROUP BY account.id HAVING balance_cents <> coalesce(sum(amount_cents), 0)
            """
        )
        return dict(cursor.fetchall())


def _ids(query: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]
