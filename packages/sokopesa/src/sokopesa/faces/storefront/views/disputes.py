"""One dispute as its buyer sees it, and what the buyer can do in it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sokopesa.aftersale.disputes import answering, opening, returning, ruling
from sokopesa.aftersale.disputes.claims import Claim
from sokopesa.aftersale.disputes.errors import DisputeRefused
from sokopesa.aftersale.disputes.evidence import has_shown, show
from sokopesa.aftersale.disputes.life import Step
from sokopesa.aftersale.disputes.models import Dispute, Kind, Side
from sokopesa.aftersale.disputes.queries import dispute_of_buyer, evidence_for, standing
from sokopesa.faces.disputes import told
from sokopesa.faces.serving import answer
from sokopesa.faces.standing import carry_out_due
from sokopesa.faces.storefront.dispute_forms import ClaimForm, ReturnForm, WordsForm, initial_of
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.uploading import Claimed, claimed
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.media.models import Upload
from sokopesa.orders.life import Actor
from sokopesa.people.models import User


@login_required
@never_cache
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """Whose turn it is until when, the plans side by side, what happened, and what can be done now."""
    return _show(request, _own(request, number))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """The five fields again, as they were claimed."""
    assert isinstance(request.user, User)
    dispute, now = _own(request, number), clock.now()
    if Step.CHANGE not in standing(dispute, Actor.BUYER).steps:
        return redirect("storefront:dispute_detail", number)
    if request.method == "POST":
        form = ClaimForm(
            request.POST,
            order=dispute.order,
            whole=dispute.whole_cents,
            now=now,
            files=claimed(request, request.user, Upload.Purpose.EVIDENCE, now),
            shown_before=has_shown(dispute, Side.BUYER),
        )
        if form.is_valid() and form.claim is not None:
            claim = form.claim
            return _do(
                request,
                dispute,
                lambda user: opening.change_claim(dispute.pk, claim, by=user, now=now),
                done="Changed. The seller has been told.",
            )
    else:
        form = ClaimForm(
            order=dispute.order,
            whole=dispute.whole_cents,
            now=now,
            files=Claimed(Upload.Purpose.EVIDENCE),
            initial=initial_of(dispute),
        )
    context = {"dispute": dispute, "form": form, "ends": opening.changes_end(dispute)}
    return render(request, "storefront/disputes/change.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def split(request: HttpRequest, number: str) -> HttpResponse:
    """One tap: claim the middle between claim and offer, and keep the goods."""
    dispute = _own(request, number)
    cents = standing(dispute, Actor.BUYER).middle
    if not cents:
        return redirect("storefront:dispute_detail", number)
    claim = Claim(Kind.REFUND_ONLY, dispute.reason, cents, dispute.details)
    return _do(
        request,
        dispute,
        lambda user: opening.change_claim(dispute.pk, claim, by=user, now=clock.now()),
        done="You propose the middle. The seller has been told.",
    )


@login_required
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Let it be."""
    dispute = _own(request, number)
    return _do(
        request,
        dispute,
        lambda user: opening.withdraw(dispute.pk, by=user, now=clock.now()),
        done="Withdrawn. You can open another dispute while your protection runs.",
    )


@login_required
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Agree to the offer that the page showed."""
    dispute, plan = _own(request, number), whole_number(request.POST.get("plan"))
    return _do(
        request,
        dispute,
        lambda user: answering.accept_offer(dispute.pk, plan_id=plan or 0, by=user, now=clock.now()),
        done="Agreed.",
    )


@login_required
@require_POST
def escalate(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the market to decide."""
    dispute = _own(request, number)
    return _do(
        request,
        dispute,
        lambda user: answering.escalate(dispute.pk, by=user, now=clock.now()),
        done="A mediator decides now.",
    )


@login_required
@require_POST
def send_back(request: HttpRequest, number: str) -> HttpResponse:
    """The goods are on their way back."""
    dispute, form = _own(request, number), ReturnForm(request.POST)
    if not form.is_valid():
        return _show(request, dispute, returning_form=form, status=422)
    return _do(
        request,
        dispute,
        lambda user: returning.send_back(dispute.pk, **form.cleaned_data, by=user, now=clock.now()),
        done="Noted. The seller has been told to expect the goods.",
    )


@login_required
@require_POST
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for another mediator's decision."""
    dispute, form = _own(request, number), WordsForm(request.POST)
    if not form.is_valid():
        return _show(request, dispute, appealing=form, status=422)
    return _do(
        request,
        dispute,
        lambda user: ruling.appeal(
            dispute.pk, side=Side.BUYER, words=form.cleaned_data["words"], by=user, now=clock.now()
        ),
        done="Appealed. Another mediator decides.",
    )


@login_required
@require_POST
def add_evidence(request: HttpRequest, number: str) -> HttpResponse:
    """Show more, as long as the dispute is open."""
    assert isinstance(request.user, User)
    dispute, now = _own(request, number), clock.now()
    files = claimed(request, request.user, Upload.Purpose.EVIDENCE, now)
    if files.errors or not files.uploads:
        files.errors = files.errors or ["Choose a file first."]
        return _show(request, dispute, files=files, status=422)
    ids = [upload.pk for upload in files.uploads]
    return _do(
        request,
        dispute,
        lambda user: show(dispute.pk, side=Side.BUYER, ids=ids, by=user, now=now),
        done="Added. Both sides and the mediators see it.",
    )


@login_required
@require_safe
def evidence(request: HttpRequest, number: str, upload_id: UUID) -> HttpResponseBase:
    """A file of a dispute, for its two sides and for mediators; to others it is not there."""
    assert isinstance(request.user, User)
    shown = evidence_for(request.user, number, upload_id)
    if shown is None:
        raise Http404
    return answer(request, shown.upload)


def _own(request: HttpRequest, number: str) -> Dispute:
    """The buyer's dispute, with what had fallen due carried out; else a page that is not there."""
    assert isinstance(request.user, User)
    try:
        dispute = dispute_of_buyer(request.user, number)
        if carry_out_due([dispute.order], now=clock.now()):
            dispute = dispute_of_buyer(request.user, number)
    except Dispute.DoesNotExist as error:
        raise Http404 from error
    return dispute


def _do(request: HttpRequest, dispute: Dispute, verb: Callable[[User], object], *, done: str) -> HttpResponse:
    """Try it, say how it went, and show how the dispute stands."""
    assert isinstance(request.user, User)
    try:
        verb(request.user)
    except DisputeRefused as refusal:
        messages.error(request, str(refusal))
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("storefront:dispute_detail", dispute.number)


def _show(
    request: HttpRequest,
    dispute: Dispute,
    *,
    returning_form: ReturnForm | None = None,
    appealing: WordsForm | None = None,
    files: Claimed | None = None,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "storefront/disputes/detail.html",
        {
            **told(dispute, Actor.BUYER),
            "returning": returning_form or ReturnForm(),
            "appealing": appealing or WordsForm(),
            "files": files or Claimed(Upload.Purpose.EVIDENCE),
            "changes_end": opening.changes_end(dispute),
        },
        status=status,
    )
