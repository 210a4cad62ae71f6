"""Carrying the outbox: each notice once, the urgent first, nobody held up by another, nothing forgotten."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.notices.actions import Message, alert_operator, send, send_all
from sokopesa.notices.delivery import AT_ONCE, CLAIM_HOLDS, MOST_TRIES, Courier
from sokopesa.notices.errors import NeverDelivered, NotDelivered, ProviderRefusesUs
from sokopesa.notices.models import Notice

PHONE, OPERATOR, DEAD_LINE = "254708374149", "254711000200", "254708000000"
Answer = Callable[[str, str], None]


class Network:
    """Carries texts in memory. ``answer`` may take its time, or refuse."""

    def __init__(self, answer: Answer = lambda to, text: None) -> None:
        self.taken: list[str] = []
        self.most_at_once = 0
        self._answer, self._busy, self._lock = answer, 0, threading.Lock()

    def send(self, *, to: str, text: str) -> None:
        with self._lock:
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)
        try:
            self._answer(to, text)
            self.taken.append(text)
        finally:
            with self._lock:
                self._busy -= 1

    def close(self) -> None:
        """Nothing to hang up."""


class Clock:
    """The time, as far as the test has moved it on."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return clock.now() + self._ahead

    def move(self, time_passed: timedelta) -> None:
        self._ahead += time_passed


def carry_all(courier: Courier) -> None:
    while courier.carry():
        time.sleep(0.001)


def refuse(to: str, text: str) -> None:
    raise NotDelivered("the network is down")


def thank(count: int, *, to: str = PHONE) -> None:
    send_all([Message(to=to, text=f"thanks {n}", kind="payment", key=f"receipt:{n}") for n in range(count)])


@pytest.fixture
def couriers() -> Iterator[Callable[..., Courier]]:
    made: list[Courier] = []

    def make(network: Network, **more: Any) -> Courier:
        made.append(Courier(network, **{"clock": clock.now, "per_second": 10_000.0, **more}))
        return made[-1]

    yield make
    for courier in made:
        courier.finish()


Couriers = Callable[..., Courier]


def test_each_is_sent_once_by_any_number_of_workers_several_at_a_time(committing: None, couriers: Couriers) -> None:
    thank(400)
    network = Network(lambda to, text: time.sleep(0.002))

    def work(courier: Courier) -> None:
        try:
            carry_all(courier)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [couriers(network) for _ in range(4)]))
    assert Counter(network.taken) == Counter(f"thanks {n}" for n in range(400))
    assert network.most_at_once <= 4 * AT_ONCE
    assert {(notice.state, notice.attempts) for notice in Notice.objects.all()} == {(Notice.State.SENT, 1)}


def test_one_worker_hands_over_eight_at_a_time(committing: None, couriers: Couriers) -> None:
    thank(40)
    network = Network(lambda to, text: time.sleep(0.05))
    carry_all(couriers(network))
    assert network.most_at_once == AT_ONCE == 8


def test_no_more_are_begun_in_a_second_than_the_provider_takes(committing: None, couriers: Couriers) -> None:
    thank(12)
    network, now = Network(), [clock.now()]
    courier = couriers(network, clock=lambda: now[0], per_second=3.0)
    carry_all(courier)
    assert len(network.taken) == 3
    now[0] += timedelta(seconds=0.7)
    carry_all(courier)
    assert len(network.taken) == 5
    now[0] += timedelta(minutes=1)
    carry_all(courier)
    assert len(network.taken) == 8, "what was not used gathers for a second, not for a minute"


def test_no_transaction_is_open_while_the_provider_is_asked(committing: None, couriers: Couriers) -> None:
    thank(3)
    parameters = connection.get_connection_params()
    where = {name: parameters[name] for name in ("dbname", "user", "host")}
    seen: list[tuple[int, int]] = []

    def look(to: str, text: str) -> None:
        with psycopg.connect(**where, autocommit=True) as onlooker:
            row = onlooker.execute(
                """
                SELECT (SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
                        AND state <> 'active'),
                    (SELECT attempts FROM notices_notice WHERE text = %s)
                """,
                [text],
            ).fetchone()
            assert row is not None
            seen.append((row[0], row[1]))

    courier = couriers(Network(look))
    courier.carry()
    courier.finish()
    assert seen == [(0, 1)] * 3


def test_a_code_overtakes_a_hundred_thousand_thanks(committing: None, couriers: Couriers) -> None:
    """The provider takes 20 ms for each, so the thanks alone would take this worker over four minutes."""
    thank(100_000)
    network = Network(lambda to, text: time.sleep(0.02))
    courier = couriers(network)
    began = time.monotonic()
    while len(network.taken) < 200:
        courier.carry()
    thanks_per_second = len(network.taken) / (time.monotonic() - began)
    before = len(network.taken)
    asked = time.monotonic()
    send(to=PHONE, text="code", kind="sign-in-code", key="sign-in", urgent=True)
    while "code" not in network.taken:
        courier.carry()
    assert time.monotonic() - asked < 1
    assert network.taken.index("code") - before <= 3 * AT_ONCE
    assert thanks_per_second > 50


def test_the_urgent_go_first_and_then_whoever_waited_longest(committing: None, couriers: Couriers) -> None:
    thank(20)
    send(to=PHONE, text="code", kind="sign-in-code", key="sign-in", urgent=True)
    oldest = Notice.objects.get(key="receipt:13")
    Notice.objects.filter(pk=oldest.pk).update(next_try_at=oldest.created_at - timedelta(hours=1))
    network = Network()
    courier = couriers(network)
    courier.carry()
    courier.finish()
    assert {"code", "thanks 13"} <= set(network.taken)
    assert len(network.taken) == AT_ONCE


def test_the_claim_walks_along_the_index_whatever_is_kept_beside_it(committing: None) -> None:
    thank(20_000)
    Notice.objects.exclude(key="receipt:7").update(sent_at=clock.now(), next_try_at=None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_notice")
        cursor.execute(
            "EXPLAIN SELECT id FROM notices_notice WHERE urgent = false AND next_try_at <= now() "
            "ORDER BY next_try_at LIMIT 8 FOR UPDATE SKIP LOCKED"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using notice_due" in plan
    assert "Sort" not in plan


def test_one_line_that_never_answers_holds_up_no_other(committing: None, couriers: Couriers) -> None:
    let_go = threading.Event()

    def answer(to: str, text: str) -> None:
        if to == DEAD_LINE:
            let_go.wait(30)
            refuse(to, text)

    network = Network(answer)
    send_all([Message(to=DEAD_LINE, text=f"dead {n}", kind="payment", key=f"dead:{n}") for n in range(AT_ONCE - 1)])
    thank(100)
    courier = couriers(network)
    try:
        give_up_at = time.monotonic() + 10
        while len(network.taken) < 100 and time.monotonic() < give_up_at:
            courier.carry()
        assert len(network.taken) == 100
    finally:
        let_go.set()
    courier.finish()
    assert Notice.objects.filter(sent_at=None).count() == AT_ONCE - 1


def test_what_is_refused_is_tried_again_in_growing_steps_and_then_given_up(
    committing: None, couriers: Couriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "operator_phone", OPERATOR)
    thank(3, to=DEAD_LINE)
    time_ = Clock()
    courier = couriers(Network(lambda to, text: refuse(to, text) if to == DEAD_LINE else None), clock=time_)
    pauses = []
    for attempt in range(1, MOST_TRIES):
        carry_all(courier)
        notice = Notice.objects.get(key="receipt:0")
        assert (notice.state, notice.attempts) == (Notice.State.WAITING, attempt)
        assert notice.next_try_at is not None
        pauses.append((notice.next_try_at - time_()).total_seconds())
        time_.move(timedelta(seconds=pauses[-1] + 1))
        assert not Notice.objects.filter(kind="operator").exists()
    assert all(later > 2 * sooner for sooner, later in pairwise(pauses))
    assert sum(pauses) > timedelta(hours=8).total_seconds()
    carry_all(courier)
    for notice in Notice.objects.filter(to=DEAD_LINE):
        assert (notice.state, notice.attempts) == (Notice.State.GIVEN_UP, MOST_TRIES)
        assert notice.last_error == "the network is down"
    told = Notice.objects.get(kind="operator")
    assert told.text.startswith("SMS to 0708 ***000 was given up after 10 tries: the network is down.")
    assert told.state is Notice.State.SENT


def test_a_number_that_cannot_be_reached_is_not_tried_again(committing: None, couriers: Couriers) -> None:
    def answer(to: str, text: str) -> None:
        raise NeverDelivered("406 UserInBlacklist")

    thank(1)
    carry_all(couriers(Network(answer)))
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts) == (Notice.State.GIVEN_UP, 1)


def test_the_operator_is_told_once_and_at_once_that_nothing_is_taken_from_us(
    committing: None, couriers: Couriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "operator_phone", OPERATOR)

    def answer(to: str, text: str) -> None:
        raise ProviderRefusesUs("405 InsufficientBalance")

    thank(20)
    carry_all(couriers(Network(answer)))
    told = Notice.objects.get(kind="operator")
    assert told.text == "SMS is not sent at all: 405 InsufficientBalance. What waits is tried for eight hours."
    assert {notice.state for notice in Notice.objects.filter(kind="payment")} == {Notice.State.WAITING}


def test_an_operator_who_cannot_be_told_is_not_told_of_that(
    committing: None, couriers: Couriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "operator_phone", OPERATOR)
    alert_operator(text="M-PESA refuses us.", key="refused")
    Notice.objects.update(attempts=MOST_TRIES - 1)
    carry_all(couriers(Network(refuse)))
    assert Notice.objects.get().state is Notice.State.GIVEN_UP


def test_a_fault_of_ours_or_a_strange_answer_holds_up_nothing(committing: None, couriers: Couriers) -> None:
    def answer(to: str, text: str) -> None:
        if text == "thanks 0":
            raise ZeroDivisionError
        if text == "thanks 1":
            raise NotDelivered("no\x00 \ud800 such\nnumber" + "!" * 300)

    thank(9)
    network = Network(answer)
    carry_all(couriers(network))
    assert len(network.taken) == 7
    errors = dict(Notice.objects.filter(sent_at=None).values_list("key", "last_error"))
    assert errors["receipt:0"] == "ZeroDivisionError()"
    assert errors["receipt:1"].startswith("no? ? such?number!")


def test_what_a_killed_worker_claimed_is_tried_again_and_its_late_word_changes_nothing(
    committing: None, couriers: Couriers
) -> None:
    thank(1)
    let_go = threading.Event()

    def stall(to: str, text: str) -> None:
        let_go.wait(30)
        refuse(to, text)

    stalled, network, time_ = couriers(Network(stall)), Network(), Clock()
    next_worker = couriers(network, clock=time_)
    assert stalled.carry() == 1
    assert next_worker.carry() == 0
    time_.move(CLAIM_HOLDS)
    carry_all(next_worker)
    assert network.taken == ["thanks 0"]
    let_go.set()
    stalled.finish()
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, notice.last_error) == (Notice.State.SENT, 2, "")


def test_a_worker_that_slept_through_its_claim_hands_nothing_over(committing: None, couriers: Couriers) -> None:
    thank(1)
    network, began = Network(), clock.now()
    times = iter([began, began + CLAIM_HOLDS, began + CLAIM_HOLDS])
    courier = couriers(network, clock=lambda: next(times))
    courier.carry()
    courier.finish()
    assert network.taken == []
    assert Notice.objects.get().state is Notice.State.WAITING


def test_a_yes_is_kept_until_the_database_is_back(committing: None, couriers: Couriers) -> None:
    thank(1)
    network, handed_over = Network(), threading.Event()
    courier = couriers(network, freed=handed_over.set)
    courier.carry()
    assert handed_over.wait(10)
    parameters = connection.get_connection_params()
    where = {name: parameters[name] for name in ("dbname", "user", "host")}
    connection.ensure_connection()
    with psycopg.connect(**where, autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    with pytest.raises(OperationalError):
        courier.carry()
    connections.close_all()
    assert courier.carry() == 0
    assert Notice.objects.get().state is Notice.State.SENT
    assert network.taken == ["thanks 0"]
