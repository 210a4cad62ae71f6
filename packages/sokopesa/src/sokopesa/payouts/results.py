"""Turning kept results into effects: many at a time, each once, by any number of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sokopesa.kernel.database import fetch
from sokopesa.payments.models import InboxMessage
from sokopesa.payments.settling import settle_apart
from sokopesa.payouts import history, payers, schedule
from sokopesa.payouts.concluding import IN_FLIGHT, Concluded, Conclusion, conclude
from sokopesa.payouts.endings import NOT_FOUND, Effect
from sokopesa.payouts.enquiring import Heard, hear
from sokopesa.payouts.judging import (
    Judgement,
    Message,
    Verdict,
    distrusted,
    judge_balance,
    judge_receipt,
    judge_result,
    judge_status,
)
from sokopesa.payouts.models import Payer, Question, Transfer

BATCH = 500

TWICE = 2
"""So often M-PESA has to say that it knows nothing of an instruction."""

_WAITING = """
    SELECT id, token_digest, host(source), trusted, body, received_at FROM payments_inboxmessage
    WHERE settled_at IS NULL AND kind = 'payout' AND {} ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""

_Judged = tuple[Message, Transfer | None, Judgement]


def settle(*, now: datetime, limit: int = BATCH) -> int:
    """Settle up to ``limit`` waiting results and return how many there were.

    They share one transaction. Those that another worker holds are passed over; if we die, all of the batch waits
    again, untouched. A message that nothing was prepared for is set aside for an operator, and holds up no other.
    """
    mine = InboxMessage.objects.filter(kind=InboxMessage.Kind.PAYOUT)
    return settle_apart(_settle, mine, now=now, limit=limit)


@transaction.atomic
def _settle(now: datetime, limit: int, message_id: int | None = None) -> int:
    chosen = ("TRUE", [limit]) if message_id is None else ("id = %s", [message_id, 1])
    messages = [Message(*row) for row in fetch(_WAITING.format(chosen[0]), chosen[1])]
    if not messages:
        return 0
    digests = {message.token_digest for message in messages}
    questions = {bytes(each.token_digest): each for each in Question.objects.filter(token_digest__in=digests)}
    held = _hold_payers(digests, questions, now)
    transfers = _lock(digests, questions)
    judged = [_judge(message, transfers, questions) for message in messages]
    verdicts = [*_conclude(judged, questions, now)]
    _ask_at_once(verdicts, now)
    hear(_heard(verdicts, questions), now)
    _answer(questions, now)
    _heed(judged, questions, held, now)
    _close(verdicts, now)
    return len(messages)


def _hold_payers(digests: set[bytes], questions: Mapping[bytes, Question], now: datetime) -> dict[str, Payer]:
    """Payers come before transfers, as everywhere."""
    asked = Transfer.objects.filter(token_digest__in=digests).values_list("shortcode", flat=True)
    return payers.hold_all({*asked, *(question.payer_id for question in questions.values())}, now)


def _lock(digests: set[bytes], questions: Mapping[bytes, Question]) -> dict[bytes, Transfer]:
    """The transfers to whose addresses the messages came, or about which was asked, by token digest."""
    asked = {question.transfer_id for question in questions.values()} - {None}
    mine = Transfer.objects.filter(token_digest__in=digests) | Transfer.objects.filter(pk__in=asked)
    locked = {transfer.pk: transfer for transfer in mine.select_for_update(no_key=True).order_by("pk")}
    found = {bytes(each.token_digest): each for each in locked.values() if each.token_digest is not None}
    return found | {digest: locked[each.transfer_id] for digest, each in questions.items() if each.transfer_id}


def _judge(
    message: Message, transfers: Mapping[bytes, Transfer], questions: Mapping[bytes, Question]
) -> tuple[Message, Transfer | None, Judgement]:
    digest = bytes(message.token_digest)
    transfer, question = transfers.get(digest), questions.get(digest)
    if refused := distrusted(message, is_addressed=transfer is not None or question is not None):
        return message, None, refused
    if transfer is None:
        if question is not None and question.receipt:
            return message, None, judge_receipt(message, question)
        return message, None, judge_balance(message)
    if question is not None:
        return message, transfer, judge_status(message, transfer)
    return message, transfer, judge_result(message, transfer)


def _conclude(judged: Sequence[_Judged], questions: Mapping[bytes, Question], now: datetime) -> list[_Judged]:
    """End what ended, at most once each; what each message turned out to be. Of two that tell of the same transfer, the
    first comes first."""
    verdicts = []
    waiting = [(each, _told(each, questions, now)) for each in judged]
    while waiting:
        batch: dict[UUID, Conclusion] = {}
        mine: list[tuple[_Judged, Conclusion | None]] = []
        later: list[tuple[_Judged, Conclusion | None]] = []
        for each, conclusion in waiting:
            if conclusion is not None and conclusion.transfer_id in batch:
                later.append((each, conclusion))
                continue
            mine.append((each, conclusion))
            if conclusion is not None:
                batch[conclusion.transfer_id] = conclusion
        done = conclude(list(batch.values()), now=now)
        verdicts += [each if conclusion is None else _effect(each, done) for each, conclusion in mine]
        waiting = later
    return verdicts


def _told(each: _Judged, questions: Mapping[bytes, Question], now: datetime) -> Conclusion | None:
    """What the message concludes; *not found* concludes only when M-PESA said it twice after the lifetime, of an
    instruction that it never acknowledged."""
    message, transfer, judgement = each
    if judgement.conclusion or transfer is None or not judgement.knows_nothing:
        return judgement.conclusion
    question = questions[bytes(message.token_digest)]
    if transfer.sent_at is None or transfer.conversation_id or question.answered_at is not None:
        return None
    if question.asked_at < transfer.sent_at + schedule.lifetime():
        return None
    transfer.not_found += 1
    question.answered_at = now
    Transfer.objects.filter(pk=transfer.pk).update(not_found=transfer.not_found)
    return Conclusion(transfer.pk, "status", code=NOT_FOUND) if transfer.not_found >= TWICE else None


def _effect(each: _Judged, done: Concluded) -> _Judged:
    message, transfer, judgement = each
    assert transfer is not None
    if doubt := done.doubtful.get(transfer.pk):
        return message, transfer, Judgement(Verdict.DOUBTFUL, doubt[:200])
    if transfer.pk in done.moved:
        is_paid = judgement.conclusion is not None and judgement.conclusion.is_paid
        return message, transfer, Judgement(Verdict.PAID if is_paid else Verdict.ENDED, judgement.remark)
    return message, transfer, Judgement(Verdict.REPEATED, judgement.remark)


def _ask_at_once(judged: Sequence[_Judged], now: datetime) -> None:
    """About transfers of which a message said what cannot be, and soon about those that wait in M-PESA's queue. A
    transfer on which M-PESA was not clear is *unknown*."""
    for message, transfer, judgement in judged:
        if transfer is None or judgement.verdict not in (Verdict.DOUBTFUL, Verdict.UNCLEAR):
            continue
        waiting = Transfer.objects.filter(pk=transfer.pk, state__in=IN_FLIGHT)
        if judgement.verdict is Verdict.DOUBTFUL and bytes(transfer.token_digest or b"") == bytes(message.token_digest):
            waiting.update(state=Transfer.State.UNKNOWN, remark=judgement.remark, next_ask_at=now)
        else:
            waiting.update(state=Transfer.State.UNKNOWN, remark=judgement.remark)


def _heard(judged: Sequence[_Judged], questions: Mapping[bytes, Question]) -> list[Heard]:
    """What M-PESA said of receipts; of several answers to one question that came together, the first plain one."""
    first: dict[int, Heard] = {}
    for message, _, judgement in sorted(judged, key=lambda each: each[2].verdict is not Verdict.ENDED):
        if judgement.heard is not None:
            first.setdefault(questions[bytes(message.token_digest)].pk, judgement.heard)
    return list(first.values())


def _answer(questions: Mapping[bytes, Question], now: datetime) -> None:
    Question.objects.filter(pk__in=[each.pk for each in questions.values()], answered_at=None).update(answered_at=now)


def _heed(
    judged: Sequence[_Judged], questions: Mapping[bytes, Question], held: Mapping[str, Payer], now: datetime
) -> None:
    """What the results say about the accounts that pay: the operator was accepted or not, there is so much in them."""
    stopping: dict[str, str] = {}
    proven: set[str] = set()
    heard: list[history.Heard] = []
    for message, transfer, judgement in judged:
        question = questions.get(bytes(message.token_digest))
        shortcode = question.payer_id if question else transfer.shortcode if transfer else ""
        if shortcode not in held:
            continue
        if judgement.proves:
            proven.add(shortcode)
        if judgement.effect is Effect.STOP:
            stopping.setdefault(shortcode, f"M-PESA says {judgement.remark}.")
        if judgement.effect is Effect.SHORT and transfer is not None and transfer.via != Transfer.Via.B2B:
            payers.fall_short(held[shortcode], transfer.amount_cents, now)
        if judgement.float_cents is not None and judgement.told_at is not None:
            payers.hear_float(held[shortcode], judgement.float_cents, judgement.told_at)
        if judgement.told_at is not None:
            heard += [history.Heard(shortcode, *each, judgement.told_at) for each in judgement.told]
    history.keep(heard)
    for shortcode in proven - stopping.keys():
        payers.prove(held[shortcode], now)
    for shortcode, why in stopping.items():
        payers.stop(shortcode, why, now=now)


def _close(judged: Sequence[_Judged], now: datetime) -> None:
    fetch(
        """
        UPDATE payments_inboxmessage message SET settled_at = %s, verdict = told.verdict, remark = told.remark
        FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS told(id, verdict, remark) WHERE message.id = told.id
        """,
        [
            now,
            [message.id for message, _, _ in judged],
            [judgement.verdict.value for _, _, judgement in judged],
            [judgement.remark for _, _, judgement in judged],
        ],
    )
