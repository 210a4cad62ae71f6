"""Everything at once: door, two workers and PostgreSQL, with what life adds: the same callback twice, money without a
home.

First as many callbacks as the market settles, held at a fixed number on their way: that is its pace. Then for
``seconds`` a steady stream at the rate of M-PESA's whole network, or as near to it as the pace allows, during which
neither the inbox nor the memory of the processes may grow.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from statistics import median

import psycopg

from benchmarks.books import check_books
from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure
from benchmarks.load import Outcome, drive
from benchmarks.market import Market, Process, market_on
from benchmarks.planting import callbacks, plant, unmatched

CONNECTIONS = 256
PACE_SECONDS = 20.0
WANTED = 6_000
"""Callbacks a second that M-PESA's own platform is built for."""
STEADY_SHARE = 0.9
"""Of the pace, for the steady stream, where that is less than what is wanted and a little more."""
ON_THEIR_WAY = 4_000
"""Callbacks between door and books while the pace is found."""
WARM_UP = 2_000
FASTEST = 8_000
"""Callbacks a second that purchases are planted for while the pace is found."""
REPEATED_EVERY, UNMATCHED_EVERY = 50, 100
WINDOWS = (0.05, 0.5, 0.95)
"""Where in the steady stream start, middle and end are: each is a tenth of it, around this share."""
MOST_WAITING_SECONDS = 2.0
"""A queue of more than that at the end is growth, not a batch on its way."""
PATIENCE = 120.0


@dataclass
class _Stream:
    """Callbacks in the order in which they leave; counts what each kind must become."""

    source: Generator[tuple[str, bytes]]
    payments: int = 0
    sent: int = 0
    homeless: int = 0
    _again: bytes = field(default=b"", repr=False)

    def __iter__(self) -> Iterator[bytes]:
        for _, request in self.source:
            self.payments += 1
            self.sent += 1
            yield request
            if self.payments % REPEATED_EVERY == 0:
                self.sent += 1
                yield self._again
            self._again = request
            if self.payments % UNMATCHED_EVERY == 0:
                self.homeless += 1
                self.sent += 1
                yield unmatched(self.homeless)


def measure(server: Server, *, seconds: float = 60.0, pace_seconds: float = PACE_SECONDS) -> list[Figure]:
    """The pace; then rate, inbox and memory at start, middle and end of the steady stream.

    Raises:
        BooksWrongError: books wrong, or the inbox grew.
    """
    url = server.fresh("spine")
    for_pace = WARM_UP + int(FASTEST * pace_seconds)
    plant(url, purchases=for_pace)
    stream = _Stream(callbacks(url, first=1, last=for_pace))
    with market_on(url) as market:
        door, port = market.open_door()
        workers = [market.start_worker(f"worker-{number}") for number in (1, 2)]
        drive(port, itertools.islice(stream, WARM_UP), connections=CONNECTIONS)
        _drain(url, market)
        pace = _find_pace(url, port, iter(stream), pace_seconds)
        _drain(url, market)
        rate = min(1.01 * WANTED, STEADY_SHARE * pace)
        for_steady = int(rate * (seconds + 1))
        plant(url, purchases=for_steady)
        stream.source = callbacks(url, first=for_pace + 1, last=for_pace + for_steady)
        watch = _Watch(url, door, workers, seconds)
        watch.start()
        steady = drive(port, iter(stream), connections=CONNECTIONS, seconds=seconds, rate=rate)
        watch.join()
        _drain(url, market)
    stream.source.close()
    check_books(url, payments=stream.payments + stream.homeless)
    server.drop("spine")
    return _figures(pace, steady, watch)


def _figures(pace: float, steady: Outcome, watch: _Watch) -> list[Figure]:
    if watch.waiting[-1] > steady.rate * MOST_WAITING_SECONDS:
        raise BooksWrongError(f"the inbox grew: {watch.waiting} waiting at {steady.rate:,.0f}/s")
    figures = [
        Figure("callbacks from door to books, all at once", round(pace), "1/s"),
        Figure("steady stream", round(steady.rate), "1/s", WANTED),
        Figure("steady stream, answer median", round(steady.percentile(0.5) * 1000, 1), "ms"),
        Figure("steady stream, answer p99", round(steady.percentile(0.99) * 1000), "ms"),
        Figure("most that waited in the inbox at any second", watch.most, "callbacks"),
    ]
    for when, waiting, of_door, of_workers in zip(
        ("start", "middle", "end"), watch.waiting, watch.door_megabytes, watch.worker_megabytes, strict=True
    ):
        figures += [
            Figure(f"waiting in the inbox, {when}", waiting, "callbacks"),
            Figure(f"memory of the door, {when}", round(of_door), "MB"),
            Figure(f"memory of two workers, {when}", round(of_workers), "MB"),
        ]
    return figures


class _Watch(threading.Thread):
    """Looks at the inbox each second of the steady stream, and at the memory at start, middle and end of it.

    ``waiting`` are the medians of the three `WINDOWS`, ``most`` the largest that was seen.
    """

    def __init__(self, url: str, door: Process, workers: list[Process], seconds: float) -> None:
        super().__init__(daemon=True)
        self._url, self._door, self._workers, self._seconds = url, door, workers, seconds
        self.waiting: list[int] = []
        self.most = 0
        self.door_megabytes: list[float] = []
        self.worker_megabytes: list[float] = []

    def run(self) -> None:
        """Until the stream ends."""
        began = time.monotonic()
        seen: list[tuple[float, int]] = []
        with psycopg.connect(self._url, autocommit=True) as connection:
            for share in WINDOWS:
                while (passed := (time.monotonic() - began) / self._seconds) < share + 0.05:
                    seen.append((passed, _waiting(connection)))
                    time.sleep(1.0)
                around = [waiting for passed, waiting in seen if abs(passed - share) <= 0.05]
                self.waiting.append(round(median(around)))
                self.door_megabytes.append(self._door.resident_megabytes())
                self.worker_megabytes.append(sum(worker.resident_megabytes() for worker in self._workers))
        self.most = max(waiting for _, waiting in seen)


def _find_pace(url: str, port: int, requests: Iterator[bytes], seconds: float) -> float:
    """Callbacks settled a second while the inbox never runs empty and never holds more than `ON_THEIR_WAY`."""
    valve = _Valve(url, requests, seconds)
    valve.start()
    drive(port, valve, connections=CONNECTIONS, seconds=seconds)
    valve.join()
    return valve.rate


class _Valve(threading.Thread):
    """Lets requests through while fewer than `ON_THEIR_WAY` wait in the inbox, and measures how fast it empties."""

    def __init__(self, url: str, requests: Iterator[bytes], seconds: float) -> None:
        super().__init__(daemon=True)
        self._url, self._requests, self._seconds = url, requests, seconds
        self._let_through = 0
        self._may_pass = ON_THEIR_WAY
        self.rate = 0.0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while self._let_through >= self._may_pass:
            time.sleep(0.002)
        self._let_through += 1
        return next(self._requests)

    def run(self) -> None:
        """The first quarter warms up."""
        samples = []
        stop_at = time.monotonic() + self._seconds
        warm_at = stop_at - 0.75 * self._seconds
        with psycopg.connect(self._url, autocommit=True) as connection:
            while time.monotonic() < stop_at:
                settled = self._let_through - _waiting(connection)
                self._may_pass = settled + ON_THEIR_WAY
                if time.monotonic() > warm_at:
                    samples.append((time.perf_counter(), settled))
                time.sleep(0.05)
        self._may_pass += 10 * ON_THEIR_WAY
        (first_at, first), (last_at, last) = samples[0], samples[-1]
        self.rate = (last - first) / (last_at - first_at)


def _waiting(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT count(*) FROM payments_inboxmessage WHERE settled_at IS NULL").fetchone()
    assert row
    return int(str(row[0]))


def _drain(url: str, market: Market) -> None:
    give_up_at = time.monotonic() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while _waiting(connection):
            for process in market.running:
                process.check()
            if time.monotonic() > give_up_at:
                raise BooksWrongError(f"the inbox did not empty within {PATIENCE:.0f} seconds")
            time.sleep(0.1)
