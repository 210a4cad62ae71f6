"""What is in the accounts that pay: by our books, and as M-PESA told last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.models import Max, Sum

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger import accounts
from sokopesa.ledger.models import Account
from sokopesa.payments.gateway import payout_url, questioner
from sokopesa.payouts import payers
from sokopesa.payouts.answers import meaning_of
from sokopesa.payouts.models import Payer, Question, Transfer
from sokopesa.payouts.operators import operator_of

log = structlog.get_logger(__name__)

WHEN_SHORT = timedelta(minutes=1)
WHEN_PAYING = timedelta(minutes=10)
WHEN_IDLE = timedelta(hours=6)
"""How often M-PESA is asked what an account holds."""


class Told(NamedTuple):
    """What M-PESA said that an account holds, and when that was so."""

    cents: int
    at: datetime


def float_cents(shortcode: str) -> int:
    """What by our books is in the account that refunds and sellers are paid from."""
    found = Account.objects.filter(code=accounts.b2c(shortcode)).values_list("balance_cents", flat=True)
    return found.first() or 0


def told_float(shortcode: str) -> Told | None:
    """The same by M-PESA's word, in its last result or answer, if there was any."""
    payer = Payer.objects.filter(pk=shortcode, told_at__isnull=False).first()
    if payer is None or payer.told_cents is None or payer.told_at is None:
        return None
    return Told(payer.told_cents, payer.told_at)


def promised_cents(shortcode: str, *vias: Transfer.Via) -> int:
    """What is on its way out of the account by these ways already, and may still be paid."""
    under_way = (Transfer.State.RELEASED, Transfer.State.SENT, Transfer.State.UNKNOWN)
    live = Transfer.objects.filter(shortcode=shortcode, via__in=vias, state__in=under_way)
    return live.aggregate(total=Sum("amount_cents"))["total"] or 0


def check_due(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Ask M-PESA what is in the accounts of which we have not heard lately; of how many it was asked."""
    return sum(_check(payer.pk, clock) for payer in Payer.objects.filter(stopped_at=None) if _is_due(payer, now))


def _is_due(payer: Payer, now: datetime) -> bool:
    asked = Question.objects.filter(payer=payer, transfer=None, receipt="").aggregate(last=Max("asked_at"))["last"]
    if payer.short_at is not None:
        wait = WHEN_SHORT
    elif Transfer.objects.filter(shortcode=payer.pk, state__in=("released", "sent", "unknown")).exists():
        wait = WHEN_PAYING
    elif payer.pk == CONFIGURATION.mpesa_b2c_shortcode:
        wait = WHEN_IDLE
    else:
        return False  # the paybill, whose operator need not be allowed to see its balance
    heard = [moment for moment in (asked, payer.told_at if payer.short_at is None else None) if moment is not None]
    return not heard or now - max(heard) >= wait


def _check(shortcode: str, clock: Callable[[], datetime]) -> int:
    try:
        operator = operator_of(shortcode)
        token = daraja.callback_token()
        if operator is None or not _claim(shortcode, token, clock()):
            return 0
        questioner().account_balance(
            daraja.BalanceQuery(
                initiator=operator,
                shortcode=shortcode,
                result_url=payout_url(token),
                timeout_url=payout_url(token),
                remarks="What is in it?",
            )
        )
    except daraja.DarajaError as error:
        log.warning("mpesa_tells_no_balance", shortcode=shortcode, error=str(error))
        if meaning_of(error, Transfer.Via.B2C).stops:
            payers.stop(shortcode, str(error), now=clock())
    return 1


@transaction.atomic
def _claim(shortcode: str, token: str, now: datetime) -> bool:
    payer = payers.hold(shortcode, now)
    turns = payers.offer(payer, "next_ask_at", most=1, now=now)
    if payer.stopped_at or not turns.count:
        return False
    payers.take(payer, "next_ask_at", turns, 1, now)
    Question.objects.create(payer=payer, token_digest=daraja.token_digest(token), asked_at=now)
    return True
