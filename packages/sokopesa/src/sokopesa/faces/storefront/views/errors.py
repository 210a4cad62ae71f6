"""Pages for what went wrong, in the shop's own design. The last one leans on nothing that may have failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from sokopesa.faces.storefront.context import SITE


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, or nothing that this person may see."""
    return render(request, "storefront/errors/404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: refused."""
    return render(request, "storefront/errors/403.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault. Neither database nor session is touched."""
    return HttpResponse(render_to_string("storefront/errors/500.html", {"site": SITE}), status=500)
