"""Whatever two people have to agree about was decided by another than who made it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.books import Books
from auditor.findings import Fault, Finding


def check(books: Books) -> Iterator[Finding]:
    """The amount is what went through on one person's word."""
    for what, number, cents, is_own in books.rows("""
        SELECT what, number, coalesce(amount_cents, 0), decider_id IS NOT NULL FROM approvals
        WHERE decider_id = maker_id OR (decider_id IS NULL AND state IN ('approved', 'paying', 'done'))
        ORDER BY what, number
    """):
        words = "who made it has also approved it" if is_own else "nobody has approved it"
        yield Finding(Fault.FOUR_EYES, f"{what} {number}", cents, words)
