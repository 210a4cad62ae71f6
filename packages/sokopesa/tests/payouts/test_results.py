"""Results as M-PESA and others post them: early, late, twice, wrong, forged, to nobody; and what each code means."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

import daraja
from sokopesa.ledger.accounts import GOODWILL
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.models import Entry
from sokopesa.notices.models import Notice
from sokopesa.payments.gateway import payout_url
from sokopesa.payments.models import InboxMessage
from sokopesa.payouts import payers, results
from sokopesa.payouts.endings import ENDINGS, Effect
from sokopesa.payouts.models import Payer, Transfer
from sokopesa.refunds.models import Refund

Till = Any


def outcome(network: httpx.Client, code: str) -> None:
    faults = [{"kind": "callback_lost"}, {"kind": "outcome", "code": code, "operation": "b2c"}]
    network.put("/faults", json={"faults": faults}).raise_for_status()


@pytest.mark.parametrize("code", [*sorted(ENDINGS.keys() - {"declined", "not-found"}), "17", "26", "99", "100000001"])
def test_a_code_returns_only_if_it_is_definite(till: Till, network: httpx.Client, code: str) -> None:
    outcome(network, code)
    transfer = till.sent()
    verdict = till.carry()
    transfer.refresh_from_db()
    refund, payer = Refund.objects.get(), Payer.objects.get(pk=till.shortcode)
    assert not Entry.objects.filter(kind="refund-paid").exists()
    if code not in ENDINGS:
        assert (verdict, transfer.state, refund.state) == ("unclear", "unknown", "sent")
        assert transfer.next_ask_at is not None
        return
    ending = ENDINGS[code]
    assert (verdict, transfer.state, transfer.code) == ("ended", "returned", code)
    assert (refund.state, refund.waits_for, refund.remark) == ("returned", ending.waits_for, ending.words)
    assert (payer.stopped_at is not None) == (ending.effect is Effect.STOP)
    assert (payer.short_at is not None) == (ending.effect is Effect.SHORT)
    assert Notice.objects.filter(kind="refund-returned").exists() == (ending.trouble is not None)
    assert till.carry() == "repeated"


@pytest.mark.parametrize(
    "lie",
    [
        {"TransactionAmount": 1},
        {"TransactionAmount": None},
        {"ReceiverPartyPublicName": "254722999999 - Somebody Else"},
        {"OriginatorConversationID": "SOKO-0"},
        {"ConversationID": "AG_20261125_0"},
        {"TransactionReceipt": "", "TransactionID": "UKP0000000"},
        {"TransactionReceipt": "U" * 17},
    ],
    ids=str,
)
def test_what_does_not_fit_is_kept_and_asked_after(till: Till, lie: dict[str, Any]) -> None:
    transfer = till.sent()
    assert till.carry(**lie) == "doubtful"
    transfer.refresh_from_db()
    assert (transfer.state, transfer.next_ask_at) == ("unknown", till.now)
    assert not Entry.objects.filter(kind="refund-paid").exists()
    assert till.carry() == "paid", "the true one comes after all"


def test_a_masked_name_of_the_payee_fits(till: Till) -> None:
    till.sent()
    assert till.carry(ReceiverPartyPublicName="2547****123 - A**** T***") == "paid"


def test_a_receipt_pays_one_transfer(till: Till) -> None:
    first, second = till.sent(), till.sent()
    assert till.carry(about=first.conversation_id) == "paid"
    first.refresh_from_db()
    assert till.carry(about=second.conversation_id, TransactionReceipt=first.receipt) == "doubtful"
    assert "URGENT" in Notice.objects.get(kind="operator").text


def test_strangers_and_senders_that_we_do_not_trust_have_no_effect(till: Till) -> None:
    transfer = till.sent()
    told = till.told()[-1]
    stranger = till.arrive(payout_url(daraja.callback_token()), told["body"].encode())
    untrusted = till.arrive(told["url"], told["body"].encode(), trusted=False)
    nonsense = till.arrive(told["url"], b"<html>")
    assert results.settle(now=till.now) == 3
    found = InboxMessage.objects.in_bulk([stranger.pk, untrusted.pk, nonsense.pk])
    assert [found[key].verdict for key in sorted(found)] == ["stranger", "untrusted", "unreadable"]
    transfer.refresh_from_db()
    assert transfer.state == "sent"


def test_a_queue_that_timed_out_is_no_failure(till: Till, network: httpx.Client) -> None:
    faults = [{"kind": "callback_lost"}, {"kind": "queue_timeout", "seconds": 1, "operation": "b2c"}]
    network.put("/faults", json={"faults": faults}).raise_for_status()
    transfer = till.released(till.refund(till.customer()))
    till.send()
    timed_out = network.get("/callbacks").json()[-1]
    assert "timed out" in timed_out["body"]
    message = till.arrive(timed_out["url"], timed_out["body"].encode())
    results.settle(now=till.now)
    message.refresh_from_db()
    transfer.refresh_from_db()
    assert (message.verdict, transfer.state) == ("unclear", "unknown")
    assert till.send() == 0
    assert till.carry() == "paid"


def test_a_result_before_the_acknowledgement_counts(till: Till) -> None:
    transfer = till.sent()
    Transfer.objects.filter(pk=transfer.pk).update(conversation_id="")
    assert till.carry() == "paid"


def test_a_success_after_a_definite_failure_is_told_loudly(till: Till, network: httpx.Client) -> None:
    outcome(network, "8")
    transfer = till.sent()
    assert till.carry() == "ended"
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]})
    other = till.sent()
    body = till.told()[-1]["body"]
    for ours, theirs in ((transfer.originator_id, other.originator_id), (transfer.conversation_id, "")):
        body = body.replace(theirs or other.conversation_id, ours)
    body = body.replace(other.payee, transfer.payee)
    late = till.arrive(till.told(about=transfer.conversation_id)[-1]["url"], body.encode())
    results.settle(now=till.now)
    late.refresh_from_db()
    transfer.refresh_from_db()
    assert (late.verdict, transfer.state) == ("doubtful", "returned")
    assert "URGENT" in Notice.objects.filter(kind="operator").latest("id").text
    assert not Entry.objects.filter(key=f"transfer:{transfer.pk}").exists()


def test_a_failure_after_a_payment_changes_nothing_and_is_told(till: Till) -> None:
    transfer = till.sent()
    assert till.carry() == "paid"
    assert till.carry(ResultCode=8) == "doubtful"
    transfer.refresh_from_db()
    assert transfer.state == "paid"
    assert "URGENT" in Notice.objects.get(kind="operator").text


def test_two_that_tell_the_same_in_one_batch_are_one_payment(till: Till) -> None:
    till.sent()
    told = till.told()[-1]
    for _ in range(3):
        till.arrive(told["url"], told["body"].encode())
    assert results.settle(now=till.now) == 3
    verdicts = InboxMessage.objects.order_by("id").values_list("verdict", flat=True)
    assert list(verdicts) == ["paid", "repeated", "repeated"]
    assert Entry.objects.filter(kind="refund-paid").count() == 1


def test_an_empty_float_stops_sending_until_it_grew(till: Till, network: httpx.Client) -> None:
    network.put(f"/organisations/{till.shortcode}", json={"balances": {"utility": 1_000}}).raise_for_status()
    transfer = till.sent()
    assert till.carry() == "ended"
    refund = Refund.objects.get()
    assert (refund.state, refund.waits_for) == ("returned", "float")
    waiting = till.released(till.refund(till.customer(), cents=10_000))
    assert till.send() == 0, "nothing is sent from it"
    later = till.now + timedelta(minutes=2)
    assert till.check(later) == 1
    stamp = f"{later + timedelta(hours=3):%Y%m%d%H%M%S}"
    assert till.carry("balance", now=later, BOCompletedTime=stamp) == "ended"
    assert till.send(later) == 0
    network.put(f"/organisations/{till.shortcode}", json={"balances": {"utility": 5_000}}).raise_for_status()
    later += payers.ALONE * 2
    assert till.check(later) == 1
    stamp = f"{later + timedelta(hours=3):%Y%m%d%H%M%S}"
    assert till.carry("balance", now=later, BOCompletedTime=stamp) == "ended"
    assert till.send(later) == 1
    waiting.refresh_from_db()
    assert (waiting.state, transfer.amount_cents) == ("sent", 125_000)
    assert "has too little to pay KES 1,250" in Notice.objects.filter(kind="operator").earliest("id").text


def test_a_result_that_nobody_was_prepared_for_holds_up_no_other(till: Till) -> None:
    """Money owed back that is not on its account any more stands for any fault of our own."""
    odd, good = till.sent(), till.sent()
    legs = (debit(odd.account, odd.amount_cents), credit(GOODWILL, odd.amount_cents))
    book([Draft(key="gone:1", kind="gone", happened_at=till.now, legs=legs)])
    for transfer in (odd, good):
        row = till.told(about=transfer.conversation_id)[-1]
        till.arrive(row["url"], row["body"].encode())
    assert till.settle() == 2
    assert list(InboxMessage.objects.order_by("id").values_list("verdict", flat=True)) == ["set-aside", "paid"]
    odd.refresh_from_db()
    assert (odd.state, odd.next_ask_at is not None) == ("sent", True), "M-PESA is asked, and a person told"
    assert Notice.objects.filter(kind="operator", text__contains="could not settle").count() == 1
    assert till.settle() == 0
