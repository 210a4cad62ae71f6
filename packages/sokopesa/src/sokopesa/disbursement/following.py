"""What becomes of the lines of files when M-PESA has spoken of their transfers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sokopesa.disbursement.doubts import raise_doubts
from sokopesa.kernel.database import fetch
from sokopesa.payouts.endings import REVERSED_BEFORE, ending_of
from sokopesa.payouts.models import Transfer


def follow(transfers: Sequence[Transfer], now: datetime) -> None:
    """Lines that were paid or returned are over; called in the transaction in which their transfers are. A payment that
    M-PESA says was reversed before may not be paid back a second time."""
    over = [each for each in transfers if each.state in (Transfer.State.PAID, Transfer.State.RETURNED)]
    if not over:
        return
    fetch(
        """
        UPDATE disbursement_fileline line SET state = told.state, ended_at = told.at, remark = told.remark
        FROM unnest(%b::uuid[], %b::text[], %b::timestamptz[], %b::text[]) AS told(transfer_id, state, at, remark)
        JOIN disbursement_batchline entry ON entry.transfer_id = told.transfer_id
        WHERE line.id = entry.file_line_id AND line.state = 'open'
        """,
        [
            [each.pk for each in over],
            [str(each.state) for each in over],
            [each.ended_at for each in over],
            ["" if each.state == Transfer.State.PAID else (each.remark or each.code) for each in over],
        ],
    )
    for each in over:
        if each.code == REVERSED_BEFORE and each.refund_id is not None:
            raise_doubts({each.refund_id: ending_of(each.code).words}, about=f"transfer:{each.pk.hex}", now=now)
