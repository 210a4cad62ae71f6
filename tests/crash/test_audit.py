"""The auditor sees what a crash could do to the books: each corruption below is one that he must name."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.crash.audit import audit
from tests.crash.market import Build, Market
from tests.crash.sales import draw, plant
from tests.crash.traffic import Traffic

SALES = 60

CORRUPTIONS = {
    "A message was acknowledged and is not kept": "DELETE FROM payments_inboxmessage WHERE id = 1",
    "A message is kept that nobody sent": "UPDATE payments_inboxmessage SET body = '{}' WHERE id = 1",
    "A message is not settled": "UPDATE payments_inboxmessage SET settled_at = NULL WHERE id = 1",
    "A message was misjudged": "UPDATE payments_inboxmessage SET verdict = 'doubtful' WHERE id = 1",
    "A message took effect other than once": "UPDATE payments_inboxmessage SET verdict = 'repeated'",
    "A receipt is missing or says something else": "UPDATE payments_receipt SET amount_cents = amount_cents + 100",
    "A receipt stands that nobody was given": "UPDATE payments_receipt SET code = 'SKX' || substr(code, 4)",
    "A receipt is not booked exactly once with its amount": """
        INSERT INTO ledger_posting (entry_id, account_id, amount_cents)
        SELECT entry_id, account_id, amount_cents FROM ledger_posting
        WHERE entry_id = (SELECT min(id) FROM ledger_entry)
    """,
    "An entry is booked for no receipt": "UPDATE ledger_entry SET key = key || ' again'",
    "M-PESA's account does not hold what the receipts brought": """
        UPDATE ledger_account SET balance_cents = 2 * balance_cents WHERE code LIKE 'mpesa:%'
    """,
    "A purchase is not as M-PESA's word leaves it": """
        UPDATE orders_purchase SET state = 'awaiting_payment', paid_at = NULL WHERE state = 'paid'
    """,
    "An order's state and its money in escrow do not agree": """
        UPDATE orders_order SET state = 'awaiting_payment' WHERE id = (
            SELECT min(id) FROM orders_order WHERE state = 'awaiting_shipment')
    """,
    "A purchase stands wrongly among those that await payment, or is missing there": """
        INSERT INTO orders_awaitingpayment SELECT id, now() FROM orders_purchase WHERE state = 'paid'
    """,
    "A prompt stands wrongly among the live ones, or is missing there": "DELETE FROM payments_liveprompt",
    "A prompt did not end as M-PESA said": """
        UPDATE payments_prompt SET state = 'sent', ended_at = NULL WHERE state = 'paid'
    """,
    "The timeline does not tell of a payment exactly once": """
        INSERT INTO orders_event (purchase_id, at, kind, text)
        SELECT purchase_id, at, kind, text FROM orders_event WHERE kind = 'paid'
    """,
    "A receipt is not told to its buyer exactly once": "DELETE FROM notices_notice",
    "A notice tells of nothing that happened": "UPDATE notices_notice SET key = key || '-again'",
    "An account's balance is not the sum of its postings": "UPDATE ledger_account SET balance_cents = 0",
    "An entry does not sum to zero": "DELETE FROM ledger_posting WHERE id = (SELECT min(id) FROM ledger_posting)",
}

Books = tuple[psycopg.Connection[tuple[object, ...]], Traffic]


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    """A calm market after some sales; a few more were never paid."""
    with tempfile.TemporaryDirectory(prefix="sokopesa-audit-", ignore_cleanup_errors=True) as folder:
        market = Market(Path(folder), Build(), workers=1)
        try:
            market.open()
            traffic = asyncio.run(_sell(market))
            with market.connect() as connection:
                while connection.execute("SELECT 1 FROM payments_inboxmessage WHERE settled_at IS NULL").fetchone():
                    time.sleep(0.1)
                yield connection, traffic
        finally:
            market.close()


async def _sell(market: Market) -> Traffic:
    rng = random.Random(1)
    traffic = Traffic(market.address, rate=100, rng=rng)
    sales = draw(SALES + 5, after=0, rng=rng)
    with market.connect() as connection:
        plant(connection, sales)
    traffic.to_come.extend(sales[:SALES])
    traffic.resume()
    async with traffic.flowing():
        await traffic.exhausted.wait()
        await traffic.pause()
    traffic.to_come.extend(sales[SALES:])
    return traffic


def test_a_calm_market_has_nothing_wrong(books: Books) -> None:
    assert audit(*books) == []


@pytest.mark.parametrize("question", CORRUPTIONS)
def test_a_corruption_is_named(books: Books, question: str) -> None:
    connection, traffic = books
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")  # past the database's own guards
        connection.execute(CORRUPTIONS[question].encode())
        assert [finding for finding in audit(connection, traffic) if finding.startswith(question)]
