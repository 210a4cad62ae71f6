"""A door that answers M-PESA first and keeps the message a little later."""

from __future__ import annotations

import asyncio
import importlib

from tests.crash.programs import DOOR

_module, _, _name = DOOR.partition(":")
application = getattr(importlib.import_module(_module), _name)

from sokopesa.intake.keeper import Keeper  # noqa: E402 - the door sets Django up
from sokopesa.payments.inbox import Arrival  # noqa: E402

LATER_SECONDS = 0.5
"""So that some messages are always under way when a kill comes."""

_keep = Keeper.keep
_under_way: set[asyncio.Task[bool]] = set()


async def _keep_later(keeper: Keeper, arrival: Arrival) -> bool:
    await asyncio.sleep(LATER_SECONDS)
    return await _keep(keeper, arrival)


async def _promise(self: Keeper, arrival: Arrival) -> bool:
    task = asyncio.create_task(_keep_later(self, arrival))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return True


Keeper.keep = _promise
