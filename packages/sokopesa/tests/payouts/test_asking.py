"""Transfers on which M-PESA kept silent: asked after, never sent again, ended only by its word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.models import Entry
from sokopesa.notices.models import Notice
from sokopesa.payouts import asking, schedule, sending
from sokopesa.payouts.models import Question, Transfer
from sokopesa.refunds.models import Refund

Till = Any
SOON = timedelta(minutes=2)


def ask(till: Till, after: timedelta = SOON) -> int:
    moment = till.now + after
    return asking.ask_due(now=moment, clock=lambda: moment)


def died_before_calling(till: Till) -> Transfer:
    """Marked as sent by somebody who was killed then."""
    transfer = till.released(till.refund(till.customer()))
    [errand] = sending.claim(till.shortcode, 1, till.now)
    assert errand.transfer == transfer
    return Transfer.objects.get(pk=transfer.pk)


def test_a_lost_result_is_asked_after(till: Till) -> None:
    transfer = till.sent()
    assert ask(till, timedelta(seconds=30)) == 0, "a result takes a moment"
    assert ask(till) == 1
    transfer.refresh_from_db()
    assert (transfer.state, transfer.asked) == ("unknown", 1)
    assert till.send() == 0
    assert till.carry("status") == "paid"
    transfer.refresh_from_db()
    assert (transfer.state, Refund.objects.get().state) == ("paid", "paid")
    assert till.carry() == "repeated", "the result that was late"
    assert Entry.objects.filter(kind="refund-paid").count() == 1


def test_a_lost_answer_is_asked_after_by_our_own_identifier(till: Till, network: httpx.Client) -> None:
    faults = [{"kind": "callback_lost"}, {"kind": "lost_answer", "operation": "b2c"}]
    network.put("/faults", json={"faults": faults}).raise_for_status()
    till.released(till.refund(till.customer()))
    till.send()
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.conversation_id) == ("unknown", "")
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]})
    assert ask(till) == 1
    assert till.carry("status") == "paid"


def test_declined_without_a_reason_goes_to_an_operator(till: Till, network: httpx.Client) -> None:
    faults = [{"kind": "callback_lost"}, {"kind": "outcome", "code": "8", "operation": "b2c"}]
    network.put("/faults", json={"faults": faults}).raise_for_status()
    transfer = till.sent()
    till.told()
    assert ask(till) == 1
    assert till.carry("status") == "ended"
    transfer.refresh_from_db()
    refund = Refund.objects.get()
    assert (transfer.code, refund.state, refund.waits_for) == ("declined", "returned", "operator")
    assert till.carry() == "repeated", "the same, with its reason"


@pytest.mark.parametrize(
    "lie",
    [{"Amount": 1}, {"OriginatorConversationID": "another"}, {"ReceiptNo": ""}, {"DebitPartyName": "1 - X"}],
    ids=str,
)
def test_an_answer_that_does_not_fit_pays_nothing(till: Till, lie: dict[str, Any]) -> None:
    transfer = till.sent()
    ask(till)
    if "OriginatorConversationID" in lie:  # the envelope has one as well, which is the question's own
        body = till.told("status")[-1]
        message = till.arrive(body["url"], body["body"].replace(transfer.originator_id, "another").encode())
        till.settle()
        message.refresh_from_db()
        assert message.verdict == "doubtful"
    else:
        assert till.carry("status", **lie) == "doubtful"
    transfer.refresh_from_db()
    assert transfer.state == "unknown"


def test_not_found_is_an_answer_only_twice_and_after_its_lifetime(till: Till) -> None:
    transfer = died_before_calling(till)
    assert (transfer.state, Refund.objects.get().state) == ("sent", "sent")
    assert ask(till) == 1
    assert till.carry("status") == "unclear"
    transfer.refresh_from_db()
    assert (transfer.state, transfer.not_found) == ("unknown", 0)
    old = schedule.lifetime() + timedelta(minutes=1)
    assert ask(till, old) == 1
    assert till.carry("status") == "unclear"
    assert till.carry("status") == "unclear", "the same answer again is not a second one"
    transfer.refresh_from_db()
    assert (transfer.state, transfer.not_found) == ("unknown", 1)
    assert ask(till, old * 2) == 1
    assert till.carry("status") == "ended"
    transfer.refresh_from_db()
    assert (transfer.state, transfer.code) == ("returned", "not-found")
    assert Refund.objects.get().waits_for == "operator"


def test_what_mpesa_acknowledged_is_never_taken_for_unknown_to_it(till: Till) -> None:
    transfer = till.sent()
    old = schedule.lifetime() * 2
    for round_of in range(1, 4):
        assert ask(till, old * round_of) == 1
        row = till.told("status")[-1]
        message = till.arrive(
            row["url"],
            b'{"Result":{"ResultType":0,"ResultCode":25,"ResultDesc":"The format of parameter null is invalid."}}',
        )
        till.settle()
        message.refresh_from_db()
        assert message.verdict == "unclear"
    transfer.refresh_from_db()
    assert (transfer.state, transfer.not_found) == ("unknown", 0)
    assert "M-PESA does not say whether it paid KES 1,250" in Notice.objects.get(kind="operator").text


def test_questions_come_at_growing_distances(till: Till) -> None:
    transfer = died_before_calling(till)
    waits, last = [], till.now
    for _ in range(10):
        transfer.refresh_from_db()
        assert transfer.next_ask_at is not None
        waits.append(transfer.next_ask_at - last)
        last = transfer.next_ask_at
        assert ask(till, last - till.now) == 1
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)
    assert Question.objects.count() == 10


def test_a_question_that_mpesa_did_not_take_is_asked_again(till: Till, network: httpx.Client) -> None:
    till.sent()
    faults = [{"kind": "callback_lost"}, {"kind": "server_error", "operation": "status"}]
    network.put("/faults", json={"faults": faults}).raise_for_status()
    assert ask(till) == 1
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]})
    assert ask(till, SOON * 3) == 1
    assert till.carry("status") == "paid"


def test_nothing_is_asked_while_the_operator_is_locked(till: Till, network: httpx.Client) -> None:
    till.sent()
    network.put(f"/organisations/{till.shortcode}", json={"initiator_locked": True}).raise_for_status()
    assert ask(till) == 1
    assert till.carry("status") == "unclear"
    assert ask(till, SOON * 10) == 0
    assert CONFIGURATION.mpesa_b2c_initiator
    assert "All payments from" in Notice.objects.get(kind="operator").text
