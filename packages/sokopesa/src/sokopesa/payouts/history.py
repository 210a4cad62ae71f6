"""What M-PESA told of the accounts that pay, point by point, and beside it what our books said at the same moments.

M-PESA tells a balance with each payment, so there are thousands on some days. All of two days are kept; of what is
older the last of each hour for three months, and then the last of each day in Nairobi for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sokopesa.kernel.database import fetch
from sokopesa.ledger import accounts
from sokopesa.payouts.models import ToldBalance

ALL_FOR = timedelta(days=2)
HOURLY_FOR = timedelta(days=90)


class Heard(NamedTuple):
    """What M-PESA said that an account of a payer's holds, and when that was so."""

    shortcode: str
    account: str
    cents: int
    told_at: datetime


class Point(NamedTuple):
    """A moment of a payer's Utility Account: what M-PESA told last by then (None before it ever did), and our books."""

    at: datetime
    told_cents: int | None
    booked_cents: int


def keep(heard: Iterable[Heard]) -> None:
    """Keep what was heard; of one account and one second the first word. The payers are there."""
    ToldBalance.objects.bulk_create(
        [
            ToldBalance(payer_id=one.shortcode, account=one.account[:60], cents=one.cents, told_at=one.told_at)
            for one in heard
        ],
        ignore_conflicts=True,
    )


def thin(*, now: datetime) -> int:
    """Let go of what is older than anybody looks at so closely; how many points that were."""
    return len(fetch(_THIN, {"all": now - ALL_FOR, "hourly": now - HOURLY_FOR}))


def last_before(shortcode: str, moment: datetime) -> ToldBalance | None:
    """The last word about the Utility Account before a moment."""
    told = ToldBalance.objects.filter(payer=shortcode, account=ToldBalance.UTILITY, told_at__lt=moment)
    return told.order_by("-told_at").first()


def course(shortcode: str, *, until: datetime, step: timedelta, count: int) -> list[Point]:
    """``count`` points at equal steps, the last at ``until``. Two queries."""
    moments = [until - step * back for back in reversed(range(count))]
    code = accounts.b2c(shortcode)
    booked = dict(fetch(_BOOKED, {"moments": moments, "code": code, "start": moments[0]}))
    told = dict(fetch(_TOLD, {"moments": moments, "shortcode": shortcode, "account": ToldBalance.UTILITY}))
    return [Point(moment, told.get(moment), booked.get(moment, 0)) for moment in moments]


_THIN = """
    DELETE FROM payouts_toldbalance old USING (
        SELECT id, row_number() OVER (
            PARTITION BY payer_id, account,
                date_trunc(CASE WHEN told_at < %(hourly)s THEN 'day' ELSE 'hour' END, told_at, 'Africa/Nairobi')
            ORDER BY told_at DESC
        ) AS place
        FROM payouts_toldbalance WHERE told_at < %(all)s
    ) AS ranked
    WHERE ranked.id = old.id AND ranked.place > 1
    RETURNING old.id
"""

_TOLD = """
    SELECT moment, told.cents FROM unnest(%(moments)b::timestamptz[]) AS moment
    CROSS JOIN LATERAL (
        SELECT cents FROM payouts_toldbalance
        WHERE payer_id = %(shortcode)s AND account = %(account)s AND told_at <= moment
        ORDER BY told_at DESC LIMIT 1
    ) AS told
"""

# What the account has now, less what came at each moment or after it: a bucket's number is that of the last moment that
# is not after what is in it.
_BOOKED = """
    WITH account AS (SELECT id, balance_cents FROM ledger_account WHERE code = %(code)s),
    moved AS (
        SELECT width_bucket(entry.happened_at, %(moments)b::timestamptz[]) AS place, sum(posting.amount_cents) AS cents
        FROM ledger_entry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
        JOIN account ON account.id = posting.account_id
        WHERE entry.happened_at >= %(start)s GROUP BY 1
    )
    SELECT moment, (account.balance_cents - coalesce(
        (SELECT sum(cents) FROM moved WHERE moved.place >= listed.place), 0))::bigint
    FROM unnest(%(moments)b::timestamptz[]) WITH ORDINALITY AS listed (moment, place), account
"""
