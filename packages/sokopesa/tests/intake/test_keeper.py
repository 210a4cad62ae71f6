"""How arrivals are gathered into commits. The database is played; what it keeps is tried in test_door, test_outages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from sokopesa.intake import keeper
from sokopesa.intake.keeper import HANDFUL, MANY, Keeper
from sokopesa.intake.line import Line
from sokopesa.payments.inbox import Arrival

FOR_EVER = 3600.0


def arrival(number: int) -> Arrival:
    body = str(number).encode()
    return Arrival(kind="stk", token_digest=bytes(32), source=None, trusted=True, headers="{}", body=body)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the commits so far. A time to gather that never ends shows what ends it."""
    sizes: list[int] = []

    async def store(line: Line, arrivals: Sequence[Arrival]) -> None:
        sizes.append(len(arrivals))

    async def ring(line: Line, channels: Sequence[str]) -> None:
        return None

    monkeypatch.setattr(Line, "store", store)
    monkeypatch.setattr(Line, "ring", ring)
    monkeypatch.setattr(keeper, "GATHER_SECONDS", FOR_EVER)
    return sizes


@asynccontextmanager
async def opened() -> AsyncIterator[Keeper]:
    one = Keeper("postgresql://nowhere")
    await one.open()
    async with asyncio.timeout(20):
        yield one
        await one.close()


def come(to: Keeper, count: int) -> list[asyncio.Task[bool]]:
    return [asyncio.create_task(to.keep(arrival(number))) for number in range(count)]


async def whole(tasks: Sequence[asyncio.Task[bool]]) -> None:
    assert all(await asyncio.gather(*tasks))


def test_a_lone_arrival_is_kept_at_once(commits: list[int]) -> None:
    async def live() -> None:
        async with opened() as one:
            for _ in range(3):
                await whole(come(one, 1))

    asyncio.run(live())
    assert commits == [1, 1, 1]


def test_where_many_come_the_next_commit_waits_for_a_handful(commits: list[int]) -> None:
    async def live() -> None:
        async with opened() as one:
            await whole(come(one, MANY))
            early = come(one, 1)
            await asyncio.sleep(0.05)
            assert not early[0].done()
            await whole(early + come(one, HANDFUL - 1))

    asyncio.run(live())
    assert commits == [MANY, HANDFUL]


def test_where_few_come_again_nobody_waits(commits: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "GATHER_SECONDS", 0.01)

    async def live() -> None:
        async with opened() as one:
            await whole(come(one, MANY))
            await whole(come(one, 1))  # waits for more that do not come
            monkeypatch.setattr(keeper, "GATHER_SECONDS", FOR_EVER)
            await whole(come(one, 1))

    asyncio.run(live())
    assert commits == [MANY, 1, 1]


def test_closing_keeps_what_is_being_gathered(commits: list[int]) -> None:
    async def live() -> list[bool]:
        async with opened() as one:
            await whole(come(one, MANY))
            gathering = come(one, 2)
            await asyncio.sleep(0.01)
        return await asyncio.gather(*gathering)

    assert asyncio.run(live()) == [True, True]
    assert commits == [MANY, 2]
