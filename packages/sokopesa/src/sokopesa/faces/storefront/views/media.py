"""Files on their way from a phone, piece by piece, and back to their owner.

    POST   media/               {"name", "size", "purpose"} → 201 with the address
    PATCH  media/<id>/          a piece; Upload-Offset says where it belongs, and in the answer where to go on
    HEAD   media/<id>/          Upload-Offset: how far it came
    POST   media/<id>/finish/   looked at: ready, or refused with words
    GET    media/<id>/          the file itself
    DELETE media/<id>/          removed

Refusals are ``{"error": words}``: 422 if this file will never be taken, 409 if the piece belongs elsewhere, 429 if too
much waits already.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from sokopesa.faces.serving import answer
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.media import uploads
from sokopesa.media.errors import AlreadyWhole, InUse, NotHere, TooMuchWaiting, Unfinished, WrongOffset
from sokopesa.media.limits import LARGEST_CHUNK
from sokopesa.media.models import Upload
from sokopesa.media.queries import upload_of
from sokopesa.people.models import User

View = Callable[..., HttpResponseBase]

_STATUS: dict[type[Refusal], int] = {
    WrongOffset: 409,
    AlreadyWhole: 409,
    Unfinished: 409,
    InUse: 409,
    NotHere: 404,
    TooMuchWaiting: 429,
}
"""Of any other refusal: 422."""


def _for_owners(view: View) -> View:
    """Only for people who are signed in; refusals become answers that a program reads and a person understands."""

    @wraps(view)
    def guarded(request: HttpRequest, **named: object) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return JsonResponse({"error": "You are signed out. Sign in on another page, then try again."}, status=401)
        try:
            return view(request, **named)
        except Refusal as refusal:
            response = JsonResponse({"error": str(refusal)}, status=_STATUS.get(type(refusal), 422))
            if isinstance(refusal, WrongOffset):
                response["Upload-Offset"] = str(refusal.offset)
            return response

    return guarded


@require_POST
@_for_owners
def begin(request: HttpRequest) -> HttpResponse:
    """Announce a file."""
    wanted = _wanted(request)
    if wanted is None:
        return JsonResponse({"error": "Say name, size and purpose."}, status=400)
    name, size, purpose = wanted
    upload = uploads.begin(owner=_owner(request), name=name, size=size, purpose=purpose, now=clock.now())
    return JsonResponse({**_told(upload), "chunk": LARGEST_CHUNK}, status=201)


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@_for_owners
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    """One file of one's own; somebody else's is not there."""
    try:
        found = upload_of(_owner(request), upload_id)
    except Upload.DoesNotExist as error:
        raise Http404 from error
    if request.method == "PATCH":
        return _append(request, found)
    if request.method == "DELETE":
        uploads.remove(found)
        return HttpResponse(status=204)
    if request.method == "HEAD" and found.state != Upload.State.READY:
        return _with_offset(HttpResponse(headers={"Cache-Control": "no-store"}), found)
    response = answer(request, found)
    return _with_offset(response, found) if request.method == "HEAD" else response


@require_POST
@_for_owners
def finish(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Every byte is here. The answer may name an earlier upload of the same file."""
    try:
        found = upload_of(_owner(request), upload_id)
    except Upload.DoesNotExist as error:
        raise Http404 from error
    return JsonResponse(_told(uploads.finish(found, now=clock.now())))


def _append(request: HttpRequest, found: Upload) -> HttpResponseBase:
    offset = whole_number(request.headers.get("Upload-Offset"))
    if offset is None:
        return JsonResponse({"error": "Say where the piece belongs: Upload-Offset."}, status=400)
    # Asked before the body is read into memory; a length that nobody says is counted afterwards.
    if (whole_number(request.headers.get("Content-Length")) or 0) > LARGEST_CHUNK or len(request.body) > LARGEST_CHUNK:
        return JsonResponse({"error": f"A piece has up to {LARGEST_CHUNK} bytes."}, status=413)
    found = uploads.append(found, offset=offset, chunk=request.body, now=clock.now())
    return _with_offset(HttpResponse(status=204), found)


def _with_offset(response: HttpResponseBase, found: Upload) -> HttpResponseBase:
    response["Upload-Offset"] = str(found.received_size)
    response["Upload-Length"] = str(found.declared_size)
    return response


def _told(found: Upload) -> dict[str, object]:
    return {
        "id": str(found.pk),
        "url": reverse("storefront:upload", args=[found.pk]),
        "name": found.name,
        "state": found.state,
        "kind": found.kind,
        "offset": found.received_size,
    }


def _wanted(request: HttpRequest) -> tuple[str, int, Upload.Purpose] | None:
    try:
        asked = json.loads(request.body[:10_000])
        name, size, purpose = asked["name"], asked["size"], Upload.Purpose(asked["purpose"])
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(name, str) or type(size) is not int:
        return None
    return name[:1_000], size, purpose


def _owner(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
