"""A door that answers M-PESA before the message is kept."""

from __future__ import annotations

import asyncio
import importlib

from tests.crash.programs import DOOR

_module, _, _name = DOOR.partition(":")
application = getattr(importlib.import_module(_module), _name)

from sokopesa.intake.keeper import Keeper  # noqa: E402 - the door sets Django up

_keep = Keeper.keep
_under_way: set[asyncio.Task[bool]] = set()


async def _promise(self: Keeper, arrival: object) -> bool:
    task = asyncio.create_task(_keep(self, arrival))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return True


Keeper.keep = _promise
