"""A person's own second factor: what there is, setting it up, giving it, recovery codes, and taking it away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sokopesa.faces.second_factor import carrying
from sokopesa.faces.second_factor.access import fresh_second_factor, take
from sokopesa.faces.second_factor.carrying import CODE
from sokopesa.faces.second_factor.drawing import draw
from sokopesa.faces.second_factor.forms import CodeForm
from sokopesa.faces.second_factor.frames import told
from sokopesa.faces.second_factor.freshness import refresh
from sokopesa.faces.second_factor.telling import tell_added, tell_removed
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people import factors
from sokopesa.people.errors import FactorUnreadable
from sokopesa.people.models import User
from sokopesa.people.sealing import seal, unseal

_SECRET = "second_factor_secret"  # noqa: S105 - the name of a place in the session


@never_cache
@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Whether there is one, since when, and what can be done about it."""
    person = _person(request)
    factor = factors.factor_of(person)
    try:
        left, unreadable = len(factors.recovery_codes(person)), ""
    except FactorUnreadable as refusal:
        left, unreadable = 0, str(refusal)
    return _page(request, "index", factor=factor, left=left, unreadable=unreadable)


@never_cache
@login_required
@sensitive_post_parameters(CODE)
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Show the secret as a QR code, and take it once the app has shown that it knows it."""
    person = _person(request)
    if factors.factor_of(person):
        return redirect("second_factor:index")
    secret = _secret(request)
    form = CodeForm(request.POST or None, is_new=True)
    if form.is_valid():
        try:
            with transaction.atomic():
                given = factors.enrol(user=person, secret=secret, code=form.cleaned_data[CODE], now=clock.now())
                tell_added(person, clock.now())
        except Refusal as refusal:
            form.add_error(CODE, str(refusal))
        else:
            del request.session[_SECRET]
            refresh(request, given)
            messages.success(request, "Your second factor is set up.")
            return redirect("second_factor:codes")
    return _page(
        request,
        "enrol",
        status=422 if form.errors else 200,
        form=form,
        drawing=draw(factors.address_of(person, secret)),
        spelled=[secret[at : at + 4] for at in range(0, len(secret), 4)],
        held=carrying.held(request),
        waits=carrying.waits(request),
    )


@never_cache
@login_required
@sensitive_post_parameters(CODE)
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Ask for the code, then go on to ``next``."""
    if factors.factor_of(_person(request)) is None:
        return redirect("second_factor:enrol")
    wanted = carrying.ours(request, request.POST.get("next") or request.GET.get("next") or "")
    wanted = wanted or reverse("second_factor:index")
    form = CodeForm(request.POST if CODE in request.POST else None)
    status = take(request, form) if form.is_bound else 200
    return _page(request, "give", status=status, form=form, next=wanted) if status else redirect(wanted)


@never_cache
@login_required
@require_safe
@fresh_second_factor
def codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes that are left; and the form that waited until the factor was set up."""
    return _page(
        request,
        "codes",
        codes=factors.recovery_codes(_person(request)),
        held=carrying.held(request),
        waits=carrying.waits(request),
    )


@never_cache
@login_required
@require_POST
@fresh_second_factor
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes instead of the old ones."""
    factors.renew_recovery_codes(user=_person(request))
    messages.success(request, "These are your new recovery codes. The old ones work no longer.")
    return redirect("second_factor:codes")


@never_cache
@login_required
@require_POST
@fresh_second_factor
def remove(request: HttpRequest) -> HttpResponse:
    """Take the second factor away, for a new phone."""
    person = _person(request)
    with transaction.atomic():
        if factors.remove(user=person):
            tell_removed(person, clock.now())
    messages.success(request, "Your second factor is removed. You move no money until you have set up another.")
    return redirect("second_factor:index")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _secret(request: HttpRequest) -> str:
    """The secret that this browser is being shown; a new one once a factor was made with the last."""
    if _SECRET not in request.session:
        request.session[_SECRET] = seal(factors.new_secret())
    return unseal(request.session[_SECRET])


def _page(request: HttpRequest, name: str, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, f"second_factor/{name}.html", told(request, **more), status=status)
