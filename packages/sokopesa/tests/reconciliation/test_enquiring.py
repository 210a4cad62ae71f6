"""Refunds whose payments neither statement nor list has shown, and what the simulated network says when it is asked."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import IntegrityError, connection, transaction
from pydantic import SecretStr
from told import PAYBILL, Statements, Told

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.ledger.queries import discrepancies
from sokopesa.notices.models import Notice
from sokopesa.payments import gateway, prompts
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import InboxMessage
from sokopesa.payouts import balances, results
from sokopesa.payouts.models import Payer, Question
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import confirming, enquiring, matching, pulling, resolving
from sokopesa.reconciliation.asked import Enquiry
from sokopesa.reconciliation.models import Discrepancy, Resolution
from sokopesa.refunds.models import Refund

Market = Any
Owed = Callable[..., Refund]
SOON = timedelta(minutes=6)
DAY = timedelta(days=1)
PASSWORD = "Safaricom999!*!"

pytestmark = pytest.mark.django_db

_numbers = itertools.count(1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture(autouse=True)
def operator(network: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The paybill has an API operator; messages go nowhere by themselves, and the list of payments is down."""
    before = network.get("/settings").json()
    hurry = {"push_seconds": 0, "callback_seconds": 0, "result_seconds": 0}
    network.patch("/settings", json=hurry).raise_for_status()
    network.put("/faults", json={"faults": [{"kind": "callback_lost"}]}).raise_for_status()
    network.put(f"/organisations/{PAYBILL}", json={"initiator_locked": False}).raise_for_status()
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(network.get("/certificate").content)
    gateway.hang_up()
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    monkeypatch.setattr(CONFIGURATION, "mpesa_initiator", "testapi")
    monkeypatch.setattr(CONFIGURATION, "mpesa_initiator_password", SecretStr(PASSWORD))
    monkeypatch.setattr(CONFIGURATION, "mpesa_certificate", certificate)
    monkeypatch.setattr(CONFIGURATION, "mpesa_payouts_per_second", 1000.0)

    def no_list(*, now: datetime) -> int:
        raise daraja.SystemBusy("no list", http_status=503)

    monkeypatch.setattr(pulling, "pull", no_list)
    yield
    gateway.hang_up()
    network.patch("/settings", json=before)


@pytest.fixture
def owed(market: Market, network: httpx.Client, now: datetime) -> Owed:
    """A payment that the network took, and that our books have as the second one of a purchase: it is owed back."""

    def make(
        *, cents: int = 125_000, receipt: str = "", booked: int | None = None, msisdn: str | None = None
    ) -> Refund:
        purchase = market.purchase(total_cents=cents)
        phone = purchase.buyer.phone
        network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 100_000, "name": "Asha"})
        prompt = prompts.ask(purchase=purchase, msisdn=phone, now=now)
        prompts.send(prompt_id=prompt.id, clock=lambda: now)
        network.post(f"/subscribers/{phone}/answer", json={"pin": "1234"}).raise_for_status()
        [shown] = network.get("/prompts", params={"msisdn": phone}).json()
        receipt = receipt or str(shown["receipt"])
        by_hand = {"purchase_id": purchase.pk, "account": purchase.reference}
        first = Payment(f"UKF{next(_numbers):07d}", cents, now, "confirmation", **by_hand)
        payer = phone if msisdn is None else msisdn
        second = Payment(receipt, booked or cents, now, "confirmation", msisdn=payer, **by_hand)
        credit_payments([first], now=now)
        credit_payments([second], now=now)
        return Refund.objects.get(receipt=receipt)

    return make


def ask(moment: datetime) -> int:
    return enquiring.ask_due(now=moment, clock=lambda: moment)


def answers(network: httpx.Client) -> list[dict[str, Any]]:
    """What the network posted about receipts, or would have but for its faults, oldest first."""
    network.post("/quiet", json={"wait_seconds": 10}).raise_for_status()
    return [row for row in network.get("/callbacks").json() if row["kind"] == "status"]


def arrive(network: httpx.Client, now: datetime, *, trusted: bool = True, token: str = "", **replaced: Any) -> str:
    """Bring the newest answer to the door and settle it, any of its parameters replaced; its verdict."""
    row = answers(network)[-1]
    path, _, secret = row["url"].rpartition("/")
    assert path.endswith(gateway.PAYOUT_PATH.rstrip("/"))
    body = json.loads(row["body"])
    for parameter in body["Result"].get("ResultParameters", {}).get("ResultParameter", []):
        parameter["Value"] = replaced.get(parameter["Key"], parameter.get("Value"))
    message = InboxMessage.objects.create(
        kind=InboxMessage.Kind.PAYOUT,
        token_digest=daraja.token_digest(token or secret),
        source="127.0.0.1",
        trusted=trusted,
        headers={},
        body=json.dumps(body).encode(),
    )
    results.settle(now=now)
    message.refresh_from_db()
    return message.verdict


def state(refund: Refund) -> tuple[str, str, str]:
    refund.refresh_from_db()
    return refund.state, refund.reconciled_from, refund.waits_for


def found() -> list[tuple[str, int, int, str]]:
    return list(Discrepancy.objects.order_by("id").values_list("kind", "amount_cents", "effect_cents", "state"))


class TestConfirming:
    def test_a_completed_answer_confirms(self, network: httpx.Client, owed: Owed, now: datetime) -> None:
        refund = owed()
        assert confirming.confirm_due(now=now + timedelta(minutes=1)) == []
        assert ask(now + timedelta(minutes=4)) == 0, "the list comes first"
        assert ask(now + SOON) == 1
        assert confirming.confirm_due(now=now + SOON) == []
        assert arrive(network, now + SOON) == "ended"
        assert confirming.confirm_due(now=now + SOON) == [refund.pk]
        assert state(refund) == ("reconciled", "status", "")
        assert arrive(network, now + SOON) == "ended", "the same answer again"
        assert (ask(now + DAY), confirming.confirm_due(now=now + DAY)) == (0, [])
        assert (found(), discrepancies()) == ([], [])

    def test_what_a_record_shows_is_not_asked_about(self, market: Market, owed: Owed, now: datetime) -> None:
        market.now = now - DAY
        refund = owed()
        told = Told(125_000, now, receipt=refund.receipt, reference=str(refund.purchase and refund.purchase.reference))
        Statements().take_in(told, since=now - DAY / 2)
        assert ask(now + SOON) == 0
        assert confirming.confirm_due(now=now + SOON) == [refund.pk]
        assert state(refund)[1] == "statement"
        assert Enquiry.objects.count() == 0

    def test_a_late_answer_changes_nothing(
        self, network: httpx.Client, market: Market, owed: Owed, now: datetime
    ) -> None:
        market.now = now - DAY
        refund = owed()
        ask(now + SOON)
        told = Told(125_000, now, receipt=refund.receipt, reference=str(refund.purchase and refund.purchase.reference))
        Statements().take_in(told, since=now - DAY / 2)
        confirming.confirm_due(now=now + SOON)
        arrive(network, now + 2 * SOON, Amount=1)
        assert confirming.confirm_due(now=now + 2 * SOON) == []
        assert state(refund) == ("reconciled", "statement", "")
        assert found() == []

    def test_without_an_operator_nothing_is_asked(
        self, owed: Owed, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(CONFIGURATION, "mpesa_initiator", "")
        gateway.hang_up()
        owed()
        assert (ask(now + SOON), Enquiry.objects.count(), Question.objects.count()) == (0, 0, 0)


class TestFaults:
    @pytest.mark.parametrize(
        ("replaced", "word"),
        [
            ({"Amount": 1200}, "KES 1,200"),
            ({"CreditPartyName": "600000 - Another paybill"}, "paid to 600000"),
            ({"DebitPartyName": "254711999999 - Somebody else"}, "another phone"),
            ({"TransactionStatus": "Cancelled"}, "not paid: Cancelled"),
        ],
        ids=str,
    )
    def test_a_contradiction_holds_the_refund(
        self, network: httpx.Client, owed: Owed, now: datetime, replaced: dict[str, Any], word: str
    ) -> None:
        refund = owed()
        ask(now + SOON)
        assert arrive(network, now + SOON, **replaced) == "ended"
        assert confirming.confirm_due(now=now + SOON) == []
        assert state(refund) == ("owed", "", "operator")
        assert word in refund.remark
        assert found() == [("unconfirmed_refund", 125_000, 0, "open")]
        arrive(network, now + 2 * SOON)
        assert confirming.confirm_due(now=now + 2 * SOON) == [], "the first plain answer stays"
        assert (ask(now + DAY), len(found())) == (0, 1)

    def test_another_amount_on_our_books_holds_it_too(self, network: httpx.Client, owed: Owed, now: datetime) -> None:
        refund = owed(booked=130_000)
        ask(now + SOON)
        arrive(network, now + SOON)
        assert confirming.confirm_due(now=now + SOON) == []
        assert "KES 1,250" in Refund.objects.get(pk=refund.pk).remark
        assert found() == [("unconfirmed_refund", 130_000, 0, "open")]

    @pytest.mark.parametrize(
        ("replaced", "verdict"),
        [
            ({"TransactionStatus": "Initiated"}, "unclear"),
            ({"TransactionStatus": None}, "unclear"),
            ({"ReceiptNo": "UKN1OTHERS"}, "doubtful"),
            ({"CreditPartyName": None}, "ended"),
            ({"Amount": None}, "ended"),
        ],
        ids=str,
    )
    def test_what_is_not_plain_changes_nothing_and_is_asked_again(
        self, network: httpx.Client, owed: Owed, now: datetime, replaced: dict[str, Any], verdict: str
    ) -> None:
        refund = owed()
        ask(now + SOON)
        assert arrive(network, now + SOON, **replaced) == verdict
        assert confirming.confirm_due(now=now + SOON) == []
        assert (state(refund), found()) == (("owed", "", ""), [])
        assert ask(now + SOON + timedelta(minutes=9)) == 0
        assert ask(now + SOON + timedelta(minutes=10)) == 1
        assert arrive(network, now + 3 * SOON) == "ended"
        assert confirming.confirm_due(now=now + 3 * SOON) == [refund.pk]

    def test_a_forged_answer_does_nothing(self, network: httpx.Client, owed: Owed, now: datetime) -> None:
        refund = owed()
        ask(now + SOON)
        assert arrive(network, now + SOON, trusted=False) == "untrusted"
        assert arrive(network, now + SOON, token="guess") == "stranger"
        assert confirming.confirm_due(now=now + SOON) == []
        assert state(refund) == ("owed", "", "")

    def test_silence_is_asked_after_at_growing_distances(self, owed: Owed, now: datetime) -> None:
        owed()
        moment, waits = now + SOON, []
        for _ in range(8):
            assert ask(moment) == 1
            assert ask(moment + timedelta(seconds=61)) == 0
            following = Enquiry.objects.get().next_ask_at
            assert following is not None
            waits.append(following - moment)
            moment = following
        assert (waits[0], waits[-1], waits) == (timedelta(minutes=10), DAY, sorted(waits))

    def test_a_gateway_that_is_away_is_asked_again(self, network: httpx.Client, owed: Owed, now: datetime) -> None:
        refund = owed()
        faults = [{"kind": "callback_lost"}, {"kind": "server_error", "operation": "status"}]
        network.put("/faults", json={"faults": faults}).raise_for_status()
        assert ask(now + SOON) == 1
        network.put("/faults", json={"faults": [{"kind": "callback_lost"}]}).raise_for_status()
        assert ask(now + SOON + timedelta(minutes=11)) == 1
        arrive(network, now + 3 * SOON)
        assert confirming.confirm_due(now=now + 3 * SOON) == [refund.pk]

    def test_a_wrong_operator_stops_before_mpesa_locks_it(
        self, network: httpx.Client, owed: Owed, now: datetime
    ) -> None:
        first, second = owed(), owed()
        network.put(f"/organisations/{PAYBILL}", json={"initiator_locked": True}).raise_for_status()
        assert ask(now + SOON) == 1, "one alone, until M-PESA has accepted the operator"
        assert ask(now + SOON + timedelta(seconds=30)) == 0
        assert arrive(network, now + SOON) == "unclear"
        assert (ask(now + DAY), state(first)[0], state(second)[0]) == (0, "owed", "owed")
        assert Payer.objects.get().stopped_at == now + SOON
        assert f"All payments from {PAYBILL} are stopped" in Notice.objects.get(kind="operator").text

    def test_once_it_is_accepted_many_are_asked_about(self, network: httpx.Client, owed: Owed, now: datetime) -> None:
        for _ in range(3):
            owed()
        assert ask(now + SOON) == 1
        arrive(network, now + SOON)
        assert ask(now + SOON + timedelta(seconds=5)) == 2
        assert balances.check_due(now=now + DAY, clock=lambda: now + DAY) == 0, "its operator need not see the balance"


class TestNotFound:
    def test_it_is_for_people_when_it_was_said_twice(self, network: httpx.Client, owed: Owed, now: datetime) -> None:
        refund = owed(receipt="UKN0NOSUCH")
        for hours, opened in ((0.5, 0), (2, 0), (4, 1), (8, 1)):
            moment = now + timedelta(hours=hours)
            assert ask(moment) == 1
            assert arrive(network, moment) == "unclear"
            arrive(network, moment)
            assert confirming.confirm_due(now=moment) == []
            assert len(found()) == opened
        assert found() == [("unconfirmed_refund", 125_000, 0, "open")]
        assert state(refund) == ("owed", "", "")

    def test_it_clears_when_a_record_shows_the_payment(
        self, network: httpx.Client, market: Market, owed: Owed, now: datetime
    ) -> None:
        market.now = now - DAY
        refund = owed(receipt="UKN0NOSUCI")
        for hours in (2, 4):
            ask(now + timedelta(hours=hours))
            arrive(network, now + timedelta(hours=hours))
        confirming.confirm_due(now=now + timedelta(hours=4))
        told = Told(125_000, now, receipt=refund.receipt, reference=str(refund.purchase and refund.purchase.reference))
        Statements().take_in(told, since=now - DAY / 2)
        assert confirming.confirm_due(now=now + timedelta(hours=5)) == [refund.pk]
        assert found() == [("unconfirmed_refund", 125_000, 0, "cleared")]

    def test_two_people_may_accept_it(self, network: httpx.Client, owed: Owed, now: datetime) -> None:
        refund = owed(receipt="UKN0NOSUCJ")
        for hours in (2, 4):
            ask(now + timedelta(hours=hours))
            arrive(network, now + timedelta(hours=hours))
        confirming.confirm_due(now=now + timedelta(hours=4))
        asha, brian = (add_staff(phone=f"25471190000{n}", role=Role.FINANCE) for n in (1, 2))
        made = resolving.propose(
            discrepancy_id=Discrepancy.objects.get().pk,
            how=Resolution.How.ACCEPT,
            reason="Safaricom showed us the payment.",
            maker=asha,
            now=now + DAY,
        )
        resolving.approve(resolution_id=made.pk, decider=brian, now=now + DAY)
        assert state(refund)[0] == "reconciled"
        matching.run(now=now + DAY)
        assert found()[0][3] == "resolved"


def test_the_database_keeps_what_mpesa_said(network: httpx.Client, owed: Owed, now: datetime) -> None:
    owed()
    ask(now + SOON)
    arrive(network, now + SOON)
    for statement in (
        "UPDATE reconciliation_enquiry SET told_cents = 1",
        "UPDATE reconciliation_enquiry SET told_at = NULL, told_cents = NULL",
        "DELETE FROM reconciliation_enquiry",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
