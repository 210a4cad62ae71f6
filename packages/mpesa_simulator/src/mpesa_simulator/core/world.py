"""One simulated M-PESA network: its books, its time, its chance, and how it behaves."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mpesa_simulator.core.agenda import Agenda
from mpesa_simulator.core.books import Books
from mpesa_simulator.core.callbacks import Callbacks
from mpesa_simulator.core.clock import Clock, RealClock, VirtualClock
from mpesa_simulator.core.dice import Dice
from mpesa_simulator.core.faults import Faults
from mpesa_simulator.core.hub import Hub
from mpesa_simulator.core.settings import Settings


@dataclass
class World:
    """Everything that a rule of the network may need. Rules are functions that take it first."""

    books: Books
    clock: Clock
    dice: Dice
    hub: Hub
    agenda: Agenda
    faults: Faults
    callbacks: Callbacks
    settings: Settings
    #: What to do when a paybill or till was paid, for those who registered C2B URLs.
    on_paid: list[Callable[["World", Any], None]] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The moment, in milliseconds."""
        return self.clock.now()

    def later(self, seconds: float) -> int:
        """The moment so many seconds from now."""
        return self.now + int(seconds * 1000)

    def change_settings(self, settings: Settings) -> None:
        """Behave differently from now on, and after a restart."""
        self.settings = settings
        self.books.remember("settings", settings.model_dump_json())


def build(books_at: str, seed: int | None, *, virtual: bool, settings: Settings | None = None) -> World:
    """A network on the given books. A file's own seed, time and settings are kept.

    Without a seed a new network draws one, so that its receipts never repeat those of another.
    """
    books = Books(books_at)
    kept_seed = books.fact("seed")
    if seed is None:
        seed = int(kept_seed) if kept_seed else secrets.randbelow(2**32)
    books.remember("seed", str(seed))
    clock = VirtualClock(int(books.fact("now") or 0) or VirtualClock().now()) if virtual else RealClock()
    dice, hub = Dice(seed), Hub()
    agenda = Agenda(books, clock, hub.announce)
    faults = Faults(books, dice)
    if settings is None:
        kept = books.fact("settings")
        settings = Settings.model_validate_json(kept or "{}")
    return World(books, clock, dice, hub, agenda, faults, Callbacks(books, clock, agenda, faults, hub), settings)
