"""Faults planted on purpose. A harness that does not find them proves nothing about a market in which it finds nothing.

Each is a build, and whom to kill so that it shows.
"""

from __future__ import annotations

import sys

from tests.crash.killing import Victim
from tests.crash.market import Build

FAULTS: dict[str, tuple[Build, tuple[Victim, ...]]] = {
    "early-answer": (Build(door="tests.crash.faults.early_door:application"), (Victim.DOOR,)),
    "split-settlement": (
        Build(worker=(sys.executable, "-m", "tests.crash.faults.split_worker")),
        (Victim.WORKER,),
    ),
    "lazy-commit": (Build(settings=(("synchronous_commit", "off"),)), (Victim.POSTGRES,)),
}
"""*early-answer*: the door answers before the commit. *split-settlement*: a message is marked settled in one
transaction and takes effect in the next. *lazy-commit*: PostgreSQL acknowledges before it has written."""
