"""What M-PESA told of transfers to sellers: settlements and runs follow, and the shop is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet, Sum

from sokopesa.notices.telling import Telling, tell_all
from sokopesa.notices.words import SELLER_NOT_PAID, SELLER_PAID
from sokopesa.payouts.models import Transfer
from sokopesa.people.sellers import members_of
from sokopesa.settlements.models import Part, Run, Settlement

_OVER = (Transfer.State.PAID, Transfer.State.RETURNED)


def follow(transfers: Sequence[Transfer], now: datetime) -> None:
    """In the transaction in which they were concluded. What came back stays the seller's, for the next run."""
    over = {transfer.pk: transfer for transfer in transfers if transfer.state in _OVER}
    touched = list(Part.objects.filter(transfer__in=over).values_list("settlement_id", "transfer_id"))
    if not touched:
        return
    known = Settlement.objects.select_for_update(of=("self",)).select_related("seller", "payee")
    settlements = {each.pk: each for each in known.filter(pk__in={pk for pk, _ in touched}).order_by("pk")}
    for settlement in settlements.values():
        _bring_up_to_date(settlement, now)
    _end_runs({settlement.run_id for settlement in settlements.values()}, now)
    _tell([(settlements[settlement_id], over[transfer_id]) for settlement_id, transfer_id in touched], now)


def _bring_up_to_date(settlement: Settlement, now: datetime) -> None:
    parts = Transfer.objects.filter(settlement_part__settlement=settlement)
    settlement.paid_cents = parts.filter(state=Transfer.State.PAID).aggregate(total=Sum("amount_cents"))["total"] or 0
    if not parts.exclude(state__in=_OVER).exists():
        all_of_it = settlement.paid_cents == settlement.amount_cents
        settlement.state = Settlement.State.PAID if all_of_it else Settlement.State.RETURNED
        settlement.ended_at = now
        settlement.remark = "" if all_of_it else _why(parts)
    settlement.save(update_fields=["paid_cents", "state", "ended_at", "remark"])


def _why(parts: QuerySet[Transfer]) -> str:
    back = parts.filter(state=Transfer.State.RETURNED).order_by("part").first()
    return (back.remark or f"M-PESA's result code {back.code}")[:200] if back else ""


def _end_runs(run_ids: set[int], now: datetime) -> None:
    """Whoever ends the last but one waits for whoever ends the last, or neither would see that all are over."""
    approved = Run.objects.filter(pk__in=run_ids, state=Run.State.APPROVED)
    list(approved.select_for_update(no_key=True).order_by("pk"))
    approved.exclude(settlements__state__in=Settlement.OPEN).update(state=Run.State.DONE, done_at=now)


def _tell(news: Sequence[tuple[Settlement, Transfer]], now: datetime) -> None:
    members = members_of({settlement.seller_id for settlement, _ in news})
    tellings = []
    for settlement, transfer in news:
        said = {
            "shop": settlement.seller.name,
            "amount": transfer.amount_cents,
            "place": settlement.payee.ending,
        }
        is_paid = transfer.state == Transfer.State.PAID
        tellings.append(
            Telling(
                [user.pk for user in members.get(settlement.seller_id, [])],
                SELLER_PAID if is_paid else SELLER_NOT_PAID,
                str(transfer.pk),
                {**said, "receipt": transfer.receipt} if is_paid else said,
            )
        )
    tell_all(tellings, now=now)
