"""Prompts that rise over whatever a phone shows and ask for the M-PESA PIN.

A prompt is *sending* until the phone has it, *open* while it waits for its PIN, and then *ended* with a result code.
What a prompt is for (an STK push, a standing order, …) is its kind, which says what a right PIN sets in motion and who
hears of the outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from mpesa_simulator.core.books import Row
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, texts
from mpesa_simulator.money import subscribers
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.results import DeclinedError, text_of

#: A longer prompt cannot be sent to a phone (result code 1025).
MAX_PROMPT_TEXT = 182

State = Literal["sending", "open", "ended"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt on one phone; `amount` in cents, moments in milliseconds, `details` as its kind needs them (JSON)."""

    id: str
    kind: str
    msisdn: str
    shortcode: str
    amount: int
    payee: str
    text: str
    details: str
    state: State
    asked_at: int
    expires_at: int | None = None
    ended_at: int | None = None
    result_code: str | None = None
    result_text: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class PromptKind:
    """What a right PIN sets in motion (may raise DeclinedError), and who is told the outcome."""

    carry_out: Callable[[World, Prompt], Transaction | None]
    report: Callable[[World, Prompt], None]


_KINDS: dict[str, PromptKind] = {}


class NoOpenPromptError(Exception):
    """The phone has no prompt that could be answered."""


def register(name: str, kind: PromptKind) -> None:
    """Teach the network a kind of prompt."""
    _KINDS[name] = kind


def teach(world: World) -> None:
    """Tell the agenda what happens to prompts by themselves."""
    world.agenda.teach("prompt_rise", lambda prompt_id: _rise(world, find(world, prompt_id)))
    world.agenda.teach("prompt_end", lambda subject: _end_by_itself(world, subject))
    world.agenda.teach("prompt_autopilot", lambda prompt_id: _autopilot(world, prompt_id))
    world.agenda.teach("prompt_late_success", lambda prompt_id: _succeed_late(world, prompt_id))


def find(world: World, prompt_id: str) -> Prompt | None:
    """The prompt with this id, or None."""
    row = world.books.one("SELECT * FROM prompts WHERE id = ?", prompt_id)
    return None if row is None else Prompt(*row)


def live(world: World, msisdn: str) -> Prompt | None:
    """The prompt that is on its way to this phone or open on it, or None."""
    row = world.books.one("SELECT * FROM prompts WHERE msisdn = ? AND state <> 'ended'", msisdn)
    return None if row is None else Prompt(*row)


def shown(world: World, msisdn: str) -> Prompt | None:
    """The prompt that the phone shows, or None."""
    prompt = live(world, msisdn)
    return prompt if prompt and prompt.state == "open" else None


def history(world: World, msisdn: str | None = None, newest: int = 200) -> list[Prompt]:
    """Prompts of one phone or of all, newest first."""
    rows: list[Row] = world.books.all(
        "SELECT * FROM prompts WHERE ?1 IS NULL OR msisdn = ?1 ORDER BY asked_at DESC, id DESC LIMIT ?2", msisdn, newest
    )
    return [Prompt(*row) for row in rows]


def send(world: World, prompt: Prompt) -> None:
    """Send a prompt to its phone. The caller has made sure that the phone has no other."""
    world.books.run(
        "INSERT INTO prompts (id, kind, msisdn, shortcode, amount, payee, text, details, state, asked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'sending', ?)",
        prompt.id,
        prompt.kind,
        prompt.msisdn,
        prompt.shortcode,
        prompt.amount,
        prompt.payee,
        prompt.text,
        prompt.details,
        prompt.asked_at,
    )
    if world.settings.push_seconds:
        world.agenda.put("prompt_rise", prompt.id, world.later(world.settings.push_seconds))
    else:
        _rise(world, prompt)


def answer(world: World, msisdn: str, pin: str) -> Prompt:
    """The person types a PIN and presses Send. Raises NoOpenPromptError. Returns the prompt as it ended."""
    with world.books.transaction():
        return _take_pin(world, _open_prompt(world, msisdn), pin)


def _take_pin(world: World, prompt: Prompt, pin: str) -> Prompt:
    try:
        subscribers.check_pin(world, prompt.msisdn, pin)
        transaction = _KINDS[prompt.kind].carry_out(world, prompt)
    except DeclinedError as declined:
        return _refuse(world, prompt, declined.code)
    return end(world, prompt, "0", receipt=transaction.receipt if transaction else None)


def cancel(world: World, msisdn: str) -> Prompt:
    """The person presses Cancel. Raises NoOpenPromptError. Returns the prompt as it ended."""
    with world.books.transaction():
        return end(world, _open_prompt(world, msisdn), "1032")


def end(world: World, prompt: Prompt, code: str, *, receipt: str | None = None) -> Prompt:
    """End a prompt with a result code and let those know who wait for it."""
    world.agenda.strike(prompt.id)
    ended = replace(
        prompt, state="ended", ended_at=world.now, result_code=code, result_text=text_of(code), receipt=receipt
    )
    world.books.run(
        "UPDATE prompts SET state = ?, ended_at = ?, result_code = ?, result_text = ?, receipt = ? WHERE id = ?",
        ended.state,
        ended.ended_at,
        ended.result_code,
        ended.result_text,
        ended.receipt,
        ended.id,
    )
    _KINDS[prompt.kind].report(world, ended)
    if code != "0" and (
        rule := world.faults.strike("late_success", organisation=prompt.shortcode, phone=prompt.msisdn)
    ):
        world.agenda.put("prompt_late_success", prompt.id, world.later(rule.seconds))
    world.hub.announce(prompt.msisdn)
    return ended


def _open_prompt(world: World, msisdn: str) -> Prompt:
    prompt = shown(world, msisdn)
    if prompt is None:
        raise NoOpenPromptError(f"There is no open prompt on {msisdn}.")
    return prompt


def _refuse(world: World, prompt: Prompt, code: str) -> Prompt:
    """End a prompt whose payment M-PESA refuses, and tell the person by SMS."""
    balance = subscribers.balance(world, prompt.msisdn)
    text = texts.failed(code, prompt.amount, prompt.payee, balance)
    messages.send(world, prompt.msisdn, texts.SENDER, text)
    return end(world, prompt, code)


def _rise(world: World, prompt: Prompt | None) -> None:
    """The prompt reaches the phone, or does not."""
    subscriber = subscribers.find(world, prompt.msisdn) if prompt else None
    if prompt is None or prompt.state != "sending":
        return
    if rule := world.faults.strike(
        "outcome", organisation=prompt.shortcode, phone=prompt.msisdn, operation=prompt.kind
    ):
        end(world, prompt, rule.code)
        return
    if len(prompt.text) > MAX_PROMPT_TEXT:
        end(world, prompt, "1025")
        return
    if subscriber is None or subscriber.phone != "on":
        world.agenda.put("prompt_end", prompt.id, world.later(world.settings.unreachable_seconds))
        return
    expires_at = world.later(world.settings.prompt_seconds)
    world.books.run("UPDATE prompts SET state = 'open', expires_at = ? WHERE id = ?", expires_at, prompt.id)
    world.agenda.put("prompt_end", prompt.id, expires_at)
    if subscriber.autopilot and subscriber.autopilot.answer != "ignore":
        world.agenda.put("prompt_autopilot", prompt.id, world.later(subscriber.autopilot.after_seconds))
    world.hub.announce(prompt.msisdn)


def _end_by_itself(world: World, prompt_id: str) -> None:
    prompt = find(world, prompt_id)
    if prompt is not None and prompt.state != "ended":
        end(world, prompt, "1037")


def _autopilot(world: World, prompt_id: str) -> None:
    prompt = find(world, prompt_id)
    subscriber = subscribers.find(world, prompt.msisdn) if prompt else None
    if prompt is None or subscriber is None or subscriber.autopilot is None or prompt.state != "open":
        return
    match subscriber.autopilot.answer:
        case "pin":
            _take_pin(world, prompt, subscriber.pin)
        case "wrong_pin":
            _take_pin(world, prompt, "0000" if subscriber.pin != "0000" else "9999")
        case "cancel":
            end(world, prompt, "1032")


def _succeed_late(world: World, prompt_id: str) -> None:
    """A payment that was reported as failed goes through after all."""
    prompt = find(world, prompt_id)
    if prompt is None or prompt.receipt is not None:
        return
    try:
        transaction = _KINDS[prompt.kind].carry_out(world, prompt)
    except DeclinedError:
        return
    row = world.books.one(
        "UPDATE prompts SET result_code = '0', result_text = ?, receipt = ? WHERE id = ? RETURNING *",
        text_of("0"),
        transaction.receipt if transaction else None,
        prompt_id,
    )
    assert row is not None
    _KINDS[prompt.kind].report(world, Prompt(*row))
    world.hub.announce(prompt.msisdn)
