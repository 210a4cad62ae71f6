"""Why somebody decided about money as they did, in words that others read years later."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal

REASON_LENGTH = 300
"""Characters of a reason at the most."""

_LEAST = 3


class ReasonMissing(Refusal):
    """A decision needs a reason, and a short one."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Say why, in {_LEAST} to {most} characters. It is kept with the decision.")


def read_reason(typed: str, *, most: int = REASON_LENGTH) -> str:
    """The reason on one line.

    Raises:
        ReasonMissing: there is none, or it is too long.
    """
    reason = " ".join(typed.replace("\0", "").split())
    if not _LEAST <= len(reason) <= most:
        raise ReasonMissing(most)
    return reason
