"""The audit of a quarter: the market's database against the network's own books, past the market's code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

from market_day.audit import _rows
from market_day.mpesa import SHORTCODE

from market_quarter.quarter import Quarter
from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement.filing import render
from sokopesa.disbursement.models import RefundFile
from sokopesa.kernel.calendar import is_business_day
from sokopesa.kernel.clock import nairobi_date
from sokopesa.ledger.queries import discrepancies
from sokopesa.ledger.verification import verify
from sokopesa.reconciliation.closing import differs
from sokopesa.reconciliation.models import DayClose
from sokopesa.reconciliation.tie_out import MOVED


def audit(quarter: Quarter) -> list[str]:
    """What is wrong; none is what an auditor wants to see."""
    checks = (
        _books_add_up(),
        _balances_are_mpesas(quarter),
        _each_transfer_was_paid_once(quarter),
        _refunds_are_paid_in_full_and_once(),
        _promises_are_kept(quarter),
        _every_day_is_closed(quarter),
        _nothing_is_unexplained(),
        _files_are_whole(),
    )
    return [finding for check in checks for finding in check]


def figures(quarter: Quarter) -> dict[str, object]:
    """What kind of quarter it was."""
    states = dict(_rows("SELECT state, count(*) FROM refunds_refund GROUP BY state ORDER BY state"))
    ((refunds, cents),) = _rows("SELECT count(*), coalesce(sum(amount_cents), 0)::bigint FROM refunds_refund")
    waits = dict(_rows("SELECT waits_for, count(*) FROM refunds_refund WHERE waits_for <> '' GROUP BY 1 ORDER BY 1"))
    days = _rows(
        """
        SELECT percentile_disc(array[0, 0.5, 1]) WITHIN GROUP (
            ORDER BY extract(day FROM paid_at - owed_at)) FROM refunds_refund WHERE state = 'paid'
        """
    )[0][0]
    return {
        "purchases": _rows("SELECT state, count(*) FROM orders_purchase GROUP BY state ORDER BY state"),
        "refunds": f"{refunds} of KES {cents / 100:,.2f}: {states}, waiting for {waits}",
        "days until paid (least, median, most)": days,
        "files": _rows("SELECT count(*), sum(lines), count(*) FILTER (WHERE lines = 0) FROM disbursement_refundfile")[
            0
        ],
        "disbursements": _rows("SELECT count(*), sum(lines) FROM disbursement_batch WHERE state <> 'cancelled'")[0],
        "transfers": dict(_rows("SELECT state, count(*) FROM payouts_transfer GROUP BY state ORDER BY state")),
        "sellers paid": _rows("SELECT count(*), sum(paid_cents)::bigint FROM settlements_settlement")[0],
        "days closed": _rows("SELECT count(DISTINCT day), count(*) FROM reconciliation_dayclose")[0],
        "discrepancies": _rows(
            "SELECT kind, state, count(*) FROM reconciliation_discrepancy GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        "who pays": _rows("SELECT shortcode, stopped_for, short_at FROM payouts_payer ORDER BY shortcode"),
        "alerts": _rows(
            """
            SELECT left(text, 90), count(*) FROM notices_notice WHERE kind = 'operator'
            GROUP BY 1 ORDER BY 2 DESC LIMIT 8
            """
        ),
        "rejected": f"{quarter.payers.rejected_files} files, {quarter.payers.rejected_lines} lines",
        "statements refused": quarter.office.refused[:5],
        "happened": {name: count for name, count in sorted(quarter.counts.items()) if not name.startswith("struck")},
        "struck": {name[8:]: count for name, count in sorted(quarter.counts.items()) if name.startswith("struck")},
    }


def _books_add_up() -> Iterator[str]:
    yield from (f"{one.what}: kept {one.kept_cents}, is {one.recomputed_cents}" for one in discrepancies())
    yield from (f"chain: {finding}" for finding in verify().findings)


def _balances_are_mpesas(quarter: Quarter) -> Iterator[str]:
    """What happened today is on no statement yet, so the float's own deposits and charges of today are taken off."""
    for shortcode, accounts in _compared().items():
        told = quarter.mpesa.network.call("GET", f"/organisations/{shortcode}")["balances"]
        for account, code in accounts.items():
            theirs = round(float(told[account]) * 100)
            opening = _opening(code)
            ((ours,),) = _rows(
                "SELECT coalesce(sum(balance_cents), 0)::bigint FROM ledger_account WHERE code = %s", [code]
            )
            if ours + opening != theirs:
                yield f"{code}: our books say {ours} cents (and {opening} from before), M-PESA {theirs}"


def _opening(code: str) -> int:
    """What lay in the account before the market began, which is not on its books."""
    rows = _rows("SELECT balance_cents - booked_cents FROM reconciliation_beginning WHERE code = %s", [code])
    return int(rows[0][0]) if rows else 0


def _compared() -> dict[str, dict[str, str]]:
    paying = CONFIGURATION.mpesa_b2c_shortcode
    return {
        SHORTCODE: {"utility": f"mpesa:{SHORTCODE}"},
        paying: {"utility": f"mpesa:b2c:{paying}", "charges": f"mpesa:b2c:{paying}:charges"},
    }


def _each_transfer_was_paid_once(quarter: Quarter) -> Iterator[str]:
    ours = {
        receipt: (payee, cents)
        for receipt, payee, cents in _rows(
            "SELECT receipt, payee, amount_cents FROM payouts_transfer WHERE state = 'paid' AND via = 'b2c'"
        )
    }
    theirs = {
        row["receipt"]: (row["payee"], round(float(row["amount"]) * 100))
        for row in quarter.mpesa.network.transactions(CONFIGURATION.mpesa_b2c_shortcode)
        if row["kind"] == "b2c"
    }
    for receipt in sorted(ours.keys() | theirs.keys()):
        if ours.get(receipt) != theirs.get(receipt):
            yield f"{receipt}: M-PESA paid {theirs.get(receipt)}, our transfers say {ours.get(receipt)}"
    for key, state in _rows("SELECT key, state FROM payouts_transfer WHERE state IN ('released', 'sent', 'unknown')"):
        yield f"transfer {key} is still {state}"


def _refunds_are_paid_in_full_and_once() -> Iterator[str]:
    for number, state, amount, paid, owed in _rows(
        """
        SELECT refund.number, refund.state, (refund.amount_cents + 99) / 100 * 100,
               (SELECT coalesce(sum(transfer.amount_cents), 0)::bigint FROM payouts_transfer transfer
                WHERE transfer.refund_id = refund.id AND transfer.state = 'paid'),
               (SELECT coalesce(-sum(account.balance_cents), 0)::bigint FROM ledger_account account
                WHERE account.code = 'refunds:' || refund.id)
        FROM refunds_refund refund
        """
    ):
        wanted = amount if state == "paid" else 0
        if paid != wanted and state in ("paid", "used", "owed", "reconciled"):
            yield f"refund {number} is {state}: {paid} of {amount} cents were paid"
        if state in ("paid", "used") and owed:
            yield f"refund {number} is {state}, and {owed} cents are still owed for it"


def _promises_are_kept(quarter: Quarter) -> Iterator[str]:
    """Paid by the promised day, or somebody is told what it waits for."""
    today = nairobi_date(quarter.now)
    for number, state, until, paid_at, waits, remark in _rows(
        "SELECT number, state, promised_until, paid_at, waits_for, remark FROM refunds_refund WHERE state <> 'used'"
    ):
        late = nairobi_date(paid_at) > until if paid_at else today > until
        if late and not (waits and remark) and not _was_returned(number):
            yield f"refund {number} was promised by {until}; it is {state}, paid {paid_at}, and waits for nothing"


def _was_returned(number: str) -> bool:
    """Whether M-PESA or those who pay had sent it back, which is what its exception queue is for."""
    return bool(
        _rows(
            """
            SELECT FROM refunds_refund refund WHERE number = %s AND (
                EXISTS (SELECT FROM payouts_transfer WHERE refund_id = refund.id AND state = 'returned')
                OR EXISTS (SELECT FROM disbursement_fileline WHERE refund_id = refund.id AND state = 'rejected'))
            """,
            [number],
        )
    )


def _every_day_is_closed(quarter: Quarter) -> Iterator[str]:
    """By the last business day's morning all days before it were over."""
    first, last = quarter.office.opened_on, nairobi_date(quarter.now) - timedelta(days=1)
    while not is_business_day(last):
        last -= timedelta(days=1)
    last -= timedelta(days=1)
    days: Counter[Any] = Counter(dict(_rows("SELECT day, count(*) FROM reconciliation_dayclose GROUP BY day")))
    day = first
    while day <= last:
        if not days[day]:
            yield f"{day} was never closed"
        day += timedelta(days=1)
    for closed in DayClose.objects.order_by("day", "code"):
        if closed.closing_cents - closed.stated_closing_cents != _named(closed.items):
            yield f"{closed.day} {closed.code}: the difference is not the sum of its items"
        yield from (f"{closed.day} {closed.code}: {name} comes out otherwise now" for name in differs(closed))


def _named(items: list[dict[str, Any]]) -> int:
    """What the items add to the difference; what was booked late for days closed before is no part of it."""
    return sum(item["cents"] for item in items if item["kind"] != MOVED)


def _nothing_is_unexplained() -> Iterator[str]:
    for kind, code, cents, evidence in _rows(
        """
        SELECT kind, code, amount_cents, evidence FROM reconciliation_discrepancy
        WHERE state = 'open' AND kind <> 'opening'
        """
    ):
        yield f"open: {kind} on {code}, {cents} cents: {evidence}"


def _files_are_whole() -> Iterator[str]:
    numbers = [number for (number,) in _rows("SELECT number FROM disbursement_refundfile ORDER BY number")]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"files are numbered {numbers}"
    for file in RefundFile.objects.order_by("number"):
        if sha256(b"".join(render(file))).hexdigest() != file.sha256:
            yield f"file {file.number} is not what it was"
    for number, lines in _rows(
        """
        SELECT refund_number, count(*) FROM disbursement_fileline WHERE state IN ('open', 'done')
        GROUP BY refund_number, part HAVING count(*) > 1
        """
    ):
        yield f"refund {number} stands in {lines} lines that hold"
