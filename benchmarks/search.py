"""What a search costs in a shop of ten thousand, a hundred thousand and a million products, in one process.

Each search is the function that the page calls, cards and all; the page itself is drawn over Django's test client.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import psutil

from benchmarks.catalogue import plant
from benchmarks.database import Server
from benchmarks.figures import Figure

LIMIT_MS = 50
ROUNDS = 5
SIZES, MANY = (10_000, 100_000), 1_000_000

COMMON = ("smartphone", "phone", "quality", "home", "steel")
TWO_WORDS = ("phone charger", "solar lantern", "frying pan", "black dress", "strong power bank", "shoes for school")
TYPOS = ("smartphnoe", "chargr", "lanttern", "blendar", "matress", "spekaer", "solar lantren", "kettel", "calculater")
RARE = ("smartp", "betri", "viatu", "bako phone case", "birika", "foldable waterproof hoe")
NOTHING = ("zzyzxq", "unobtainium gizmo", "qwertyuiop asdfgh")
FILTERED = (
    ("phone", {"most_cents": 300_000}, "best"),
    ("quality", {"shelf_id": 5, "from_kenya": True}, "best"),
    ("phone", {"within_days": 3}, "cheapest"),
    ("steel", {"shelf_id": 13, "least_cents": 100_000, "most_cents": 120_000}, "soonest"),
    ("home", {"brands": ("Bako",)}, "best"),
    ("shoes", {"in_stock": True, "from_kenya": True, "within_days": 7}, "newest"),
    ("quality", {}, "cheapest"),
    ("lantern", {"most_cents": 40_000, "within_days": 14}, "cheapest"),
)
SHELVES = (
    ("shelf-1", {}, "newest"),
    ("shelf-5", {"most_cents": 200_000}, "cheapest"),
    ("shelf-12", {"brands": ("Bako", "Korenn"), "from_kenya": True}, "newest"),
    ("shelf-15", {"within_days": 7}, "soonest"),
)


def measure(server: Server, *, sizes: Sequence[int] = SIZES) -> list[Figure]:
    """The 95th percentile of all searches by size, then of each sort of search, and of whole pages."""
    figures = [figure for size in sizes for figure in _measure(server, size)]
    return sorted(figures, key=lambda figure: not figure.name.startswith("a search, 95th"))


def _measure(server: Server, size: int) -> list[Figure]:
    name = f"search_{size}"
    url = server.fresh(name)
    begun = time.perf_counter()
    plant(url, products=size)
    planted = Figure(f"planting the shop, {size:,} products", time.perf_counter() - begun, "s")
    child = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "benchmarks.search", str(size)],
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )
    server.drop(name)
    return [*(Figure(**row) for row in json.loads(child.stdout)), planted]


def _main(size: int) -> None:
    """In a process of its own, for Django is set up once for one database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    import django

    django.setup()
    groups, whole = _searches(), _pages()
    spent = _processor_seconds()
    times = {name: _times(calls) for name, calls in groups.items()}
    spent = _processor_seconds() - spent
    everything = [taken for group in times.values() for taken in group]
    load = os.getloadavg()[0]
    figures = [
        Figure(
            f"a search, 95th percentile, {size:,} products (load {load:.1f})",
            _percentile(everything, 95),
            "ms",
            LIMIT_MS,
        ),
        Figure(f"a search, median, {size:,} products", _percentile(everything, 50), "ms"),
        Figure(
            f"a search, processor time here and in PostgreSQL, mean, {size:,} products",
            spent * 1000 * ROUNDS / (ROUNDS + 1) / len(everything),
            "ms",
        ),
        *(
            Figure(
                f"{name}, 95th percentile (median {_percentile(group, 50):.1f}), {size:,} products",
                _percentile(group, 95),
                "ms",
                LIMIT_MS,
            )
            for name, group in times.items()
        ),
    ]
    pages = _times(whole)
    figures += [
        Figure(f"a whole page, median, {size:,} products", _percentile(pages, 50), "ms"),
        Figure(f"a whole page, 95th percentile, {size:,} products", _percentile(pages, 95), "ms"),
    ]
    print(json.dumps([asdict(figure) for figure in figures]))


def _searches() -> dict[str, list[Callable[[], object]]]:
    from sokopesa.catalog import browsing
    from sokopesa.catalog.filters import Filters, Sort
    from sokopesa.kernel import clock

    on = clock.nairobi_date(clock.now())

    def words(*texts: str) -> list[Callable[[], object]]:
        return [lambda text=text: browsing.search(text, on=on) for text in texts]

    return {
        "one common word": words(*COMMON),
        "two words": words(*TWO_WORDS),
        "a typo": words(*TYPOS),
        "a rare or unfinished word": words(*RARE),
        "nothing found": words(*NOTHING),
        "words and filters": [
            lambda text=text, chosen=chosen, sort=sort: browsing.search(
                text, on=on, filters=Filters(**chosen), sort=Sort(sort)
            )
            for text, chosen, sort in FILTERED
        ],
        "a later page": [lambda text=text: browsing.search(text, 9, on=on) for text in COMMON],
        "a shelf": [
            lambda slug=slug, chosen=chosen, sort=sort: browsing.category(
                slug, on=on, filters=Filters(**chosen), sort=Sort(sort)
            )
            for slug, chosen, sort in SHELVES
        ],
    }


def _pages() -> list[Callable[[], object]]:
    from django.test import Client

    shopper = Client()
    texts = (*COMMON, *TWO_WORDS, *TYPOS)
    return [lambda text=text: shopper.get("/search/", {"q": text}, headers={"Host": "localhost"}) for text in texts]


def _times(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Milliseconds of each call, in turns, after one turn that is not counted."""
    times = []
    for turn in range(ROUNDS + 1):
        for call in calls:
            begun = time.perf_counter()
            call()
            if turn:
                times.append((time.perf_counter() - begun) * 1000)
    return times


def _processor_seconds() -> float:
    """What this process and its server process have used so far: less at the mercy of others than the time it took."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (server,) = cursor.fetchone()
    used = [psutil.Process(pid).cpu_times() for pid in (os.getpid(), server)]
    return float(sum(each.user + each.system for each in used))


def _percentile(times: Sequence[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


if __name__ == "__main__":
    _main(int(sys.argv[1]))
