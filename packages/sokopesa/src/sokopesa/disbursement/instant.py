"""Refunds that leave at once, where two people have put a rule in force: no file, no disbursement, the same books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from sokopesa.disbursement.models import InstantPayment, InstantRule
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.money import CENTS, format_kes
from sokopesa.ledger import accounts
from sokopesa.notices.actions import alert_operator
from sokopesa.payouts import floats
from sokopesa.payouts.models import LEAST_CENTS, Transfer
from sokopesa.payouts.operators import shortcode_for
from sokopesa.payouts.preparing import Draft, prepare, release
from sokopesa.payouts.refunding import whole_cents
from sokopesa.payouts.splitting import split
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

AT_ONCE = 500
"""Refunds that leave in one transaction."""

Wait = Refund.Wait


def pay_due(*, now: datetime) -> int:
    """Release a transfer for each refund that a rule in force covers, within its daily limit and the float; how many
    refunds leave. What no rule covers, or what a limit holds back, goes into the day's file as ever."""
    rules = InstantRule.objects.filter(state=InstantRule.State.APPROVED, valid_from__lte=now)
    return sum(_pay_by(rule_id, now) for rule_id in rules.order_by("pk").values_list("pk", flat=True))


@dataclass(slots=True)
class _Room:
    """What may still leave: by the rule today, and out of the float."""

    today_cents: int
    float_cents: int
    is_short: bool = False

    def take(self, cents: int, *, from_float: bool) -> bool:
        """Whether so much may leave; then there is that much less."""
        if cents > self.today_cents:
            return False
        if from_float and cents > self.float_cents:
            self.is_short = True
            return False
        self.today_cents -= cents
        self.float_cents -= cents if from_float else 0
        return True


@transaction.atomic
def _pay_by(rule_id: int, now: datetime) -> int:
    """Whoever pays by the same rule waits for us, so the day's limit is one limit. Refunds that are larger than what is
    left are not among those looked at, so they never hold up smaller ones, however many wait."""
    rule = InstantRule.objects.select_for_update().get(pk=rule_id)
    if rule.state != InstantRule.State.APPROVED or not _covered(rule).exists():
        return 0
    floats.hold(shortcode_for(Transfer.Via.B2C))
    day, source = nairobi_date(now), floats.of(shortcode_for(Transfer.Via.B2C))
    spent = InstantPayment.objects.filter(rule=rule, day=day).aggregate(total=Sum("amount_cents"))["total"] or 0
    room = _Room(rule.daily_limit_cents - spent, source.free_cents)
    today = _covered(rule).filter(Q(goes_back__lte=room.today_cents // CENTS * CENTS))
    from_float = _by_b2c(rule) & Q(goes_back__gt=room.float_cents // CENTS * CENTS)
    # What somebody decides about at this moment is left for the next time: it may be topped up.
    fitting = today.exclude(from_float).select_for_update(no_key=True, skip_locked=True)
    leaving = {refund.pk: refund for refund in fitting[:AT_ONCE] if _fits(refund, rule, room)}
    if room.is_short or today.filter(from_float).exists():
        text = (
            f"{source.shortcode} has too little for refunds that should leave at once: {format_kes(source.free_cents)}."
        )
        alert_operator(text=text, key=f"instant-float-{source.shortcode}-{day}")
    sent = moving.leave(leaving)
    if not sent:
        return 0
    drafts = _drafts([leaving[refund_id] for refund_id in sent], rule)
    transfers = prepare(drafts, now=now)
    release([transfer.pk for transfer in transfers], now=now)
    InstantPayment.objects.bulk_create(
        InstantPayment(rule=rule, transfer=transfer, day=day, amount_cents=transfer.amount_cents)
        for transfer in transfers
    )
    return len(sent)


def _covered(rule: InstantRule) -> QuerySet[Refund]:
    """Confirmed refunds that the rule speaks of and that can leave: to a phone we know, by B2C from KES 10 on, by
    reversal if it is all that the receipt brought. A reversal pays the receipt and no more, so what was topped up goes
    by B2C, and so does goodwill, which is no part of a receipt. The longest waiting come first."""
    others = (
        Refund.objects.filter(receipt=OuterRef("receipt"))
        .exclude(pk=OuterRef("pk"))
        .exclude(state="used")
        .exclude(cause=Refund.Cause.GOODWILL)
    )
    tried = Transfer.objects.filter(refund=OuterRef("pk"), via=Transfer.Via.REVERSAL)
    return (
        Refund.objects.filter(
            state=Refund.State.RECONCILED,
            cause=rule.cause,
            amount_cents__lte=rule.up_to_cents,
            waits_for__in=("", Wait.MINIMUM),
        )
        .exclude(msisdn="", payee="")
        .annotate(
            is_reversible=Q(amount_cents=F("received_cents"), payee="", topped_up_cents=0)
            & ~Q(cause=Refund.Cause.GOODWILL)
            & ~Exists(others)
            & ~Exists(tried),
            goes_back=F("amount_cents") + F("topped_up_cents"),
        )
        .filter(Q(is_reversible=True) | Q(amount_cents__gt=LEAST_CENTS - CENTS) | Q(topped_up_cents__gt=0))
        .order_by("pk")
    )


def _via(refund: Refund, rule: InstantRule) -> Transfer.Via:
    wanted = rule.via == InstantRule.Via.REVERSAL or whole_cents(refund.goes_back_cents) < LEAST_CENTS
    return Transfer.Via.REVERSAL if wanted and refund.is_reversible else Transfer.Via.B2C  # type: ignore[attr-defined]


def _by_b2c(rule: InstantRule) -> Q:
    """The same as a condition: which of those covered leave by B2C."""
    by_reversal = Q() if rule.via == InstantRule.Via.REVERSAL else Q(goes_back__lte=LEAST_CENTS - CENTS)
    return ~(Q(is_reversible=True) & by_reversal)


def _fits(refund: Refund, rule: InstantRule, room: _Room) -> bool:
    by_b2c = _via(refund, rule) == Transfer.Via.B2C
    return room.take(whole_cents(refund.goes_back_cents), from_float=by_b2c)


def _drafts(refunds: Sequence[Refund], rule: InstantRule) -> list[Draft]:
    attempts = Counter(Transfer.objects.filter(refund__in=refunds).values_list("refund_id", "part"))
    paid = set(
        Transfer.objects.filter(refund__in=refunds)
        .exclude(state__in=(Transfer.State.RETURNED, Transfer.State.WITHDRAWN))
        .values_list("refund_id", "part")
    )
    drafts = []
    for refund in refunds:
        via = _via(refund, rule)
        whole = whole_cents(refund.goes_back_cents)
        parts = [whole] if via == Transfer.Via.REVERSAL else split(whole)
        for part, cents in enumerate(parts, 1):
            if (refund.pk, part) not in paid:
                drafts.append(_draft(refund, via, part, cents, attempts[refund.pk, part] + 1))
    return drafts


def _draft(refund: Refund, via: Transfer.Via, part: int, cents: int, attempt: int) -> Draft:
    return Draft(
        key=f"refund:{refund.pk}:{part}:{attempt}",
        purpose=Transfer.Purpose.REFUND,
        via=via,
        account=accounts.refunds(refund.pk),
        payee=refund.pays_to,
        amount_cents=cents,
        refund_id=refund.pk,
        part=part,
        attempt=attempt,
        original_receipt=refund.receipt if via == Transfer.Via.REVERSAL else "",
    )
