"""Handing transfers to M-PESA, each at most once, at the pace that M-PESA allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import structlog
from django.db import transaction

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import CENTS
from sokopesa.notices.actions import alert_operator
from sokopesa.payments.gateway import payout_url, questioner
from sokopesa.payouts import payers, schedule
from sokopesa.payouts.answers import Meaning, Verdict, meaning_of
from sokopesa.payouts.calling import Errand, Round
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.following import follow
from sokopesa.payouts.models import Payer, Transfer
from sokopesa.payouts.operators import operator_of

log = structlog.get_logger(__name__)

LIMIT = 5_000
"""Transfers of one round."""

State = Transfer.State
Via = Transfer.Via


def send_due(*, now: datetime, clock: Callable[[], datetime], limit: int = LIMIT) -> int:
    """Send what is released, from each of our shortcodes; how many transfers were handed to M-PESA.

    *sent* is committed before M-PESA is told, and no transaction is open while we talk. If we die in between, the
    transfer is asked after. Any number of workers may send at the same time; together they keep the pace.
    """
    waiting = Transfer.objects.filter(state=State.RELEASED).exclude(via=Via.PORTAL).values_list("shortcode", flat=True)
    return sum(_send_from(shortcode, now, clock, limit) for shortcode in sorted(set(waiting.distinct())))


def _send_from(shortcode: str, now: datetime, clock: Callable[[], datetime], limit: int) -> int:
    if Payer.objects.filter(pk=shortcode, next_send_at__gt=now + payers.FAR_AHEAD).exists():
        return 0
    try:
        operator = operator_of(shortcode)
        if operator is None:
            return _cannot_send(shortcode, "there is no API operator for it", now)
        questioner().authenticate()
    except daraja.InvalidRequest as fault:
        return _cannot_send(shortcode, str(fault), now)
    except daraja.DarajaError as error:
        log.warning("mpesa_gave_no_token", error=str(error))
        payers.rest(shortcode, "next_send_at", now=now)
        if isinstance(error, daraja.WrongCredentials):
            _cannot_send(shortcode, str(error), now)
        return 0
    return _Sending(shortcode, operator, clock).run(limit)


def _cannot_send(shortcode: str, why: str, now: datetime) -> int:
    text = (
        f"Payments wait: {why}. Check SOKOPESA_MPESA_B2C_INITIATOR (paybill: SOKOPESA_MPESA_INITIATOR), its credential"
    )
    alert_operator(text=f"{text} and keys, for {shortcode}."[:300], key=f"cannot-send-{shortcode}-{nairobi_date(now)}")
    return 0


class _Sending:
    """One round from one shortcode."""

    def __init__(self, shortcode: str, operator: daraja.Initiator, clock: Callable[[], datetime]) -> None:
        self._shortcode = shortcode
        self._operator = operator
        self._clock = clock
        self._round = Round[daraja.Accepted](self._call, clock)
        self._unanswered = 0
        self._taken = 0

    def run(self, limit: int) -> int:
        """Until nothing has its turn within a second."""
        return self._round.run(lambda room: claim(self._shortcode, room, self._clock()), self._heard, most=limit)

    def _call(self, errand: Errand) -> daraja.Accepted:
        return questioner().send(instruction(errand.transfer, self._operator, errand.token))

    def _heard(self, answers: Sequence[tuple[Errand, daraja.Accepted | Exception]]) -> None:
        now = self._clock()
        accepted = [(errand, answer) for errand, answer in answers if isinstance(answer, daraja.Accepted)]
        _record(accepted, now)
        if accepted:
            self._unanswered = 0
            self._taken += len(accepted)
        for errand, answer in answers:
            if isinstance(answer, Exception):
                self._not_taken(errand.transfer, meaning_of(answer, errand.transfer.via), now)

    def _not_taken(self, transfer: Transfer, meaning: Meaning, now: datetime) -> None:
        log.warning("mpesa_took_no_payout", transfer=transfer.key, verdict=meaning.verdict.value, why=meaning.words)
        if meaning.stops:
            self._round.halt()
            payers.stop(self._shortcode, meaning.words, now=now)
        elif meaning.rests:
            self._round.halt()
            least = payers.BREATH if meaning.is_busy and self._taken >= payers.HANDFUL else payers.REST
            payers.rest(self._shortcode, "next_send_at", now=now, seconds=meaning.seconds, least=least)
            self._taken = 0
        match meaning.verdict:
            case Verdict.UNKNOWN:
                self._count_unanswered(now)
                asked_at = now if meaning.was_taken else schedule.next_ask(asked=0, now=now)
                Transfer.objects.filter(pk=transfer.pk, state=State.SENT).update(
                    state=State.UNKNOWN, remark=meaning.words[:200], next_ask_at=asked_at
                )
            case Verdict.TURNED_AWAY:
                Transfer.objects.filter(pk=transfer.pk, state=State.SENT, conversation_id="").update(
                    state=State.RELEASED, released_at=now, sent_at=None, token_digest=None, next_ask_at=None
                )
            case Verdict.RETURNED:
                told = Conclusion(transfer.pk, "answer", code=meaning.code, remark=meaning.words)
                conclude([told], now=now)

    def _count_unanswered(self, now: datetime) -> None:
        """A gateway that swallows everything must not swallow all that is to be paid."""
        self._unanswered += 1
        if self._unanswered >= payers.HANDFUL:
            self._round.halt()
            payers.rest(self._shortcode, "next_send_at", now=now, seconds=payers.ALONE.total_seconds())


@transaction.atomic
def claim(shortcode: str, most: int, now: datetime) -> list[Errand]:
    """Take up to ``most`` released transfers, as many as there are turns for: *sent* from the moment this commits."""
    payer = payers.hold(shortcode, now)
    if payer.stopped_at or payer.short_at:
        return []
    turns = payers.offer(payer, "next_send_at", most=most, now=now)
    due = Transfer.objects.filter(state=State.RELEASED, shortcode=shortcode).exclude(via=Via.PORTAL)
    transfers = list(due.select_for_update(skip_locked=True, no_key=True).order_by("released_at", "pk")[: turns.count])
    payers.take(payer, "next_send_at", turns, len(transfers), now)
    errands = [
        Errand(transfer, daraja.callback_token(), turns.first_at + place * turns.interval)
        for place, transfer in enumerate(transfers)
    ]
    _mark_sent(transfers, [daraja.token_digest(errand.token) for errand in errands], now, schedule.stuck_at(now))
    return errands


@transaction.atomic
def hand_over(ids: Iterable[UUID], *, now: datetime) -> list[Transfer]:
    """Released transfers by the portal leave us in a file; those that did. They are *sent* by then, though M-PESA hears
    of them from a person only."""
    due = Transfer.objects.filter(pk__in=list(ids), state=State.RELEASED, via=Via.PORTAL)
    transfers = list(due.select_for_update(no_key=True).order_by("pk"))
    _mark_sent(transfers, [None] * len(transfers), now, None)
    return transfers


def _mark_sent(
    transfers: Sequence[Transfer], digests: Sequence[bytes | None], now: datetime, ask_at: datetime | None
) -> None:
    if not transfers:
        return
    fetch(
        """
        UPDATE payouts_transfer transfer
        SET state = 'sent', sent_at = %s, tries = tries + 1, token_digest = told.digest, next_ask_at = %s
        FROM unnest(%b::uuid[], %b::bytea[]) AS told(id, digest) WHERE transfer.id = told.id
        """,
        [now, ask_at, [transfer.pk for transfer in transfers], list(digests)],
    )
    for transfer in transfers:
        transfer.state, transfer.sent_at, transfer.tries = State.SENT, now, transfer.tries + 1
    follow(transfers, now)


def _record(accepted: Sequence[tuple[Errand, daraja.Accepted]], now: datetime) -> None:
    """Write down M-PESA's identifiers. A result may have been quicker; then they are all that is new."""
    if not accepted:
        return
    ask_at = schedule.next_ask(asked=0, now=now)
    fetch(
        """
        UPDATE payouts_transfer transfer SET conversation_id = told.conversation_id,
            their_originator_id = CASE WHEN transfer.via = 'b2c' THEN '' ELSE told.originator_id END,
            next_ask_at = CASE WHEN transfer.state = 'sent' THEN %s::timestamptz ELSE transfer.next_ask_at END
        FROM unnest(%b::uuid[], %b::text[], %b::text[]) AS told(id, conversation_id, originator_id)
        WHERE transfer.id = told.id
        """,
        [
            ask_at,
            [errand.transfer.pk for errand, _ in accepted],
            [(answer.conversation_id or "")[:64] for _, answer in accepted],
            [(answer.originator_conversation_id or "")[:64] for _, answer in accepted],
        ],
    )


class _Common(TypedDict):
    """What every instruction has."""

    initiator: daraja.Initiator
    shortcode: str
    amount: int
    remarks: str
    result_url: str
    timeout_url: str


def instruction(transfer: Transfer, operator: daraja.Initiator, token: str) -> daraja.Request[daraja.Accepted]:
    """What M-PESA is told."""
    common = _Common(
        initiator=operator,
        shortcode=transfer.shortcode,
        amount=transfer.amount_cents // CENTS,
        remarks=f"{CONFIGURATION.site_name} {transfer.key}"[:100],
        result_url=payout_url(token),
        timeout_url=payout_url(token),
    )
    match transfer.via:
        case Via.REVERSAL:
            return daraja.Reversal(receipt=transfer.original_receipt, **common)
        case Via.B2B if transfer.payee_reference:
            return daraja.B2bPayBill(receiver=transfer.payee, account_reference=transfer.payee_reference, **common)
        case Via.B2B:
            return daraja.B2bBuyGoods(receiver=transfer.payee, account_reference=transfer.pk.hex[-13:], **common)
        case _:
            return daraja.B2c(originator_conversation_id=transfer.originator_id, msisdn=transfer.payee, **common)
