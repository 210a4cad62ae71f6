"""Which time M-PESA's statements tell of, and whether each goes on where the ones before it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sokopesa.reconciliation.models import Account, StatementImport, StatementLine

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something is missing before ``whole``: time that no statement tells of, from the second ``starts`` to the second
    ``ends``, or money, where ``difference_cents`` is not 0. Where only money is missing, ``ends`` is before ``starts``.

    ``difference_cents`` is the balance with which ``whole`` opens less the one before it; None if one is not known.
    """

    whole: StatementImport
    starts: datetime
    ends: datetime
    difference_cents: int | None

    @property
    def misses_time(self) -> bool:
        return self.starts <= self.ends


@dataclass(frozen=True, slots=True)
class Overlap:
    """Seconds from ``starts`` to ``ends`` that ``whole`` tells of, as earlier statements do."""

    whole: StatementImport
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """All statements of an account, by the time of which they tell."""

    shortcode: str
    account: Account
    imports: Sequence[StatementImport]
    gaps: Sequence[Gap]
    overlaps: Sequence[Overlap]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing between the first second and the last, and no break was accepted."""
        return not self.gaps and not any(whole.break_count for whole in self.imports)


def covered() -> list[Coverage]:
    """The coverage of every account of which there is a statement."""
    told = StatementImport.objects.exclude(account=Account.PULLED).order_by("shortcode", "account")
    of = told.values_list("shortcode", "account").distinct()
    return [coverage(shortcode, Account(account)) for shortcode, account in of]


def coverage(shortcode: str, account: Account) -> Coverage:
    """What is missing between the statements of an account, and where they tell of the same time."""
    imports = list(
        StatementImport.objects.filter(shortcode=shortcode, account=account).order_by(
            "period_from", "-period_until", "id"
        )
    )
    gaps: list[Gap] = []
    overlaps: list[Overlap] = []
    until: datetime | None = None
    balance: int | None = None
    for whole in imports:
        if until is not None:
            starts, ends = until + _SECOND, whole.period_from - _SECOND
            overlap = whole.period_from <= until
            before = _balance_at_the_opening(whole) if overlap else balance
            difference = None if before is None or whole.opening_cents is None else whole.opening_cents - before
            if starts <= ends or difference:
                gaps.append(Gap(whole, starts, ends, difference))
            if overlap:
                overlaps.append(Overlap(whole, whole.period_from, min(whole.period_until, until)))
        if until is None or whole.period_until >= until:
            until = whole.period_until
            balance = balance if whole.closing_cents is None else whole.closing_cents
    return Coverage(shortcode, account, imports, gaps, overlaps)


def _balance_at_the_opening(whole: StatementImport) -> int | None:
    """The balance by other statements with which this one should open. One that names no period may begin with the
    second of several lines of the same moment."""
    of = whole.shortcode, Account(whole.account)
    within = StatementLine.objects.filter(
        shortcode=whole.shortcode,
        account=whole.account,
        completed_at=whole.period_from,
        balance_cents=whole.opening_cents,
    )
    return whole.opening_cents if within.exists() else balance_before(*of, whole.period_from)


def balance_before(shortcode: str, account: Account, moment: datetime) -> int | None:
    """The account's balance by M-PESA just before a moment: that of the last line completed before it, or with which
    the first statement of all opens. None if there is none of that time."""
    told = StatementImport.objects.filter(shortcode=shortcode, account=account, opening_cents__isnull=False)
    lines = StatementLine.objects.filter(shortcode=shortcode, account=account, completed_at__lt=moment)
    # Most often the statement that began last before it has that line; there are few lines to look through then.
    for since in told.filter(period_from__lt=moment).order_by("-period_from").values_list("period_from", flat=True):
        last = lines.filter(completed_at__gte=since).order_by("-completed_at", "-id")
        if (balance := last.values_list("balance_cents", flat=True).first()) is not None:
            return balance
    return told.filter(period_until__gte=moment).order_by("period_from").values_list("opening_cents", flat=True).first()
