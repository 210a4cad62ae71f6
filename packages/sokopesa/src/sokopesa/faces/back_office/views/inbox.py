"""What came through the callback door, and what was made of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from sokopesa.faces.back_office.access import staff_page
from sokopesa.faces.back_office.bodies import mask, readable, readable_headers
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.payments.models import InboxMessage
from sokopesa.payments.watching import inbox_page, verdict_words

WAITING = "waiting"
"""In the address, for messages without a verdict yet."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """The newest first; ``verdict`` shows one verdict alone."""
    wanted = request.GET.get("verdict", "")
    known = wanted == WAITING or wanted in InboxMessage.Verdict.values
    verdict = ("" if wanted == WAITING else wanted) if known else None
    before = read_id(request.GET.get("before"))
    page = page_of(inbox_page(verdict=verdict, before=before, size=ONE_MORE), lambda message: str(message.pk))
    return render(
        request,
        "back_office/inbox.html",
        {
            "page": page,
            "entries": [(message, verdict_words(message.verdict), mask(message.remark)) for message in page.rows],
            "verdict": wanted if known else "",
            "verdicts": [(WAITING, verdict_words("")), *InboxMessage.Verdict.choices],
            "later": before is not None,
        },
    )


@staff_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One message, its body as text."""
    message = get_object_or_404(InboxMessage.objects.select_related("prompt__purchase"), pk=pk)
    return render(
        request,
        "back_office/message.html",
        {
            "message": message,
            "words": verdict_words(message.verdict),
            "remark": mask(message.remark),
            "body": readable(bytes(message.body)),
            "size": len(message.body),
            "headers": readable_headers(message.headers),
        },
    )
