"""Requests to pay that may still be paid, or may have been paid without our knowing."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sokopesa.faces.back_office.access import staff_page
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_moment, write_moment
from sokopesa.payments.models import Prompt
from sokopesa.payments.watching import live_page


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """The list, those that have waited longest first; ``state`` shows one state alone."""
    wanted = request.GET.get("state", "")
    state = wanted if wanted in Prompt.LIVE else ""
    after = read_moment(request.GET.get("after", ""), UUID)
    rows = live_page(state=state, after=after, size=ONE_MORE)
    page = page_of(rows, lambda prompt: write_moment(prompt.requested_at, prompt.pk))
    return render(
        request,
        "back_office/attempts.html",
        {"page": page, "state": state, "states": Prompt.LIVE, "later": bool(after)},
    )
