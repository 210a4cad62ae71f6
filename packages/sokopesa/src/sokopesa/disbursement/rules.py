"""Rules by which refunds leave at once: one person proposes, another puts it in force, anybody in finance ends it."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from sokopesa.disbursement.errors import OwnWork, RuleDecided, RuleMissing, RuleRefused, RuleStands
from sokopesa.disbursement.models import InstantRule
from sokopesa.disbursement.people import require
from sokopesa.kernel.reasons import read_reason
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund

State = InstantRule.State


@transaction.atomic
def propose(
    *,
    cause: Refund.Cause,
    up_to_cents: int,
    daily_limit_cents: int,
    via: InstantRule.Via,
    reason: str,
    valid_from: datetime,
    maker: User,
    now: datetime,
) -> InstantRule:
    """Propose that refunds of this cause and at most so much leave at once, together at most so much in a day.

    Raises:
        NotYourDecision, ReasonMissing: as they say.
        RuleRefused: the limits make no sense, or it would hold from an earlier moment than now.
        RuleStands: the cause has a rule, or one is proposed.
    """
    require(maker)
    if not 0 < up_to_cents <= daily_limit_cents:
        raise RuleRefused("The largest refund is more than nothing, and not more than what leaves in a day.")
    if valid_from < now:
        raise RuleRefused("A rule holds from now on, or later.")
    try:
        with transaction.atomic():
            return InstantRule.objects.create(
                cause=cause,
                up_to_cents=up_to_cents,
                daily_limit_cents=daily_limit_cents,
                via=via,
                reason=read_reason(reason),
                valid_from=valid_from,
                maker=maker,
                proposed_at=now,
            )
    except IntegrityError as error:
        raise RuleStands from error


@transaction.atomic
def approve(*, rule_id: int, decider: User, now: datetime) -> InstantRule:
    """A second person puts it in force, from its own date or from now, whichever is later. Twice is once.

    Raises:
        NotYourDecision, RuleMissing: as they say.
        OwnWork: the decider proposed it.
        RuleDecided: it was decided otherwise, or by somebody else.
    """
    return _decide(rule_id, State.APPROVED, decider, now)


@transaction.atomic
def refuse(*, rule_id: int, decider: User, now: datetime) -> InstantRule:
    """A second person does not want it. Otherwise as `approve`."""
    return _decide(rule_id, State.REFUSED, decider, now)


@transaction.atomic
def end(*, rule_id: int, by: User, now: datetime) -> InstantRule:
    """It holds no longer; what has left has left. One person is enough to stop money.

    Raises:
        NotYourDecision, RuleMissing: as they say.
        RuleDecided: it is not in force.
    """
    require(by)
    rule = _lock(rule_id)
    if rule.state == State.ENDED:
        return rule
    if rule.state != State.APPROVED:
        raise RuleDecided
    rule.state, rule.ended_by, rule.ended_at = State.ENDED, by, now
    rule.save(update_fields=["state", "ended_by", "ended_at"])
    return rule


def _decide(rule_id: int, state: InstantRule.State, decider: User, now: datetime) -> InstantRule:
    require(decider)
    rule = _lock(rule_id)
    if rule.maker_id == decider.pk:
        raise OwnWork
    if (rule.state, rule.decider_id) == (state, decider.pk):
        return rule
    if rule.state != State.PROPOSED:
        raise RuleDecided
    rule.state, rule.decider, rule.decided_at = state, decider, now
    rule.save(update_fields=["state", "decider", "decided_at"])
    return rule


def _lock(rule_id: int) -> InstantRule:
    rule = InstantRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise RuleMissing
    return rule
