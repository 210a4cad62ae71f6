"""Booking what only the statement tells: payments that nobody reported, M-PESA's charges, money between our own
accounts and the bank, and payments that M-PESA took back. Each is booked under a key that the line says, so it is
booked once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.accounts import BANK, IN_TRANSIT, mpesa
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.payments.charging import ChargeLine, book_charges
from sokopesa.payments.listing import book_stated
from sokopesa.reconciliation import payouts_told, taken_back
from sokopesa.reconciliation.codes import own_shortcodes
from sokopesa.reconciliation.fees import b2c_charges
from sokopesa.reconciliation.fresh import Line, unbooked
from sokopesa.reconciliation.models import StatementImport
from sokopesa.reconciliation.rules import Sort

AT_ONCE = 1_000
"""Lines booked in one transaction, so that nobody who books waits for long."""

_Each = TypeVar("_Each")


def book_untold(imports: Sequence[StatementImport], *, now: datetime) -> int:
    """Book what these imports, and lines whose discrepancy is open, tell and our books do not have. Returns how many
    lines were looked at. Call outside any transaction: each thousand is one of its own.

    What the statement tells and nobody can book by itself is left; judging makes a discrepancy of it.
    """
    lines = unbooked(imports)
    verbs: dict[str, Callable[[Sequence[Line], datetime], object]] = {
        Sort.PAYMENT: _payments,
        Sort.PAYOUT: payouts_told.conclude,
        Sort.CHARGE: _charges,
        Sort.MOVE: _moves,
        Sort.BANK: _bank,
        Sort.REVERSAL: _reversals,
    }
    for sort, verb in verbs.items():
        for some in _some([line for line in lines if line.sort == sort]):
            verb(some, now)
    return len(lines)


def _payments(lines: Sequence[Line], now: datetime) -> None:
    collecting = mpesa(CONFIGURATION.mpesa_shortcode)
    rows = [
        daraja.PulledTransaction(
            receipt=line.receipt,
            completed_at=line.completed_at,
            msisdn=line.msisdn or None,
            msisdn_masked=None,
            amount_cents=line.cents,
            account_reference=line.reference or None,
            kind=None,
            raw={},
        )
        for line in lines
        if line.code == collecting
    ]
    if rows:
        book_stated(rows, now=now)


def _charges(lines: Sequence[Line], now: datetime) -> None:
    expected = b2c_charges({line.about for line in lines})
    for code in sorted({line.code for line in lines}):
        mine = [line for line in lines if line.code == code]
        told = [
            ChargeLine(
                receipt=line.receipt,
                amount_cents=-line.cents,
                taken_at=line.completed_at,
                linked=line.about if line.about != line.receipt else "",
                details=line.details,
                expected_cents=expected.get(line.about),
            )
            for line in mine
        ]
        book_charges(told, shortcode=mine[0].shortcode, account=code)


def _moves(lines: Sequence[Line], now: datetime) -> None:
    """Between our own accounts. Each account's statement tells of its own side; what lies between is in transit."""
    _book([line for line in lines if _is_ours(line)], IN_TRANSIT, "own-transfer")


def _bank(lines: Sequence[Line], now: datetime) -> None:
    _book(lines, BANK, "bank-transfer")


def _reversals(lines: Sequence[Line], now: datetime) -> None:
    payouts_told.conclude_reversals(lines, now)
    taken_back.follow(lines, now)


def _book(lines: Sequence[Line], other: str, kind: str) -> None:
    book(
        [
            Draft(
                key=f"{line.sort}:{line.receipt}:{line.code}",
                kind=kind,
                happened_at=line.completed_at,
                memo=f"{line.details}, M-PESA receipt {line.receipt}"[-200:],
                legs=(
                    (debit(line.code, line.cents), credit(other, line.cents))
                    if line.cents > 0
                    else (debit(other, -line.cents), credit(line.code, -line.cents))
                ),
            )
            for line in {(line.receipt, line.code): line for line in reversed(lines)}.values()
        ]
    )


def _is_ours(line: Line) -> bool:
    """Whether the other side is one of our own shortcodes, or the same one, which M-PESA may leave out."""
    named = line.other_party or " ".join(re.findall(r" (?:from|to) (\d.*)", line.details))
    found = re.match(r"\d{5,7}\b", named)
    return (found is None and not named) or (found is not None and found[0] in own_shortcodes())


def _some(lines: Sequence[_Each]) -> Iterator[Sequence[_Each]]:
    for start in range(0, len(lines), AT_ONCE):
        yield lines[start : start + AT_ONCE]
