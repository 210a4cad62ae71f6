"""The one decorator that a page needs on which money moves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from sokopesa.faces.second_factor.carrying import CODE, back_of, carried, drop, has_files, hold, waits
from sokopesa.faces.second_factor.forms import CodeForm
from sokopesa.faces.second_factor.frames import told
from sokopesa.faces.second_factor.freshness import is_fresh, refresh
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people import factors
from sokopesa.people.errors import FactorLocked
from sokopesa.people.models import User

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def fresh_second_factor(view: View[Rest]) -> View[Rest]:
    """Only somebody who gave their second factor within the last minutes, in this session, gets to the view.

    Anybody else is asked for a code first, or led to set up a factor. A form that they sent comes along: it is sent
    again with the code, or offered again afterwards. Stands below what says who may see the page, for people who are
    signed in.
    """

    @wraps(view)
    @sensitive_post_parameters(CODE)
    def answer(request: HttpRequest, /, *rest: Rest.args, **more: Rest.kwargs) -> HttpResponseBase:
        if not is_fresh(request):
            asked = _ask(request)
            if asked is not None:
                return asked
        if request.method == "POST" or waits(request) == request.get_full_path():
            drop(request)
        return view(request, *rest, **more)

    answer.needs_second_factor = True  # type: ignore[attr-defined] # for the test that knows every address
    return answer


def _ask(request: HttpRequest) -> HttpResponse | None:
    """What to answer instead; None if the code came with the form and is right."""
    assert isinstance(request.user, User)
    is_form = request.method == "POST"
    if factors.factor_of(request.user) is None:
        hold(request)
        return redirect("second_factor:enrol")
    if not is_form:
        return redirect(f"{reverse('second_factor:give')}?{urlencode({'next': request.get_full_path()})}")
    if has_files(request):
        return _page(request, CodeForm(), 403, next=back_of(request), has_files=True)
    if CODE not in request.POST:
        return _page(request, CodeForm(), 403, carried=carried(request))
    form = CodeForm(request.POST)
    status = take(request, form)
    return _page(request, form, status, carried=carried(request)) if status else None


def take(request: HttpRequest, form: CodeForm) -> int:
    """Take the code that was typed; 0 if it is right, else the status of the page that shows what is wrong with it."""
    assert isinstance(request.user, User)
    if not form.is_valid():
        return 422
    try:
        given = factors.give(user=request.user, code=form.cleaned_data[CODE], now=clock.now())
    except FactorLocked as refusal:
        form.add_error(CODE, str(refusal))
        return 429
    except Refusal as refusal:
        form.add_error(CODE, str(refusal))
        return 422
    refresh(request, given)
    if given.codes_left is not None:
        left = f"{given.codes_left} recovery code{'' if given.codes_left == 1 else 's'} left"
        messages.warning(request, f"You have {left}. Make new ones under your name before they run out.")
    return 0


def _page(request: HttpRequest, form: CodeForm, status: int, **more: object) -> HttpResponse:
    return render(request, "second_factor/give.html", told(request, form=form, **more), status=status)
