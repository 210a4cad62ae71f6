"""Turning kept callbacks into effects: many at a time, each once, by any number of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from sokopesa.notices.actions import alert_operator
from sokopesa.orders.actions import note
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import read_reference
from sokopesa.payments import schedule
from sokopesa.payments.crediting import credit_payments
from sokopesa.payments.judging import Judgement, Verdict, judge_callback, judge_confirmation, read_confirmation
from sokopesa.payments.models import InboxMessage, Prompt, Receipt
from sokopesa.payments.signals import changed

log = structlog.get_logger(__name__)

BATCH = 500


def settle(*, now: datetime, limit: int = BATCH) -> int:
    """Settle up to ``limit`` waiting messages and return how many there were.

    They share one transaction. Messages that another worker holds are passed over; if we die, all of the batch waits
    again, untouched. A message that nothing was prepared for is set aside for an operator, and holds up no other.
    """
    waiting = InboxMessage.objects.filter(settled_at=None).order_by("id")
    try:
        return _settle(waiting[:limit], now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("settling_one_by_one")
        return sum(_settle_or_set_aside(message_id, now) for message_id in waiting.values_list("id", flat=True)[:limit])


def _settle_or_set_aside(message_id: int, now: datetime) -> int:
    alone = InboxMessage.objects.filter(pk=message_id, settled_at=None)
    try:
        return _settle(alone, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("message_set_aside", message=message_id)
        with transaction.atomic():
            alone.update(settled_at=now, verdict=Verdict.SET_ASIDE, remark=repr(error)[:200])
            alert_operator(
                text=f"M-PESA sent message {message_id}, which we could not settle. It is kept; please look at it.",
                key=f"set-aside-{message_id}",
            )
        return 1


@transaction.atomic
def _settle(waiting: QuerySet[InboxMessage], now: datetime) -> int:
    messages = list(waiting.select_for_update(skip_locked=True))
    if not messages:
        return 0
    prompts = _prompts_of(messages)
    judged = _judge(messages, prompts)
    for message, judgement in judged:
        _learn_identifiers(prompts.get(bytes(message.token_digest)), judgement)
    payments = [judgement.payment for _, judgement in judged if judgement.payment]
    booked = credit_payments(payments, now=now)
    for message, judgement in judged:
        prompt = prompts.get(bytes(message.token_digest))
        verdict = judgement.verdict
        if judgement.payment:
            if judgement.payment.receipt in booked:
                booked.discard(judgement.payment.receipt)
            else:
                verdict = Verdict.REPEATED
        elif prompt and verdict in (Verdict.ENDED, Verdict.UNCLEAR):
            if not end(prompt, code=judgement.code, final=verdict is Verdict.ENDED, now=now):
                verdict = Verdict.REPEATED
        elif prompt and verdict is Verdict.DOUBTFUL and prompt.is_live:
            Prompt.objects.filter(pk=prompt.pk, state__in=Prompt.LIVE).update(next_ask_at=now)
        message.settled_at, message.verdict, message.remark, message.prompt = now, verdict, judgement.remark, prompt
    InboxMessage.objects.bulk_update(messages, ["settled_at", "verdict", "remark", "prompt"])
    return len(messages)


def _judge(messages: Sequence[InboxMessage], prompts: Mapping[bytes, Prompt]) -> list[tuple[InboxMessage, Judgement]]:
    read = {
        message.pk: read_confirmation(message) for message in messages if message.kind == InboxMessage.Kind.CONFIRMATION
    }
    named = {
        told.receipt: read_reference(told.account_reference or "")
        for told in read.values()
        if not isinstance(told, Judgement)
    }
    purchases = dict(Purchase.objects.filter(reference__in=named.values()).values_list("reference", "id"))
    receipts = Receipt.objects.filter(prompt__in=prompts.values())
    answered: dict[UUID | None, str] = {receipt.prompt_id: receipt.code for receipt in receipts}
    judged = []
    for message in messages:
        told = read.get(message.pk)
        if told is None:
            judgement = _once(judge_callback(message, prompts.get(bytes(message.token_digest))), answered)
        elif isinstance(told, Judgement):
            judgement = told
        else:
            judgement = judge_confirmation(told, purchases.get(named[told.receipt]), message.received_at)
        judged.append((message, judgement))
    return judged


def _once(judgement: Judgement, answered: dict[UUID | None, str]) -> Judgement:
    """A prompt is paid once: a success with another receipt than its own is doubted. M-PESA's list tells if it is real.

    ``answered`` gives each prompt's receipt, and learns of those that this batch brings.
    """
    payment = judgement.payment
    if payment is None:
        return judgement
    first = answered.setdefault(payment.prompt_id, payment.receipt)
    if first == payment.receipt:
        return judgement
    return Judgement(Verdict.DOUBTFUL, f"names receipt {payment.receipt}, but {first} paid this prompt"[:200])


def _prompts_of(messages: Sequence[InboxMessage]) -> dict[bytes, Prompt]:
    """The prompts that the messages speak of, by token digest, locked in one order by everybody."""
    digests = {bytes(message.token_digest) for message in messages if message.kind == InboxMessage.Kind.STK}
    prompts = Prompt.objects.select_for_update().filter(token_digest__in=digests).order_by("id")
    return {bytes(prompt.token_digest): prompt for prompt in prompts if prompt.token_digest is not None}


def _learn_identifiers(prompt: Prompt | None, judgement: Judgement) -> None:
    """A callback that overtakes the acknowledgement brings the identifiers with it."""
    if prompt and judgement.checkout_request_id and not prompt.checkout_request_id:
        prompt.checkout_request_id = judgement.checkout_request_id
        prompt.merchant_request_id = judgement.merchant_request_id
        prompt.save(update_fields=["checkout_request_id", "merchant_request_id"])


def end(prompt: Prompt, *, code: str, final: bool, now: datetime) -> bool:
    """M-PESA says that the prompt was not paid; unless that is final we note it and go on asking.

    False, and no effect, when the prompt is over already. The caller holds the prompt's row.
    """
    if final:
        facts = {"state": Prompt.State.REFUSED, "code": code, "ended_at": now, "next_ask_at": None}
    else:
        facts = {"state": Prompt.State.UNKNOWN, "code": code, "next_ask_at": schedule.next_ask(asked=0, now=now)}
    if not Prompt.objects.filter(pk=prompt.pk, state__in=Prompt.LIVE).update(**facts):
        return False
    purchase = Purchase.objects.only("number").get(pk=prompt.purchase_id)
    if final:
        note([(purchase.id, now, "not-paid", "The M-PESA request ended without payment. Nothing was taken.")])
    changed([purchase.number])
    return True
