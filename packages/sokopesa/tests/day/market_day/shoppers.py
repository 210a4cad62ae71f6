"""People who buy: some pay by the prompt, some by hand, some twice, some wrongly, some never. They try again as people
do, whether or not the page says that they may."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from sokopesa.kernel.errors import Refusal
from sokopesa.orders.models import Purchase
from sokopesa.payments import prompts, queries
from sokopesa.payments.telling import tell

if TYPE_CHECKING:
    from market_day.day import Day

PRICES = [5, 120, 1_250, 1_250, 1_250, 2_999, 14_000]
"""In shillings. Many cost the same, so that amounts alone tell nobody apart."""

ANSWERS = ["pin"] * 8 + ["pin late", "wrong_pin", "cancel", "cancel", "ignore", "phone off", "no money"]
WAYS = ["prompt"] * 8 + ["another phone", "by hand", "by hand", "both", "mistyped", "too little", "too much", "never"]


@dataclass
class Shopper:
    """One person, who may buy more than once. ``phones`` are their own and one of their family's."""

    day: Day
    chance: Random
    phones: tuple[str, str]
    purchases: list[Purchase] = field(default_factory=list)

    def shop(self) -> None:
        """Order something and begin to pay; now and then the same thing again."""
        shillings = self.chance.choice(PRICES)
        for number in range(1 + (self.chance.random() < 0.2)):
            purchase = self.day.place(self.phones[0], shillings)
            self.purchases.append(purchase)
            self.day.after(number * 90 + self.chance.uniform(1, 40), lambda bought=purchase: self.pay(bought, 1))

    def pay(self, purchase: Purchase, attempt: int) -> None:
        """One try, and a look at how it went."""
        way = self.chance.choice(WAYS)
        shillings = purchase.total_cents // 100
        if way == "never" and attempt == 1:
            return
        if way in ("prompt", "never", "another phone", "both"):
            self._press_pay(purchase, self.phones[way == "another phone"])
        if way in ("by hand", "both"):
            self._by_hand(shillings, self._typed(purchase.reference))
        elif way == "mistyped":
            self._by_hand(shillings, purchase.reference[:-1] + "X0")
        elif way == "too little":
            self._by_hand(max(1, shillings - 1), purchase.reference)
        elif way == "too much":
            self._by_hand(shillings + 10, purchase.reference)
        self.day.after(self.chance.choice([15, 45, 90, 200, 600]), lambda: self.look(purchase, attempt))

    def look(self, purchase: Purchase, attempt: int) -> None:
        """Read the page. Whoever has not paid tries again, at most four times; the impatient do not wait."""
        purchase.refresh_from_db()
        if purchase.state != Purchase.State.AWAITING_PAYMENT:
            if purchase.state == Purchase.State.PAID and self.chance.random() < 0.05:
                self._by_hand(purchase.total_cents // 100, purchase.reference)
            return
        prompt = queries.latest_prompt(purchase)
        may_retry = prompt is None or tell(prompt, now=self.day.now).may_retry
        if attempt == 4 or (not may_retry and self.chance.random() < 0.2):
            return
        if may_retry or self.chance.random() < self.day.plan.impatience:
            self.day.after(self.chance.uniform(1, 60), lambda: self.pay(purchase, attempt + 1))
        else:
            self.day.after(self.chance.choice([30, 120]), lambda: self.look(purchase, attempt))

    def _press_pay(self, purchase: Purchase, msisdn: str) -> None:
        answer, mpesa = self.chance.choice(ANSWERS), self.day.mpesa
        mpesa.sim(msisdn, shillings=0 if answer == "no money" else 200_000)
        if answer == "phone off":
            mpesa.switch(msisdn, "off")
        seconds = self.chance.uniform(45, 58) if answer == "pin late" else self.chance.uniform(2, 25)
        pressed = answer if answer in ("wrong_pin", "cancel", "ignore") else "pin"
        mpesa.autopilot(msisdn, pressed, round(seconds, 1))
        try:
            prompts.ask(purchase=purchase, msisdn=msisdn, now=self.day.now)
        except Refusal as refusal:
            self.day.note("refused", type(refusal).__name__)

    def _by_hand(self, shillings: int, reference: str) -> None:
        self.day.mpesa.sim(self.phones[0], shillings=200_000)
        self.day.mpesa.pay_by_hand(self.phones[0], shillings, reference)

    def _typed(self, reference: str) -> str:
        """The same reference as people type it."""
        forms = [reference, reference.lower(), f"{reference[:5]} {reference[5:]}", reference.replace("0", "O")]
        return self.chance.choice(forms)


def send_shopping(day: Day, *, count: int, within: timedelta) -> None:
    """Let so many people come to shop at some time in this span."""
    for number in range(count):
        chance = Random(f"{day.seed}-{number}")
        shopper = Shopper(day, chance, (f"2547081{number:05d}", f"2547082{number:05d}"))
        for phone in shopper.phones:
            day.mpesa.sim(phone, shillings=200_000)
        day.after(chance.uniform(0, within.total_seconds()), shopper.shop)
