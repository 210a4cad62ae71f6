"""Pages for what went wrong, in the shop's own design. The last one leans on nothing that may have failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from sokopesa.faces.storefront.context import SITE
from sokopesa.people.models import User
from sokopesa.people.staff import SEE_DESK, may

_DESK = "/desk/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, or nothing that this person may see. Staff are told so in the desk's own page."""
    is_staff = request.path.startswith(_DESK) and isinstance(request.user, User) and may(request.user, SEE_DESK)
    page = "back_office/not_found.html" if is_staff else "storefront/errors/404.html"
    return render(request, page, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: refused."""
    return render(request, "storefront/errors/403.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault. Neither database nor session is touched."""
    return HttpResponse(render_to_string("storefront/errors/500.html", {"site": SITE}), status=500)
