"""A shop's own money: what it has earned, what is held, where and when it is paid, and its statement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sokopesa.faces.second_factor.access import fresh_second_factor
from sokopesa.faces.seller_centre.access import person, seller_form, seller_page
from sokopesa.faces.seller_centre.money_forms import MonthForm, PayeeForm
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.kernel import clock
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.exports.files import Control, shillings
from sokopesa.ledger.exports.tables import Cell, Column, Table, write_csv, write_xlsx
from sokopesa.ledger.statements import Period, Statement
from sokopesa.orders.clocks import end_of
from sokopesa.people.models import Seller
from sokopesa.settlements import payees
from sokopesa.settlements.models import Payee
from sokopesa.settlements.queries import SellerLine, earned_cents, held_for, lines_of, settlements_of, statement_of
from sokopesa.settlements.schedule import next_payday

PAGE = 20
LINES = 200
"""Of a month's lines so many are shown on the page; the files have them all."""

_COLUMNS = (Column("Time (EAT)", 19), Column("What", 50), Column("KES"), Column("Balance KES"))


@seller_page
def index(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Everything about the shop's money on one page."""
    form, month = _month(request)
    found = statement_of(shop, _period(month))
    page = Paginator(settlements_of(shop), PAGE).get_page(whole_number(request.GET.get("page")) or 1)
    known = {each.state: each for each in Payee.objects.filter(seller=shop, state__in=["current", "asked"])}
    refused = Payee.objects.filter(seller=shop, state=Payee.State.REFUSED).order_by("-decided_at").first()
    with transaction.atomic():
        lines = _first(lines_of(found), LINES) if found else []
    return render(
        request,
        "seller_centre/money.html",
        {
            "shop": shop,
            "earned_cents": earned_cents(shop),
            "held": held_for(shop),
            "payday": next_payday(nairobi_date(clock.now())),
            "current": known.get(Payee.State.CURRENT),
            "asked": known.get(Payee.State.ASKED),
            "refused": None if known.get(Payee.State.ASKED) else refused,
            "page": page,
            "form": form,
            "month": month,
            "opening_cents": -found.opening_cents if found else 0,
            "closing_cents": -found.closing_cents if found else 0,
            "lines": lines,
            "hidden": found.count - len(lines) if found else 0,
        },
    )


@seller_form
@fresh_second_factor
def payee(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Ask to be paid elsewhere."""
    form = PayeeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            payees.ask(
                seller=shop,
                kind=Payee.Kind(form.cleaned_data["kind"]),
                number=form.cleaned_data["number"],
                reference=form.cleaned_data["reference"],
                by=person(request),
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Asked. It is used once we have checked it; everybody of the shop is told.")
            return redirect("seller_centre:money", shop.slug)
    return render(
        request, "seller_centre/payee.html", {"shop": shop, "form": form}, status=422 if form.is_bound else 200
    )


@seller_page
def download(request: HttpRequest, shop: Seller, form: str) -> HttpResponse:
    """The month's statement as a file, with every line."""
    if form not in ("csv", "xlsx"):
        raise Http404
    _, month = _month(request)
    found = statement_of(shop, _period(month))
    if found is None:
        raise Http404
    with TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / f"statement.{form}"
        (write_csv if form == "csv" else write_xlsx)(_table(shop, found), path)
        answer = HttpResponse(path.read_bytes(), content_type=_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{shop.slug}-{month:%Y-%m}.{form}"'
    return answer


_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _month(request: HttpRequest) -> tuple[MonthForm, date]:
    """The month asked for, by its first day; else this one."""
    form = MonthForm(request.GET if request.GET.get("month") else {})
    asked: date | None = form.cleaned_data.get("month") if form.is_valid() else None
    return form, (asked or nairobi_date(clock.now())).replace(day=1)


def _period(month: date) -> Period:
    """The month in Nairobi."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return Period(_begin(month), _begin(following))


def _begin(day: date) -> datetime:
    return end_of(date.fromordinal(day.toordinal() - 1))


def _first(rows: Iterator[SellerLine], count: int) -> list[SellerLine]:
    return list(islice(rows, count))


def _table(shop: Seller, found: Statement) -> Table:
    control = Control()

    def rows() -> Iterator[tuple[Cell, ...]]:
        yield (found.period.start, "Opening balance", None, shillings(-found.opening_cents))
        for line in lines_of(found):
            control.count(line.amount_cents)
            yield (line.at, line.what, shillings(line.amount_cents), shillings(line.balance_cents))
        yield (found.period.end, "Closing balance", None, shillings(-found.closing_cents))

    return Table(f"{shop.name}: statement", found.period.end, _COLUMNS, rows(), control)
