"""How the API says no: `problem details <https://www.rfc-editor.org/rfc/rfc9457>`_, with the words that a person would
be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from sokopesa.catalog.errors import RateMissing, SoldOut
from sokopesa.kernel.errors import Refusal
from sokopesa.kernel.phone import NotSafaricom, PhoneRefused
from sokopesa.orders.errors import (
    BasketChanged,
    BasketEmpty,
    BasketFull,
    NotForSale,
    NotReady,
    NotToBox,
    OwnGoods,
    PriceChanged,
    QuantityRefused,
)
from sokopesa.payments.errors import AboveLimit, TooManyPrompts

CONFLICT, UNPROCESSABLE = 409, 422

_HOW: Mapping[type[Refusal], tuple[int, str]] = {
    QuantityRefused: (UNPROCESSABLE, "quantity"),
    NotForSale: (CONFLICT, "offer"),
    OwnGoods: (UNPROCESSABLE, "offer"),
    SoldOut: (CONFLICT, "quantity"),
    RateMissing: (CONFLICT, "offer"),
    BasketFull: (CONFLICT, ""),
    BasketEmpty: (CONFLICT, ""),
    BasketChanged: (CONFLICT, ""),
    NotReady: (CONFLICT, ""),
    NotToBox: (CONFLICT, "address"),
    PriceChanged: (CONFLICT, "agreed_total_cents"),
    PhoneRefused: (UNPROCESSABLE, "msisdn"),
    NotSafaricom: (UNPROCESSABLE, "msisdn"),
    AboveLimit: (CONFLICT, ""),
    TooManyPrompts: (429, "msisdn"),
}
"""Refusal → (status, field of the request that it is about). Any other is a conflict about nothing in particular."""

_FACTS = ("left", "total_cents", "step", "number")
"""What some refusals know besides their words, for programs that act on it."""


def problem(status: int, code: str, detail: str, field: str = "", **more: object) -> HttpResponse:
    """One problem. ``code`` stays the same however the words are put."""
    about = {"type": "about:blank", "title": _title(code), "status": status, "code": code, "detail": detail}
    body = {**about, **({"field": field} if field else {}), **more}
    response = HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def refused(refusal: Refusal) -> HttpResponse:
    """What a verb refused."""
    status, field = next((_HOW[kind] for kind in type(refusal).__mro__ if kind in _HOW), (CONFLICT, ""))
    facts = {name: getattr(refusal, name) for name in _FACTS if hasattr(refusal, name)}
    return problem(status, _code(type(refusal).__name__), str(refusal), field, **facts)


def answer_problems(api: NinjaAPI) -> None:
    """Let every way in which a request can fail end in a problem."""

    def on_refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
        return refused(error)

    def on_missing(request: HttpRequest, error: Http404 | ObjectDoesNotExist) -> HttpResponse:
        return problem(404, "not-found", "There is nothing here, or it is not yours.")

    def on_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        words = "Send a token of yours: Authorization: Bearer <token>. It may have run out or been revoked."
        return problem(401, "not-signed-in", words)

    def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [{"field": _field(fault["loc"]), "detail": fault["msg"]} for fault in error.errors]
        return problem(UNPROCESSABLE, "invalid", faults[0]["detail"], faults[0]["field"], faults=faults)

    def on_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "unreadable", "The body is not JSON.")

    answers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Refusal: on_refusal,
        Http404: on_missing,
        ObjectDoesNotExist: on_missing,
        AuthenticationError: on_stranger,
        ValidationError: on_invalid,
        HttpError: on_unreadable,
    }
    for kind, answer in answers.items():
        api.add_exception_handler(kind, answer)


def _field(where: tuple[str | int, ...]) -> str:
    """``("body", "asked", "ways", 0, "method")`` → ``ways.0.method``: ninja names the place and the parameter first."""
    return ".".join(str(part) for part in where[2:] or where[-1:])


def _code(name: str) -> str:
    """``SoldOut`` → ``sold-out``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _title(code: str) -> str:
    return code.replace("-", " ").capitalize()
