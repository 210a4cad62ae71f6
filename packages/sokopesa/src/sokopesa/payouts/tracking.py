"""What transfers tell of a refund's way: when it was sent, and by which receipts it was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sokopesa.payouts.models import Transfer
from sokopesa.refunds.models import Refund
from sokopesa.refunds.tracking import Step, paid_label, payee

State = Transfer.State


def steps_of(refunds: Sequence[Refund]) -> Mapping[int, Mapping[str, Step]]:
    """The steps *sent* and *paid* of each refund that M-PESA was told to pay; one query."""
    under_way = {refund.pk: refund for refund in refunds if refund.state in (Refund.State.SENT, Refund.State.PAID)}
    if not under_way:
        return {}
    told: dict[int, list[Transfer]] = {}
    which = Transfer.objects.filter(refund__in=under_way, state__in=[State.SENT, State.UNKNOWN, State.PAID])
    for transfer in which.order_by("refund", "part"):
        assert transfer.refund_id is not None
        told.setdefault(transfer.refund_id, []).append(transfer)
    return {pk: _steps(under_way[pk], transfers) for pk, transfers in told.items()}


def _steps(refund: Refund, transfers: Sequence[Transfer]) -> dict[str, Step]:
    is_silent = any(transfer.state == State.UNKNOWN for transfer in transfers)
    sent_at = min(transfer.sent_at for transfer in transfers if transfer.sent_at)
    silence = "M-PESA has not said yet how it ended. We ask until it does, and pay nobody twice." if is_silent else ""
    steps: dict[str, Step] = {Refund.State.SENT: Step("Sent to M-PESA", sent_at, silence, is_done=True)}
    if receipts := [transfer.receipt for transfer in transfers if transfer.receipt]:
        named = f"M-PESA receipt{'s' if len(receipts) > 1 else ''} {', '.join(receipts)}"
        is_done = refund.state == Refund.State.PAID
        steps[Refund.State.PAID] = Step(
            paid_label(refund), refund.paid_at, f"{named} to {payee(refund)}", is_done=is_done
        )
    return steps
