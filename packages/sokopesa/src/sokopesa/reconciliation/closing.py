"""Closing a day: our books and M-PESA's statement, account by account, with every shilling between them named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db.models import Max

from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.money import format_kes
from sokopesa.ledger.queries import discrepancies
from sokopesa.ledger.sealing import head, seal
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation import matching
from sokopesa.reconciliation.covered import covered_until
from sokopesa.reconciliation.fresh import judging
from sokopesa.reconciliation.models import Beginning, DayClose, StatementImport
from sokopesa.reconciliation.refusals import (
    BooksBroken,
    DayNotOver,
    NoSuchClose,
    NothingStated,
    NotYourBooks,
    OutOfOrder,
    SignedAlready,
    StatementMissing,
    Unexplained,
)
from sokopesa.reconciliation.tie_out import Item, Known, TieOut, bounds, known_now, tie_out


def close(*, day: date, by: User, now: datetime) -> list[DayClose]:
    """Judge what waits, then close the day (in Nairobi) of every account that has statements and is not closed, all or
    none; all closes of the day. A day that is closed, by the same person among others, is as it is. Call outside any
    transaction.

    Raises:
        NotYourBooks: the person is not in finance.
        DayNotOver, NothingStated, StatementMissing: there is too little to compare.
        OutOfOrder: another day comes first.
        BooksBroken: our own books do not add up.
        Unexplained: books and statement differ by more than the items between them.
    """
    if not may(by, RELEASE_MONEY):
        raise NotYourBooks
    if bounds(day)[1] > now:
        raise DayNotOver(day)
    matching.run(now=now)
    if broken := discrepancies():
        raise BooksBroken(broken[0].what)
    while seal(now=now):
        pass
    with judging():
        standing = list(DayClose.objects.filter(day=day).order_by("code"))
        tied = look(day=day)
        if not tied and all(one.signed_by_id != by.pk for one in standing):
            raise _out_of_order()
        _require_whole(tied)
        return sorted([*standing, *(_store(one, known, by, now) for one, known in tied)], key=lambda one: one.code)


def look(*, day: date) -> list[tuple[TieOut, Known]]:
    """The day as it would be closed now, whether or not it can be, of every account that has not come so far. In a
    transaction that holds back whoever judges, or that sees one moment (`ledger.images.one_moment`), all accounts are
    as of one moment.

    Raises:
        NothingStated: no statement was taken in.
    """
    known = known_now()
    begun = [one for one in Beginning.objects.order_by("code") if bounds(day)[1] > one.begins_at]
    if not begun:
        raise NothingStated
    due = next_days()
    return [(tie_out(one, day, known, _previous(one.code, day)), known) for one in begun if due[one.code] <= day]


def again(closed: DayClose) -> TieOut:
    """The day computed again as of what was known when it was closed: the same, or somebody has changed history."""
    return tie_out(
        Beginning.objects.get(code=closed.code), closed.day, Known(**closed.knew), _previous(closed.code, closed.day)
    )


def differs(closed: DayClose) -> list[str]:
    """The figures that come out otherwise now than when the day was closed; empty is what an auditor wants to see."""
    now = again(closed)
    names = [name for name in asdict(now) if name.endswith("_cents")]
    wrong = [name for name in names if getattr(now, name) != getattr(closed, name)]
    if _items(now) != closed.items:
        wrong.append("items")
    return wrong


def named(figures: Sequence[str]) -> str:
    """Figures that differ, in words: *closing, stated in and items*."""
    words = [name.removesuffix("_cents").replace("_", " ") for name in figures]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def countersign(*, close_id: int, by: User, now: datetime) -> DayClose:
    """A second person agrees to a day with open items, which is computed again first. Twice is once.

    Raises:
        NotYourBooks, NoSuchClose: as they say.
        SignedAlready: the person closed it, or somebody else has countersigned it.
        BooksBroken: it comes out otherwise now.
    """
    if not may(by, RELEASE_MONEY):
        raise NotYourBooks
    with judging():
        closed = DayClose.objects.select_for_update().filter(pk=close_id).first()
        if closed is None:
            raise NoSuchClose
        if closed.signed_by_id == by.pk:
            raise SignedAlready("You closed this day. Somebody else has to countersign it.")
        if closed.countersigned_by_id == by.pk:
            return closed
        if closed.countersigned_by_id is not None:
            raise SignedAlready("Somebody else has countersigned this day.")
        if wrong := differs(closed):
            raise BooksBroken(f"{closed.code} on {closed.day:%d %b %Y}, computed again, differs in {named(wrong)}")
        closed.countersigned_by, closed.countersigned_at = by, now
        closed.save(update_fields=["countersigned_by", "countersigned_at"])
        return closed


def next_days() -> dict[str, date]:
    """By the ledger's code, the day to close next of every account that has statements: after the last one that is
    closed, or else where the comparison begins."""
    last = dict(DayClose.objects.order_by().values_list("code").annotate(Max("day")))
    return {
        one.code: last[one.code] + timedelta(days=1) if one.code in last else nairobi_date(one.begins_at)
        for one in Beginning.objects.order_by("code")
    }


def next_day() -> date | None:
    """The day to close next, whatever the account; None where no statement was taken in."""
    return min(next_days().values(), default=None)


def obstacle(day: date) -> OutOfOrder | None:
    """What keeps accounts from being closed on this day: other days come first, of those that have fallen behind."""
    first = next_day()
    return _out_of_order() if first is not None and first < day else None


def _out_of_order() -> OutOfOrder:
    day, code = min((day, code) for code, day in next_days().items())
    return OutOfOrder(code, day)


def _require_whole(tied: Sequence[tuple[TieOut, Known]]) -> None:
    covered, due = covered_until(), next_days()
    if any(due[one.code] != one.day for one, _ in tied):
        raise _out_of_order()
    for one, _ in tied:
        _require_same_books(one)
        if one.code not in covered or covered[one.code] < bounds(one.day)[1]:
            raise StatementMissing(one.code, one.day)
        if one.unexplained_cents:
            raise Unexplained(one.code, one.unexplained_cents)


def _require_same_books(one: TieOut) -> None:
    """The day begins with what the day before ended with; what was booked late is in its movements."""
    previous = _previous(one.code, one.day)
    if previous is not None and one.opening_cents != previous.closing_cents:
        ended, begins = format_kes(previous.closing_cents), format_kes(one.opening_cents)
        raise BooksBroken(f"{one.code} on {previous.day:%d %b %Y} was closed with {ended}, and goes on with {begins}")


def _previous(code: str, day: date) -> DayClose | None:
    return DayClose.objects.filter(code=code, day=day - timedelta(days=1)).first()


def _items(one: TieOut) -> list[dict[str, object]]:
    return [asdict(item) for item in (*one.items, *one.late)]


def _store(one: TieOut, known: Known, by: User, now: datetime) -> DayClose:
    return DayClose.objects.create(
        code=one.code,
        day=one.day,
        opening_cents=one.opening_cents,
        in_cents=one.in_cents,
        out_cents=one.out_cents,
        closing_cents=one.closing_cents,
        stated_opening_cents=one.stated_opening_cents,
        stated_in_cents=one.stated_in_cents,
        stated_out_cents=one.stated_out_cents,
        stated_closing_cents=one.stated_closing_cents,
        items=_items(one),
        open_count=one.open_count,
        ledger_head=head()[1],
        files=_files(one),
        signed_by=by,
        signed_at=now,
        knew=asdict(known),
    )


def _files(one: TieOut) -> dict[str, str]:
    beginning = Beginning.objects.get(code=one.code)
    start, end = bounds(one.day)
    told = StatementImport.objects.filter(
        shortcode=beginning.shortcode, account=beginning.account, period_from__lt=end, period_until__gte=start
    )
    return dict(told.order_by("id").values_list("file_name", "sha256"))


def item_of(stored: dict[str, object]) -> Item:
    """An item as it was stored with a close."""
    return Item(**stored)  # type: ignore[arg-type]
