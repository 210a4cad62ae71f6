"""Whatever refunds come on whatever days, and whatever is rejected, paid or returned: each stands in one live line of
one file, files have no gaps, and they add up to what is owed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.disbursement import batching, filing, goodwill, replies, returned
from sokopesa.disbursement.errors import NothingToPay, NotWaiting
from sokopesa.disbursement.models import Batch, FileLine, RefundFile
from sokopesa.kernel.calendar import is_business_day
from sokopesa.kernel.clock import nairobi_date
from sokopesa.ledger.accounts import GOODWILL, b2c
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.refunding import whole_cents
from sokopesa.payouts.sending import hand_over
from sokopesa.refunds.models import Refund

Treasury = Any

STEPS = st.one_of(
    st.tuples(st.just("owe"), st.integers(1, 60_000_000), st.booleans()),
    st.tuples(st.just("hours"), st.integers(1, 60), st.booleans()),
    st.tuples(st.just("answer"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("pay"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("retry"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("owe"), st.integers(1, 999), st.booleans()),
    st.tuples(st.just("top_up"), st.integers(0, 2), st.booleans()),
)


class Days:
    """The market's time, and people who carry out the steps."""

    def __init__(self, treasury: Treasury) -> None:
        self.treasury, self.now = treasury, treasury.morning
        self.maker, self.approver = treasury.member(), treasury.member()
        self.receipts = 0

    def step(self, name: str, number: int, flag: bool) -> None:
        getattr(self, name)(number, flag)

    def owe(self, cents: int, hidden: bool) -> None:
        self.treasury.refund(cents, at=self.now, msisdn="" if hidden else None)

    def hours(self, count: int, _: bool = False) -> None:
        """The worker is away for so long."""
        self.now += timedelta(hours=count)
        filing.close_due(now=self.now)

    def answer(self, which: int, whole: bool) -> None:
        """An answer to the oldest file that has none; it may reject all, or one line."""
        file = RefundFile.objects.filter(state__in=("closed", "delivered")).order_by("number").first()
        if file is None:
            return
        lines = list(FileLine.objects.filter(file=file, state="open").order_by("position"))
        if whole and which == 0:
            told, rejected = "rejected,Broken", []
        else:
            told, rejected = "accepted,", lines[which : which + 1]
        rows = "".join(f"R,{line.position},{line.refund_number},No\n" for line in rejected)
        head = f"H,sokopesa-refunds-reply,1,{file.number},{file.sha256},{told}\n"
        body = f"{head}{rows}T,{file.number},{len(rejected)}\n".encode()
        assert replies.read("reply", body, now=self.now).verdict != "unusable"

    def pay(self, returned_one: int, cancelled: bool) -> None:
        """A disbursement of all that can be paid; every fourth line or so comes back."""
        try:
            batch = batching.prepare(maker=self.maker, via=Batch.Via.PORTAL, now=self.now)
        except NothingToPay:
            return
        if cancelled:
            batching.cancel(batch_id=batch.pk, by=self.maker, reason="Not today.", now=self.now)
            return
        total = str(batch.total_cents // 100)
        batching.approve(batch_id=batch.pk, approver=self.approver, typed_total=total, now=self.now)
        ids = Transfer.objects.filter(batch_line__batch=batch).order_by("pk").values_list("pk", flat=True)
        for place, transfer in enumerate(hand_over(ids, now=self.now)):
            if place % 4 == returned_one:
                conclude([Conclusion(transfer.pk, "portal", code="8")], now=self.now)
            else:
                self.receipts += 1
                paid = Conclusion(transfer.pk, "portal", receipt=f"UKP{self.receipts:07d}", at=self.now)
                conclude([paid], now=self.now)
        assert batching.finish_due(now=self.now) == 1

    def retry(self, which: int, _: bool) -> None:
        stuck = list(Refund.objects.filter(state="returned") | Refund.objects.filter(waits_for="operator"))
        for refund in stuck[which : which + 1]:
            try:
                returned.retry(refund_id=refund.pk, by=self.maker, now=self.now)
            except NotWaiting:
                assert refund.state == "sent"

    def top_up(self, which: int, refused: bool) -> None:
        """One of those that M-PESA does not pay out, by two people; or the second one does not agree."""
        small = [refund for refund in Refund.objects.order_by("pk") if goodwill.can_be_topped_up(refund)]
        for refund in small[which : which + 1]:
            made = goodwill.propose_top_up(refund_id=refund.pk, reason="Small.", maker=self.maker, now=self.now)
            if refused:
                goodwill.refuse(goodwill_id=made.pk, decider=self.approver, remark="Not now.", now=self.now)
            else:
                goodwill.approve(goodwill_id=made.pk, decider=self.approver, now=self.now)

    def end(self) -> datetime:
        """A week without news."""
        self.hours(24 * 7)
        return self.now


def check(now: datetime) -> None:
    files = list(RefundFile.objects.order_by("number"))
    assert [file.number for file in files] == list(range(1, len(files) + 1))
    if files:
        day, last = files[0].day, nairobi_date(now)
        expected = [each for n in range((last - day).days + 1) if is_business_day(each := day + timedelta(days=n))]
        assert [file.day for file in files] in (expected, expected[:-1])
    for file in files:
        assert sha256(b"".join(filing.render(file))).hexdigest() == file.sha256
        lines = list(file.entries.all())
        assert (file.lines, file.total_cents) == (len(lines), sum(line.amount_cents for line in lines))
    live = Counter[int]()
    for line in FileLine.objects.filter(state__in=("open", "paid")):
        live[line.refund_id] += line.amount_cents
    for refund in Refund.objects.all():
        in_file = refund.state in ("filed", "batched", "sent", "paid")
        cannot = refund.waits_for in ("phone", "minimum", "operator")
        if in_file:
            assert live[refund.pk] == whole_cents(refund.goes_back_cents)
        else:
            assert refund.state == "returned" or cannot
            assert live[refund.pk] == 0 or refund.state == "returned"


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_any_days(treasury: Treasury, steps: list[tuple[str, int, bool]]) -> None:
    with transaction.atomic():
        treasury.fill(100_000_000_000)
        days = Days(treasury)
        for step in steps:
            days.step(*step)
        check(days.end())
        paid = sum(Transfer.objects.filter(state="paid").values_list("amount_cents", flat=True))
        assert balance_cents(b2c("614251")) == 100_000_000_000 - paid
        owed = sum(each.amount_cents for each in Refund.objects.filter(state="paid"))
        if not Refund.objects.filter(transfers__state="paid").exclude(state="paid").exists():
            assert balance_cents(GOODWILL) == paid - owed, "what is ours is what phones got beyond what was owed"
        assert 0 <= balance_cents(GOODWILL) < 1_000 * max(1, Transfer.objects.count())
        assert discrepancies() == []
        transaction.set_rollback(True)
