"""The statement of the buyer's orders: on a page, on paper, and as a file."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront import history
from sokopesa.faces.storefront.history import Asked
from sokopesa.faces.storefront.statement import Statement
from sokopesa.faces.storefront.statement_files import FILES
from sokopesa.faces.storefront.statement_words import about_it, made_for, what_it_is
from sokopesa.kernel import clock
from sokopesa.people.models import User

SHOWN = 1_000
"""Lines on the page; files have all."""


@login_required
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every line of the orders that the address asks for, and their totals."""
    asked, statement = _asked(request)
    lines = statement.lines()
    shown = list(islice(lines, SHOWN))
    for _ in lines:
        pass  # they are counted in the totals
    context = {
        "asked": asked,
        "statement": statement,
        "lines": shown,
        "totals": statement.totals,
        "what_it_is": what_it_is(),
        "about_it": about_it(),
        "made_for": made_for(statement),
    }
    return render(request, "storefront/orders/statement.html", context)


@login_required
@never_cache
@require_safe
def file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a file. Where a day in the address cannot be read, the page says so instead."""
    if kind not in FILES:
        raise Http404
    asked, statement = _asked(request)
    if asked.errors:
        return redirect(f"{reverse('storefront:statement')}{asked.parameters}")
    write, media_type = FILES[kind]
    with TemporaryDirectory(prefix="sokopesa-statement-") as folder:
        path = Path(folder) / f"statement.{kind}"
        write(statement, path)
        content = path.read_bytes()
    day = clock.nairobi_date(statement.made_at)
    name = f"{CONFIGURATION.site_name.lower()}-orders-{day}.{kind}"
    return HttpResponse(content, media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _asked(request: HttpRequest) -> tuple[Asked, Statement]:
    assert isinstance(request.user, User)
    asked = history.read(request, request.user)
    return asked, Statement(request.user, asked.wanted, asked.days.words, asked.only, made_at=clock.now())
