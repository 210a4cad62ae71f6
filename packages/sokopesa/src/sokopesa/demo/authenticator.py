"""The authenticator apps of the demo's staff and shops, as a page: whoever tries the desk needs only a browser."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sokopesa.demo.people import STAFF, secret_of, shops
from sokopesa.kernel import clock
from sokopesa.people.factors import STEP_SECONDS, code_at


@dataclass(frozen=True, slots=True)
class App:
    """What somebody's app shows now."""

    name: str
    phone: str
    code: str


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everybody's code, and how long it is shown; the page comes anew with the next one."""
    now = clock.now()
    staff = [App(name, phone, code_at(secret_of(phone), now)) for phone, _, name in STAFF]
    sellers = [App(shop.name, phone, code_at(secret_of(phone), now)) for phone, shop in shops()]
    left = STEP_SECONDS - now.timestamp() % STEP_SECONDS
    return render(
        request,
        "demo/authenticator.html",
        {
            "groups": [("The desk", staff), ("The shops", sellers)],
            "left": f"{left:.1f}",
            "passed_percent": f"{100 - 100 * left / STEP_SECONDS:.0f}",
            "next_in": math.ceil(left),
        },
    )
