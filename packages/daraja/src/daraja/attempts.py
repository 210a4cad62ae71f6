"""Whether a call may be tried again, decided without doing any I/O."""

import secrets

from daraja.errors import (
    DarajaError,
    OutcomeUnknown,
    SystemBusy,
    Throttled,
    TokenRejected,
    Unreachable,
)
from daraja.request import Request

_TRIES = 3
_FIRST_PAUSE = 0.4
_LONGEST_PAUSE = 30.0
_random = secrets.SystemRandom()


class Attempts:
    """The tries of one call.

    A request that may move money, or rings a phone, is sent again only when it certainly never reached M-PESA or
    its token was refused at the door. Repeatable ones are also tried again when busy, throttled or unanswered.
    """

    def __init__(self, request: Request[object]) -> None:
        self._repeatable = request.repeatable
        self._made = 0
        self.rejected_token: str | None = None
        self.pause = 0.0
        """Seconds to wait before the next try."""

    def failed(self, error: DarajaError, token: str | None) -> None:
        """Prepare the next try, or raise the error if there must be none."""
        self._made += 1
        if isinstance(error, TokenRejected) and token is not None and self.rejected_token is None:
            self.rejected_token, self.pause = token, 0.0
            return
        harmless = isinstance(error, Unreachable) or (
            self._repeatable and isinstance(error, OutcomeUnknown | SystemBusy | Throttled)
        )
        self.pause = self._back_off(error)
        if not harmless or self._made >= _TRIES or self.pause > _LONGEST_PAUSE:
            raise error

    def _back_off(self, error: DarajaError) -> float:
        pause = _FIRST_PAUSE * (1 << self._made) * _random.uniform(0.5, 1.0)
        asked = error.retry_after if isinstance(error, Throttled) else None
        return max(pause, asked or 0.0)
