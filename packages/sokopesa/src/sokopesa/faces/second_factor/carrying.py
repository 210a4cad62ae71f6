"""A form that was sent before its sender had given their second factor: carried through, so that nothing is lost.

Who has a factor gets the form's values along with the question for the code, and both are sent together. Who has none
sets it up first; meanwhile the form waits in the session, and is offered again with its button. Nothing is sent by
itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

CODE = "second-factor-code"
"""The name of the field with the code, beside the fields of whatever form was sent."""

MOST_CHARACTERS = 50_000
"""What is longer is not kept in the session."""

_KEY = "second_factor_held"
_OURS = {"csrfmiddlewaretoken", CODE}


@dataclass(frozen=True, slots=True)
class Carried:
    """Where a form went, what was in it, and the page that it stood on."""

    path: str
    fields: list[tuple[str, str]]
    back: str


def carried(request: HttpRequest) -> Carried:
    """The form that was just sent. Files cannot be carried; see `has_files`."""
    fields = [(name, value) for name, values in request.POST.lists() if name not in _OURS for value in values]
    return Carried(request.get_full_path(), [(name, str(value)) for name, value in fields], back_of(request))


def has_files(request: HttpRequest) -> bool:
    """Whether files were sent, which must be chosen again: browsers let nobody fill in a file."""
    return bool(request.FILES)


def hold(request: HttpRequest) -> None:
    """Keep the form that was just sent, or the page that was asked for, until a second factor is set up; one at a time.

    Of a form that cannot be kept whole only the page on which it stood is known afterwards.
    """
    form, is_form = carried(request), request.method == "POST"
    is_short = sum(len(name) + len(value) for name, value in form.fields) <= MOST_CHARACTERS
    is_whole = is_form and is_short and not has_files(request)
    request.session[_KEY] = {
        "path": form.path,
        "back": form.back if is_form else form.path,
        "fields": form.fields if is_whole else [],
        "whole": is_whole,
    }


def held(request: HttpRequest) -> Carried | None:
    """The form that waits, if it was kept whole."""
    kept = request.session.get(_KEY)
    if not kept or not kept["whole"]:
        return None
    return Carried(kept["path"], [(name, value) for name, value in kept["fields"]], kept["back"])


def waits(request: HttpRequest) -> str:
    """The page to which somebody was going, or on which they were about to send a form; empty if there is none."""
    kept = request.session.get(_KEY)
    return kept["back"] if kept else ""


def drop(request: HttpRequest) -> None:
    """The form was sent, or they are where they were going."""
    request.session.pop(_KEY, None)


def back_of(request: HttpRequest) -> str:
    """The page from which this request came, if it was one of ours; else the front page."""
    return ours(request, request.headers.get("Referer", "")) or "/"


def ours(request: HttpRequest, address: str) -> str:
    """The address if it is one of this site, else nothing."""
    hosts, secure = {request.get_host()}, request.is_secure()
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=secure) else ""
