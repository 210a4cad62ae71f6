"""Disputes about a shop's orders, and the shop's answers."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sokopesa.aftersale.disputes import answering, returning, ruling
from sokopesa.aftersale.disputes.errors import DisputeRefused
from sokopesa.aftersale.disputes.evidence import show
from sokopesa.aftersale.disputes.models import Dispute, Kind, Side
from sokopesa.aftersale.disputes.queries import closed_of_shop, dispute_of_shop, disputes_of_shop, last_return_address
from sokopesa.faces.disputes import told
from sokopesa.faces.seller_centre.access import person, seller_page, seller_post
from sokopesa.faces.seller_centre.dispute_forms import AddressForm, AnswerForm, OfferForm, ReasonsForm, add_refusal
from sokopesa.faces.standing import carry_out_due
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.uploading import Claimed, claimed
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.media.models import Upload
from sokopesa.orders.life import Actor
from sokopesa.people.models import Seller

PAGE = 25


@seller_page
def index(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Those that are open, the nearest deadline first; or those that are closed."""
    closed = request.GET.get("state") == "closed"
    disputes = closed_of_shop(shop) if closed else disputes_of_shop(shop)
    page = Paginator(disputes, PAGE).get_page(whole_number(request.GET.get("page")) or 1)
    return render(request, "seller_centre/disputes.html", {"shop": shop, "page": page, "closed": closed})


@seller_page
def detail(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """How it stands, and what the shop can do."""
    return _show(request, shop, _of_shop(shop, number))


@seller_post
def accept(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Grant what the buyer asks, as the page showed it."""
    dispute, plan = _of_shop(shop, number), whole_number(request.POST.get("plan")) or 0
    form = AddressForm(request.POST)
    if dispute.kind == Kind.RETURN and not form.is_valid():
        return _show(request, shop, dispute, status=422, accepting=form)
    return_to = form.cleaned_data["return_to"] if dispute.kind == Kind.RETURN else ""
    return _do(
        request,
        shop,
        dispute,
        lambda: answering.accept_claim(
            dispute.pk, plan_id=plan, return_to=return_to, by=person(request), now=clock.now()
        ),
        form=form,
        name="accepting",
        done="Accepted. The buyer has been told.",
    )


@seller_post
def refuse(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Grant nothing, and say why."""
    dispute, form, now = _of_shop(shop, number), AnswerForm(request.POST), clock.now()
    files = claimed(request, person(request), Upload.Purpose.EVIDENCE, now)
    if not form.is_valid() or files.errors:
        return _show(request, shop, dispute, status=422, files=files, refusing=form)
    evidence = [upload.pk for upload in files.uploads]
    return _do(
        request,
        shop,
        dispute,
        lambda: answering.refuse(dispute.pk, words=form.said(), evidence=evidence, by=person(request), now=now),
        files=files,
        form=form,
        name="refusing",
        done="Refused. The buyer reads why, and may ask the market to decide.",
    )


@seller_post
def offer(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Propose something else."""
    dispute, form = _of_shop(shop, number), OfferForm(request.POST)
    if not form.is_valid():
        return _show(request, shop, dispute, status=422, offering=form)
    typed = form.cleaned_data
    return _do(
        request,
        shop,
        dispute,
        lambda: answering.offer(
            dispute.pk,
            kind=typed["kind"],
            amount_cents=typed["amount"],
            words=form.said(),
            return_to=typed["return_to"],
            by=person(request),
            now=clock.now(),
        ),
        form=form,
        name="offering",
        done="Offered. The buyer has been told.",
    )


@seller_post
def address(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Say where the goods go back to."""
    dispute, form = _of_shop(shop, number), AddressForm(request.POST)
    if not form.is_valid():
        return _show(request, shop, dispute, status=422, accepting=form)
    return _do(
        request,
        shop,
        dispute,
        lambda: returning.name_address(dispute.pk, **form.cleaned_data, by=person(request), now=clock.now()),
        form=form,
        name="accepting",
        done="The buyer has the address.",
    )


@seller_post
def take_back(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """The goods are here again."""
    dispute = _of_shop(shop, number)
    return _do(
        request,
        shop,
        dispute,
        lambda: returning.take_back(dispute.pk, by=person(request), now=clock.now()),
        done="Confirmed. The buyer gets the money back.",
    )


@seller_post
def contest(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Something is wrong with the return."""
    dispute, form = _of_shop(shop, number), ReasonsForm(request.POST)
    if not form.is_valid():
        return _show(request, shop, dispute, status=422, contesting=form)
    words = form.cleaned_data["words"]
    return _do(
        request,
        shop,
        dispute,
        lambda: returning.contest(dispute.pk, words=words, by=person(request), now=clock.now()),
        form=form,
        name="contesting",
        done="A mediator decides now.",
    )


@seller_post
def appeal(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Ask for another mediator's decision."""
    dispute, form = _of_shop(shop, number), ReasonsForm(request.POST)
    if not form.is_valid():
        return _show(request, shop, dispute, status=422, appealing=form)
    words = form.cleaned_data["words"]
    return _do(
        request,
        shop,
        dispute,
        lambda: ruling.appeal(dispute.pk, side=Side.SELLER, words=words, by=person(request), now=clock.now()),
        form=form,
        name="appealing",
        done="Appealed. Another mediator decides.",
    )


@seller_post
def add_evidence(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """Show more, as long as the dispute is open."""
    dispute, now = _of_shop(shop, number), clock.now()
    files = claimed(request, person(request), Upload.Purpose.EVIDENCE, now)
    if files.errors or not files.uploads:
        files.errors = files.errors or ["Choose a file first."]
        return _show(request, shop, dispute, status=422, files=files)
    ids = [upload.pk for upload in files.uploads]
    return _do(
        request,
        shop,
        dispute,
        lambda: show(dispute.pk, side=Side.SELLER, ids=ids, by=person(request), now=now),
        done="Added. Both sides and the mediators see it.",
    )


def _of_shop(shop: Seller, number: str) -> Dispute:
    """The shop's dispute, with what had fallen due carried out; else a page that is not there."""
    try:
        dispute = dispute_of_shop(shop, number)
        if carry_out_due([dispute.order], now=clock.now()):
            dispute = dispute_of_shop(shop, number)
    except Dispute.DoesNotExist as error:
        raise Http404 from error
    return dispute


def _do(
    request: HttpRequest,
    shop: Seller,
    dispute: Dispute,
    verb: Callable[[], object],
    *,
    done: str,
    form: forms.Form | None = None,
    name: str = "",
    files: Claimed | None = None,
) -> HttpResponse:
    """Try it. What the form can mend is shown in the form; else the page says how the dispute stands."""
    try:
        verb()
    except DisputeRefused as refusal:
        if form is not None:
            form.is_valid()
            add_refusal(form, refusal.field, str(refusal))
            if files is not None and refusal.field == "evidence":
                files.errors.append(str(refusal))
            return _show(request, shop, dispute, status=422, files=files, **{name: form})
        messages.error(request, str(refusal))
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("seller_centre:dispute", shop.slug, dispute.number)


def _show(
    request: HttpRequest,
    shop: Seller,
    dispute: Dispute,
    *,
    status: int = 200,
    files: Claimed | None = None,
    **sent: forms.Form,
) -> HttpResponse:
    """The page, with the one form that was sent as it was sent."""
    known = {"return_to": last_return_address(shop)}
    empty = {
        "accepting": AddressForm(initial=known),
        "refusing": AnswerForm(),
        "offering": OfferForm(initial=known),
        "contesting": ReasonsForm(),
        "appealing": ReasonsForm(),
    }
    files = files or Claimed(Upload.Purpose.EVIDENCE)
    context = {"shop": shop, "files": files, **told(dispute, Actor.SELLER), **empty, **sent}
    return render(request, "seller_centre/dispute.html", context, status=status)
