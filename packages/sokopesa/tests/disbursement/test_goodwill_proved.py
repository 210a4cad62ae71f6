"""The auditor, who knows none of our code, finds the books in order with what we gave on top in them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.proof import Evidence, prove
from sokopesa.aftersale.giving_back import give_back
from sokopesa.cli.export import sources
from sokopesa.disbursement import filing, goodwill, instant, rules
from sokopesa.disbursement.models import InstantRule
from sokopesa.ledger.exports.parquet import write_parquet
from sokopesa.ledger.images import one_moment
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Treasury = Market = Any
Cause = Refund.Cause


@pytest.mark.usefixtures("committing")
def test_goodwill_and_top_ups_are_proved(treasury: Treasury, market: Market, tmp_path: Path) -> None:
    maker, decider, now = treasury.member(), treasury.member(), treasury.cut_off

    def agreed(proposal: goodwill.Goodwill) -> None:
        goodwill.approve(goodwill_id=proposal.pk, decider=decider, now=now)

    def small(cause: Refund.Cause) -> Refund:
        """KES 4 of an order's, confirmed and topped up."""
        order = market.paid_order()
        refund = give_back(order, cents=400, cause=cause, key=f"small:{order.pk}", now=treasury.morning)
        assert refund is not None
        moving.reconcile({refund.receipt: "statement"}, now=treasury.morning)
        agreed(goodwill.propose_top_up(refund_id=refund.pk, reason="Too small.", maker=maker, now=now))
        return refund

    def at_once(cause: Refund.Cause) -> None:
        facts = {"up_to_cents": 100_000, "daily_limit_cents": 1_000_000, "via": InstantRule.Via.B2C}
        rule = rules.propose(cause=cause, reason="Ours.", valid_from=now, maker=maker, now=now, **facts)
        rules.approve(rule_id=rule.pk, decider=decider, now=now)

    treasury.fill()
    waits, leaves, order = small(Cause.DISPUTE), small(Cause.UNSHIPPED), market.paid_order()
    for cents in (20_000, 30_000):
        agreed(
            goodwill.propose(purchase_id=order.purchase_id, amount_cents=cents, reason="Sorry.", maker=maker, now=now)
        )
    at_once(Cause.UNSHIPPED)
    assert instant.pay_due(now=now) == 1
    transfer = Transfer.objects.get(refund=leaves)
    Transfer.objects.filter(pk=transfer.pk).update(state="sent", sent_at=now)
    conclude([Conclusion(transfer.pk, "result", receipt="UKP9ZZZZZZ", at=now)], now=now)
    filing.close_due(now=now + timedelta(days=1))
    assert {line.refund_id for line in filing.FileLine.objects.all()} > {waits.pk}
    with one_moment():
        list(write_parquet(sources(), tmp_path / "books", now=now))
    report = prove(tmp_path / "books", Evidence())
    assert [str(finding) for finding in report.findings] == []
