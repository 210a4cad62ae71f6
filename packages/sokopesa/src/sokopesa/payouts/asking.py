"""Asking M-PESA about transfers on which it has kept silent or unclear, until it has spoken. None is ever sent
again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

import daraja
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.notices.actions import alert_operator
from sokopesa.payments.gateway import payout_url, questioner
from sokopesa.payouts import payers, schedule
from sokopesa.payouts.answers import meaning_of
from sokopesa.payouts.calling import AT_ONCE, Errand, Round
from sokopesa.payouts.concluding import IN_FLIGHT
from sokopesa.payouts.models import Question, Transfer
from sokopesa.payouts.operators import operator_of

log = structlog.get_logger(__name__)

LIMIT = 1_000
"""Transfers of one round."""

OPERATOR_AFTER = timedelta(hours=1)
"""What M-PESA has not made clear by then becomes an operator's business as well."""


def ask_due(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Ask about transfers whose time has come; how many were asked about. Answers come to addresses of their own."""
    due = _due(now).values_list("shortcode", flat=True)
    return sum(_ask_from(shortcode, clock) for shortcode in sorted(set(due)))


def _due(now: datetime) -> QuerySet[Transfer]:
    return Transfer.objects.filter(next_ask_at__lte=now, state__in=IN_FLIGHT).order_by("next_ask_at")


def _ask_from(shortcode: str, clock: Callable[[], datetime]) -> int:
    try:
        operator = operator_of(shortcode)
    except daraja.InvalidRequest as fault:
        log.warning("no_operator_to_ask", error=str(fault))
        operator = None
    if operator is None:
        return 0
    return _Asking(shortcode, operator, clock).run()


class _Asking:
    """One round of questions about one shortcode's transfers."""

    def __init__(self, shortcode: str, operator: daraja.Initiator, clock: Callable[[], datetime]) -> None:
        self._shortcode = shortcode
        self._operator = operator
        self._clock = clock
        self._round = Round[daraja.Accepted](self._call, clock)
        self._unanswered = 0

    def run(self) -> int:
        try:
            questioner().authenticate()
        except daraja.DarajaError as error:
            log.warning("mpesa_gave_no_token", error=str(error))
            return 0
        return self._round.run(lambda room: claim(self._shortcode, room, self._clock()), self._heard, most=LIMIT)

    def _call(self, errand: Errand) -> daraja.Accepted:
        return questioner().transaction_status(
            daraja.StatusQuery(
                initiator=self._operator,
                shortcode=self._shortcode,
                original_conversation_id=errand.transfer.asked_by,
                result_url=payout_url(errand.token),
                timeout_url=payout_url(errand.token),
                remarks="Is it paid?",
            )
        )

    def _heard(self, answers: Sequence[tuple[Errand, daraja.Accepted | Exception]]) -> None:
        now = self._clock()
        for errand, answer in answers:
            if not isinstance(answer, Exception):
                self._unanswered = 0
                continue
            self._unanswered += 1
            log.warning("mpesa_took_no_question", transfer=errand.transfer.key, error=str(answer))
            meaning = meaning_of(answer, errand.transfer.via)
            if meaning.stops:
                self._round.halt()
                payers.stop(self._shortcode, meaning.words, now=now)
            elif meaning.rests or self._unanswered >= payers.HANDFUL:
                self._round.halt()
                payers.rest(self._shortcode, "next_ask_at", now=now, seconds=meaning.seconds)


@transaction.atomic
def claim(shortcode: str, most: int, now: datetime) -> list[Errand]:
    """Take up to ``most`` due transfers to ask about, as many as there are turns for, and put each off to its next
    time.

    Silence makes a transfer *unknown*. What we cannot ask about, because M-PESA's answer and with it its identifier
    were lost, waits for a late result or the statement.
    """
    payer = payers.hold(shortcode, now)
    if payer.stopped_at:
        return []
    turns = payers.offer(payer, "next_ask_at", most=min(most, AT_ONCE), now=now)
    locked = _due(now).filter(shortcode=shortcode).select_for_update(skip_locked=True, no_key=True)
    transfers = list(locked[: turns.count])
    if not transfers:
        return []
    _put_off(transfers, now)
    _call_operator([each for each in transfers if each.sent_at and now - each.sent_at > OPERATOR_AFTER])
    askable = [transfer for transfer in transfers if transfer.asked_by]
    payers.take(payer, "next_ask_at", turns, len(askable), now)
    errands = [
        Errand(transfer, daraja.callback_token(), turns.first_at + place * turns.interval)
        for place, transfer in enumerate(askable)
    ]
    Question.objects.bulk_create(
        [
            Question(payer=payer, transfer=each.transfer, token_digest=daraja.token_digest(each.token), asked_at=now)
            for each in errands
        ]
    )
    return errands


def _put_off(transfers: Sequence[Transfer], now: datetime) -> None:
    """If we die, they are asked about again then."""
    fetch(
        """
        UPDATE payouts_transfer transfer SET state = 'unknown', asked = asked + 1, next_ask_at = asking.at
        FROM unnest(%b::uuid[], %b::timestamptz[]) AS asking(id, at) WHERE transfer.id = asking.id
        """,
        [
            [transfer.pk for transfer in transfers],
            [schedule.next_ask(asked=transfer.asked + 1, now=now) for transfer in transfers],
        ],
    )


def _call_operator(overdue: Sequence[Transfer]) -> None:
    if not overdue:
        return
    first = min(overdue, key=lambda transfer: transfer.pk)
    others = f" and {len(overdue) - 1} more" if len(overdue) > 1 else ""
    text = f"M-PESA does not say whether it paid {format_kes(first.amount_cents)}, {first.key}{others}. Look it up."
    alert_operator(text=text, key=f"transfer-unclear-{first.pk.hex}")
