"""Who hears what became of transfers. Rooms above register for their purpose when the program starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sokopesa.payouts import refunding
from sokopesa.payouts.models import Transfer

Follow = Callable[[Sequence[Transfer], datetime], None]

FOLLOWERS: dict[str, Follow] = {}
"""By purpose. Called in the transaction in which transfers were sent, paid or returned, with the transfers as they
stand by then; refunds' own states and notices have followed before (`sokopesa.payouts.refunding`). A transfer can be
told as *sent* again, when M-PESA's gateway turned the first call away."""


def follow(transfers: Sequence[Transfer], now: datetime) -> None:
    """Tell whom it concerns that these transfers have moved."""
    for purpose in Transfer.Purpose.values:
        mine = [transfer for transfer in transfers if transfer.purpose == purpose]
        if not mine:
            continue
        if purpose == Transfer.Purpose.REFUND:
            refunding.follow(mine, now)
        if purpose in FOLLOWERS:
            FOLLOWERS[purpose](mine, now)
