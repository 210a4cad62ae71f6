"""Does the audit see anything at all? Bugs are planted one at a time, and a day is lived with each: the audit must name
it, by the rule that it breaks. Healers hide bugs, so some are only seen on a day without faults.

Not part of the suite: ``make days`` lives these days too.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from market_day.audit import audit, audit_calm
from market_day.day import HOUR, Plan, a_day
from market_day.door import OpenDoor
from market_day.weather import CALM, LIST, PUSH, Weather

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.intake.keeper import Keeper
from sokopesa.payments import ending, judging, listing, prompts, schedule
from sokopesa.payments.crediting import Payment
from sokopesa.payments.models import Prompt

Market = Any
Plant = Callable[[pytest.MonkeyPatch], None]


def replace_everywhere(patch: pytest.MonkeyPatch, original: Any, planted: Any) -> None:
    """In every room that has imported it."""
    rooms = [module for name, module in sys.modules.items() if name.startswith("sokopesa.")]
    for room in rooms:
        for name, value in list(vars(room).items()):
            if value is original:
                patch.setattr(room, name, planted)


def nothing(patch: pytest.MonkeyPatch) -> None:
    """The plan alone is the bug."""


def each_message_is_a_payment(patch: pytest.MonkeyPatch) -> None:
    """The receipt is not what makes a payment one."""
    original, heard = daraja.parse_c2b_payment, Counter[str]()

    def parse(body: Any) -> daraja.C2bPayment:
        told = original(body)
        heard[told.receipt] += 1
        return replace(told, receipt=f"{told.receipt}{'X' * (heard[told.receipt] > 1)}")

    patch.setattr(daraja, "parse_c2b_payment", parse)


def whoever_posts_is_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(daraja, "address_allowed", lambda source, allowed: True)


def what_does_not_fit_is_believed(patch: pytest.MonkeyPatch) -> None:
    original = judging.judge_callback

    def judge(message: Any, prompt: Any) -> judging.Judgement:
        judged = original(message, prompt)
        if judged.verdict is not judging.Verdict.DOUBTFUL:
            return judged
        told = daraja.parse_stk_callback(message.body)
        if not told.receipt or told.amount_cents is None:
            return judged
        payment = Payment(told.receipt, told.amount_cents, message.received_at, "callback", prompt_id=prompt.id)
        return judging.Judgement(judging.Verdict.PAID, payment=payment)

    replace_everywhere(patch, original, judge)


def acknowledged_before_it_is_kept(patch: pytest.MonkeyPatch) -> None:
    """One arrival in three is answered, and then the process dies."""
    original, count = Keeper.keep, itertools.count()

    async def keep(self: Keeper, arrival: Any) -> bool:
        return True if next(count) % 3 == 2 else await original(self, arrival)

    patch.setattr(Keeper, "keep", keep)


def silence_is_failure(patch: pytest.MonkeyPatch) -> None:
    """No answer to our request is taken for no."""

    def push(client: daraja.Client, request: daraja.StkPush) -> daraja.StkAck:
        try:
            return client.send(request)
        except daraja.OutcomeUnknown as unknown:
            raise daraja.Unreachable("No answer came.") from unknown

    patch.setattr(daraja.Client, "stk_push", push)


def not_found_is_an_answer_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CONFIGURATION, "mpesa_prompt_lifetime", 0.0)
    patch.setattr(schedule, "LONGEST_CALL", timedelta())


def pressing_pay_again_forgets_the_earlier_prompt(patch: pytest.MonkeyPatch) -> None:
    original = prompts.ask

    def ask(*, purchase: Any, msisdn: str, now: Any) -> Prompt:
        live = purchase.prompts.filter(state__in=Prompt.LIVE)
        ending.end_prompts([ending.Ending(prompt.id, "1019", final=True) for prompt in live], now=now)
        return original(purchase=purchase, msisdn=msisdn, now=now)

    replace_everywhere(patch, original, ask)


def confirmations_are_not_read(patch: pytest.MonkeyPatch) -> None:
    stranger = judging.Judgement(judging.Verdict.STRANGER)
    replace_everywhere(patch, judging.read_confirmation, lambda message: stranger)


def callbacks_are_not_read(patch: pytest.MonkeyPatch) -> None:
    stranger = judging.Judgement(judging.Verdict.STRANGER)
    replace_everywhere(patch, judging.judge_callback, lambda message, prompt: stranger)


def the_list_is_read_for_an_hour_only(patch: pytest.MonkeyPatch) -> None:
    original = listing.sweep
    patch.setattr(listing, "CLOCK_SLACK", timedelta())
    replace_everywhere(patch, original, lambda *, now, back: original(now=now, back=timedelta(hours=1)))


def a_query_is_proof_of_failure(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks for the money before a prompt is called ended."""
    replace_everywhere(patch, listing.look_for, lambda purchase, *, since, now: True)


@dataclass(frozen=True, slots=True)
class Bug:
    """``rule`` is the one that must be found broken, in this weather."""

    plant: Plant
    rule: str
    weather: Weather
    plan: dict[str, Any] = field(default_factory=dict)
    seed: int = 1


def _rules(*rules: tuple[str, float, dict[str, Any]], **more: Any) -> Weather:
    return Weather(
        rules=[{"kind": kind, "probability": chance, **rest} for kind, chance, rest in rules],
        asks_first=False,
        **more,
    )


DEAF = ("callback_lost", 0.7, {})
NO_ANSWER = ("lost_answer", 0.6, {"operation": PUSH})
NO_LIST = ("unavailable", 1.0, {"operation": LIST})

BUGS = {
    "each message is a payment": Bug(
        each_message_is_a_payment, "I6", _rules(("callback_duplicated", 0.6, {"seconds": 60}))
    ),
    "what does not fit is believed": Bug(what_does_not_fit_is_believed, "I6", _rules(DEAF, attacks=150)),
    "acknowledged before it is kept": Bug(acknowledged_before_it_is_kept, "I7", CALM),
    "no janitor": Bug(nothing, "I9", _rules(DEAF), {"with_janitor": False}),
    "no sweeps": Bug(nothing, "I10", _rules(DEAF), {"with_sweeps": False}),
    "silence is failure": Bug(silence_is_failure, "I8", _rules(NO_ANSWER, DEAF)),
    "not found is an answer at once": Bug(not_found_is_an_answer_at_once, "I8", _rules(NO_ANSWER, DEAF)),
    "pressing Pay again forgets the earlier prompt": Bug(
        pressing_pay_again_forgets_the_earlier_prompt, "I8", _rules(DEAF, NO_LIST), {"impatience": 1.0}
    ),
    "a query is proof of failure": Bug(
        a_query_is_proof_of_failure, "I8", _rules(DEAF, NO_LIST, ("query_contradicts", 1.0, {"code": "1032"}))
    ),
    "confirmations are not read": Bug(confirmations_are_not_read, "I11", CALM),
    "callbacks are not read": Bug(callbacks_are_not_read, "I11", CALM),
    "the list is read for an hour only": Bug(
        the_list_is_read_for_an_hour_only, "I10", _rules(DEAF, ("statement_late", 1.0, {"seconds": 5 * HOUR}))
    ),
    "whoever posts is believed": Bug(whoever_posts_is_believed, "I6", _rules(DEAF, attacks=30)),
}


@pytest.mark.parametrize("name", BUGS)
def test_the_audit_names_a_planted_bug(
    market: Market, door: OpenDoor, monkeypatch: pytest.MonkeyPatch, say: Callable[[str], None], name: str
) -> None:
    bug = BUGS[name]
    bug.plant(monkeypatch)
    plan = replace(Plan(bug.weather, shoppers=24, shopping=timedelta(hours=1)), **bug.plan)
    with a_day(bug.seed, plan, market, door) as day:
        day.live_it()
        found = audit(day) + (audit_calm(day) if plan.weather.is_calm else [])
    seen = [finding for finding in found if finding.startswith(bug.rule)]
    say(f"{name}: seed {bug.seed}, {len(found)} findings; {(seen or found or ['none'])[0]}")
    assert seen
