"""Questions go after ninety days, but for those about transfers that M-PESA is still silent on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sokopesa.kernel.clock import now
from sokopesa.payments.purging import KEPT_FOR
from sokopesa.payouts import asking
from sokopesa.payouts.models import Payer, Question, Transfer
from sokopesa.payouts.purging import purge_due

Till = Any
SECOND = timedelta(seconds=1)


def question(payer: Payer, at: Any, *, answered: bool = True, **about: Any) -> Question:
    made = Question(payer=payer, asked_at=at, answered_at=at if answered else None, **about)
    made.token_digest = bytes(f"{Question.objects.count()}", "ascii")
    made.save()
    return made


def test_only_what_is_old_goes_and_what_may_still_be_answered_stays(till: Till) -> None:
    silent, payer = till.sent(), Payer.objects.get()
    over = till.sent()
    Transfer.objects.filter(pk=over.pk).update(state="returned", code="1", ended_at=till.now, next_ask_at=None)
    kept = question(payer, till.now, answered=False, transfer=silent)
    question(payer, till.now, transfer=silent)
    question(payer, till.now, answered=False, transfer=over)
    question(payer, till.now, receipt="UKR0000001")
    question(payer, till.now, answered=False)
    young = question(payer, till.now + SECOND)
    assert purge_due(now=till.now + KEPT_FOR) == 0
    assert purge_due(now=till.now + KEPT_FOR + SECOND) == 4
    assert set(Question.objects.all()) == {kept, young}
    moment = till.now + timedelta(minutes=2)
    assert asking.ask_due(now=moment, clock=lambda: moment) == 1, "the transfer itself is asked about as before"


@pytest.mark.django_db
def test_many_go_in_batches() -> None:
    payer = Payer.objects.create(shortcode="614251", next_send_at=now(), next_ask_at=now())
    for _ in range(25):
        question(payer, now() - KEPT_FOR - SECOND)
    assert [purge_due(now=now(), limit=10) for _ in range(4)] == [10, 10, 5, 0]
