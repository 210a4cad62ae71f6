"""Days that tie out: the history, one day on both sides, closing it, and its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.days_chart import draw
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.exports.tables import write_csv, write_xlsx
from sokopesa.ledger.images import one_moment
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation import closing, queries, report_pdf, reports
from sokopesa.reconciliation.codes import named_accounts
from sokopesa.reconciliation.models import DayClose
from sokopesa.reconciliation.tie_out import Item, TieOut, words_of

_PLACE = {"section": "money", "place": "days"}

SHOWN = 30

_TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class _Side:
    """One account's day: each figure with ours, M-PESA's and the difference, and every item with its class in words.
    ``apart_cents`` is the difference at the end of the day."""

    code: str
    name: str
    apart_cents: int
    figures: Sequence[tuple[str, int, int, int]]
    items: Sequence[tuple[Item, str]]
    unexplained_cents: int
    closed: DayClose | None
    is_mine: bool
    differs: str
    """What comes out otherwise now than when the day was closed, in words: nothing, unless history was changed."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Closed days with what was between books and statement, and the day to close next."""
    before = _read(request.GET.get("before", ""))
    days = queries.history(before=before, count=SHOWN + 1)
    shown = days[:SHOWN]
    return render(
        request,
        "back_office/money/days.html",
        {
            **_PLACE,
            "days": shown,
            "more": shown[-1].day if len(days) > SHOWN else None,
            "later": before is not None,
            "chart": draw(shown),
            "next": _next(),
        },
    )


@staff_page
def detail(request: HttpRequest, day: str) -> HttpResponse:
    """One day of every account: as it was closed, as it would be closed now, or which day comes first."""
    return _show(request, _day(day))


@finance_post
def close(request: HttpRequest, day: str) -> HttpResponse:
    """Close it with one's name."""
    which = _day(day)
    try:
        closed = closing.close(day=which, by=member(request), now=clock.now())
    except Refusal as refusal:
        return _show(request, which, obstacle=str(refusal), status=409)
    waits = any(not each.is_signed for each in closed)
    messages.success(request, "Closed." + (" Its open items need a second signature." if waits else ""))
    return redirect("back_office:day", day)


@finance_post
def countersign(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees to a day with open items."""
    closed = get_object_or_404(DayClose, pk=pk)
    try:
        closing.countersign(close_id=pk, by=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Countersigned: {closed.code}.")
    return redirect("back_office:day", f"{closed.day}")


@staff_page
def report(request: HttpRequest, day: str, form: str) -> HttpResponse:
    """The day's report, to sign or to reckon with; the day is computed again first."""
    if form not in _TYPES:
        raise Http404
    try:
        closes = reports.closes_of(_day(day))
    except Refusal as refusal:
        raise Http404 from refusal
    if any(closing.differs(each) for each in closes):
        messages.error(request, "There is no report: computed again, this day comes out otherwise.")
        return redirect("back_office:day", day)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"report.{form}"
        if form == "pdf":
            report_pdf.write_pdf(closes, path)
        else:
            (write_csv if form == "csv" else write_xlsx)(reports.table(closes), path)
        body = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="tie-out-{day}.{form}"'}
    return HttpResponse(body, content_type=_TYPES[form], headers=headers)


def _read(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _day(text: str) -> date:
    day = _read(text)
    if day is None or f"{day}" != text:
        raise Http404
    return day


def _next() -> date | None:
    """The day to close next, if there is one that is over."""
    first = closing.next_day()
    return first if first and first < clock.nairobi_date(clock.now()) else None


def _show(request: HttpRequest, day: date, *, obstacle: str = "", status: int = 200) -> HttpResponse:
    person = member(request)
    with one_moment():  # or it would show a difference that is none, while somebody books or judges
        closes = list(DayClose.objects.select_related("signed_by", "countersigned_by").filter(day=day).order_by("code"))
        upcoming, behind = day == _next(), closing.obstacle(day)
        if not closes and not upcoming and (behind is None or day >= clock.nairobi_date(clock.now())):
            raise Http404
        names = named_accounts()
        sides = [_side(each, [closing.item_of(item) for item in each.items], names, person, each) for each in closes]
        codes = {each.code for each in closes}
        left = [each for each, _ in closing.look(day=day) if each.code not in codes] if upcoming else []
        sides += [_side(each, [*each.items, *each.late], names, person) for each in left]
    context = {
        **_PLACE,
        "day": day,
        "iso": f"{day}",
        "sides": sides,
        "has_report": bool(closes),
        "is_closed": not left,
        "obstacle": obstacle or str(behind or ""),
        "first": behind.wanted if behind else None,
        "may_release": may(person, RELEASE_MONEY),
    }
    return render(request, "back_office/money/day.html", context, status=status)


def _side(
    one: TieOut | DayClose,
    items: Sequence[Item],
    names: Mapping[str, str],
    person: User,
    closed: DayClose | None = None,
) -> _Side:
    """An account's day on both sides, as it would be closed now or as it was."""
    figures = [(title, getattr(one, ours), getattr(one, theirs)) for title, ours, theirs in reports.FIGURES]
    return _Side(
        one.code,
        name=names[one.code],
        apart_cents=one.difference_cents,
        figures=[(title, ours, theirs, ours - theirs) for title, ours, theirs in figures],
        items=[(item, words_of(item)) for item in items],
        unexplained_cents=one.unexplained_cents if isinstance(one, TieOut) else 0,
        closed=closed,
        is_mine=closed is not None and closed.signed_by_id == person.pk,
        differs=closing.named(wrong) if closed and (wrong := closing.differs(closed)) else "",
    )
