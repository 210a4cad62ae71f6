"""Recording a movement of money: its receipt, its journal entry, and looking it up again."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Literal

from mpesa_simulator.core import identifiers
from mpesa_simulator.core.books import Posting, Row
from mpesa_simulator.core.clock import start_of_day
from mpesa_simulator.core.world import World

#: Outside M-PESA: cash at agents and the banks that hold the trust money.
BANK = "bank"
#: What Safaricom earns.
FEES = "safaricom:fees"

NEVER = 2**62

Kind = Literal[
    "deposit", "withdrawal", "pay_bill", "buy_goods", "send_money", "b2c", "b2pochi", "b2b", "reversal", "transfer"
]
Channel = Literal["counter", "push", "menu", "simulated", "api", "standing_order", "bonga"]


@dataclass(frozen=True, slots=True)
class Movement:
    """What is about to be recorded. `payer` and `payee` are an MSISDN, a shortcode or `bank`; money in cents."""

    kind: Kind
    amount: int
    payer: str
    payee: str
    channel: Channel
    initiated_at: int
    payer_charge: int = 0
    payee_charge: int = 0
    reference: str = ""
    originator_conversation_id: str | None = None
    conversation_id: str | None = None
    reverses: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction(Movement):
    """A movement of money that happened, with its receipt."""

    id: int = 0
    receipt: str = ""
    completed_at: int = 0


_FIELDS = tuple(field.name for field in fields(Transaction))
_values = attrgetter(*(field.name for field in fields(Movement)))


def new_receipt(world: World) -> str:
    """A receipt that no other transaction has."""
    return identifiers.receipt(world.dice, world.books.next("receipt"), world.now)


def record(world: World, movement: Movement, postings: Iterable[Posting], *, receipt: str | None = None) -> Transaction:
    """Book a movement under a new receipt, or under one that was reserved. The postings must sum to zero."""
    values, receipt, now = _values(movement), receipt or new_receipt(world), world.now
    cursor = world.books.run(
        "INSERT INTO transactions (kind, amount, payer, payee, channel, initiated_at, payer_charge, payee_charge,"
        " reference, originator_conversation_id, conversation_id, reverses, receipt, completed_at, shown_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *values,
        receipt,
        now,
        _shown_at(world, movement),
    )
    transaction = Transaction(*(*values, int(cursor.lastrowid or 0), receipt, now))
    world.books.cache.pop(("paid since midnight", movement.payer), None)
    world.books.post(transaction.id, postings)
    for party in (movement.payer, movement.payee):
        world.hub.announce(party)
    return transaction


def _shown_at(world: World, movement: Movement) -> int:
    """When statements begin to show a movement: at once, unless a fault keeps it back."""
    scope = {"organisation": movement.payee, "phone": movement.payer}
    if world.faults.strike("statement_missing", **scope):
        return NEVER
    rule = world.faults.strike("statement_late", **scope)
    return world.later(rule.seconds) if rule else world.now


def find(world: World, receipt: str) -> Transaction | None:
    """The transaction with this receipt, or None."""
    row = world.books.one("SELECT * FROM transactions WHERE receipt = ?", receipt)
    return None if row is None else _transaction(row)


def find_by_originator(world: World, originator_conversation_id: str) -> Transaction | None:
    """The transaction that a request with this OriginatorConversationID caused, or None."""
    row = world.books.one("SELECT * FROM transactions WHERE originator_conversation_id = ?", originator_conversation_id)
    return None if row is None else _transaction(row)


def reversal_of(world: World, receipt: str) -> Transaction | None:
    """The transaction that took this one back, or None."""
    row = world.books.one("SELECT * FROM transactions WHERE reverses = ?", receipt)
    return None if row is None else _transaction(row)


def received(world: World, shortcode: str, start: int, end: int) -> list[Transaction]:
    """Customers' payments to a shortcode from `start` to `end`, oldest first, as far as M-PESA shows them by now."""
    rows = world.books.all(
        "SELECT * FROM transactions WHERE payee = ? AND kind IN ('pay_bill', 'buy_goods')"
        " AND completed_at BETWEEN ? AND ? AND shown_at <= ? ORDER BY id",
        shortcode,
        start,
        end,
        world.now,
    )
    return [_transaction(row) for row in rows]


def everything(world: World, party: str | None = None, *, newest: int = 1000) -> list[Transaction]:
    """The newest transactions, oldest first, of one party or of everyone."""
    rows = world.books.all(
        "SELECT * FROM transactions WHERE ?1 IS NULL OR payer = ?1 OR payee = ?1 ORDER BY id DESC LIMIT ?2",
        party,
        newest,
    )
    return [_transaction(row) for row in reversed(rows)]


def paid_since_midnight(world: World, party: str) -> int:
    """What `party` has paid since midnight EAT, in cents, charges aside."""
    midnight, key = start_of_day(world.now), ("paid since midnight", party)
    known: tuple[int, int] = world.books.cache.get(key, (0, 0))
    if known[0] != midnight:
        row = world.books.one(
            "SELECT COALESCE(SUM(amount), 0) FROM transactions WHERE payer = ? AND completed_at >= ?", party, midnight
        )
        assert row is not None
        known = world.books.cache[key] = midnight, int(row[0])
    return known[1]


def set_balance(world: World, account: str, party: str, cents: int) -> None:
    """Bring an account to `cents` by a deposit from the bank or a withdrawal to it."""
    difference = cents - world.books.balance(account)
    if difference == 0:
        return
    now = world.now
    if difference > 0:
        movement = Movement("deposit", difference, BANK, party, "counter", now)
    else:
        movement = Movement("withdrawal", -difference, party, BANK, "counter", now)
    reason = "Deposit of Funds" if difference > 0 else "Withdrawal of Funds"
    record(world, movement, [Posting(BANK, -difference, reason), Posting(account, difference, reason)])


def _transaction(row: Row) -> Transaction:
    return Transaction(**{name: row[name] for name in _FIELDS})
