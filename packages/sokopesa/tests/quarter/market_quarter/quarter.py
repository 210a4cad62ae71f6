"""Weeks of the market in virtual time, one day after another, with everything that the worker does by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db.models import Max
from market_day.attacker import Attacker
from market_day.day import HOUR, MINUTE, SECRET, Day, Plan, _configured
from market_day.door import OpenDoor
from market_day.mpesa import SHORTCODE, Mpesa
from market_day.shoppers import Shopper
from market_day.weather import CALM
from pydantic import SecretStr

from market_quarter.office import Office, at
from market_quarter.payers import Payers
from market_quarter.weather import draw_season
from mpesa_simulator import Network
from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import batching, delivering, filing, instant, replies, returned, rules
from sokopesa.disbursement.models import InstantRule
from sokopesa.kernel.clock import nairobi_date
from sokopesa.payments import gateway
from sokopesa.payments.models import Prompt
from sokopesa.payouts import asking, balances, results, sending
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation import confirming
from sokopesa.refunds.models import Refund

FIRST_DAY = date(2026, 3, 2)
"""A Monday. Good Friday and Easter Monday, Labour Day and both Idds follow within the quarter."""

WATCH = 20.0
"""Virtual seconds between the worker's rounds while something is on the way."""


@dataclass(frozen=True, slots=True)
class Season:
    """How many days people shop, how many of them a day, and whether refunds of cancelled orders leave at once."""

    days: int
    shoppers: int = 4
    is_instant: bool = False
    is_calm: bool = False
    settles_within: int = 35
    """Days without trade at the end, in which the last refunds come home."""


@dataclass
class Quarter(Day):
    """A day that does not end. ``lived`` are the days on which people shopped."""

    season: Season = field(default_factory=lambda: Season(days=7))
    folder: Path = Path()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.office = Office(self)
        self.payers = Payers(self.folder, Random(f"{self.seed}-payers"))

    def live(self) -> None:
        """All days of the season, and those after it until the money is home."""
        gateway.register_paybill()
        self.office.fill_float()
        if self.season.is_instant:
            self._put_rules_in_force()
        first = nairobi_date(self.now)
        for number in range(self.season.days + self.season.settles_within):
            day = first + timedelta(days=number)
            if number % 7 == 0:
                self._change_weather(number)
            self._plan(day, is_shopping=number < self.season.days)
            self._live_until(at(day + timedelta(days=1), 0), longest=3 * HOUR)

    def _change_weather(self, number: int) -> None:
        in_season = number < self.season.days and not self.season.is_calm
        weather = draw_season(Random(f"{self.seed}-{number}")) if in_season else CALM
        self.plan = Plan(weather)
        self.counts.update({f"struck: {name}": count for name, count in self.mpesa.strikes().items() if count})
        self.mpesa.network.break_things(*weather.rules)

    def _plan(self, day: date, *, is_shopping: bool) -> None:
        """What people do on this day."""
        self._at(at(day, 0, 40), self.office.night)
        self._at(at(day, 9), self.office.morning)
        if day.weekday() == 0:
            self._at(at(day, 8), self.office.fill_float)
        for hour in (10, 18, 23):
            self._at(at(day, hour), self.payers.answer)
        if not is_shopping:
            return
        for number in range(self.season.shoppers):
            chance = Random(f"{self.seed}-{day}-{number}")
            place = number + self.season.shoppers * (day.toordinal() % 30)
            shopper = Shopper(self, chance, (f"2547081{place:05d}", f"2547082{place:05d}"))
            self._at(at(day, 12) + timedelta(minutes=chance.uniform(0, 30)), self._to_shop(shopper))
        for _ in range(self.plan.weather.attacks):
            self._at(at(day, 12, 20), self._attack)

    def _to_shop(self, shopper: Shopper) -> Any:
        def shop() -> None:
            for phone in shopper.phones:
                self.mpesa.sim(phone, shillings=200_000)
            shopper.shop()

        return shop

    def _at(self, moment: datetime, deed: Any) -> None:
        if moment >= self.now:
            self.after((moment - self.now).total_seconds(), deed, about_paying=False)

    def _move(self, end: datetime, longest: float) -> None:
        """Small steps while prompts or transfers are on their way, else up to what comes next."""
        prompted = Prompt.objects.filter(state__in=Prompt.LIVE).aggregate(at=Max("requested_at"))["at"]
        paying = Transfer.objects.filter(state__in=("released", "sent", "unknown")).aggregate(at=Max("released_at"))[
            "at"
        ]
        youngest = max((at for at in (prompted, paying) if at), default=None)
        if youngest:
            age = (self.now - youngest).total_seconds()
            longest = WATCH if age < 4 * MINUTE else 2 * MINUTE if age < HOUR else 20 * MINUTE
        moments = [end, self.now + timedelta(seconds=longest), *(entry[0] for entry in self._agenda[:1])]
        self.now = self.mpesa.advance(max(0.001, (min(moments) - self.now).total_seconds()))
        self.counts["rounds"] += 1

    def _work(self) -> None:
        """The worker's rounds that are about money going back, after those of any day."""
        super()._work()
        while results.settle(now=self.now):
            pass
        if self._is_due("confirm", 5 * MINUTE):
            confirming.confirm_due(now=self.now)
        if self._is_due("file", HOUR):
            for file in filing.close_due(now=self.now):
                self.note("file", f"{file.number} {file.day} {file.lines} {file.total_cents}")
            returned.retry_due(now=self.now)
        if self._is_due("deliver", HOUR):
            delivering.deliver_due(now=self.now, clock=lambda: self.now)
            replies.take_in(now=self.now)
        instant.pay_due(now=self.now)
        sending.send_due(now=self.now, clock=lambda: self.now)
        asking.ask_due(now=self.now, clock=lambda: self.now)
        if self._is_due("float", MINUTE):
            balances.check_due(now=self.now, clock=lambda: self.now)
        batching.finish_due(now=self.now)

    def _put_rules_in_force(self) -> None:
        for cause in (Refund.Cause.CANCELLED_ORDER, Refund.Cause.UNSHIPPED):
            rule = rules.propose(
                cause=cause,
                up_to_cents=500_000,
                daily_limit_cents=5_000_000,
                via=InstantRule.Via.B2C,
                reason="Buyers should not wait",
                valid_from=self.now,
                maker=self.office.one,
                now=self.now,
            )
            rules.approve(rule_id=rule.pk, decider=self.office.two, now=self.now)


@contextmanager
def a_quarter(seed: int, season: Season, market: Any, door: OpenDoor, folder: Path) -> Iterator[Quarter]:
    """A quarter that has been set up, on a network of its own, on the morning of its first day."""
    with Network(virtual=True, seed=seed) as network, _configured(network.base_url, door, CALM):
        mpesa = Mpesa(network)
        mpesa.set_up(asks_first=True)
        network.organisation(CONFIGURATION.mpesa_b2c_shortcode, name="SOKOPESA", balances={"utility": 0, "working": 0})
        begins = at(FIRST_DAY, 6)
        mpesa.advance((begins - mpesa.now).total_seconds())
        attacker = Attacker(Random(f"{seed}-attacker"), mpesa, door.url, door.url + gateway.CONFIRMATION_PATH + SECRET)
        with _paying_out(network):
            try:
                chance = Random(f"{seed}-quarter")
                yield Quarter(
                    seed, Plan(CALM), market, door, mpesa, mpesa.now, attacker, chance, season=season, folder=folder
                )
            finally:
                mpesa.close()


@contextmanager
def _paying_out(network: Network) -> Iterator[None]:
    """The operators that pay out and enquire, whose password the network knows."""
    credential = SecretStr(network.security_credential())
    wanted: dict[str, object] = {
        "mpesa_b2c_initiator": "testapi",
        "mpesa_b2c_security_credential": credential,
        "mpesa_initiator": "testapi",
        "mpesa_security_credential": credential,
        "mpesa_payouts_per_second": 1000.0,
    }
    before = {name: getattr(CONFIGURATION, name) for name in wanted}
    gateway.hang_up()
    for name, value in wanted.items():
        setattr(CONFIGURATION, name, value)
    try:
        yield
    finally:
        gateway.hang_up()
        for name, value in before.items():
            setattr(CONFIGURATION, name, value)


__all__ = ["SHORTCODE", "Quarter", "Season", "a_quarter"]
