"""Files that people sent, as any face shows them. Whether this person may see this file is asked before."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import structlog
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from sokopesa.media import serving
from sokopesa.media.models import Upload

log = structlog.get_logger(__name__)

PIECE = 128 * 1024
"""Bytes that are read at a time."""

ALONE = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
"""Opened as a page of its own, a file runs nothing and belongs to no site."""

_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


def answer(request: HttpRequest, upload: Upload) -> HttpResponseBase:
    """The file, or the part of it that a video player asks for; 304 where the browser has it, 416 for a part that is
    not there. The caller has made sure that this person may see it.

    Raises:
        Http404: it is not ready, or its bytes are lost.
    """
    if upload.state != Upload.State.READY:
        raise Http404
    path, etag = serving.where(upload), f'"{upload.sha256}"'
    if not path.is_file():
        log.error("upload_lost", upload=str(upload.pk))
        raise Http404
    if known := get_conditional_response(request, etag=etag):
        return _guarded(known, upload, etag)
    wanted = _wanted(request, etag, upload.size)
    if wanted is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{upload.size}"})
    part = wanted or range(upload.size)
    response = _part(request, path, part)
    response["Content-Length"] = str(len(part))
    response["Accept-Ranges"] = "bytes"
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{upload.size}"
    return _guarded(response, upload, etag)


def _guarded(response: HttpResponseBase, upload: Upload, etag: str) -> HttpResponseBase:
    response["Content-Type"] = upload.content_type
    shown = content_disposition_header(upload.kind == Upload.Kind.PDF, serving.name_to_save(upload))
    response["Content-Disposition"] = shown or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = ALONE
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["ETag"] = etag
    # A browser may keep it, but asks each time whether this person may still see it.
    response["Cache-Control"] = "private, no-cache"
    response["Content-Encoding"] = "identity"  # or it would be compressed, and its parts with it
    return response


def _wanted(request: HttpRequest, etag: str, size: int) -> range | None:
    """The bytes that are asked for; an empty range for all of them; None for some that are not there. Several parts at
    once nobody needs; who asks for them gets all."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not asked or not any(asked.groups()) or request.headers.get("If-Range", etag) != etag:
        return range(0)
    first, last = asked.groups()
    if not first:
        return range(max(0, size - int(last)), size) if int(last) else None
    stop = min(int(last) + 1, size) if last else size
    if int(first) >= size:
        return None
    return range(int(first), stop)


def _part(request: HttpRequest, path: Path, part: range) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    pieces = _pieces_one_by_one(path, part) if isinstance(request, ASGIRequest) else _pieces(path, part)
    return StreamingHttpResponse(pieces)


def _pieces(path: Path, part: range) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(part.start)
        for at in range(part.start, part.stop, PIECE):
            yield file.read(min(PIECE, part.stop - at))


async def _pieces_one_by_one(path: Path, part: range) -> AsyncIterator[bytes]:
    """Read when the line can take more, so that a slow phone costs neither memory nor a thread."""
    pieces = _pieces(path, part)
    read = sync_to_async(lambda: next(pieces, b""), thread_sensitive=False)
    while piece := await read():
        yield piece
