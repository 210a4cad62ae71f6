"""What organisations left with the network: C2B URLs, Pull and Bill Manager registrations."""

import json
from typing import Any, Literal

from mpesa_simulator.core.world import World

Kind = Literal["c2b", "pull", "bill_manager"]


def save(world: World, shortcode: str, kind: Kind, details: dict[str, Any]) -> None:
    """Keep a registration in place of an earlier one."""
    world.books.run(
        "INSERT INTO registrations VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET details = excluded.details",
        shortcode,
        kind,
        json.dumps(details),
    )
    world.books.cache.pop((f"registration {kind}", shortcode), None)


def find(world: World, shortcode: str, kind: Kind) -> dict[str, Any] | None:
    """What was registered for a shortcode, or None."""
    key = (f"registration {kind}", shortcode)
    if key not in world.books.cache:
        row = world.books.one("SELECT details FROM registrations WHERE shortcode = ? AND kind = ?", shortcode, kind)
        world.books.cache[key] = None if row is None else json.loads(row["details"])
    found: dict[str, Any] | None = world.books.cache[key]
    return found


def everyone(world: World, kind: Kind) -> dict[str, dict[str, Any]]:
    """All registrations of a kind, by shortcode."""
    rows = world.books.all("SELECT shortcode, details FROM registrations WHERE kind = ? ORDER BY shortcode", kind)
    return {row["shortcode"]: json.loads(row["details"]) for row in rows}
