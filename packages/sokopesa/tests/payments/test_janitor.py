"""The janitor with many unanswered prompts, and with a gateway that is slow, full or away. All over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.ledger.queries import discrepancies
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Purchase
from sokopesa.orders.numbers import new_number, reference
from sokopesa.payments import asking, gateway, janitor, listing, pacing, prompts
from sokopesa.payments.models import Prompt

Market = Any
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture(autouse=True)
def quick(network: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The network answers at once, callbacks go nowhere, and there is no allowance to keep unless a test sets one."""
    before = network.get("/settings").json()
    network.patch("/settings", json={"push_seconds": 0, "callback_seconds": 0}).raise_for_status()
    break_(network)
    gateway.hang_up()
    monkeypatch.setattr(CONFIGURATION, "mpesa_queries_per_minute", 60_000.0)
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    yield
    gateway.hang_up()
    network.patch("/settings", json=before)


def break_(network: httpx.Client, *rules: dict[str, Any]) -> None:
    network.put("/faults", json={"faults": [*rules, {"kind": "callback_lost"}]}).raise_for_status()


def count(operation: str) -> dict[str, Any]:
    """A rule that does nothing but count."""
    return {"kind": "slow", "seconds": 0, "operation": operation}


def counted(network: httpx.Client, place: int = 0) -> int:
    return int(network.get("/faults").json()["faults"][place]["struck"])


def on_phone(market: Market, network: httpx.Client, now: datetime, **answer: Any) -> Prompt:
    """A prompt that the network took, answered so; the callback is lost."""
    purchase = market.purchase()
    phone = purchase.buyer.phone
    network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 100_000, "name": "Asha"}).raise_for_status()
    prompt = prompts.ask(purchase=purchase, msisdn=phone, now=now)
    prompts.send(prompt_id=prompt.id, clock=lambda: now)
    network.post(f"/subscribers/{phone}/answer", json=answer).raise_for_status()
    return Prompt.objects.get(pk=prompt.pk)


def unanswered(market: Market, now: datetime, how_many: int, *, asked: int = 0) -> list[Prompt]:
    """Prompts long past their lifetime that M-PESA knows nothing of, due since a minute."""
    buyer = market.buyer()
    numbers = [new_number() for _ in range(how_many)]
    purchases = Purchase.objects.bulk_create(
        Purchase(
            number=number,
            reference=reference(number),
            buyer=buyer,
            goods_cents=100_000,
            shipping_cents=0,
            total_cents=100_000,
            placed_at=now,
        )
        for number in numbers
    )
    return Prompt.objects.bulk_create(
        Prompt(
            purchase=purchase,
            attempt=1,
            msisdn=buyer.phone,
            amount_cents=100_000,
            state=Prompt.State.SENT,
            checkout_request_id=f"ws_CO_{purchase.number}",
            requested_at=now - timedelta(minutes=30),
            sent_at=now - timedelta(minutes=30),
            asked=asked,
            next_ask_at=now - timedelta(minutes=1),
        )
        for purchase in purchases
    )


def ask_at(moment: datetime) -> int:
    return janitor.ask_due(now=moment, clock=lambda: moment)


@pytest.mark.django_db
def test_one_read_of_the_list_serves_all_prompts_of_a_round(market: Market, network: httpx.Client, now: Any) -> None:
    break_(network, count("pull_query"))
    paid = [on_phone(market, network, now, pin="1234") for _ in range(2)]
    cancelled = [on_phone(market, network, now, cancel=True) for _ in range(3)]
    break_(network, count("pull_query"), {"kind": "lost_answer", "operation": "stk_push"})
    lost = [on_phone(market, network, now, pin="1234"), on_phone(market, network, now, cancel=True)]
    assert [prompt.checkout_request_id for prompt in lost] == ["", ""]
    moment = now + FIVE_MINUTES
    listing.sweep(now=now - timedelta(hours=1), back=timedelta(hours=1))
    pages_before = counted(network)
    Prompt.objects.update(next_ask_at=moment)

    assert ask_at(moment) == 7
    pages_of_round = counted(network) - pages_before
    states = {prompt.pk: (prompt.state, prompt.code) for prompt in Prompt.objects.all()}
    assert [states[prompt.pk] for prompt in [*paid, lost[0]]] == [("paid", "0")] * 3
    assert [states[prompt.pk] for prompt in cancelled] == [("refused", "1032")] * 3
    assert states[lost[1].pk] == ("refused", "not-found")
    assert discrepancies() == []
    before = counted(network)
    listing.look_for([], since=now, now=moment)
    assert pages_of_round == counted(network) - before


@pytest.mark.django_db
def test_a_full_gateway_is_asked_no_more_and_nothing_is_taken_for_an_answer(
    market: Market, network: httpx.Client, now: Any
) -> None:
    mine = unanswered(market, now, 60)
    break_(network, {"kind": "too_many_requests", "operation": "stk_query"})
    assert ask_at(now) == 0
    tried = counted(network)
    assert 0 < tried <= asking.AT_ONCE
    left = Prompt.objects.filter(state="sent", asked=0, last_asked_at=None, next_ask_at__lte=now)
    assert left.count() == len(mine)
    assert ask_at(now + timedelta(seconds=1)) == 0
    assert counted(network) == tried

    break_(network)
    assert ask_at(now + pacing.SHORTEST_PAUSE) == len(mine)
    assert set(Prompt.objects.values_list("state", "code")) == {("refused", "not-found")}


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["away", "answers nonsense"])
def test_a_dead_gateway_costs_a_handful_of_questions_and_ends_no_prompt(
    market: Market, network: httpx.Client, now: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    gateway.client().authenticate()
    mine = unanswered(market, now, 60)
    break_(network, {"kind": "unavailable", "operation": "stk_query"}, count("pull_query"))
    if how == "away":
        gateway.hang_up()
        monkeypatch.setattr(CONFIGURATION, "mpesa_base_url", "http://127.0.0.1:1")
    asked = ask_at(now)
    assert asked <= asking.HANDFUL + asking.AT_ONCE
    assert Prompt.objects.filter(state="sent").count() == len(mine)
    assert Prompt.objects.filter(asked=0, next_ask_at__lte=now).count() == len(mine) - asked
    assert counted(network, 1) == 0, "the list was asked for as well"


@pytest.mark.django_db
def test_a_question_that_finds_no_answer_holds_up_no_other(market: Market, network: httpx.Client, now: Any) -> None:
    mine = unanswered(market, now, 40)
    break_(network, {"kind": "unavailable", "operation": "stk_query", "probability": 0.2, "seed": 1})
    assert ask_at(now) == len(mine)
    lost = counted(network)
    assert lost > 0
    assert Prompt.objects.filter(state="sent", asked=1, next_ask_at__gt=now).count() == lost
    assert Prompt.objects.filter(state="refused", code="not-found").count() == len(mine) - lost


@pytest.mark.django_db
def test_a_thousand_hopeless_prompts_do_not_hold_up_a_fresh_one(
    market: Market, network: httpx.Client, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Due after all of them, and with an allowance of one question in two seconds, so that each round has one turn."""
    monkeypatch.setattr(CONFIGURATION, "mpesa_queries_per_minute", 30.0)
    unanswered(market, now, 1_000, asked=asking.FRESH)
    [fresh] = unanswered(market, now, 1)
    Prompt.objects.filter(pk=fresh.pk).update(next_ask_at=now)
    assert [ask_at(now), ask_at(now + timedelta(seconds=2))] == [1, 1]
    assert Prompt.objects.get(pk=fresh.pk).asked == 1
    assert Prompt.objects.filter(asked=asking.FRESH + 1).count() == 1, "the hopeless ones have their turns too"


@pytest.mark.django_db
def test_a_stream_of_fresh_prompts_does_not_hold_up_an_old_one(
    market: Market, network: httpx.Client, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_queries_per_minute", 30.0)
    unanswered(market, now, 20)
    [old] = unanswered(market, now, 1, asked=asking.FRESH)
    assert [ask_at(now), ask_at(now + timedelta(seconds=2))] == [1, 1]
    assert Prompt.objects.get(pk=old.pk).asked == asking.FRESH + 1


def test_workers_share_one_allowance(
    market: Market,
    network: httpx.Client,
    now: Any,
    all_at_once: Callable[..., list[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """M-PESA would refuse whoever asked sooner than 0.1 s after anybody else."""
    monkeypatch.setattr(CONFIGURATION, "mpesa_queries_per_minute", 300.0)
    mine = unanswered(market, now, 20)
    network.patch("/settings", json={"queries_per_minute": 600}).raise_for_status()
    break_(network, count("stk_query"))
    began = time.monotonic()
    asked = all_at_once(*[lambda: janitor.ask_due(now=clock.now(), clock=clock.now)] * 2)
    assert time.monotonic() - began >= (len(mine) - 1) * 0.2
    network.patch("/settings", json={"queries_per_minute": None}).raise_for_status()
    assert sum(int(str(number)) for number in asked) == len(mine)
    assert counted(network) == len(mine)
    assert set(Prompt.objects.values_list("asked", "state")) == {(1, "refused")}


def test_a_token_that_ends_in_the_middle_of_a_round_costs_no_question(
    market: Market, network: httpx.Client, now: Any, committing: None
) -> None:
    """The threads that ask then fetch another, over connections to the database that they give back."""
    mine = unanswered(market, now, 40)
    break_(network, {"kind": "token_invalidated", "operation": "stk_query", "times": 3})
    before = connections_open()
    assert janitor.ask_due(now=now, clock=clock.now) == len(mine)
    assert counted(network) == 3
    assert set(Prompt.objects.values_list("asked", "state")) == {(1, "refused")}
    assert connections_open() == before


def connections_open() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_worker_whose_clock_runs_ahead_silences_nobody(market: Market, network: httpx.Client, now: Any) -> None:
    unanswered(market, now, 2)
    Prompt.objects.filter(pk=Prompt.objects.first().pk).update(next_ask_at=now + timedelta(days=1))
    assert ask_at(now + timedelta(hours=23)) == 1
    Prompt.objects.update(next_ask_at=None)
    unanswered(market, now, 1)
    assert ask_at(now) == 1


@pytest.mark.django_db
def test_a_prompt_older_than_the_list_remembers_is_not_ended_by_its_silence(
    market: Market, network: httpx.Client, now: Any
) -> None:
    """We were away for two days: that the list does not show a payment says nothing any more."""
    [old] = unanswered(market, now, 1)
    long_ago = now - listing.LONGEST_MEMORY
    Prompt.objects.filter(pk=old.pk).update(requested_at=long_ago, sent_at=long_ago)
    assert ask_at(now) == 1
    old.refresh_from_db()
    assert (old.state, old.next_ask_at > now) == ("unknown", True)
    assert old.purchase.number in Notice.objects.get(kind="operator").text


@pytest.mark.django_db
def test_an_operator_gets_one_message_for_all_that_is_unclear(market: Market, network: httpx.Client, now: Any) -> None:
    break_(network, {"kind": "blocked", "operation": "pull_query"})
    unanswered(market, now, 30)
    assert ask_at(now) == 30
    told = Notice.objects.get(kind="operator").text
    assert "and 29 more: M-PESA still does not say" in told


@pytest.mark.django_db
def test_late_questions_come_together(market: Market, now: Any) -> None:
    from sokopesa.payments.schedule import LATE_QUESTIONS, next_ask

    moments = {next_ask(asked=12, now=now + timedelta(seconds=second)) for second in range(0, 600, 50)}
    assert len(moments) <= 2
    assert all(moment.timestamp() % LATE_QUESTIONS.total_seconds() == 0 for moment in moments)
    assert next_ask(asked=0, now=now) == now + timedelta(seconds=CONFIGURATION.mpesa_first_question)
