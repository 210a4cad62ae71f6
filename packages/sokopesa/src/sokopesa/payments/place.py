"""Where in the inbox a worker goes on.

While somebody keeps a transaction open for long, a backup or a report, PostgreSQL cannot tidy up after us, and whoever
looks for what waits walks over everything settled since. A worker that began at the front each time would slow down
by the minute; so it begins a little before where it was, and looks at all of the queue only now and then.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MARGIN = 5_000
"""Messages that may have been numbered before those that we saw and be committed after them."""

WHOLE_EVERY = 5.0
WHOLE_SHARE = 20.0
"""Looking at the whole queue comes again after so many seconds, or so many times what it took, whichever is longer."""


class Place:
    """One process's place. The clock is in seconds, and only goes forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = 0
        self._whole_at = float("-inf")

    def floor(self) -> int:
        """The message to begin at; 0 when all of the queue is to be looked at."""
        return 0 if self.may_look_at_all() else max(0, self._at - MARGIN)

    def may_look_at_all(self) -> bool:
        """Whether the last look at all of the queue is long enough ago."""
        return self._clock() >= self._whole_at

    def saw_all(self, *, took: float) -> None:
        """All of the queue was looked at, which took so many seconds."""
        self._whole_at = self._clock() + max(WHOLE_EVERY, WHOLE_SHARE * took)

    def was_at(self, message_id: int) -> None:
        """This was the first message found."""
        self._at = message_id
