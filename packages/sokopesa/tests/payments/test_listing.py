"""M-PESA's own list of payments finds what no message told, and never invents an end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.ledger.accounts import UNMATCHED, mpesa
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.payments import gateway, janitor, listing, prompts
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import Prompt, Receipt
from sokopesa.payments.settlement import settle
from sokopesa.payments.telling import tell
from sokopesa.refunds.queries import owed_cents

pytestmark = pytest.mark.django_db
Market = Callbacks = Any
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture(autouse=True)
def quick(network: httpx.Client) -> Iterator[None]:
    """The network answers at once; callbacks go nowhere; the operator has a phone."""
    before = network.get("/settings").json()
    network.patch("/settings", json={"push_seconds": 0, "callback_seconds": 0}).raise_for_status()
    break_(network)
    gateway.hang_up()
    CONFIGURATION.operator_phone = "254711000200"
    yield
    CONFIGURATION.operator_phone = ""
    gateway.hang_up()
    network.patch("/settings", json=before)


def break_(network: httpx.Client, *rules: dict[str, Any]) -> None:
    network.put("/faults", json={"faults": [*rules, {"kind": "callback_lost"}]}).raise_for_status()


def paid_on_phone(market: Market, network: httpx.Client, now: datetime) -> Prompt:
    purchase = market.purchase()
    phone = purchase.buyer.phone
    network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 100_000, "name": "Asha"}).raise_for_status()
    prompt = prompts.ask(purchase=purchase, msisdn=phone, now=now)
    prompts.send(prompt_id=prompt.id, clock=lambda: now)
    network.post(f"/subscribers/{phone}/answer", json={"pin": "1234"}).raise_for_status()
    return Prompt.objects.get(pk=prompt.pk)


def ask_about(prompt: Prompt, moment: datetime) -> Prompt:
    Prompt.objects.filter(pk=prompt.pk, state__in=Prompt.LIVE).update(next_ask_at=moment)
    janitor.ask_due(now=moment, clock=lambda: moment)
    return Prompt.objects.get(pk=prompt.pk)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ([{"kind": "lost_answer", "operation": "stk_push"}], "not-found"),
        ([{"kind": "query_contradicts", "code": "1032"}], "1032"),
    ],
    ids=["answer lost", "query denies"],
)
def test_a_payment_that_the_list_shows_late_still_pays_the_order(
    market: Market, network: httpx.Client, now: datetime, faults: list[dict[str, Any]], code: str
) -> None:
    """Every witness failed at first; the sweep goes on looking, and the prompt that was given up on is paid."""
    break_(network, *faults, {"kind": "statement_late", "seconds": 3})
    prompt = ask_about(paid_on_phone(market, network, now), now + timedelta(minutes=5))
    assert (prompt.state, prompt.code) == ("refused", code)
    give_up_at = time.monotonic() + 30
    while prompt.state != Prompt.State.PAID:
        assert time.monotonic() < give_up_at, "the list never showed the payment"
        time.sleep(0.2)
        listing.sweep(now=now + timedelta(minutes=6), back=HOUR)
        prompt = Prompt.objects.get(pk=prompt.pk)
    assert (prompt.state, prompt.purchase.state) == ("paid", "paid")
    assert listing.sweep(now=now + timedelta(minutes=7), back=HOUR) == set()
    assert discrepancies() == []


def test_a_sweep_books_each_payment_once_whatever_was_known(
    market: Market, network: httpx.Client, callbacks: Callbacks, now: datetime
) -> None:
    prompt = paid_on_phone(market, network, now)
    [booked] = network.get("/transactions", params={"party": prompt.msisdn}).json()[-1:]
    credit_payments([Payment(booked["receipt"], 125_000, now, "confirmation", purchase_id=prompt.purchase_id)], now=now)
    before = balance_cents(mpesa("174379"))
    listing.sweep(now=clock.now() + timedelta(minutes=5), back=HOUR)
    prompt.refresh_from_db()
    assert prompt.state == "paid"
    assert Receipt.objects.get(code=booked["receipt"]).prompt == prompt
    assert balance_cents(mpesa("174379")) - before == sum(
        receipt.amount_cents for receipt in Receipt.objects.exclude(code=booked["receipt"])
    )
    assert discrepancies() == []


def test_another_amount_answers_no_prompt(market: Market, callbacks: Callbacks, now: datetime) -> None:
    prompt, _ = callbacks.sent(market.purchase(), now)
    credit_payments([Payment("UKN1SMALL1", 1_000, now, "pull", prompt_id=prompt.id)], now=now)
    prompt.refresh_from_db()
    assert (prompt.state, prompt.purchase.state) == ("sent", "awaiting_payment")
    assert owed_cents() == 1_000


def test_without_the_list_a_prompt_ends_only_by_mpesas_plain_word(
    market: Market, network: httpx.Client, now: datetime
) -> None:
    """The app may not have the product at all: what the query says plainly counts, silence does not, and the operator
    hears of it."""
    no_list = {"kind": "blocked", "operation": "pull_query"}
    break_(network, no_list, {"kind": "query_contradicts", "code": "1032"})
    plain = ask_about(paid_on_phone(market, network, now), now + timedelta(minutes=1))
    assert plain.is_live, "a query alone is not believed at once"
    plain = ask_about(plain, now + timedelta(minutes=5))
    assert (plain.state, plain.code) == ("refused", "1032")
    break_(network, no_list, {"kind": "lost_answer", "operation": "stk_push"})
    silent = paid_on_phone(market, network, now)
    for minutes in (5, 11, 60, 3_000):
        silent = ask_about(silent, now + timedelta(minutes=minutes))
    assert silent.state == "unknown"
    assert not tell(silent, now=now).may_retry
    assert Notice.objects.filter(kind="operator", text__contains=silent.purchase.number).count() == 1


def test_an_operator_is_told_anew_each_day_that_our_questions_are_refused(
    market: Market, network: httpx.Client, now: datetime
) -> None:
    prompt = paid_on_phone(market, network, now)
    break_(network, {"kind": "wrong_credentials", "operation": "stk_query"})
    noon = now.replace(hour=9, minute=0) + timedelta(days=1)
    for hours in (0, 1, 24):
        ask_about(prompt, noon + timedelta(hours=hours))
    assert Notice.objects.filter(text__contains="refuses our questions").count() == 2


def test_callback_and_confirmation_of_one_payment_in_one_batch_end_the_prompt(
    market: Market, callbacks: Callbacks, now: datetime
) -> None:
    for first in (True, False):
        prompt, _ = callbacks.sent(market.purchase(), now)
        receipt = f"UKN1BATCH{int(first)}"
        told = [
            Payment(receipt, prompt.amount_cents, now, "callback", prompt_id=prompt.id),
            Payment(receipt, prompt.amount_cents, now, "confirmation", purchase_id=prompt.purchase_id),
        ]
        credit_payments(told if first else told[::-1], now=now)
        prompt.refresh_from_db()
        assert (prompt.state, prompt.receipt.code) == ("paid", receipt)


def test_a_fault_with_one_prompt_keeps_nobody_else_from_being_asked_about(
    market: Market, network: httpx.Client, now: datetime
) -> None:
    """The first prompt's payment is of a time without a tariff; the second's is ordinary."""
    first, second = paid_on_phone(market, network, now), paid_on_phone(market, network, now)
    break_(network, {"kind": "query_contradicts", "code": "9" * 40, "phone": first.msisdn})
    moment = now + timedelta(minutes=5)
    Prompt.objects.filter(pk__in=[first.pk, second.pk]).update(next_ask_at=moment)
    assert janitor.ask_due(now=moment, clock=lambda: moment) == 2
    second.refresh_from_db()
    assert second.state == "paid"


def test_an_operator_phone_that_cannot_be_written_to_stops_nothing(
    market: Market, callbacks: Callbacks, now: datetime
) -> None:
    CONFIGURATION.operator_phone = "0711000200"
    purchase = market.purchase()
    first, secret = callbacks.sent(purchase, now)
    credit_payments([Payment("UKN1AAAAAA", first.amount_cents, now, "pull", purchase_id=purchase.id)], now=now)
    callbacks.arrive(secret, callbacks.paid(first, "UKN1BBBBBB"))
    assert settle(now=now) == 1
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("account", ["\u200b" * 20, "\x00\x01", "\u202e", "x" * 500, ""])
def test_money_with_the_oddest_account_number_is_booked(
    market: Market, callbacks: Callbacks, now: datetime, account: str
) -> None:
    told = daraja.parse_c2b_payment({"TransID": "UKN1ODDACC", "TransAmount": "10.00", "BillRefNumber": account})
    credit_payments([Payment("UKN1ODDACC", 1_000, now, "confirmation", account=told.account_reference or "")], now=now)
    assert Receipt.objects.get().unplaced
    assert balance_cents(UNMATCHED) == -1_000


def test_a_payment_by_hand_is_not_taken_for_the_answer_to_a_prompt_on_the_phone(
    market: Market, network: httpx.Client, now: datetime
) -> None:
    """Same phone, same amount, same order: as long as the prompt can be answered, M-PESA's word alone says whether it
    was. Else the prompt's own payment, when it comes, looks like a forgery."""
    prompt, by_hand = _sent_and_paid_by_hand(market, network, now)
    listing.sweep(now=clock.now() + timedelta(minutes=1), back=HOUR)
    prompt.refresh_from_db()
    assert (prompt.state, prompt.purchase.state) == ("sent", "paid")
    network.post(f"/subscribers/{prompt.msisdn}/answer", json={"pin": "1234"}).raise_for_status()
    listing.sweep(now=clock.now() + timedelta(minutes=1), back=HOUR)
    prompt = ask_about(prompt, clock.now() + timedelta(minutes=1))
    own = next(told["receipt"] for told in network.get("/prompts", params={"msisdn": prompt.msisdn}).json())
    assert prompt.state == "paid"
    assert set(Receipt.objects.filter(msisdn=prompt.msisdn).values_list("code", flat=True)) == {by_hand, own}
    assert discrepancies() == []


def test_an_earlier_prompt_does_not_get_the_payment_of_the_one_on_the_phone(
    market: Market, network: httpx.Client, now: datetime
) -> None:
    purchase = market.purchase()
    earlier = Prompt.objects.create(
        purchase=purchase,
        attempt=1,
        msisdn=purchase.buyer.phone,
        amount_cents=purchase.total_cents,
        state="refused",
        code="1032",
        requested_at=now,
        sent_at=now,
        ended_at=now,
    )
    network.put(f"/subscribers/{earlier.msisdn}", json={"pin": "1234", "balance": 100_000}).raise_for_status()
    prompt = prompts.ask(purchase=purchase, msisdn=earlier.msisdn, now=now)
    prompts.send(prompt_id=prompt.id, clock=lambda: now)
    network.post(f"/subscribers/{earlier.msisdn}/answer", json={"pin": "1234"}).raise_for_status()
    listing.sweep(now=clock.now() + timedelta(minutes=1), back=HOUR)
    prompt = ask_about(prompt, clock.now() + timedelta(minutes=1))
    earlier.refresh_from_db()
    assert (earlier.state, prompt.state, prompt.purchase.state) == ("refused", "paid", "paid")


def _sent_and_paid_by_hand(market: Market, network: httpx.Client, now: datetime) -> tuple[Prompt, str]:
    purchase = market.purchase()
    phone = purchase.buyer.phone
    network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 100_000, "name": "Asha"}).raise_for_status()
    prompt = prompts.ask(purchase=purchase, msisdn=phone, now=now)
    prompts.send(prompt_id=prompt.id, clock=lambda: now)
    gateway.client().simulate_c2b(
        daraja.SimulateC2b(
            shortcode="174379",
            amount=prompt.amount_cents // 100,
            msisdn=phone,
            account_reference=purchase.reference,
        )
    )
    network.post("/quiet", json={"wait_seconds": 5}).raise_for_status()
    [paid] = network.get("/transactions", params={"party": phone}).json()[-1:]
    assert paid["account_reference"] == purchase.reference
    return Prompt.objects.get(pk=prompt.pk), str(paid["receipt"])


def test_a_receipt_whose_prompt_is_known_takes_no_other_prompt_from_the_list(
    market: Market, network: httpx.Client, callbacks: Callbacks, now: datetime
) -> None:
    """M-PESA paid the first prompt after all, when the second was on the phone; both payments are in its list, and the
    second finds its own prompt."""
    first = paid_on_phone(market, network, now)
    [early] = network.get("/prompts", params={"msisdn": first.msisdn}).json()
    Prompt.objects.filter(pk=first.pk).update(state="refused", code="1032", ended_at=now, next_ask_at=None)
    second = prompts.ask(purchase=first.purchase, msisdn=first.msisdn, now=now)
    prompts.send(prompt_id=second.id, clock=lambda: now)
    network.post(f"/subscribers/{first.msisdn}/answer", json={"pin": "1234"}).raise_for_status()
    credit_payments([Payment(early["receipt"], first.amount_cents, now, "callback", prompt_id=first.id)], now=now)
    second = ask_about(second, clock.now() + timedelta(minutes=1))
    assert second.state == "paid"
    assert Receipt.objects.filter(prompt__in=[first, second]).count() == 2
    assert discrepancies() == []
