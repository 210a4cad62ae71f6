"""The books: what they keep in memory never differs from what is written."""

from contextlib import suppress

from mpesa_simulator.core.world import build
from mpesa_simulator.money import ledger

PHONE = "254711000222"
WALLET = f"wallet:{PHONE}"


def test_what_was_rolled_back_never_happened() -> None:
    world = build(":memory:", 1, virtual=True)
    ledger.set_balance(world, WALLET, PHONE, 500)
    assert ledger.paid_since_midnight(world, PHONE) == 0
    with suppress(RuntimeError), world.books.transaction():
        ledger.set_balance(world, WALLET, PHONE, 200)
        assert world.books.balance(WALLET) == 200
        assert ledger.paid_since_midnight(world, PHONE) == 300
        raise RuntimeError
    assert world.books.balance(WALLET) == 500
    assert ledger.paid_since_midnight(world, PHONE) == 0
    assert world.books.balances() == world.books.trial_balance() == {WALLET: 500, "bank": -500}


def test_several_postings_to_one_account_in_one_entry() -> None:
    world = build(":memory:", 1, virtual=True)
    ledger.set_balance(world, WALLET, PHONE, 500)
    now = world.now
    ledger.record(
        world,
        ledger.Movement("withdrawal", 100, PHONE, "bank", "counter", now, payer_charge=10),
        [
            ledger.Posting(WALLET, -100, "Cash"),
            ledger.Posting("bank", 100, "Cash"),
            ledger.Posting(WALLET, -10, "Charge"),
            ledger.Posting(ledger.FEES, 10, "Charge"),
        ],
    )
    rows = world.books.all("SELECT amount, balance FROM postings WHERE account = ? ORDER BY id", WALLET)
    assert [tuple(row) for row in rows] == [(500, 500), (-100, 400), (-10, 390)]
    assert world.books.balance(WALLET) == 390
    assert world.books.balances() == world.books.trial_balance()
