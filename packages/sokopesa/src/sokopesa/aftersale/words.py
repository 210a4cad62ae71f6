"""What timelines say about cancelling. What people are told is in `sokopesa.notices.words`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sokopesa.aftersale.models import CancelRequest
from sokopesa.orders.models import OrderLine

GRANTED: dict[str, str] = {
    CancelRequest.State.APPROVED: "The seller agreed to cancel.",
    CancelRequest.State.EXPIRED_APPROVED: "The seller did not answer in time, so the request to cancel is approved.",
    CancelRequest.State.OVERDUE: "Delivery is more than 30 days late, so it was cancelled at once.",
}
"""The timeline's sentence for each way in which a request is granted."""


def asked(request: CancelRequest, lines: Sequence[OrderLine], pieces: Mapping[int, int]) -> str:
    """The timeline's sentence when a buyer asks."""
    return f"The buyer asked to cancel {what(lines, pieces)}. Reason: {request.get_reason_display()}."


def what(lines: Sequence[OrderLine], pieces: Mapping[int, int]) -> str:
    """``the whole order``, or how many pieces of how many."""
    count, whole = sum(pieces.values()), sum(line.quantity for line in lines)
    if count == whole:
        return "the whole order"
    return f"{count} of {whole} pieces"
