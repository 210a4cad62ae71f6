"""Tells open pages that something changed, so that nobody has to keep asking."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Hub:
    """Wakes the listeners of a topic. A topic is an MSISDN, or `network` for anything at all."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    def announce(self, topic: str) -> None:
        """Wake everyone who listens to `topic`, and everyone who listens to the whole network."""
        if self._listeners:
            for name in (topic, "network"):
                for listener in self._listeners.get(name, ()):
                    listener.set()

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever `topic` is announced; the listener clears it."""
        event = asyncio.Event()
        self._listeners[topic].add(event)
        try:
            yield event
        finally:
            self._listeners[topic].discard(event)
            if not self._listeners[topic]:
                del self._listeners[topic]

    async def wait_until(self, topic: str, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until `happened` is true, looking whenever `topic` is announced. Returns whether it came true."""
        with self.listen(topic) as change:
            try:
                async with asyncio.timeout(seconds):
                    while not happened() and not self.closed:
                        await change.wait()
                        change.clear()
            except TimeoutError:
                return happened()
        return happened()

    def close(self) -> None:
        """Wake everyone for the last time: the network stops."""
        self.closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.set()
