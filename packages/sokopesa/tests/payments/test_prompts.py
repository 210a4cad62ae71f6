"""Asking phones on the simulated network, and the janitor's questions when M-PESA keeps silent. All over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.phone import NotSafaricom
from sokopesa.ledger.accounts import escrow
from sokopesa.ledger.queries import balance_cents
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Purchase
from sokopesa.payments import gateway, janitor, prompts
from sokopesa.payments.errors import AboveLimit, AlreadyPaid, TooManyPrompts
from sokopesa.payments.models import Prompt
from sokopesa.payments.telling import tell

pytestmark = pytest.mark.django_db
Market = Any


@pytest.fixture
def now() -> datetime:
    """The simulated network runs in real time, so these tests do too."""
    from sokopesa.kernel.clock import now

    return now()


@pytest.fixture(autouse=True)
def quick(network: httpx.Client) -> Iterator[None]:
    """Answers come at once, callbacks go nowhere (they are settled elsewhere), and our client is a fresh one."""
    before = network.get("/settings").json()
    hurry = {"push_seconds": 0, "callback_seconds": 0, "unreachable_seconds": 0, "prompt_seconds": 60}
    network.patch("/settings", json=hurry).raise_for_status()
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]}).raise_for_status()
    gateway.hang_up()
    yield
    gateway.hang_up()
    network.patch("/settings", json=before)


def asked(market: Market, network: httpx.Client, now: datetime, *, balance: int = 100_000, **answer: Any) -> Prompt:
    """A prompt that has been handed to the network, to a phone that answers so."""
    purchase = market.purchase()
    phone = purchase.buyer.phone
    network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": balance, "name": "Asha Test"})
    prompt = prompts.ask(purchase=purchase, msisdn=phone, now=now)
    prompts.send(prompt_id=prompt.id, clock=lambda: now)
    if answer:
        network.post(f"/subscribers/{phone}/answer", json=answer).raise_for_status()
    prompt.refresh_from_db()
    return prompt


def faults(network: httpx.Client, *rules: dict[str, Any]) -> None:
    network.put("/faults", json={"faults": [*rules, {"kind": "callback_lost"}]}).raise_for_status()


def ask_until_it_ends(prompt: Prompt, now: datetime, *, after: timedelta) -> None:
    """Let time pass and the janitor work."""
    moment = now + after
    Prompt.objects.filter(pk=prompt.pk).update(next_ask_at=moment)
    assert janitor.ask_due(now=moment, clock=lambda: moment) == 1
    prompt.refresh_from_db()


def test_the_attempt_is_on_record_before_mpesa_hears_of_it_and_sent_once(
    market: Market, network: Any, now: Any
) -> None:
    purchase = market.purchase()
    phone = purchase.buyer.phone
    network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 100_000})
    prompt = prompts.ask(purchase=purchase, msisdn=phone, now=now)
    assert (prompt.state, prompt.token_digest) == ("requested", None)
    assert network.get("/prompts", params={"msisdn": phone}).json() == []
    for _ in range(3):
        prompts.send(prompt_id=prompt.id, clock=lambda: now)
    prompt.refresh_from_db()
    assert prompt.state == "sent"
    assert prompt.checkout_request_id.startswith("ws_CO_")
    [shown] = network.get("/prompts", params={"msisdn": phone}).json()
    assert purchase.reference in shown["text"]


def test_a_second_press_of_pay_finds_the_live_prompt(market: Market, network: Any, now: Any) -> None:
    prompt = asked(market, network, now)
    again = prompts.ask(purchase=prompt.purchase, msisdn="254711222333", now=now)
    assert again == prompt
    assert Prompt.objects.count() == 1


def test_what_cannot_be_asked_is_refused_before_anything_is_stored(market: Market, network: Any, now: Any) -> None:
    purchase = market.purchase()
    with pytest.raises(NotSafaricom):
        prompts.ask(purchase=purchase, msisdn="254733123456", now=now)
    dear = market.purchase(total_cents=25_000_100)
    with pytest.raises(AboveLimit, match="KES 250,001"):
        prompts.ask(purchase=dear, msisdn=dear.buyer.phone, now=now)
    Purchase.objects.filter(pk=purchase.pk).update(state="paid", paid_at=now)
    with pytest.raises(AlreadyPaid):
        prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=now)
    assert Prompt.objects.count() == 0


def test_a_phone_is_not_pestered(market: Market, network: Any, now: Any) -> None:
    purchase = market.purchase()
    for _ in range(prompts.MOST_IN_PACE):
        prompt = prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=now)
        Prompt.objects.filter(pk=prompt.pk).update(state="refused", code="1032", ended_at=now, next_ask_at=None)
    with pytest.raises(TooManyPrompts):
        prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=now)
    later = now + prompts.PACE + timedelta(seconds=1)
    assert prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=later).attempt == prompts.MOST_IN_PACE + 1


def test_wrong_keys_are_our_fault_and_the_operator_hears_of_it(market: Market, network: Any, now: Any) -> None:
    CONFIGURATION.operator_phone = "254711000200"
    faults(network, {"kind": "wrong_credentials"})
    prompt = asked(market, network, now)
    CONFIGURATION.operator_phone = ""
    assert (prompt.state, prompt.code) == ("refused", "credentials")
    assert "fault is ours" in " ".join(tell(prompt, now=now).body)
    assert Notice.objects.get(kind="operator").to == "254711000200"


@pytest.mark.parametrize("kind", ["server_error", "too_many_requests"])
def test_a_busy_network_that_says_so_took_nothing(market: Market, network: Any, now: Any, kind: str) -> None:
    faults(network, {"kind": kind, "operation": "stk_push"})
    prompt = asked(market, network, now)
    assert (prompt.state, prompt.code) == ("refused", "busy")
    assert tell(prompt, now=now).may_retry


def test_a_network_that_is_away_took_nothing(market: Market, network: Any, now: Any) -> None:
    before, CONFIGURATION.mpesa_base_url = CONFIGURATION.mpesa_base_url, "http://127.0.0.1:1"
    gateway.hang_up()
    prompt = asked(market, network, now)
    CONFIGURATION.mpesa_base_url = before
    assert (prompt.state, prompt.code) == ("refused", "down")


def test_a_phone_with_another_prompt_open_is_busy(market: Market, network: Any, now: Any) -> None:
    first = asked(market, network, now)
    second = market.purchase()
    prompt = prompts.ask(purchase=second, msisdn=first.msisdn, now=now)
    prompts.send(prompt_id=prompt.id, clock=lambda: now)
    prompt.refresh_from_db()
    assert (prompt.state, prompt.code) == ("refused", "1001")


@pytest.mark.parametrize("how", ["bad_gateway", "dropped"])
def test_a_lost_answer_is_unknown_and_heals_from_mpesas_list(market: Market, network: Any, now: Any, how: str) -> None:
    """We never learned the identifier, so only M-PESA's own list of payments can tell; it does."""
    faults(network, {"kind": "lost_answer", "how": how, "operation": "stk_push"})
    prompt = asked(market, network, now, pin="1234")
    assert (prompt.state, prompt.checkout_request_id) == ("unknown", "")
    assert not tell(prompt, now=now).may_retry
    assert prompts.ask(purchase=prompt.purchase, msisdn=prompt.msisdn, now=now) == prompt

    ask_until_it_ends(prompt, now, after=timedelta(seconds=30))
    assert prompt.state == "unknown"
    ask_until_it_ends(prompt, now, after=timedelta(minutes=5))
    assert prompt.state == "paid"
    assert balance_cents(escrow(prompt.purchase.orders.get().pk)) == -125_000


def test_a_lost_answer_to_a_prompt_nobody_paid_ends_only_after_its_lifetime(
    market: Market, network: Any, now: Any
) -> None:
    faults(network, {"kind": "lost_answer", "operation": "stk_push"})
    prompt = asked(market, network, now, cancel=True)
    ask_until_it_ends(prompt, now, after=timedelta(seconds=60))
    assert prompt.state == "unknown"
    ask_until_it_ends(prompt, now, after=timedelta(minutes=5))
    assert (prompt.state, prompt.code) == ("refused", "not-found")


def test_a_lost_callback_of_a_payment_is_found_with_its_receipt(market: Market, network: Any, now: Any) -> None:
    prompt = asked(market, network, now, pin="1234")
    ask_until_it_ends(prompt, now, after=timedelta(seconds=10))
    [booked] = network.get("/transactions", params={"party": prompt.msisdn}).json()[-1:]
    assert prompt.state == "paid"
    assert prompt.receipt.code == booked["receipt"]
    assert prompt.receipt.learned_from == "pull"


@pytest.mark.parametrize(
    ("how", "code"), [({"cancel": True}, "1032"), ({"pin": "1234", "balance": 3}, "1"), ({"pin": "9999"}, "2001")]
)
def test_a_lost_callback_of_a_failure_is_asked_for(market: Market, network: Any, now: Any, how: Any, code: str) -> None:
    prompt = asked(market, network, now, **how)
    ask_until_it_ends(prompt, now, after=timedelta(seconds=10))
    assert (prompt.state, prompt.code) == ("refused", code)


def test_an_open_prompt_is_left_open_however_often_we_ask(market: Market, network: Any, now: Any) -> None:
    prompt = asked(market, network, now)
    for minutes in (0.2, 1, 10, 100):
        ask_until_it_ends(prompt, now, after=timedelta(minutes=minutes))
        assert prompt.is_live


def test_a_query_that_denies_a_payment_is_not_believed(market: Market, network: Any, now: Any) -> None:
    """The sandbox's query has been seen to call a paid prompt failed; M-PESA's list knows better."""
    prompt = asked(market, network, now, pin="1234")
    faults(network, {"kind": "query_contradicts", "code": "1032"})
    ask_until_it_ends(prompt, now, after=timedelta(seconds=10))
    assert prompt.state == "paid"


def test_a_payment_whose_receipt_is_late_waits_for_it_and_nobody_is_asked_to_pay_again(
    market: Market, network: Any, now: Any
) -> None:
    faults(network, {"kind": "statement_late", "seconds": 600})
    prompt = asked(market, network, now, pin="1234")
    ask_until_it_ends(prompt, now, after=timedelta(seconds=10))
    assert (prompt.state, prompt.code) == ("unknown", "0")
    assert tell(prompt, now=now).title == "M-PESA says you have paid"
    assert not tell(prompt, now=now).may_retry


def test_a_prompt_whose_job_was_lost_is_sent_after_all_and_never_twice(market: Market, network: Any, now: Any) -> None:
    purchase = market.purchase()
    network.put(f"/subscribers/{purchase.buyer.phone}", json={"pin": "1234", "balance": 100_000})
    prompt = prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=now)
    later = now + timedelta(minutes=2)
    assert janitor.ask_due(now=later, clock=lambda: later) == 1
    assert janitor.ask_due(now=later, clock=lambda: later) == 0
    prompt.refresh_from_db()
    assert prompt.state == "requested"
    prompts.send(prompt_id=prompt.id, clock=lambda: later)
    prompts.send(prompt_id=prompt.id, clock=lambda: later)
    assert len(network.get("/prompts", params={"msisdn": prompt.msisdn}).json()) == 1
