"""Payments that a customer makes on their own account, from the M-PESA menu, without being asked by a push.

An organisation with external validation is asked first. Its answer within eight seconds decides; without one, the
response type that it registered does.
"""

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass

from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, texts
from mpesa_simulator.money import ledger, organisations, payments, subscribers
from mpesa_simulator.money.ledger import Channel
from mpesa_simulator.money.results import DeclinedError


@dataclass(frozen=True, slots=True)
class Purchase:
    """A customer wants to pay `cents` to the shortcode `payee`."""

    payer: str
    payee: str
    cents: int
    reference: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Question:
    """What the organisation is asked, where, and whether its silence means yes."""

    url: str
    body: str
    silence_is_yes: bool


HTTP_OK = 200

Ask = Callable[[World, Purchase, str], Question | None]


def pay(world: World, purchase: Purchase) -> None:
    """Make the payment, or first ask the organisation about it."""
    receipt = ledger.new_receipt(world)
    subject = json.dumps({"purchase": asdict(purchase), "receipt": receipt})
    world.agenda.put("walk_in", subject, world.now)


def teach(world: World, ask: Ask) -> None:
    """Tell the agenda how purchases go on; `ask` knows which organisations want to be asked first."""

    def go_on(subject: str) -> Coroutine[None, None, None] | None:
        kept = json.loads(subject)
        purchase, receipt = Purchase(**kept["purchase"]), str(kept["receipt"])
        question = ask(world, purchase, receipt)
        if question is not None:
            return _validate(world, purchase, question, receipt)
        _complete(world, purchase, receipt)
        return None

    world.agenda.teach("walk_in", go_on)


async def _validate(world: World, purchase: Purchase, question: Question, receipt: str) -> None:
    status, answer = await world.callbacks.post(question.url, question.body, world.settings.answer_timeout_seconds)
    reply = _reply(answer) if status == HTTP_OK else None
    with world.books.transaction():
        if reply is None:
            accepted = question.silence_is_yes
        else:
            accepted = str(reply.get("ResultCode")) == "0"
            if third_party := reply.get("ThirdPartyTransID"):
                world.books.remember(f"third_party:{receipt}", str(third_party))
        if accepted:
            _complete(world, purchase, receipt)
        else:
            _tell_failure(world, purchase, "")


def _reply(answer: str) -> dict[str, object] | None:
    try:
        reply = json.loads(answer)
    except ValueError:
        return None
    return reply if isinstance(reply, dict) and "ResultCode" in reply else None


def _complete(world: World, purchase: Purchase, receipt: str) -> None:
    payee = organisations.find(world, purchase.payee)
    if payee is None:
        _tell_failure(world, purchase, "SFC_IC0003")
        return
    payer, cents, reference = purchase.payer, purchase.cents, purchase.reference
    try:
        if purchase.channel == "bonga":
            transaction = payments.redeem_points(world, payer, payee, cents, reference, receipt=receipt)
        else:
            transaction = payments.pay_organisation(
                world, payer, payee, cents, reference, channel=purchase.channel, receipt=receipt
            )
    except DeclinedError as declined:
        _tell_failure(world, purchase, declined.code)
        return
    left = payments.MAX_DAY - subscribers.spent_today(world, purchase.payer)
    text = texts.paid(transaction, payee, subscribers.balance(world, purchase.payer), left)
    messages.send(world, purchase.payer, texts.SENDER, text)


def _tell_failure(world: World, purchase: Purchase, code: str) -> None:
    payee = organisations.find(world, purchase.payee)
    balance = subscribers.balance(world, purchase.payer)
    text = texts.failed(code, purchase.cents, payee.name if payee else purchase.payee, balance)
    messages.send(world, purchase.payer, texts.SENDER, text)


def third_party_id(world: World, receipt: str) -> str:
    """What the organisation answered as its own id when it was asked about this payment."""
    return world.books.fact(f"third_party:{receipt}") or ""
