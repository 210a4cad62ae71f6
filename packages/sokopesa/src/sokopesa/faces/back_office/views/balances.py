"""The books at a glance, and account by account."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from sokopesa.faces.back_office.access import staff_page
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.ledger.models import Account
from sokopesa.ledger.overview import accounts_of, groups, newest_lines


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Every group of accounts, with the sums of both sides."""
    shown = groups()
    debit = sum(group.balance_cents for group in shown if group.balance_cents > 0)
    credit = -sum(group.balance_cents for group in shown if group.balance_cents < 0)
    return render(
        request,
        "back_office/balances.html",
        {"groups": shown, "debit_cents": debit, "credit_cents": credit, "difference_cents": debit - credit},
    )


@staff_page
def group(request: HttpRequest, group: str) -> HttpResponse:
    """The accounts of one group, the newest first."""
    before = read_id(request.GET.get("before"))
    page = page_of(accounts_of(group, before=before, size=ONE_MORE), lambda account: str(account.pk))
    if not page.rows and before is None:
        raise Http404
    return render(request, "back_office/group.html", {"group": group, "page": page, "later": before is not None})


@staff_page
def account(request: HttpRequest, code: str) -> HttpResponse:
    """One account's lines, the newest first, each with the balance after it."""
    shown = get_object_or_404(Account, code=code)
    before = read_id(request.GET.get("before"))
    page = page_of(newest_lines(shown, before=before, size=ONE_MORE), lambda line: str(line.posting_id))
    return render(request, "back_office/account.html", {"account": shown, "page": page, "later": before is not None})
