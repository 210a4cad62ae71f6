"""Prompts that ended, or may have ended, without payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sokopesa.kernel.database import fetch
from sokopesa.orders.actions import note
from sokopesa.payments import schedule
from sokopesa.payments.models import Prompt
from sokopesa.payments.signals import changed


@dataclass(frozen=True, slots=True)
class Ending:
    """M-PESA says that a prompt was not paid, with its result code. Unless that is ``final`` we go on asking."""

    prompt_id: UUID
    code: str
    final: bool


@transaction.atomic
def end_prompts(endings: Sequence[Ending], *, now: datetime) -> set[UUID]:
    """Note the endings, at most one of a prompt, and return the ids of those prompts that were live until now.

    A prompt that is over already stays as it is.
    """
    if not endings:
        return set()
    rows = fetch(
        """
        UPDATE payments_prompt prompt SET
            code = told.code,
            state = CASE WHEN told.final THEN 'refused' ELSE 'unknown' END,
            ended_at = CASE WHEN told.final THEN %s::timestamptz END,
            next_ask_at = CASE WHEN told.final THEN NULL ELSE %s::timestamptz END
        FROM unnest(%b::uuid[], %b::text[], %b::bool[]) AS told(id, code, final), orders_purchase purchase
        WHERE prompt.id = told.id AND prompt.state = ANY (%s) AND purchase.id = prompt.purchase_id
        RETURNING prompt.id, prompt.purchase_id, purchase.number, told.final
        """,
        [
            now,
            schedule.next_ask(asked=0, now=now),
            [ending.prompt_id for ending in endings],
            [ending.code for ending in endings],
            [ending.final for ending in endings],
            [state.value for state in Prompt.LIVE],
        ],
    )
    words = "The M-PESA request ended without payment. Nothing was taken."
    note([(purchase_id, now, "not-paid", words) for _, purchase_id, _, final in rows if final])
    changed(number for _, _, number, _ in rows)
    return {prompt_id for prompt_id, _, _, _ in rows}
