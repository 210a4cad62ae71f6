"""The books of both sides, after everything that the other tests have done to them. Must run last."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.journey.errands import Errands
from tests.journey.instant import no_refund_leaves_at_once
from tests.market_books import MarketBooks
from tests.network import PAYING_SHORTCODE, SHORTCODE, Network
from tests.stack import Stack

pytestmark = pytest.mark.browser

PROMPT_SECONDS = 60
UNCLEAR = "SELECT count(*) AS many FROM payouts_transfer WHERE state IN ('prepared', 'released', 'sent', 'unknown')"
PAYING_ACCOUNTS = {
    "utility": f"mpesa:b2c:{PAYING_SHORTCODE}",
    "working": f"mpesa:{PAYING_SHORTCODE}:working",
    "charges": f"mpesa:b2c:{PAYING_SHORTCODE}:charges",
}
"""Ours, by M-PESA's name."""


@pytest.fixture(scope="module", autouse=True)
def everybody_is_done(browser: Browser, stack: Stack, whole_network: Network) -> Iterator[None]:
    """At least one payment is on the books, no request is on its way any more, and no money either."""
    sim = whole_network.new_sim()
    window = browser.new_context()
    errands = Errands(window.request, stack.shop, whole_network)
    errands.sign_in(sim)
    errands.place(sim)
    whole_network.type_pin(sim)
    window.close()
    with stack.database() as connection:
        books = MarketBooks(connection)
        books.wait_until_no_prompt_is_live(seconds=2 * PROMPT_SECONDS)
        with no_refund_leaves_at_once(connection):
            books.wait_for(f"SELECT 1 WHERE ({UNCLEAR}) = 0")
            yield


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


def test_every_shilling_that_was_paid_out_stands_in_both_books_exactly_once(
    network: Network, books: MarketBooks
) -> None:
    """To the phone and of the amount that somebody was owed; what was paid is owed no more."""
    theirs = Counter((one["receipt"], one["msisdn"], round(one["amount"] * 100)) for one in network.payouts())
    paid = """
        SELECT transfer.receipt, transfer.payee, transfer.amount_cents, posting.amount_cents AS booked
        FROM payouts_transfer transfer JOIN ledger_entry entry ON entry.key = 'transfer:' || transfer.id
        JOIN ledger_posting posting ON posting.entry_id = entry.id
        JOIN ledger_account account ON account.id = posting.account_id AND account.code = %s
        WHERE transfer.state = 'paid'
    """
    ours = books.rows(paid, [PAYING_ACCOUNTS["utility"]])
    assert Counter((row["receipt"], row["payee"], -row["booked"]) for row in ours) == theirs
    assert all(row["booked"] == -row["amount_cents"] for row in ours)
    assert set(theirs.values()) <= {1}
    still_owed = """
        SELECT refund.number FROM refunds_refund refund JOIN ledger_account debt ON debt.code = 'refunds:' || refund.id
        WHERE refund.state = 'paid' AND debt.balance_cents <> 0
    """
    assert books.rows(still_owed) == []


def test_the_accounts_that_pay_hold_what_mpesa_says(
    network: Network, books: MarketBooks, stack: Stack, tmp_path: Path
) -> None:
    """Its charges too, once its statements are taken in; nothing on them needs explaining."""
    files = [tmp_path / f"{account}.csv" for account in PAYING_ACCOUNTS]
    for file, account in zip(files, PAYING_ACCOUNTS, strict=True):
        file.write_bytes(network.statement(PAYING_SHORTCODE, account))
    stack.command("statement", "import", *map(str, files))
    with suppress(subprocess.CalledProcessError):  # it says so where anything else is open, of tests that hide payments
        stack.command("reconcile", "run")
    ours = {row["code"]: row["balance_cents"] for row in books.rows("SELECT code, balance_cents FROM ledger_account")}
    held = {account: ours.get(code, 0) for account, code in PAYING_ACCOUNTS.items()}
    assert held == {account: network.account_cents(PAYING_SHORTCODE, account) for account in PAYING_ACCOUNTS}
    open_ones = "SELECT code, kind, evidence FROM reconciliation_discrepancy WHERE state = 'open' AND code = ANY (%s)"
    assert books.rows(open_ones, [[*PAYING_ACCOUNTS.values()]]) == []


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
