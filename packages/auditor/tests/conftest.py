"""Books that tie, to be corrupted one at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from world import World

from auditor.findings import Finding
from auditor.proof import Evidence, prove


@pytest.fixture(scope="session")
def made() -> Iterator[World]:
    world = World()
    yield world
    world.duck.close()


@pytest.fixture
def world(made: World) -> Iterator[World]:
    """Books that the test may corrupt: afterwards they are as they were."""
    made.duck.begin()
    yield made
    made.duck.rollback()


@pytest.fixture
def findings(world: World, tmp_path: Path) -> Callable[..., list[Finding]]:
    """What the auditor finds in the books as they are now."""

    def look(evidence: Evidence | None = None) -> list[Finding]:
        return prove(world.export(tmp_path / "export"), evidence).findings

    return look
