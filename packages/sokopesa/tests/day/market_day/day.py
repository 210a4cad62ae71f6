"""One day of the market in virtual time: shoppers, the network with its faults, and the worker's rounds."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection, connections
from django.db.models import Max
from pydantic import SecretStr

import daraja
import daraja.transport
from market_day.attacker import Attacker
from market_day.door import OpenDoor
from market_day.mpesa import Mpesa
from market_day.sellers import Sellers
from market_day.shoppers import send_shopping
from market_day.weather import SLOW_ANSWER, Weather
from mpesa_simulator import Network
from sokopesa.aftersale import deadlines, reminding
from sokopesa.catalog.models import Offer
from sokopesa.configuration import CONFIGURATION
from sokopesa.demo.run import SANDBOX_PASSKEY
from sokopesa.ledger.sealing import head, seal
from sokopesa.orders import checkout, opening
from sokopesa.orders.models import Purchase
from sokopesa.payments import gateway, janitor, lapsing, listing, prompts, settlement
from sokopesa.payments.models import Prompt

ROUND, MINUTE, HOUR = 5.0, 60.0, 3_600.0
"""The worker's rounds, in virtual seconds. A real one looks each second whether anybody is to be asked about."""
CLOSE_WATCH = timedelta(seconds=90)
"""A prompt is on the phone for a minute; afterwards M-PESA is asked less and less often, so rounds may be longer."""
RECENT = timedelta(hours=1)
SECRET = "the-markets-own-secret"
JOBS = "DELETE FROM procrastinate_jobs WHERE task_name = 'payments.send_prompt' AND status = 'todo' RETURNING args"


@dataclass(frozen=True, slots=True)
class Plan:
    """How the day goes. After ``shopping`` the faults last for ``faults_outlast`` and stop for good.

    ``impatience`` is the share of shoppers who press Pay again although the page does not say that they may.
    """

    weather: Weather
    shoppers: int = 16
    shopping: timedelta = timedelta(hours=3)
    faults_outlast: timedelta = timedelta(hours=1)
    quiet_within: timedelta = timedelta(hours=24)
    stragglers: timedelta = timedelta(hours=3)
    impatience: float = 0.4
    with_janitor: bool = True
    with_sweeps: bool = True


@dataclass
class Day:
    """``healed`` counts what only the janitor or the sweep put right, ``trace`` is all that happened, in order."""

    seed: int
    plan: Plan
    market: Any
    door: OpenDoor
    mpesa: Mpesa
    now: datetime
    attacker: Attacker
    chance: Random
    counts: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    ended_by_janitor: set[UUID] = field(default_factory=set)
    swept: set[str] = field(default_factory=set)
    anchor: str = ""
    quiet_after: timedelta | None = None
    _agenda: list[tuple[datetime, int, Callable[[], object], bool]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=itertools.count)
    _due: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sellers = Sellers(self, Random(f"{self.seed}-sellers"))

    def live_it(self) -> None:
        """From the first shopper to the last straggler of a callback."""
        send_shopping(self, count=self.plan.shoppers, within=self.plan.shopping)
        for _ in range(self.plan.weather.attacks):
            self.after(self.chance.uniform(HOUR / 2, self.plan.shopping.total_seconds()), self._attack)
        gateway.register_paybill()
        self.mpesa.network.break_things(*self.plan.weather.rules)
        self._live_until(self.now + self.plan.shopping + self.plan.faults_outlast, longest=MINUTE)
        self.counts.update({f"struck: {name}": count for name, count in self.mpesa.strikes().items() if count})
        self.mpesa.network.break_things()
        self.anchor = head()[1]
        self._live_until(self.now + self.plan.quiet_within, longest=5 * MINUTE, since=self.now)

    def straggle(self) -> None:
        """What was under way for more than a day arrives."""
        self._live_until(self.now + self.plan.stragglers, longest=5 * MINUTE)

    def live_on(self) -> None:
        """A week passes, and with it the deadlines to ship and to answer. The worker comes by now and then only."""
        self._live_until(self.now + timedelta(days=8), longest=9 * HOUR)

    @property
    def fingerprint(self) -> str:
        """The same for two days that went the same way."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:12]

    def after(self, seconds: float, deed: Callable[[], object], *, about_paying: bool = True) -> None:
        """Do this in so many seconds. Until all that is about paying is done, the day is not quiet."""
        at = self.now + timedelta(seconds=seconds)
        heapq.heappush(self._agenda, (at, next(self._number), deed, about_paying))

    def note(self, what: str, about: str = "") -> None:
        """Count something that happened."""
        self.counts[what] += 1
        self.trace.append(f"{self.now:%d %H:%M:%S.%f} {what} {about}")

    def place(self, phone: str, shillings: int) -> Purchase:
        """An order for something at this price, by the buyer with this phone."""
        self.market.now = self.now
        buyer = self.market.buyer(phone) if not self._knows(phone) else self._knows(phone)
        cents = shillings * 100
        ready = self.market.checkout(buyer=buyer, offer=self._offer(cents))
        purchase = checkout.place(checkout_id=ready.pk, agreed_total_cents=cents, now=self.now)
        self.note("placed", f"{phone} {shillings}")
        return purchase

    def _knows(self, phone: str) -> Any:
        from sokopesa.people.models import User

        return User.objects.filter(phone=phone).first()

    def _offer(self, cents: int) -> Offer:
        found = Offer.objects.filter(price_minor=cents, stock__gt=0).first()
        return found or self.market.offer(price_cents=cents, shipping_cents=0, stock=1_000)

    def _live_until(self, end: datetime, *, longest: float, since: datetime | None = None) -> None:
        while self.now < end:
            self._move(end, longest)
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
            self._work()
            if since and self.quiet_after is None and self._is_quiet():
                self.quiet_after = self.now - since

    def _move(self, end: datetime, longest: float) -> None:
        newest = Prompt.objects.filter(state__in=Prompt.LIVE).aggregate(at=Max("requested_at"))["at"]
        if newest:
            age = self.now - newest
            longest = ROUND if age < CLOSE_WATCH else 4 * ROUND if age < 4 * CLOSE_WATCH else MINUTE
        moments = [end, self.now + timedelta(seconds=longest), *(entry[0] for entry in self._agenda[:1])]
        seconds = max(0.001, (min(moments) - self.now).total_seconds())
        self.now = self.mpesa.advance(seconds)

    def _is_quiet(self) -> bool:
        at_work = any(about_paying for *_, about_paying in self._agenda)
        return not at_work and not Prompt.objects.filter(state__in=Prompt.LIVE).exists()

    def _work(self) -> None:
        """What the worker does by itself, each thing as often as it does it there."""
        self._settle()
        self._send_prompts()
        if self.plan.with_janitor:
            self._janitor()
        if self.plan.with_sweeps and self._is_due("sweep", CONFIGURATION.mpesa_sweep_every):
            self._sweep(RECENT)
        if self.plan.with_sweeps and self._is_due("long sweep", RECENT.total_seconds()):
            self._sweep(listing.LONGEST_MEMORY)
        if self._is_due("minute", MINUTE):
            self.counts["lapsed"] += lapsing.lapse_due(now=self.now)
            self.counts["deadlines"] += deadlines.apply_due(now=self.now)
            self.counts["reminders"] += reminding.remind_due(now=self.now)
            seal(now=self.now)
        if opening.open_paid():
            self.sellers.look()

    def _is_due(self, what: str, seconds: float) -> bool:
        if self.now < self._due.get(what, self.now):
            return False
        self._due[what] = self.now + timedelta(seconds=seconds)
        return True

    def _settle(self) -> None:
        while settled := settlement.settle(now=self.now):
            self.note("settled", str(settled))

    def _send_prompts(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(JOBS)
            jobs = [arguments for (arguments,) in cursor.fetchall()]
        for arguments in jobs:
            if self.chance.random() < self.plan.weather.jobs_lost:
                self.note("job lost")
                continue
            read = json.loads(arguments) if isinstance(arguments, str) else arguments
            self._send(UUID(read["prompt_id"]))

    def _send(self, prompt_id: UUID) -> None:
        if self.plan.weather.overtakes:
            self._send_while_time_goes_on(prompt_id)
        else:
            prompts.send(prompt_id=prompt_id, clock=lambda: self.now)
        state = Prompt.objects.values_list("state", flat=True).get(pk=prompt_id)
        if state == Prompt.State.UNKNOWN and self.plan.weather.is_slow:
            threading.Event().wait(SLOW_ANSWER)  # the network takes up what we have given up on
        self.note("sent", state)

    def _send_while_time_goes_on(self, prompt_id: UUID) -> None:
        """The answer may come after the callback: then the request waits while the phone is answered."""

        def send() -> None:
            try:
                prompts.send(prompt_id=prompt_id, clock=lambda: self.now)
            finally:
                connections.close_all()

        sending = threading.Thread(target=send)
        sending.start()
        sending.join(0.25)
        while sending.is_alive():
            self.now = self.mpesa.advance(1)
            self._settle()
            sending.join(0.02)

    def _janitor(self) -> None:
        live = set(Prompt.objects.filter(state__in=Prompt.LIVE).values_list("pk", flat=True))
        if live and (asked := janitor.ask_due(now=self.now, clock=lambda: self.now)):
            self.counts["questions"] += asked
            ended = live - set(Prompt.objects.filter(state__in=Prompt.LIVE).values_list("pk", flat=True))
            self.ended_by_janitor |= ended
            if ended:
                self.note("ended by the janitor", str(len(ended)))

    def _sweep(self, back: timedelta) -> None:
        try:
            found = listing.sweep(now=self.now, back=back)
        except daraja.DarajaError:
            self.counts["no list"] += 1
            return
        if found:
            self.swept |= found
            self.note("found in the list", " ".join(sorted(found)))

    def _attack(self) -> None:
        if name := self.attacker.strike():
            self.note("attack", name)


@contextmanager
def a_day(seed: int, plan: Plan, market: Any, door: OpenDoor) -> Iterator[Day]:
    """A day that has been set up, on a network of its own."""
    with Network(virtual=True, seed=seed) as network, _configured(network.base_url, door, plan.weather):
        mpesa = Mpesa(network)
        mpesa.set_up(asks_first=plan.weather.asks_first)
        address = door.url + gateway.CONFIRMATION_PATH + SECRET
        attacker = Attacker(Random(f"{seed}-attacker"), mpesa, door.url, address)
        try:
            yield Day(seed, plan, market, door, mpesa, mpesa.now, attacker, Random(f"{seed}-day"))
        finally:
            mpesa.close()


@contextmanager
def _configured(mpesa_url: str, door: OpenDoor, weather: Weather) -> Iterator[None]:
    wanted = {
        "mpesa_base_url": mpesa_url,
        "mpesa_passkey": SecretStr(SANDBOX_PASSKEY),
        "mpesa_consumer_key": SecretStr("test"),
        "mpesa_consumer_secret": SecretStr("test"),
        "mpesa_callback_base_url": door.url,
        "mpesa_callback_addresses": "127.0.0.1",
        "mpesa_paybill_token": SecretStr(SECRET),
        "mpesa_timeout": weather.answer_within,
        "operator_phone": "254711000200",
    }
    before = {name: getattr(CONFIGURATION, name) for name in wanted}
    clock = daraja.transport.time
    gateway.hang_up()
    for name, value in wanted.items():
        setattr(CONFIGURATION, name, value)
    daraja.transport.time = SimpleNamespace(sleep=lambda seconds: None)  # type: ignore[assignment] # pauses are real time
    try:
        yield
    finally:
        daraja.transport.time = clock
        gateway.hang_up()
        for name, value in before.items():
            setattr(CONFIGURATION, name, value)
