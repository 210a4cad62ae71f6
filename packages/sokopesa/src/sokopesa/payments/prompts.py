"""Asking a phone to pay: at most one live prompt for a purchase, recorded before M-PESA hears of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import CENTS
from sokopesa.kernel.phone import require_safaricom
from sokopesa.kernel.rows import Rows
from sokopesa.notices.actions import alert_operator
from sokopesa.orders.actions import note
from sokopesa.orders.models import Purchase
from sokopesa.payments import schedule
from sokopesa.payments.errors import AboveLimit, AlreadyPaid, NotPaidInTime, OrderCancelled, TooManyPrompts
from sokopesa.payments.gateway import callback_url, client
from sokopesa.payments.models import MOST_CENTS, Prompt
from sokopesa.payments.signals import changed

PACE = timedelta(minutes=10)
MOST_IN_PACE = 5
"""Prompts to one phone within `PACE`. More is pestering, and M-PESA itself bans lines that are pestered."""

MOST_BY_BUYER = 10
"""Prompts that one buyer may have sent within `PACE`, whoever's phones they ring."""

_PROMPTS = Rows(Prompt, "prompt")

_EARLIER = """
SELECT
    (SELECT coalesce(max(attempt), 0) FROM payments_prompt WHERE purchase_id = %(purchase)s),
    (SELECT prompt_id FROM payments_liveprompt WHERE purchase_id = %(purchase)s),
    (SELECT count(*) FROM payments_prompt WHERE msisdn = %(msisdn)s AND requested_at > %(since)s),
    (SELECT count(*) FROM payments_prompt JOIN orders_purchase ON orders_purchase.id = purchase_id
        WHERE buyer_id = %(buyer)s AND requested_at > %(since)s)
"""
"""How many prompts the purchase had, which of them is live, how many the phone and the buyer had lately."""


@transaction.atomic
def ask(*, purchase: Purchase, msisdn: str, now: datetime) -> Prompt:
    """Record an attempt and defer the job that sends it. While a prompt is live that one is returned, never a second.

    Every earlier prompt has ended by M-PESA's word by then: one whose end we do not know is still live.

    Raises:
        AlreadyPaid: nothing is due.
        NotPaidInTime: the order has lapsed.
        OrderCancelled: the buyer has cancelled it.
        AboveLimit: more than M-PESA moves at once.
        TooManyPrompts: this phone was asked, or this buyer has asked, too often just now.
        sokopesa.kernel.phone.NotSafaricom: the line cannot have M-PESA.
    """
    require_safaricom(msisdn)
    held = Purchase.objects.select_for_update().get(pk=purchase.pk)
    prompt = ask_held(purchase=held, msisdn=msisdn, now=now)
    changed([held.number])
    return prompt


def ask_held(*, purchase: Purchase, msisdn: str, now: datetime) -> Prompt:
    """As `ask`, for a Safaricom line and a purchase that the caller has locked, or just placed so that no page is open
    that had to be told."""
    from sokopesa.payments.jobs import send_prompt

    if purchase.state == Purchase.State.PAID:
        raise AlreadyPaid
    if purchase.state == Purchase.State.LAPSED:
        raise NotPaidInTime
    if purchase.state == Purchase.State.CANCELLED:
        raise OrderCancelled
    if purchase.total_cents > MOST_CENTS:
        raise AboveLimit(purchase.total_cents)
    facts = {"purchase": purchase.pk, "buyer": purchase.buyer_id, "msisdn": msisdn, "since": now - PACE}
    ((attempts, live, to_phone, by_buyer),) = fetch(_EARLIER, facts, often=True)
    if live:
        return Prompt.objects.get(pk=live)
    if to_phone >= MOST_IN_PACE or by_buyer >= MOST_BY_BUYER:
        raise TooManyPrompts(minutes=int(PACE.total_seconds() // 60))
    prompt = Prompt(
        purchase=purchase,
        attempt=attempts + 1,
        msisdn=msisdn,
        amount_cents=purchase.total_cents,
        requested_at=now,
        next_ask_at=now + schedule.STUCK_AFTER,
    )
    _PROMPTS.add(prompt)
    send_prompt.defer(prompt_id=str(prompt.id))
    return prompt


def send(*, prompt_id: UUID, clock: Callable[[], datetime]) -> None:
    """Hand the prompt to M-PESA, once and never again: whoever comes second finds it taken.

    No transaction is open while we talk to M-PESA. If we die in between, the janitor finds the prompt and asks M-PESA
    about it. The access token, which may take its time, is fetched first: a prompt's time begins when it leaves.
    """
    with suppress(daraja.DarajaError):  # the call itself will say what is wrong
        client().authenticate()
    now = clock()
    token = daraja.callback_token()
    taken = Prompt.objects.filter(pk=prompt_id, state=Prompt.State.REQUESTED, sent_at=None).update(
        sent_at=now, token_digest=daraja.token_digest(token), next_ask_at=now + schedule.STUCK_AFTER
    )
    if not taken:
        return
    prompt = Prompt.objects.select_related("purchase").get(pk=prompt_id)
    try:
        accepted = client().stk_push(_push(prompt, token))
    except daraja.OutcomeUnknown:
        _record(prompt_id, state=Prompt.State.UNKNOWN, next_ask_at=schedule.next_ask(asked=0, now=clock()))
    except daraja.DarajaError as refusal:
        _record(prompt_id, state=Prompt.State.REFUSED, code=_ending(refusal), ended_at=clock(), next_ask_at=None)
        if isinstance(refusal, daraja.WrongCredentials | daraja.InvalidRequest):
            alert_operator(
                text=f"{CONFIGURATION.site_name}: M-PESA refuses our own request, so nobody can pay: {refusal}"[:300],
                key=f"refused-{now:%Y%m%d%H}",
            )
    else:
        _record(
            prompt_id,
            state=Prompt.State.SENT,
            merchant_request_id=accepted.merchant_request_id,
            checkout_request_id=accepted.checkout_request_id,
            next_ask_at=schedule.next_ask(asked=0, now=clock()),
        )


def _push(prompt: Prompt, token: str) -> daraja.StkPush:
    return daraja.StkPush(
        shortcode=CONFIGURATION.mpesa_shortcode,
        passkey=CONFIGURATION.mpesa_passkey.get_secret_value(),
        amount=prompt.amount_cents // CENTS,
        msisdn=prompt.msisdn,
        callback_url=callback_url(token),
        account_reference=prompt.purchase.reference,
        description=CONFIGURATION.site_name[:13],
    )


def _ending(refusal: daraja.DarajaError) -> str:
    """Why a prompt that M-PESA never took will not ring."""
    match refusal:
        case daraja.SubscriberBusy():
            return "1001"
        case daraja.WrongCredentials() | daraja.InvalidRequest():
            return Prompt.Ending.CREDENTIALS
        case daraja.Throttled() | daraja.SystemBusy():
            return Prompt.Ending.BUSY
        case daraja.Unreachable():
            return Prompt.Ending.DOWN
        case _:
            return Prompt.Ending.REJECTED


@transaction.atomic
def _record(prompt_id: UUID, *, state: Prompt.State, **facts: object) -> None:
    """Write down how the call went. A callback may have been quicker; then only the identifiers are new."""
    prompt = Prompt.objects.select_for_update(of=("self",)).select_related("purchase").get(pk=prompt_id)
    if prompt.state != Prompt.State.REQUESTED:
        facts = {name: fact for name, fact in facts.items() if name.endswith("_request_id")}
    else:
        facts["state"] = state
    if facts:
        Prompt.objects.filter(pk=prompt_id).update(**facts)
    if facts.get("state") == Prompt.State.SENT:
        words = "We sent the M-PESA request to the phone."
        note([(prompt.purchase_id, prompt.requested_at, "prompted", words)])
    changed([prompt.purchase.number])
