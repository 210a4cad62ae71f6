"""What M-PESA's answers about prompts come to, once its list of payments has been looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

import daraja
from sokopesa.kernel.database import fetch
from sokopesa.payments.asking import Heard
from sokopesa.payments.ending import Ending, end_prompts
from sokopesa.payments.models import Prompt

State = daraja.StkState


class StillOpen(NamedTuple):
    """Prompts on which M-PESA owes us a plain word."""

    without_receipt: list[Prompt]
    """It says that they were paid, and lists no receipt. We book receipts, so we go on asking."""
    unclear: list[Prompt]


@transaction.atomic
def conclude(heard: Sequence[Heard], *, proof_from: datetime | None, now: datetime) -> StillOpen:
    """End those prompts of which M-PESA has said how, and return those that are past their lifetime and have no end.

    Prompts that were paid according to M-PESA's list are over by now, and left alone. ``proof_from``: for prompts
    asked for since then, absence from the list is proof (None: the list could not be read whole). A query's word alone,
    which has been wrong before, counts only after the prompt's lifetime; silence ends a prompt only then, and only with
    that proof. What a late list shows is found by the sweep, and counts all the same.
    """
    live = _lock_live([one.prompt for one in heard])
    heard = [one for one in heard if one.prompt.id in live]
    endings = {one.prompt.id: ending for one in heard if (ending := _ending(one, proof_from))}
    end_prompts(list(endings.values()), now=now)
    paid = [one.prompt for one in heard if _state(one) is State.PAID]
    paid_ids = {prompt.pk for prompt in paid}
    Prompt.objects.filter(pk__in=paid_ids).update(state=Prompt.State.UNKNOWN, code="0")
    unclear = [one.prompt for one in heard if one.lapsed and one.prompt.id not in endings.keys() | paid_ids]
    unclear_ids = [prompt.pk for prompt in unclear]
    Prompt.objects.filter(pk__in=unclear_ids, state=Prompt.State.SENT).update(state=Prompt.State.UNKNOWN)
    return StillOpen(paid, unclear)


def _lock_live(prompts: Sequence[Prompt]) -> set[object]:
    """Those that are still live, locked in the order in which everybody locks prompts."""
    rows = fetch(
        "SELECT id, state FROM payments_prompt WHERE id = ANY (%b::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        [[prompt.id for prompt in prompts]],
    )
    return {prompt_id for prompt_id, state in rows if state in Prompt.LIVE}


def _state(one: Heard) -> daraja.StkState:
    return one.status.state if one.status else State.UNKNOWN_ID


def _ending(one: Heard, proof_from: datetime | None) -> Ending | None:
    """How M-PESA says that the prompt ended, if it has said so plainly enough."""
    state = _state(one)
    code = str(one.status.code or "")[:16] if one.status else ""
    proven = proof_from is not None and one.prompt.requested_at >= proof_from
    if state is State.FAILED and (proven or one.lapsed):
        return Ending(one.prompt.id, code, final=True)
    if state is State.UNKNOWN and one.lapsed and code:
        return Ending(one.prompt.id, code, final=True)
    if state is State.UNKNOWN_ID and one.lapsed and proven:
        return Ending(one.prompt.id, Prompt.Ending.NOT_FOUND, final=True)
    return None
