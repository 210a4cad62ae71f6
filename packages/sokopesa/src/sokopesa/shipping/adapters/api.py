"""Tracking events from a courier's, or an aggregator's, interface over HTTP.

It is read page by page: ``GET <tracking_api_url>?cursor=<where we are>`` answers with an object: ``events``, a list
of objects with *tracking_number*, *at*, *kind* and if known *carrier*, *place*, *text*; and ``next``, the cursor from
which to go on. Without a ``next``, or with the one that was sent, there is nothing more for now. Events are kept and
the cursor moves in one transaction, so none is lost and a repeated page changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import structlog
from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.actions import alert_operator
from sokopesa.shipping.errors import FeedFailed
from sokopesa.shipping.models import Feed
from sokopesa.shipping.tracking import Scan, read, take_in

log = structlog.get_logger(__name__)

TRIES = 3
FIRST_PAUSE = 0.5
"""Seconds before a failed request is tried again; each further pause is twice as long."""
MOST_PAGES = 100
"""Pages read in one round, so that a worker that is told to stop does."""
_FIELDS = ("carrier", "tracking_number", "at", "kind", "place", "text")


def poll(*, now: datetime, clock: Callable[[], datetime], pause: Callable[[float], None] = time.sleep) -> int:
    """Read what is new, page by page; how many events were. Nothing where no address is configured.

    An event that makes no sense is logged, an operator is told, and the others are taken in.

    Raises:
        FeedFailed: no usable answer came, after every try; what was read before it is kept.
    """
    if not CONFIGURATION.tracking_api_url:
        return 0
    name, new = CONFIGURATION.tracking_api_url[:200], 0
    headers = {"Accept": "application/json"}
    if key := CONFIGURATION.tracking_api_key.get_secret_value():
        headers["Authorization"] = f"Bearer {key}"
    with httpx.Client(timeout=CONFIGURATION.tracking_api_timeout, headers=headers) as http:
        for _ in range(MOST_PAGES):
            cursor = Feed.objects.filter(name=name).values_list("cursor", flat=True).first() or ""
            page = _page(http, cursor, pause)
            following = page.get("next") or cursor
            if not isinstance(following, str) or len(following) > 500:
                raise FeedFailed("the cursor of the next page is no short text")
            new += _keep(name, cursor, following, _scans(page, now=clock()), now=clock())
            if following == cursor:
                break
    return new


def poll_quietly(*, now: datetime, clock: Callable[[], datetime]) -> None:
    """The same for the worker: what fails is logged, and asked for again in the next round."""
    try:
        if new := poll(now=now, clock=clock):
            log.info("tracking_events_taken_in", count=new)
    except FeedFailed as failure:
        log.warning("tracking_feed_failed", error=str(failure))


@transaction.atomic
def _keep(name: str, cursor: str, following: str, scans: list[Scan], *, now: datetime) -> int:
    """The events, and the cursor unless another worker has moved it meanwhile; how many were new."""
    feed, _ = Feed.objects.get_or_create(name=name, defaults={"read_at": now})
    new = take_in(scans, now=now).new
    Feed.objects.filter(pk=feed.pk, cursor=cursor).update(cursor=following, read_at=now)
    return new


def _page(http: httpx.Client, cursor: str, pause: Callable[[float], None]) -> dict[str, Any]:
    """One page, tried again while the other side is away, busy or broken."""
    parameters = {"cursor": cursor} if cursor else {}
    failure = ""
    for attempt in range(TRIES):
        if attempt:
            pause(FIRST_PAUSE * 2 ** (attempt - 1))
        try:
            answer = http.get(CONFIGURATION.tracking_api_url, params=parameters)
        except httpx.TransportError as error:
            failure = repr(error)
            continue
        if answer.status_code == 429 or answer.status_code >= 500:
            failure = f"HTTP {answer.status_code}"
            continue
        return _read_page(answer)
    raise FeedFailed(f"no answer after {TRIES} tries: {failure}")


def _read_page(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != 200:
        raise FeedFailed(f"HTTP {answer.status_code}: {answer.text[:200]}")
    try:
        page = answer.json()
    except ValueError as error:
        raise FeedFailed(f"the answer is not JSON: {error}") from error
    if not isinstance(page, dict) or not isinstance(page.get("events"), list):
        raise FeedFailed("the answer has no list of events")
    return page


def _scans(page: dict[str, Any], *, now: datetime) -> list[Scan]:
    scans = []
    for told in page["events"]:
        if not isinstance(told, dict):
            faults = ["not an object."]
        else:
            fields = {name: str(told.get(name) or "") for name in _FIELDS}
            scan, faults = read(**fields, now=now)
            if scan is not None:
                scans.append(scan)
        if faults:
            log.warning("tracking_event_refused", told=repr(told)[:300], faults=faults)
            alert_operator(
                text=f"The couriers' interface sends events that make no sense: {faults[0]}"[:300],
                key=f"tracking-refused:{now:%Y%m%d}",
            )
    return scans
