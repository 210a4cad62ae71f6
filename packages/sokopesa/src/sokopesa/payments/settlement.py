"""Turning kept callbacks into effects: many at a time, each once, by any number of workers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from sokopesa.kernel.database import fetch
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference
from sokopesa.payments.crediting import credit_payments
from sokopesa.payments.ending import Ending, end_prompts
from sokopesa.payments.enquiring import Answer, close_enquiries, open_enquiries
from sokopesa.payments.judging import (
    Addressee,
    Enquired,
    Judgement,
    Message,
    Verdict,
    judge_callback,
    judge_confirmation,
    judge_result,
    read_confirmation,
)
from sokopesa.payments.models import InboxMessage, Prompt
from sokopesa.payments.place import Place
from sokopesa.payments.settling import settle_apart

BATCH = 1_000

_WAITING = """
    SELECT id, kind, token_digest, host(source), trusted, body, received_at FROM payments_inboxmessage
    WHERE settled_at IS NULL AND kind <> 'payout' AND {} ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""

_place = Place()

_Judged = tuple[Message, Addressee | None, Judgement]


class _Enquiry(NamedTuple):
    """An enquiry, by the token of its own address; its prompt, by that of the callback's."""

    token_digest: bytes
    id: int
    receipt: str
    prompt_digest: bytes


def settle(*, now: datetime, limit: int = BATCH) -> int:
    """Settle up to ``limit`` waiting messages and return how many there were.

    They share one transaction. Messages that another worker holds are passed over; if we die, all of the batch waits
    again, untouched. A message that nothing was prepared for is set aside for an operator, and holds up no other.
    """
    mine = InboxMessage.objects.exclude(kind=InboxMessage.Kind.PAYOUT)
    return settle_apart(_settle, mine, now=now, limit=limit)


@transaction.atomic
def _settle(now: datetime, limit: int, message_id: int | None = None) -> int:
    messages = _claim(limit) if message_id is None else _claim_one(message_id)
    if not messages:
        return 0
    enquiries = _enquiries(messages)
    addressees = _addressees(messages, enquiries)
    enquired = {
        enquiry.token_digest: Enquired(enquiry.id, enquiry.receipt, addressees[enquiry.prompt_digest])
        for enquiry in enquiries
    }
    judged = _judge(messages, addressees, enquired)
    _learn_identifiers(judged)
    booked = credit_payments([judgement.payment for _, _, judgement in judged if judgement.payment], now=now)
    ended = end_prompts(list(_endings(judged).values()), now=now)
    _ask_at_once(judged, now)
    close_enquiries(_answers(judged, enquired), now=now)
    _close(
        [
            (message, prompt, _effect(message, prompt, judgement, booked, ended))
            for message, prompt, judgement in judged
        ],
        now,
    )
    return len(messages)


def _claim(limit: int) -> list[Message]:
    """The oldest waiting messages that no other worker holds, locked, from this process's place in the queue on."""
    begun, floor = time.monotonic(), _place.floor()
    rows = fetch(_WAITING.format("id >= %s"), [floor, limit])
    if not floor:
        _place.saw_all(took=time.monotonic() - begun)
    if rows:
        _place.was_at(rows[0][0])
    elif floor and _place.may_look_at_all():
        return _claim(limit)
    return [Message(*row) for row in rows]


def _claim_one(message_id: int) -> list[Message]:
    return [Message(*row) for row in fetch(_WAITING.format("id = %s"), [message_id, 1])]


def _enquiries(messages: Sequence[Message]) -> list[_Enquiry]:
    """The enquiries whose addresses results came to."""
    digests = list({message.token_digest for message in messages if message.kind == InboxMessage.Kind.RESULT})
    if not digests:
        return []
    rows = fetch(
        """
        SELECT enquiry.token_digest, enquiry.id, enquiry.receipt, prompt.token_digest
        FROM payments_enquiry enquiry JOIN payments_prompt prompt ON prompt.id = enquiry.prompt_id
        WHERE enquiry.token_digest = ANY (%b::bytea[])
        """,
        [digests],
    )
    return [_Enquiry(*row) for row in rows]


def _addressees(messages: Sequence[Message], enquiries: Sequence[_Enquiry]) -> dict[bytes, Addressee]:
    """The prompts whose addresses the messages came to, and those enquired about, by token digest; locked in one order
    by everybody.

    What belongs to a locked row is read after it is locked: its receipt in a statement of its own.
    """
    digests = {message.token_digest for message in messages if message.kind == InboxMessage.Kind.STK}
    digests.update(enquiry.prompt_digest for enquiry in enquiries)
    rows = fetch(
        """
        SELECT token_digest, id, amount_cents, msisdn, checkout_request_id, state FROM payments_prompt
        WHERE token_digest = ANY (%b::bytea[]) ORDER BY id FOR NO KEY UPDATE
        """,
        [list(digests)],
    )
    answered = "SELECT prompt_id, code FROM payments_receipt WHERE prompt_id = ANY (%b::uuid[])"
    receipts = dict(fetch(answered, [[row[1] for row in rows]]))
    return {row[0]: Addressee._make((*row[1:], receipts.get(row[1]))) for row in rows}


def _judge(
    messages: Sequence[Message], prompts: Mapping[bytes, Addressee], enquired: Mapping[bytes, Enquired]
) -> list[_Judged]:
    told = {
        message.id: read_confirmation(message) for message in messages if message.kind == InboxMessage.Kind.CONFIRMATION
    }
    named = {
        message_id: read_reference(payment.account_reference or "")
        for message_id, payment in told.items()
        if not isinstance(payment, Judgement)
    }
    purchases: dict[str, int] = {}
    if named:
        found = Purchase.objects.filter(reference__in=set(named.values()))
        purchases = dict(found.values_list("reference", "id"))
    answered = {prompt.id: prompt.receipt for prompt in prompts.values() if prompt.receipt}
    judged: list[_Judged] = []
    for message in messages:
        if message.kind == InboxMessage.Kind.STK:
            prompt = prompts.get(message.token_digest)
            judged.append((message, prompt, _once(judge_callback(message, prompt), answered)))
            continue
        if message.kind == InboxMessage.Kind.RESULT:
            enquiry = enquired.get(message.token_digest)
            judged.append((message, enquiry.prompt if enquiry else None, judge_result(message, enquiry)))
            continue
        payment = told[message.id]
        if not isinstance(payment, Judgement):
            payment = judge_confirmation(payment, purchases.get(named[message.id]), message.received_at)
        judged.append((message, None, payment))
    return judged


def _once(judgement: Judgement, answered: dict[UUID, str]) -> Judgement:
    """A prompt is paid once: a success with another receipt than its own is doubted. M-PESA's list tells if it is real.

    ``answered`` gives each prompt's receipt, and learns of those that this batch brings.
    """
    payment = judgement.payment
    if payment is None or payment.prompt_id is None:
        return judgement
    first = answered.setdefault(payment.prompt_id, payment.receipt)
    if first == payment.receipt:
        return judgement
    remark = f"names receipt {payment.receipt}, but {first} paid this prompt"
    return Judgement(Verdict.DOUBTFUL, remark[:200], receipt=payment.receipt)


def _learn_identifiers(judged: Sequence[_Judged]) -> None:
    """A callback that overtakes the acknowledgement brings the identifiers with it."""
    for _, prompt, judgement in judged:
        if prompt and judgement.checkout_request_id and not prompt.checkout_request_id:
            Prompt.objects.filter(pk=prompt.id, checkout_request_id="").update(
                checkout_request_id=judgement.checkout_request_id, merchant_request_id=judgement.merchant_request_id
            )


def _endings(judged: Sequence[_Judged]) -> dict[UUID, Ending]:
    """The first that each prompt was told."""
    endings: dict[UUID, Ending] = {}
    for message, prompt, judgement in judged:
        if prompt and message.kind == InboxMessage.Kind.STK and judgement.verdict in (Verdict.ENDED, Verdict.UNCLEAR):
            final = judgement.verdict is Verdict.ENDED
            endings.setdefault(prompt.id, Ending(prompt.id, judgement.code, final))
    return endings


def _ask_at_once(judged: Sequence[_Judged], now: datetime) -> None:
    """About prompts of which a message said what cannot be, and about the receipts that it named."""
    doubtful = [
        (prompt.id, judgement.receipt)
        for message, prompt, judgement in judged
        if prompt and message.kind == InboxMessage.Kind.STK and judgement.verdict is Verdict.DOUBTFUL
    ]
    if doubtful:
        prompt_ids = [prompt_id for prompt_id, _ in doubtful]
        Prompt.objects.filter(pk__in=prompt_ids, state__in=Prompt.LIVE).update(next_ask_at=now)
        open_enquiries(doubtful, now=now)


def _answers(judged: Sequence[_Judged], enquired: Mapping[bytes, Enquired]) -> list[Answer]:
    return [
        Answer(
            enquired[message.token_digest].id,
            is_plain=judgement.verdict in (Verdict.PAID, Verdict.DOUBTFUL),
            code=judgement.code,
        )
        for message, prompt, judgement in judged
        if prompt and message.kind == InboxMessage.Kind.RESULT
    ]


def _effect(
    message: Message, prompt: Addressee | None, judgement: Judgement, booked: set[str], ended: set[UUID]
) -> Judgement:
    """The judgement, or *repeated* where it told nothing new. Of two that tell the same, the first told it."""
    if judgement.payment:
        news: bool = judgement.payment.receipt in booked
        booked.discard(judgement.payment.receipt)
    elif prompt and message.kind == InboxMessage.Kind.STK and judgement.verdict in (Verdict.ENDED, Verdict.UNCLEAR):
        news = prompt.id in ended
        ended.discard(prompt.id)
    else:
        return judgement
    return judgement if news else Judgement(Verdict.REPEATED, judgement.remark)


def _close(judged: Sequence[_Judged], now: datetime) -> None:
    fetch(
        """
        UPDATE payments_inboxmessage message
        SET settled_at = %s, verdict = told.verdict, remark = told.remark, prompt_id = told.prompt_id
        FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::uuid[]) AS told(id, verdict, remark, prompt_id)
        WHERE message.id = told.id
        """,
        [
            now,
            [message.id for message, _, _ in judged],
            [judgement.verdict.value for _, _, judgement in judged],
            [judgement.remark for _, _, judgement in judged],
            [prompt and prompt.id for _, prompt, _ in judged],
        ],
    )
