"""Who may open the pages of a shop's own desk: those who act for it. Others find nothing here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sokopesa.people.models import User
from sokopesa.people.sellers import sellers_of

View = Callable[..., HttpResponseBase]
"""Gets the request and the shop, then what else the address names."""


def seller_page(view: View) -> View:
    """A page of the shop that the address names, for its members. The view gets the shop."""
    return never_cache(require_safe(_for_members(view)))


def seller_post(view: View) -> View:
    """A form that a shop's member sends."""
    return never_cache(require_POST(_for_members(view)))


def seller_form(view: View) -> View:
    """A page with a form that goes back to the page's own address."""
    return never_cache(require_http_methods(["GET", "HEAD", "POST"])(_for_members(view)))


def person(request: HttpRequest) -> User:
    """Whoever is signed in."""
    assert isinstance(request.user, User)
    return request.user


def _for_members(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, shop: str, **more: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, get_object_or_404(sellers_of(person(request)), slug=shop), **more)

    return answer
