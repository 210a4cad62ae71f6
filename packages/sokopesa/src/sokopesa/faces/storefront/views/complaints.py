"""Reporting a conversation to our staff, and blocking whom one talks with."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sokopesa.chat import blocking, reporting
from sokopesa.chat.models import Report
from sokopesa.faces.storefront.conversation_forms import ReportForm
from sokopesa.faces.storefront.views.talks import own_talk, person
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what is wrong; a case is opened, and our staff may read the conversation."""
    talk = own_talk(request, pk)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reporting.report(
                thread=talk.thread,
                side=talk.side,
                by=person(request),
                reason=Report.Reason(form.cleaned_data["reason"]),
                words=form.cleaned_data["words"],
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, "Thank you. Our staff will look at this conversation.")
            return redirect("storefront:thread", pk)
    status = 422 if form.errors else 200
    return render(request, "storefront/messages/report.html", {"talk": talk, "form": form}, status=status)


@login_required
@require_POST
def block(request: HttpRequest, pk: int) -> HttpResponse:
    """Neither side writes to the other from now on; ``lift`` in the form ends it."""
    talk = own_talk(request, pk)
    now = clock.now()
    if "lift" in request.POST:
        blocking.unblock(thread=talk.thread, side=talk.side, now=now)
        messages.success(request, f"You and {talk.other} can write to each other again.")
    else:
        blocking.block(thread=talk.thread, side=talk.side, by=person(request), now=now)
        messages.success(request, f"{talk.other} can no longer write to you.")
    return redirect("storefront:thread", pk)
