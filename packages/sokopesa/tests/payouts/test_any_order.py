"""Whatever comes in whatever order: each transfer pays at most once, our books are M-PESA's, refunds stand right."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.queries import discrepancies
from sokopesa.payments.models import InboxMessage
from sokopesa.payouts import asking, preparing, results, schedule, sending
from sokopesa.payouts.balances import float_cents
from sokopesa.payouts.calling import Errand
from sokopesa.payouts.models import Question, Transfer
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Till = Any
LINES = 3
FAILURES = ("1", "8", "17", "26", "2040")


@dataclass
class Network:
    """M-PESA in a few lines: what it took, what it paid, and what it says of each when it is asked."""

    numbers: Any = field(default_factory=lambda: itertools.count(1))
    taken: dict[str, tuple[Transfer, str]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    """By our identifier: a receipt, or a result code."""
    wallets: dict[str, int] = field(default_factory=dict)

    def take(self, errand: Errand) -> None:
        assert errand.transfer.originator_id not in self.taken, "told twice"
        self.taken[errand.transfer.originator_id] = (errand.transfer, errand.token)

    def carry_out(self, originator_id: str, code: str) -> None:
        if originator_id in self.ended:
            return
        transfer, _ = self.taken[originator_id]
        if code == "0":
            self.wallets[transfer.payee] = self.wallets.get(transfer.payee, 0) + transfer.amount_cents
            self.ended[originator_id] = f"UKN{next(self.numbers):07d}"
        else:
            self.ended[originator_id] = code

    def result(self, originator_id: str) -> dict[str, Any]:
        transfer, _ = self.taken[originator_id]
        ended = self.ended[originator_id]
        told: dict[str, Any] = {"ResultType": 0, "ResultDesc": "…", "OriginatorConversationID": originator_id}
        if not ended.startswith("UKN"):
            return told | {"ResultCode": ended}
        items = {"TransactionAmount": transfer.amount_cents // 100, "TransactionReceipt": ended}
        return told | {"ResultCode": 0, "ResultParameters": parameters(items)}

    def status(self, originator_id: str) -> dict[str, Any]:
        if originator_id not in self.taken:
            return {"ResultType": 0, "ResultCode": 25, "ResultDesc": "The format of parameter null is invalid."}
        ended = self.ended.get(originator_id, "")
        transfer, _ = self.taken[originator_id]
        items: dict[str, Any] = {"OriginatorConversationID": originator_id, "TransactionStatus": "Declined"}
        if not ended:
            items["TransactionStatus"] = "Initiated"
        elif ended.startswith("UKN"):
            paid = {"TransactionStatus": "Completed", "ReceiptNo": ended, "Amount": transfer.amount_cents // 100}
            items |= paid
        return {"ResultType": 0, "ResultCode": 0, "ResultDesc": "…", "ResultParameters": parameters(items)}


def parameters(items: dict[str, Any]) -> dict[str, Any]:
    return {"ResultParameter": [{"Key": key, "Value": value} for key, value in items.items()]}


STEPS = st.one_of(
    st.tuples(st.just("send"), st.booleans(), st.booleans()),
    st.tuples(st.just("carry out"), st.integers(0, LINES * 2), st.sampled_from(("0", "0", "0", *FAILURES))),
    st.tuples(st.just("result"), st.integers(0, LINES * 2), st.integers(1, 2)),
    st.tuples(st.just("lie"), st.integers(0, LINES * 2), st.sampled_from(("amount", "receipt", "identifier"))),
    st.tuples(st.just("queue"), st.integers(0, LINES * 2), st.just(0)),
    st.tuples(st.just("ask"), st.booleans(), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 3), st.just(0)),
    st.tuples(st.just("again"), st.just(0), st.just(0)),
)


class Life:
    """One history of three refunds' transfers."""

    def __init__(self, till: Till) -> None:
        self.till, self.network, self.now = till, Network(), till.now
        self.refunds = [till.refund(f"25472299900{number}", cents=125_000 + number * 50) for number in range(LINES)]
        for refund in self.refunds:
            till.released(refund)

    def step(self, name: str, first: Any, second: Any) -> None:
        verb: Callable[[Any, Any], None] = getattr(self, f"_{name.replace(' ', '_')}")
        verb(first, second)
        results.settle(now=self.now)
        self.check()

    def _send(self, reaches: bool, is_answered: bool) -> None:
        """Marked as sent; the call may never be made, and its answer may be lost."""
        for errand in sending.claim(self.till.shortcode, 2, self.now):
            if reaches:
                self.network.take(errand)
                if is_answered:
                    answer = daraja.Accepted(
                        conversation_id=f"AG_{errand.transfer.originator_id}", originator_conversation_id=None, raw={}
                    )
                    sending._record([(errand, answer)], self.now)

    def _carry_out(self, which: int, code: str) -> None:
        if taken := sorted(self.network.taken):
            self.network.carry_out(taken[which % len(taken)], code)

    def _result(self, which: int, copies: int) -> None:
        if ended := sorted(self.network.ended):
            originator_id = ended[which % len(ended)]
            for _ in range(copies):
                self._arrive(self.network.taken[originator_id][1], self.network.result(originator_id))

    def _lie(self, which: int, about: str) -> None:
        if taken := sorted(self.network.taken):
            originator_id = taken[which % len(taken)]
            transfer, token = self.network.taken[originator_id]
            wrong = about == "amount"
            items = {"TransactionAmount": transfer.amount_cents // 100 + wrong, "TransactionReceipt": "UKX0000001"}
            named = "SOKO-0" if about == "identifier" else originator_id
            if about == "receipt":
                items["TransactionReceipt"] = ""
            told = {"ResultType": 0, "ResultCode": 0, "ResultDesc": "…", "OriginatorConversationID": named}
            self._arrive(token, told | {"ResultParameters": parameters(items)})

    def _queue(self, which: int, _: Any) -> None:
        if taken := sorted(self.network.taken):
            originator_id = taken[which % len(taken)]
            told = {"ResultType": 1, "ResultCode": 1, "ResultDesc": "timed out"}
            told["OriginatorConversationID"] = originator_id
            self._arrive(self.network.taken[originator_id][1], told)

    def _ask(self, is_answered: bool, _: Any) -> None:
        for errand in asking.claim(self.till.shortcode, 4, self.now):
            if is_answered:
                self._arrive(errand.token, self.network.status(errand.transfer.originator_id))

    def _wait(self, lifetimes: int, _: Any) -> None:
        self.now += schedule.lifetime() * lifetimes + timedelta(minutes=1)
        self.till.trust(now=self.now)

    def _again(self, *_: Any) -> None:
        """What came back goes out by another attempt, but not what M-PESA may still pay."""
        ids = [each.pk for each in Refund.objects.filter(state="returned")]
        for refund in Refund.objects.filter(pk__in=moving.requeue(ids)):
            attempt = Transfer.objects.filter(refund=refund).count() + 1
            self.till.released(refund, attempt=attempt)
        self.till.trust(now=self.now)

    def _arrive(self, token: str, told: dict[str, Any]) -> None:
        InboxMessage.objects.create(
            kind=InboxMessage.Kind.PAYOUT,
            token_digest=daraja.token_digest(token),
            source="127.0.0.1",
            trusted=True,
            headers={},
            body=json.dumps({"Result": told}).encode(),
        )

    def check(self) -> None:
        """What must hold at every moment."""
        paid = Transfer.objects.filter(state="paid")
        for transfer in paid:
            assert self.network.ended[transfer.originator_id] == transfer.receipt
        for transfer in Transfer.objects.filter(state="returned"):
            assert not self.network.ended.get(transfer.originator_id, "").startswith("UKN")
        assert float_cents(self.till.shortcode) == self.till.float_cents - sum(each.amount_cents for each in paid)
        for refund in Refund.objects.filter(pk__in=[each.pk for each in self.refunds]):
            states = sorted(refund.transfers.values_list("state", flat=True))
            assert states.count("paid") <= 1
            assert (refund.state == "paid") == ("paid" in states)
            assert not Question.objects.filter(transfer__refund=refund, transfer__tries=0).exists()
        assert sum(self.network.wallets.values()) <= sum(
            each.amount_cents for each in Transfer.objects.exclude(state__in=["returned", "withdrawn"])
        )

    def end(self) -> None:
        """M-PESA carries out what it has, everything is told or asked: then both sides' books are the same."""
        for originator_id in sorted(self.network.taken):
            self.network.carry_out(originator_id, "0")
        for _ in range(6):
            self._wait(2, 0)
            self._ask(is_answered=True, _=0)
            results.settle(now=self.now)
            self.check()
        assert not Transfer.objects.filter(state__in=["sent", "unknown"]).exists()
        paid = Transfer.objects.filter(state="paid")
        assert sum(self.network.wallets.values()) == sum(each.amount_cents for each in paid)
        assert discrepancies() == []


@pytest.fixture
def quiet_operator(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here leaves this machine."""
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_shortcode", "600981")
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_initiator", "testapi")
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_security_credential", SecretStr("x"))
    monkeypatch.setattr(CONFIGURATION, "mpesa_payouts_per_second", 1000.0)


def test_any_interleaving_pays_at_most_once(quiet_operator: None, till_for: Callable[[Any], Any]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(STEPS, max_size=14))
    def live(steps: list[tuple[str, Any, Any]]) -> None:
        with transaction.atomic():
            life = Life(till_for(None))
            for step in steps:
                life.step(*step)
            life.end()
            transaction.set_rollback(True)

    live()


def test_preparing_again_needs_an_ending(quiet_operator: None, till_for: Callable[[Any], Any]) -> None:
    till = till_for(None)
    refund = till.refund("254722999001")
    till.released(refund)
    assert preparing.withdraw(Transfer.objects.values_list("pk", flat=True), now=till.now)
    assert till.released(refund, attempt=2).state == "released"
