"""Reading entries and accounts from the database as the images that are sealed and verified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from sokopesa.kernel.database import fetch
from sokopesa.ledger.canonical import EntryImage, PostingImage


@contextmanager
def one_moment() -> Iterator[None]:
    """Every read inside sees the books as they were at the first one, while the market goes on.

    Raises:
        django.db.InternalError: a transaction that has already read something is open.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def entries(ids: Sequence[int]) -> dict[int, EntryImage]:
    """The entries with these ids that exist, by id."""
    postings = postings_of(ids)
    rows = fetch(
        """
        SELECT id, key, kind, memo, (extract(epoch FROM happened_at) * 1000000)::bigint,
               (extract(epoch FROM booked_at) * 1000000)::bigint, made_in
        FROM ledger_entry WHERE id = ANY (%b::bigint[])
        """,
        [list(ids)],
    )
    return {row[0]: EntryImage._make((*row, tuple(postings.get(row[0], ())))) for row in rows}


def postings_of(ids: Sequence[int]) -> dict[int, list[PostingImage]]:
    """Postings, in the order of their own ids, by the id of the entry that they name, whether or not it exists."""
    found: dict[int, list[PostingImage]] = defaultdict(list)
    rows = fetch(
        """
        SELECT entry_id, id, account_id, amount_cents FROM ledger_posting
        WHERE entry_id = ANY (%b::bigint[]) ORDER BY id
        """,
        [list(ids)],
    )
    for entry, posting, account, cents in rows:
        found[entry].append(PostingImage(posting, account, cents))
    return found


def accounts(ids: Iterable[int]) -> dict[int, str]:
    """How the accounts with these ids that exist are described, by id: ``7 escrow:8001 liability guarded``."""
    return dict(
        fetch(
            """
            SELECT id, id || ' ' || code || ' ' || kind || CASE WHEN guarded THEN ' guarded' ELSE '' END
            FROM ledger_account WHERE id = ANY (%b::bigint[])
            """,
            [sorted(ids)],
        )
    )
