"""Writing down what is to be paid out, letting it go, and taking it back while nobody began to send it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from sokopesa.kernel.ids import time_ordered_uuid
from sokopesa.payouts.errors import PartIsLive, TransferChanged
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.operators import shortcode_for

AT_ONCE = 2_000
"""Rows of one statement."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A payment out to be prepared. ``key`` says why, and is prepared once; ``account`` is the ledger account whose
    money it is (``refunds:<id>`` or ``seller:<id>``). The amount is whole shillings, in cents."""

    key: str
    purpose: Transfer.Purpose
    via: Transfer.Via
    account: str
    payee: str
    amount_cents: int
    refund_id: int | None = None
    seller_id: int | None = None
    part: int = 1
    attempt: int = 1
    payee_reference: str = ""
    original_receipt: str = ""


@transaction.atomic
def prepare(drafts: Sequence[Draft], *, now: datetime) -> list[Transfer]:
    """Prepare every draft whose key is new, all or none; return the transfers of all keys, in the drafts' order.

    Raises:
        TransferChanged: a known key came back for another payee or amount.
        PartIsLive: another attempt at the same part of a refund may still be paid.
        django.db.IntegrityError: the database refused: M-PESA cannot move that, or it is more than is owed.
    """
    fresh = [_transfer(draft, now) for draft in sorted(drafts, key=lambda draft: draft.key)]
    Transfer.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=AT_ONCE)
    known = {each.key: each for each in Transfer.objects.filter(key__in=[draft.key for draft in drafts])}
    for draft in drafts:
        transfer = known.get(draft.key)
        if transfer is None:
            raise PartIsLive(f"{draft.key}: part {draft.part} of {draft.account} may still be paid by another attempt")
        if (transfer.account, transfer.payee, transfer.amount_cents, transfer.via) != (
            draft.account,
            draft.payee,
            draft.amount_cents,
            draft.via,
        ):
            raise TransferChanged(f"{draft.key} was prepared already, for another payee or amount")
    return [known[draft.key] for draft in drafts]


def _transfer(draft: Draft, now: datetime) -> Transfer:
    return Transfer(
        id=time_ordered_uuid(),
        key=draft.key,
        purpose=draft.purpose,
        via=draft.via,
        account=draft.account,
        refund_id=draft.refund_id,
        seller_id=draft.seller_id,
        shortcode=shortcode_for(draft.via),
        payee=draft.payee,
        payee_reference=draft.payee_reference,
        original_receipt=draft.original_receipt,
        amount_cents=draft.amount_cents,
        part=draft.part,
        attempt=draft.attempt,
        prepared_at=now,
    )


def release(ids: Iterable[UUID], *, now: datetime) -> list[UUID]:
    """They may be sent from now on; the ids of those that could not before."""
    moved = Transfer.objects.filter(pk__in=list(ids), state=Transfer.State.PREPARED)
    return _move(moved, state=Transfer.State.RELEASED, released_at=now)


def withdraw(ids: Iterable[UUID], *, now: datetime) -> list[UUID]:
    """They are never sent; the ids of those for which that is so. What we began to hand over once stays, also what
    somebody takes to hand it over at this moment."""
    waiting = (Transfer.State.PREPARED, Transfer.State.RELEASED)
    moved = Transfer.objects.filter(pk__in=list(ids), state__in=waiting, tries=0)
    return _move(moved, skip_locked=True, state=Transfer.State.WITHDRAWN, ended_at=now)


@transaction.atomic
def _move(chosen: QuerySet[Transfer], *, skip_locked: bool = False, **facts: object) -> list[UUID]:
    locked = chosen.select_for_update(skip_locked=skip_locked, no_key=True)
    ids = list(locked.order_by("pk").values_list("pk", flat=True))
    Transfer.objects.filter(pk__in=ids).update(**facts)
    return ids
