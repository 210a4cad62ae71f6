"""What M-PESA told by its interface of an account, beside what its own statement says of the same second: a check
between statements, of two words that neither of us can change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sokopesa.payouts.history import last_before
from sokopesa.reconciliation.coverage import balance_before
from sokopesa.reconciliation.models import Account, Beginning, DayClose, StatementLine
from sokopesa.reconciliation.tie_out import bounds

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """The last word of a day, ``told_cents`` at ``told_at``, and what the statement says of that second."""

    told_at: datetime
    told_cents: int
    stated_cents: int

    @property
    def difference_cents(self) -> int:
        """What M-PESA told less what its statement says."""
        return self.told_cents - self.stated_cents


def spot_check(closed: DayClose) -> SpotCheck | None:
    """The check of a closed day; None where M-PESA told nothing of the account that day. Of several lines of that
    second, any may be the one after which M-PESA looked."""
    beginning = Beginning.objects.get(code=closed.code)
    start, end = bounds(closed.day)
    told = last_before(beginning.shortcode, end) if beginning.account == Account.UTILITY else None
    if told is None or told.told_at < start:
        return None
    of = beginning.shortcode, Account(beginning.account)
    second = told.told_at.replace(microsecond=0)  # as statements tell times
    lines = StatementLine.objects.filter(shortcode=of[0], account=of[1], completed_at=second)
    stated = balance_before(*of, second + _SECOND)
    if lines.filter(balance_cents=told.cents).exists():
        stated = told.cents
    return None if stated is None else SpotCheck(told.told_at, told.cents, stated)
