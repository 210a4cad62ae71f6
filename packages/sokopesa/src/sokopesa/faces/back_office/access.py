"""Who may open which page of the desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sokopesa.faces.second_factor.access import fresh_second_factor
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, RULE_DISPUTES, SEE_DESK, may

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def staff_page(view: View[Rest]) -> View[Rest]:
    """A page that staff look at. Whoever is signed in and no staff finds nothing here; others may sign in first."""
    return never_cache(require_safe(_for_staff(view)))


def staff_post(view: View[Rest]) -> View[Rest]:
    """A form that moves no money: by POST alone, from anybody of the staff."""
    return never_cache(require_POST(_for_staff(view)))


def staff_proposal(view: View[Rest]) -> View[Rest]:
    """A form that asks for money, about which others decide: by POST alone, from anybody of the staff with a fresh
    second factor."""
    return _post_with(SEE_DESK, fresh_second_factor(view))


def finance_post(view: View[Rest]) -> View[Rest]:
    """A form that moves money or asks for it: by POST alone, from people in finance with a fresh second factor."""
    return _post_with(RELEASE_MONEY, fresh_second_factor(view))


def mediator_page(view: View[Rest]) -> View[Rest]:
    """A page of people who rule on disputes; to other staff it is not there, for it shows what two people said."""

    @wraps(view)
    def answer(request: HttpRequest, /, *rest: Rest.args, **more: Rest.kwargs) -> HttpResponseBase:
        if not may(member(request), RULE_DISPUTES):
            raise Http404
        return view(request, *rest, **more)

    return staff_page(answer)


def mediator_post(view: View[Rest]) -> View[Rest]:
    """A form of people who rule on disputes, by POST alone, with a fresh second factor: rulings move money."""
    return _post_with(RULE_DISPUTES, fresh_second_factor(view))


def mediator_note(view: View[Rest]) -> View[Rest]:
    """A form of people who rule on disputes that moves no money."""
    return _post_with(RULE_DISPUTES, view)


def _post_with(permission: str, view: View[Rest]) -> View[Rest]:
    @wraps(view)
    def answer(request: HttpRequest, /, *rest: Rest.args, **more: Rest.kwargs) -> HttpResponseBase:
        if not may(member(request), permission):
            raise PermissionDenied
        return view(request, *rest, **more)

    return never_cache(require_POST(_for_staff(answer)))


def member(request: HttpRequest) -> User:
    """Whoever of the staff is signed in."""
    assert isinstance(request.user, User)
    return request.user


def _for_staff(view: View[Rest]) -> View[Rest]:
    @wraps(view)
    def answer(request: HttpRequest, /, *rest: Rest.args, **more: Rest.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may(member(request), SEE_DESK):
            raise Http404
        return view(request, *rest, **more)

    return answer
