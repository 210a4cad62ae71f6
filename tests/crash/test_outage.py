"""A database that was away for a while is found again soon after it is back, not after as long again."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.killing import DECK, Kill, Killer, Victim
from tests.crash.market import Build, Market
from tests.crash.sales import draw, plant
from tests.crash.traffic import Traffic

AWAY_SECONDS = 18
"""Waits that double reach their fifth, of sixteen seconds, in this time."""
SOON_SECONDS = 10


@pytest.fixture
def market() -> Iterator[Market]:
    with tempfile.TemporaryDirectory(prefix="sokopesa-outage-", ignore_cleanup_errors=True) as folder:
        market = Market(Path(folder), Build(), workers=1)
        try:
            market.open()
            yield market
        finally:
            market.close()


def test_door_and_worker_find_the_database_again(market: Market) -> None:
    recovery = asyncio.run(_through_an_outage(market))
    assert recovery.acknowledged_after is not None
    assert recovery.acknowledged_after < SOON_SECONDS
    assert recovery.settled_after is not None
    assert recovery.settled_after < SOON_SECONDS


async def _through_an_outage(market: Market) -> Kill:
    rng = random.Random(1)
    traffic = Traffic(market.address, rate=10, rng=rng)
    killer = Killer(market, traffic, deck=DECK, rng=rng)
    sales = draw(1_000, after=0, rng=rng)
    with market.connect() as connection:
        plant(connection, sales)
    traffic.to_come.extend(sales)
    traffic.resume()
    async with traffic.flowing(), market.supervised():
        await killer.watch_recovery()
        await asyncio.to_thread(market.postgres.kill)
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(market.postgres.start)
        back = Kill(Victim.POSTGRES, time.time())
        killer.kills.append(back)
        await killer.watch_recovery()
    return back
