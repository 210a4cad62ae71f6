"""The page that follows a payment. It changes by server-sent events; where those do not get through it asks every few
seconds; without JavaScript it reloads itself. All three show the same fragment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST, require_safe

from sokopesa.faces.storefront.checkout_forms import NumberForm
from sokopesa.faces.storefront.news import newsroom
from sokopesa.faces.storefront.streams import LOOK_AGAIN_AFTER, event, event_stream, looking
from sokopesa.faces.storefront.views.own import own_bare_purchase
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts
from sokopesa.payments.byhand import paybill
from sokopesa.payments.charges import paybill_charge
from sokopesa.payments.models import Prompt, Receipt
from sokopesa.payments.queries import latest_prompt, receipt_of
from sokopesa.payments.telling import Telling, tell, tell_ended, tell_paid
from sokopesa.refunds.queries import refunds_of
from sokopesa.refunds.words import Explained, explain

FRAGMENT = "storefront/pay/state.html"
POLL_SECONDS = 4
POLL_SECONDS_BESIDE_EVENTS = 30

NOT_ASKED = Telling(
    tone="bad",
    title="No request was sent yet",
    body=("Your order is kept. Nothing was taken from your M-PESA account.",),
    steps=("Check the number below and send the request.",),
    may_retry=True,
    is_final=True,
)


@dataclass(frozen=True)
class State:
    """All that the page shows about one payment at one moment."""

    purchase: Purchase
    prompt: Prompt | None
    receipt: Receipt | None
    telling: Telling
    refunds: tuple[Explained, ...]

    @property
    def is_paid(self) -> bool:
        """Whether there is nothing left to follow."""
        return self.purchase.state == Purchase.State.PAID

    @property
    def may_cancel(self) -> bool:
        """Whether it can be cancelled at once."""
        return self.purchase.state == Purchase.State.AWAITING_PAYMENT

    @property
    def may_pay_by_hand(self) -> bool:
        """Not while the end of a request is unclear, which might be a second payment."""
        return self.purchase.state == Purchase.State.AWAITING_PAYMENT and self.telling.tone != "unsure"

    @property
    def mark(self) -> str:
        """The same for as long as there is nothing new to show."""
        owed = [(told.refund.pk, told.outcome) for told in self.refunds]
        shown = (self.prompt and self.prompt.pk, self.receipt and self.receipt.pk, self.telling, owed)
        return sha256(repr(shown).encode()).hexdigest()[:16]

    def context(self, *, poll_seconds: int = POLL_SECONDS, form: NumberForm | None = None) -> dict[str, object]:
        """For the fragment's template. The charge is the receipt's, or what M-PESA would take today."""
        if self.receipt:
            amount_cents, charge_cents = self.receipt.amount_cents, self.receipt.charge_cents
        else:
            amount_cents, today = self.purchase.total_cents, clock.nairobi_date(clock.now())
            charge_cents = paybill_charge(amount_cents, on=today).buyer_cents
        payer = self.prompt.msisdn if self.prompt else self.purchase.buyer.phone
        return {
            "state": self,
            "purchase": self.purchase,
            "prompt": self.prompt,
            "receipt": self.receipt,
            "telling": self.telling,
            "refunds": self.refunds,
            "charge_cents": charge_cents,
            "leaves_wallet_cents": amount_cents + charge_cents,
            "paybill": paybill() if self.may_pay_by_hand else "",
            "poll_seconds": poll_seconds,
            "form": form or NumberForm(suggested=payer),
        }


@login_required
@never_cache
@ensure_csrf_cookie
@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """The whole page."""
    return render(request, "storefront/pay/page.html", _look(request, number).context())


@never_cache
@require_safe
def state(request: HttpRequest, number: str) -> HttpResponse:
    """The fragment, or 204 when the page shows it already. Somebody signed out gets the page anew, to sign in."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    seen = _look(request, number)
    if request.GET.get("seen") == seen.mark:
        return HttpResponse(status=204)
    return render(request, FRAGMENT, seen.context())


@never_cache
@require_GET
async def events(request: HttpRequest, number: str) -> HttpResponseBase:
    """The fragment again and again, whenever it has changed, until the purchase is paid."""
    request.user = await request.auser()
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    try:
        await sync_to_async(own_bare_purchase)(request, number)
    except Http404:
        return HttpResponse(status=404)  # a page that says so would be made in a thread that keeps its connection
    return event_stream(_stream(request, number, request.GET.get("seen", "")))


@login_required
@require_POST
def again(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once more, perhaps another phone. While an earlier request may still be paid, that one is shown instead."""
    seen = _look(request, number)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return render(request, "storefront/pay/page.html", seen.context(form=form), status=422)
    try:
        prompts.ask(purchase=seen.purchase, msisdn=form.cleaned_data["msisdn"], now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:live", number)


async def _stream(request: HttpRequest, number: str, seen: str) -> AsyncIterator[str]:
    async with newsroom().following(number) as news:
        while True:
            news.clear()
            mark, fragment, is_paid = await _look_from_afar(request, number, seen)
            if mark == seen:
                yield ": nothing new\n\n"
            else:
                yield event("state", fragment)
                seen = mark
            if is_paid:
                yield event("done", "paid")
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), LOOK_AGAIN_AFTER)


@looking
def _look_from_afar(request: HttpRequest, number: str, seen: str) -> tuple[str, str, bool]:
    """(mark, fragment or "" when that was seen, whether it is paid)."""
    now = _look(request, number)
    context = now.context(poll_seconds=POLL_SECONDS_BESIDE_EVENTS)
    fragment = "" if now.mark == seen else render_to_string(FRAGMENT, context, request=request)
    return now.mark, fragment, now.is_paid


def _look(request: HttpRequest, number: str) -> State:
    purchase = own_bare_purchase(request, number)
    receipt = receipt_of(purchase)
    prompt = (receipt and receipt.prompt) or latest_prompt(purchase)
    refunds = tuple(explain(refund) for refund in refunds_of([purchase]).get(purchase.pk, []))
    telling = _words(purchase, prompt, receipt, money_came=bool(refunds))
    return State(purchase=purchase, prompt=prompt, receipt=receipt, telling=telling, refunds=refunds)


def _words(purchase: Purchase, prompt: Prompt | None, receipt: Receipt | None, *, money_came: bool) -> Telling:
    if receipt:
        return tell_paid(receipt)
    if ended := tell_ended(purchase, prompt, money_came=money_came):
        return ended
    return tell(prompt, now=clock.now(), money_came=money_came) if prompt else NOT_ASKED
