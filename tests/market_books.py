"""The market's own books, read from its database as an auditor would: past all of its code."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import psycopg

PAUSE_SECONDS = 0.1
LIVE_PROMPTS = "SELECT count(*) AS many FROM payments_prompt WHERE state IN ('requested', 'sent', 'unknown')"


class MarketBooks:
    """Questions to the database."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self.connection = self._connection = connection

    def rows(self, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """All rows of an answer."""
        return self._connection.execute(query.encode(), values).fetchall()

    def value(self, query: str, values: Sequence[object] = ()) -> Any:
        """The only value of an answer."""
        (row,) = self.rows(query, values)
        (value,) = row.values()
        return value

    def wait_for(self, query: str, values: Sequence[object] = (), *, seconds: float = 60) -> dict[str, Any]:
        """The first row of an answer, as soon as there is one."""
        give_up_at = time.monotonic() + seconds
        while not (found := self.rows(query, values)):
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"nothing came of {query} with {values}")
            time.sleep(PAUSE_SECONDS)
        return found[0]

    def receipts_of(self, number: str) -> list[str]:
        """Receipts that pay an order, each with an entry of its own in the ledger."""
        found = self.rows(
            """
            SELECT receipt.code FROM payments_receipt receipt
            JOIN orders_purchase purchase ON purchase.id = receipt.purchase_id
            JOIN ledger_entry entry ON entry.key = 'receipt:' || receipt.code
            WHERE purchase.number = %s
            """,
            [number],
        )
        return [row["code"] for row in found]

    def prompts_of(self, number: str) -> list[str]:
        """The states of an order's prompts, oldest first."""
        found = self.rows(
            "SELECT state FROM payments_prompt WHERE purchase_id = (SELECT id FROM orders_purchase WHERE number = %s)"
            " ORDER BY attempt",
            [number],
        )
        return [row["state"] for row in found]

    def verdicts_about(self, number: str) -> list[str]:
        """What was made of the messages that came for an order's prompts, in the order in which they came."""
        found = self.rows(
            """
            SELECT verdict FROM payments_inboxmessage message
            JOIN payments_prompt prompt ON prompt.token_digest = message.token_digest
            JOIN orders_purchase purchase ON purchase.id = prompt.purchase_id
            WHERE purchase.number = %s ORDER BY message.id
            """,
            [number],
        )
        return [row["verdict"] for row in found]

    def wait_until_no_prompt_is_live(self, *, seconds: float) -> None:
        """Look whenever the market says that something about a purchase has changed."""
        self._connection.execute("LISTEN purchase")
        give_up_at = time.monotonic() + seconds
        while live := self.value(LIVE_PROMPTS):
            left = give_up_at - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{live} prompts are still live after {seconds} s")
            for _ in self._connection.notifies(timeout=left, stop_after=1):
                pass
