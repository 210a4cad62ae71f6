"""M-PESA's statements: what was taken in, what is missing, and taking in another."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.faces.back_office.reconciliation_forms import StatementForm
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation.coverage import covered
from sokopesa.reconciliation.errors import StatementRefused
from sokopesa.reconciliation.importing import import_statement
from sokopesa.reconciliation.models import StatementImport


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Which time M-PESA's statements tell of, every file, and a form for another."""
    return _show(request, StatementForm())


@finance_post
def take_in(request: HttpRequest) -> HttpResponse:
    """All of a file or nothing; what is wrong is told by line."""
    form = StatementForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        taken = import_statement(
            file.file,
            name=file.name,
            by=member(request),
            now=clock.now(),
            shortcode=form.cleaned_data["shortcode"],
            account=form.cleaned_data["account"],
            accept_breaks=form.cleaned_data["accept_breaks"],
        )
    except StatementRefused as refusal:
        form.add_error("file", "Nothing was taken in.")
        return _show(request, form, faults=refusal.faults, status=422)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, form, status=409)
    whole = taken.whole
    if taken.was_known:
        messages.success(request, "This very file was taken in before. Nothing changed.")
    else:
        told = f"Taken in: {taken.new:,} new lines of {whole.shortcode}, {whole.get_account_display()}"
        messages.success(request, f"{told}; {taken.known:,} were known. They are compared within a minute.")
    if taken.breaks:
        messages.warning(request, f"Its balance does not follow in {len(taken.breaks)} places. {taken.breaks[0]}")
    return redirect("back_office:statements")


def _show(request: HttpRequest, form: StatementForm, *, faults: Sequence[str] = (), status: int = 200) -> HttpResponse:
    before = read_id(request.GET.get("before"))
    rows = StatementImport.objects.select_related("imported_by", "reading").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    context = {
        "section": "money",
        "place": "statements",
        "coverage": covered(),
        "page": page_of(list(rows[:ONE_MORE]), lambda whole: str(whole.pk)),
        "later": before is not None,
        "form": form,
        "faults": faults,
        "may_release": may(member(request), RELEASE_MONEY),
    }
    return render(request, "back_office/money/statements.html", context, status=status)
