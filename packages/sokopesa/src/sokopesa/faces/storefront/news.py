"""Hearing of changed purchases, and of what was said, as it is committed: one listening connection for all open pages
of a process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import psycopg
import structlog
from django.db import connections

from sokopesa.chat.signals import CHANNEL as CHAT
from sokopesa.payments.signals import CHANNEL as PURCHASE

log = structlog.get_logger(__name__)

CHANNELS = (PURCHASE, CHAT)

RECONNECT_AFTER = 1.0
"""Seconds before a lost connection to the database is tried again."""


class Newsroom:
    """Listens on PostgreSQL's channels while somebody follows something, and wakes those who follow that one thing."""

    def __init__(self) -> None:
        self._followers: defaultdict[tuple[str, str], set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def following(self, topic: str, *, channel: str = PURCHASE) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever something about the topic may have changed; the caller clears it. Topics are
        the words of a channel's payloads: numbers of purchases, ids of threads."""
        news, followed = asyncio.Event(), (channel, topic)
        self._followers[followed].add(news)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        try:
            yield news
        finally:
            self._followers[followed].discard(news)
            if not self._followers[followed]:
                del self._followers[followed]
            if not self._followers and self._listening is not None:
                self._listening.cancel()
                self._listening = None

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(_conninfo(), autocommit=True) as connection:
                    await connection.execute("; ".join(f"LISTEN {channel}" for channel in CHANNELS))
                    self._wake_all()
                    async for notice in connection.notifies():
                        for topic in notice.payload.split():
                            for news in self._followers.get((notice.channel, topic), ()):
                                news.set()
            except psycopg.Error as loss:
                log.warning("storefront.news_lost", error=str(loss))
                await asyncio.sleep(RECONNECT_AFTER)

    def _wake_all(self) -> None:
        """What changed before we began to listen was announced to nobody."""
        for followers in self._followers.values():
            for news in followers:
                news.set()


_NEWSROOMS: WeakKeyDictionary[asyncio.AbstractEventLoop, Newsroom] = WeakKeyDictionary()


def newsroom() -> Newsroom:
    """The running event loop's newsroom; a server process has one loop."""
    return _NEWSROOMS.setdefault(asyncio.get_running_loop(), Newsroom())


def _conninfo() -> str:
    """Where Django's own connection goes, without what only Django's pool and cursors understand."""
    parameters = connections["default"].get_connection_params()
    named = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert")
    return psycopg.conninfo.make_conninfo(**{name: parameters[name] for name in named if name in parameters})
