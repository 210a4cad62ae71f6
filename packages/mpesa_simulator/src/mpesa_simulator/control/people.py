"""Subscribers: adding them, acting for them, and reading their phones."""

from dataclasses import replace

from mpesa_simulator.control.operation import Asked, NotFoundError, NotPossibleError, Operation
from mpesa_simulator.control.shapes import Answer, Sms, SubscriberChange, SubscriberState
from mpesa_simulator.core.clock import iso
from mpesa_simulator.core.json import shillings
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, prompts
from mpesa_simulator.handset.prompts import Prompt
from mpesa_simulator.money import ledger, subscribers
from mpesa_simulator.money.subscribers import MAX_WRONG_PINS, Autopilot, Subscriber

#: What a new SIM has unless told otherwise.
DEFAULT_NAME = "JOHN DOE"
DEFAULT_PIN = "1234"


def put_subscriber(asked: Asked[SubscriberChange]) -> dict[str, object]:
    """Add a subscriber, or change what is given of one."""
    world, change = asked.world, asked.body
    msisdn = _msisdn(asked)
    subscriber = subscribers.find(world, msisdn) or Subscriber(
        msisdn, DEFAULT_NAME, DEFAULT_PIN, registered=True, phone="on", wrong_pins=0, autopilot=None
    )
    if change.locked is not None:
        subscriber = replace(subscriber, wrong_pins=MAX_WRONG_PINS if change.locked else 0)
    if change.sim_swapped is not None:
        subscriber = replace(subscriber, sim_swapped_at=world.now if change.sim_swapped else None)
    subscribers.save(
        world,
        replace(
            subscriber,
            name=change.name or subscriber.name,
            pin=change.pin or subscriber.pin,
            registered=subscriber.registered if change.registered is None else change.registered,
            phone=change.phone or subscriber.phone,
            id_number=change.id_number or subscriber.id_number,
        ),
    )
    if change.balance is not None:
        ledger.set_balance(world, subscriber.wallet, msisdn, int(change.balance * 100))
    return state_of(world, _subscriber(asked))


def get_subscriber(asked: Asked[None]) -> dict[str, object]:
    """A subscriber as it stands."""
    return state_of(asked.world, _subscriber(asked))


def list_subscribers(asked: Asked[None]) -> list[dict[str, object]]:
    """All subscribers."""
    return [state_of(asked.world, subscriber) for subscriber in subscribers.everyone(asked.world)]


def put_autopilot(asked: Asked[Autopilot]) -> dict[str, object]:
    """Let a phone answer its prompts by itself from now on."""
    subscriber = replace(_subscriber(asked), autopilot=asked.body)
    subscribers.save(asked.world, subscriber)
    return state_of(asked.world, subscriber)


def delete_autopilot(asked: Asked[None]) -> dict[str, object]:
    """Give the phone back into somebody's hands."""
    subscriber = replace(_subscriber(asked), autopilot=None)
    subscribers.save(asked.world, subscriber)
    return state_of(asked.world, subscriber)


async def post_answer(asked: Asked[Answer]) -> dict[str, object]:
    """Type a PIN into the open prompt and press Send, or press Cancel. 409 when the phone shows no prompt."""
    msisdn = _subscriber(asked).msisdn
    await _prompt_rises(asked.world, msisdn, asked.body.wait_seconds)
    try:
        if asked.body.cancel:
            return prompt_state(prompts.cancel(asked.world, msisdn))
        return prompt_state(prompts.answer(asked.world, msisdn, asked.body.pin or ""))
    except prompts.NoOpenPromptError as nothing:
        raise NotPossibleError(str(nothing)) from nothing


async def get_prompt(asked: Asked[None]) -> dict[str, object]:
    """The prompt that the phone shows; `?wait_seconds=` waits for one. 404 when there is none."""
    msisdn = _subscriber(asked).msisdn
    await _prompt_rises(asked.world, msisdn, asked.seconds("wait_seconds"))
    prompt = prompts.shown(asked.world, msisdn)
    if prompt is None:
        raise NotFoundError(f"The phone {msisdn} shows no prompt.")
    return prompt_state(prompt)


async def get_one_prompt(asked: Asked[None]) -> dict[str, object]:
    """A prompt by its id. `?wait_seconds=` waits until it has ended, with the result `?code=` when that is given."""
    world, prompt_id, code = asked.world, asked.path["id"], asked.query.get("code")

    def has_ended() -> bool:
        prompt = prompts.find(world, prompt_id)
        return prompt is None or (prompt.state == "ended" and code in (None, prompt.result_code))

    if seconds := asked.seconds("wait_seconds"):
        await world.hub.wait_until("network", has_ended, seconds)
    prompt = prompts.find(world, prompt_id)
    if prompt is None:
        raise NotFoundError(f"There is no prompt {prompt_id}.")
    return prompt_state(prompt)


async def _prompt_rises(world: World, msisdn: str, seconds: float) -> None:
    if seconds:
        await world.hub.wait_until(msisdn, lambda: prompts.shown(world, msisdn) is not None, seconds)


def list_prompts(asked: Asked[None]) -> list[dict[str, object]]:
    """Prompts, newest first, of all phones or of one (`?msisdn=`)."""
    return [prompt_state(prompt) for prompt in prompts.history(asked.world, asked.query.get("msisdn"))]


def list_messages(asked: Asked[None]) -> list[dict[str, object]]:
    """A number's SMS, newest first."""
    return [
        {"from": message.sender, "text": message.text, "sent_at": iso(message.sent_at), "read": message.read}
        for message in messages.inbox(asked.world, _msisdn(asked))
    ]


def post_message(asked: Asked[Sms]) -> dict[str, object]:
    """Send an SMS from outside M-PESA. A number without a SIM keeps it until it has one."""
    messages.send(asked.world, asked.body.to, asked.body.sender, asked.body.text)
    return {"accepted": True}


def _msisdn(asked: Asked[object]) -> str:
    msisdn = asked.path["msisdn"]
    if not subscribers.is_msisdn(msisdn):
        raise NotPossibleError(f"{msisdn} is not a Safaricom number: write 2547 or 2541 and eight more digits.", 422)
    return msisdn


def _subscriber(asked: Asked[object]) -> Subscriber:
    msisdn = _msisdn(asked)
    subscriber = subscribers.find(asked.world, msisdn)
    if subscriber is None:
        raise NotFoundError(f"There is no SIM with the number {msisdn}.")
    return subscriber


def state_of(world: World, subscriber: Subscriber) -> dict[str, object]:
    """A subscriber in the control API's form."""
    return SubscriberState(
        msisdn=subscriber.msisdn,
        name=subscriber.name,
        pin=subscriber.pin,
        balance=shillings(subscribers.balance(world, subscriber.msisdn)),
        registered=subscriber.registered,
        phone=subscriber.phone,
        locked=subscriber.locked,
        id_number=subscriber.id_number,
        sim_swapped_at=iso(subscriber.sim_swapped_at) if subscriber.sim_swapped_at else None,
        autopilot=subscriber.autopilot,
    ).model_dump()


def prompt_state(prompt: Prompt) -> dict[str, object]:
    """A prompt in the control API's form."""
    return {
        "id": prompt.id,
        "kind": prompt.kind,
        "msisdn": prompt.msisdn,
        "shortcode": prompt.shortcode,
        "amount": shillings(prompt.amount),
        "text": prompt.text,
        "state": prompt.state,
        "asked_at": iso(prompt.asked_at),
        "expires_at": iso(prompt.expires_at) if prompt.expires_at else None,
        "ended_at": iso(prompt.ended_at) if prompt.ended_at else None,
        "result_code": prompt.result_code if prompt.state == "ended" else None,
        "result_text": prompt.result_text,
        "receipt": prompt.receipt,
    }


OPERATIONS = [
    Operation("GET", "/subscribers", list_subscribers),
    Operation("PUT", "/subscribers/{msisdn}", put_subscriber, SubscriberChange),
    Operation("GET", "/subscribers/{msisdn}", get_subscriber),
    Operation("POST", "/subscribers/{msisdn}/answer", post_answer, Answer),
    Operation("PUT", "/subscribers/{msisdn}/autopilot", put_autopilot, Autopilot),
    Operation("DELETE", "/subscribers/{msisdn}/autopilot", delete_autopilot),
    Operation("GET", "/subscribers/{msisdn}/messages", list_messages),
    Operation("POST", "/messages", post_message, Sms, status=202),
    Operation("GET", "/subscribers/{msisdn}/prompt", get_prompt),
    Operation("GET", "/prompts", list_prompts),
    Operation("GET", "/prompts/{id}", get_one_prompt),
]
