"""The M-PESA menu of a phone: Send Money, and Lipa na M-PESA with Pay Bill and Buy Goods."""

from dataclasses import dataclass
from typing import Literal

from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, texts, walk_in
from mpesa_simulator.handset.walk_in import Purchase
from mpesa_simulator.money import organisations, payments, subscribers
from mpesa_simulator.money.results import DeclinedError

#: What the phone says when a request went out; the outcome comes by SMS.
SENT = "Sent. You will get an SMS from M-PESA."

TOO_MUCH = f"The most that M-PESA moves at once is Ksh{payments.MAX_TRANSACTION // 100:,}."

_MAX_REFERENCE = 20
_MAX_DIGITS = 6


Item = Literal["send_money", "pay_bill", "buy_goods"]
ITEMS: dict[str, Item] = {"send_money": "send_money", "pay_bill": "pay_bill", "buy_goods": "buy_goods"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person filled in. `to` is a phone number, a business number or a till."""

    what: Item
    to: str
    amount: str
    account: str
    pin: str


def choose(world: World, msisdn: str, choice: Choice) -> str:
    """Do what the person asks for, and return what the phone says to it."""
    amount = choice.amount.replace(",", "").strip()
    if amount.isdigit() and len(amount.lstrip("0")) > _MAX_DIGITS:
        return TOO_MUCH
    if not amount.isdigit() or int(amount) == 0:
        return "Enter the amount in whole shillings."
    with world.books.transaction():
        if choice.what == "send_money":
            return _send_money(world, msisdn, choice, int(amount) * 100)
        return _pay(world, msisdn, choice, int(amount) * 100)


def _pay(world: World, msisdn: str, choice: Choice, cents: int) -> str:
    payee = organisations.find(world, choice.to.strip())
    kind = "paybill" if choice.what == "pay_bill" else "till"
    if payee is None or payee.kind != kind:
        return f"There is no {'business' if kind == 'paybill' else 'till'} with this number."
    reference = choice.account.strip() if kind == "paybill" else ""
    if kind == "paybill" and not 1 <= len(reference) <= _MAX_REFERENCE:
        return "Enter the account number, up to 20 characters."
    if problem := _check_pin(world, msisdn, choice.pin, cents, payee.name):
        return problem
    walk_in.pay(world, Purchase(msisdn, payee.shortcode, cents, reference, channel="menu"))
    return SENT


def _send_money(world: World, msisdn: str, choice: Choice, cents: int) -> str:
    payee = subscribers.normalised(choice.to)
    if payee is None or payee == msisdn:
        return "Enter the phone number of the person you send money to, 07… or 01…"
    person = subscribers.find(world, payee)
    name = person.name if person else texts.masked(payee)
    if problem := _check_pin(world, msisdn, choice.pin, cents, name):
        return problem
    try:
        transaction = payments.send_money(world, msisdn, payee, cents)
    except DeclinedError as declined:
        _tell(world, msisdn, texts.failed(declined.code, cents, name, subscribers.balance(world, msisdn)))
        return SENT
    me = subscribers.find(world, msisdn)
    left = payments.MAX_DAY - subscribers.spent_today(world, msisdn)
    _tell(world, msisdn, texts.sent(transaction, name, subscribers.balance(world, msisdn), left))
    sender = f"{me.name if me else ''} {texts.masked(msisdn)}"
    _tell(world, payee, texts.received(transaction, sender, subscribers.balance(world, payee)))
    return SENT


def _check_pin(world: World, msisdn: str, pin: str, cents: int, name: str) -> str | None:
    try:
        subscribers.check_pin(world, msisdn, pin)
    except DeclinedError as declined:
        _tell(world, msisdn, texts.failed(declined.code, cents, name, subscribers.balance(world, msisdn)))
        return "Your M-PESA PIN is locked." if declined.code == "8006" else "Wrong PIN."
    return None


def _tell(world: World, msisdn: str, text: str) -> None:
    messages.send(world, msisdn, texts.SENDER, text)
