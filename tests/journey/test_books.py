"""The books of both sides, after everything that the other tests have done to them. Must run last."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Browser
from tests.journey.errands import Errands
from tests.market_books import MarketBooks
from tests.network import SHORTCODE, Network
from tests.stack import Stack

pytestmark = pytest.mark.browser

PROMPT_SECONDS = 60


@pytest.fixture(scope="module", autouse=True)
def everybody_is_done(browser: Browser, stack: Stack, whole_network: Network) -> None:
    """At least one payment is on the books, and no request is on its way any more."""
    sim = whole_network.new_sim()
    window = browser.new_context()
    errands = Errands(window.request, stack.shop, whole_network)
    errands.sign_in(sim)
    errands.place(sim)
    whole_network.type_pin(sim)
    window.close()
    with stack.database() as connection:
        MarketBooks(connection).wait_until_no_prompt_is_live(seconds=2 * PROMPT_SECONDS)


def test_the_ledger_balances(books: MarketBooks) -> None:
    assert books.value("SELECT sum(amount_cents) FROM ledger_posting") == 0
    unbalanced = """
        SELECT entry.key FROM ledger_entry entry LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id
        GROUP BY entry.id HAVING coalesce(sum(posting.amount_cents), 0) <> 0 OR count(posting.id) < 2
    """
    assert books.rows(unbalanced) == []
    wrong_balance = """
        SELECT account.code FROM ledger_account account
        LEFT JOIN ledger_posting posting ON posting.account_id = account.id
        GROUP BY account.id HAVING account.balance_cents <> coalesce(sum(posting.amount_cents), 0)
    """
    assert books.rows(wrong_balance) == []


def test_what_buyers_paid_and_nobody_got_since_is_what_we_hold_for_their_orders(books: MarketBooks) -> None:
    held = """
        SELECT part.number FROM orders_order part JOIN orders_purchase purchase ON purchase.id = part.purchase_id
        LEFT JOIN ledger_account escrow ON escrow.code = 'escrow:' || part.id
        WHERE coalesce(-escrow.balance_cents, 0) <> CASE
            WHEN purchase.state = 'paid' AND part.state <> 'completed' THEN part.total_cents - part.refunded_cents
            ELSE 0 END
    """
    assert books.rows(held) == []
    prompts = "SELECT state, count(*) AS many FROM payments_prompt GROUP BY state"
    assert {row["state"] for row in books.rows(prompts)} <= {"paid", "refused"}


def test_the_networks_own_books_balance(network: Network) -> None:
    trial = network.trial_balance()
    assert trial["total"] == 0
    assert trial["balances_agree"]


def test_every_receipt_stands_in_both_books_exactly_once(network: Network, books: MarketBooks) -> None:
    theirs = Counter((one["receipt"], round(one["amount"] * 100)) for one in network.payments())
    ours = Counter(
        (row["code"], row["amount_cents"]) for row in books.rows("SELECT code, amount_cents FROM payments_receipt")
    )
    booked = Counter(
        (row["key"].removeprefix("receipt:"), row["amount_cents"])
        for row in books.rows(
            """
            SELECT entry.key, posting.amount_cents FROM ledger_posting posting
            JOIN ledger_entry entry ON entry.id = posting.entry_id
            JOIN ledger_account account ON account.id = posting.account_id
            WHERE account.code = %s
            """,
            [f"mpesa:{SHORTCODE}"],
        )
    )
    assert theirs
    assert set(theirs.values()) == {1}
    assert ours == theirs
    assert booked == theirs


def test_we_know_who_paid_at_a_prompt(network: Network, books: MarketBooks) -> None:
    """Of payments by hand M-PESA masks the payer's number; of a prompt we asked the phone ourselves."""
    theirs = {one["receipt"]: one["msisdn"] for one in network.payments()}
    ours = books.rows("SELECT code, msisdn FROM payments_receipt WHERE prompt_id IS NOT NULL")
    assert ours
    assert {row["code"]: row["msisdn"] for row in ours} == {row["code"]: theirs[row["code"]] for row in ours}


def test_what_buyers_were_charged_is_what_we_told_them(network: Network, books: MarketBooks) -> None:
    theirs = {one["receipt"]: round(one["charge"] * 100) for one in network.payments()}
    ours = {row["code"]: row["charge_cents"] for row in books.rows("SELECT code, charge_cents FROM payments_receipt")}
    assert ours == theirs


def test_every_callback_was_settled(books: MarketBooks) -> None:
    assert books.value("SELECT count(*) FROM payments_inboxmessage WHERE settled_at IS NULL") == 0
    assert books.value("SELECT count(*) FROM payments_inboxmessage WHERE verdict = 'untrusted'") == 0
