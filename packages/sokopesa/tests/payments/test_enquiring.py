"""Receipts that doubtful messages named, and what the simulated network says of them when it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.ledger.queries import discrepancies
from sokopesa.notices.models import Notice
from sokopesa.payments import gateway, prompts
from sokopesa.payments.enquiring import enquire_due
from sokopesa.payments.models import Enquiry, InboxMessage, Prompt, Receipt
from sokopesa.payments.settlement import settle

pytestmark = pytest.mark.django_db
Market = Callbacks = Any
Doubt = Callable[..., tuple[Prompt, str]]
SOON = timedelta(minutes=3)
PASSWORD = "Safaricom999!*!"


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture(autouse=True)
def operator(network: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The market has an API operator, with a password for the network; callbacks go nowhere, the list is empty."""
    before = network.get("/settings").json()
    hurry = {"push_seconds": 0, "callback_seconds": 0, "result_seconds": 0}
    network.patch("/settings", json=hurry).raise_for_status()
    kinds = [{"kind": "callback_lost"}, {"kind": "statement_missing"}]
    network.put("/faults", json={"faults": kinds}).raise_for_status()
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(network.get("/certificate").content)
    gateway.hang_up()
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    monkeypatch.setattr(CONFIGURATION, "mpesa_initiator", "testapi")
    monkeypatch.setattr(CONFIGURATION, "mpesa_initiator_password", SecretStr(PASSWORD))
    monkeypatch.setattr(CONFIGURATION, "mpesa_certificate", certificate)
    yield
    gateway.hang_up()
    network.patch("/settings", json=before)


@pytest.fixture
def doubt(market: Market, network: httpx.Client, callbacks: Callbacks, now: datetime) -> Doubt:
    """A payment on the phone whose callback arrives with one thing in it that does not fit; prompt and receipt."""

    def arrive(*, receipt: str = "", total_cents: int = 125_000, **other: Any) -> tuple[Prompt, str]:
        purchase = market.purchase(total_cents=total_cents)
        phone = purchase.buyer.phone
        network.put(f"/subscribers/{phone}", json={"pin": "1234", "balance": 100_000, "name": "Asha"})
        prompt = prompts.ask(purchase=purchase, msisdn=phone, now=now)
        prompts.send(prompt_id=prompt.id, clock=lambda: now)
        network.post(f"/subscribers/{phone}/answer", json={"pin": "1234"}).raise_for_status()
        [shown] = network.get("/prompts", params={"msisdn": phone}).json()
        receipt = receipt or str(shown["receipt"])
        prompt.refresh_from_db()
        token = daraja.callback_token()
        Prompt.objects.filter(pk=prompt.pk).update(token_digest=daraja.token_digest(token))
        callbacks.arrive(token, callbacks.paid(prompt, receipt, **(other or {"Amount": 1.0})))
        settle(now=now)
        assert InboxMessage.objects.latest("id").verdict == "doubtful"
        return prompt, receipt

    return arrive


def result_arrives(network: httpx.Client, now: datetime, **replaced: Any) -> InboxMessage:
    """Bring the network's newest result to the door, with any of its parameters replaced."""
    network.post("/quiet", json={"wait_seconds": 5}).raise_for_status()
    told = [callback for callback in network.get("/callbacks").json() if callback["kind"] == "status"][-1]
    path, _, token = told["url"].rpartition("/")
    assert path.endswith(gateway.RESULT_PATH.rstrip("/"))
    body = json.loads(told["body"])
    for parameter in body["Result"].get("ResultParameters", {}).get("ResultParameter", []):
        parameter["Value"] = replaced.get(parameter["Key"], parameter.get("Value"))
    message = InboxMessage.objects.create(
        kind=InboxMessage.Kind.RESULT,
        token_digest=daraja.token_digest(token),
        source="127.0.0.1",
        trusted=True,
        headers={},
        body=json.dumps(body).encode(),
    )
    settle(now=now)
    message.refresh_from_db()
    return message


def enquire(moment: datetime) -> bool:
    return enquire_due(now=moment, clock=lambda: moment)


def test_a_completed_transaction_pays_the_order_though_its_callback_was_doubted(
    network: httpx.Client, doubt: Doubt, now: datetime
) -> None:
    prompt, receipt = doubt()
    assert not enquire(now + timedelta(minutes=1)), "the list of payments comes first"
    assert enquire(now + SOON)
    assert result_arrives(network, now + SOON).verdict == "paid"
    prompt.refresh_from_db()
    assert (prompt.state, prompt.purchase.state) == ("paid", "paid")
    booked = Receipt.objects.get()
    assert (booked.code, booked.learned_from, booked.prompt) == (receipt, "status", prompt)
    assert result_arrives(network, now + SOON).verdict == "repeated"
    assert Receipt.objects.count() == 1
    assert discrepancies() == []
    assert not enquire(now + timedelta(days=3))


@pytest.mark.parametrize(
    ("replaced", "word"),
    [
        ({"Amount": 1249}, "cents"),
        ({"ReceiptNo": "UKN1OTHERS"}, "UKN1OTHERS"),
        ({"CreditPartyName": "600000 - Another paybill"}, "600000"),
        ({"DebitPartyName": "254711999999 - Somebody else"}, "another phone"),
    ],
)
def test_a_completed_transaction_that_does_not_fit_pays_nothing(
    network: httpx.Client, doubt: Doubt, now: datetime, replaced: dict[str, Any], word: str
) -> None:
    prompt, _ = doubt()
    enquire(now + SOON)
    message = result_arrives(network, now + SOON, **replaced)
    assert message.verdict == "doubtful"
    assert word in message.remark
    prompt.refresh_from_db()
    assert (prompt.is_live, Receipt.objects.count()) == (True, 0)
    assert not enquire(now + timedelta(days=3))


@pytest.mark.parametrize("status", ["Initiated", "Cancelled", None])
def test_what_is_not_completed_pays_nothing_and_is_asked_about_again(
    network: httpx.Client, doubt: Doubt, now: datetime, status: str | None
) -> None:
    doubt()
    enquire(now + SOON)
    assert result_arrives(network, now + SOON, TransactionStatus=status).verdict == "unclear"
    assert Receipt.objects.count() == 0
    assert enquire(now + timedelta(hours=1))
    assert result_arrives(network, now + timedelta(hours=1)).verdict == "paid"


def test_an_invented_receipt_is_asked_about_a_few_times_and_then_no_more(
    network: httpx.Client, doubt: Doubt, now: datetime
) -> None:
    prompt, _ = doubt(receipt="UKN1FORGED")
    asked = 0
    for hours in (1, 2, 4, 20, 60, 120, 240):
        if enquire(now + timedelta(hours=hours)):
            asked += 1
            assert result_arrives(network, now + timedelta(hours=hours)).verdict == "unclear"
    assert asked == 5
    prompt.refresh_from_db()
    assert (prompt.is_live, Receipt.objects.count()) == (True, 0)


def test_a_wrong_credential_is_tried_once_a_day_and_the_operator_hears_of_it(
    network: httpx.Client, doubt: Doubt, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three wrong ones in a row lock the API operator, for payouts as well."""
    monkeypatch.setattr(CONFIGURATION, "mpesa_initiator_password", SecretStr("wrong-password"))
    doubt()
    doubt()
    assert enquire(now + SOON)
    assert not enquire(now + SOON + timedelta(seconds=30)), "only one before its result is known"
    assert "initiator" in result_arrives(network, now + SOON).remark
    assert not enquire(now + timedelta(hours=23))
    assert "result code 2001" in Notice.objects.get(kind="operator").text
    CONFIGURATION.mpesa_initiator_password = SecretStr(PASSWORD)
    gateway.initiator.cache_clear()
    assert enquire(now + timedelta(hours=25))
    assert result_arrives(network, now + timedelta(hours=25)).verdict == "paid"


def test_without_an_api_operator_nothing_is_asked(
    network: httpx.Client, doubt: Doubt, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_initiator", "")
    gateway.hang_up()
    doubt()
    assert Enquiry.objects.count() == 0
    assert not enquire(now + SOON)


def test_a_result_at_a_guessed_address_or_from_elsewhere_does_nothing(
    network: httpx.Client, doubt: Doubt, now: datetime
) -> None:
    doubt()
    enquire(now + SOON)
    message = result_arrives(network, now + SOON, Amount=1)
    body, digest = bytes(message.body), bytes(message.token_digest)
    for token_digest, trusted in ((daraja.token_digest("guess"), True), (digest, False)):
        InboxMessage.objects.create(
            kind="result", token_digest=token_digest, source="127.0.0.1", trusted=trusted, headers={}, body=body
        )
    InboxMessage.objects.create(
        kind="result", token_digest=digest, source="127.0.0.1", trusted=True, headers={}, body=b"{}"
    )
    settle(now=now + SOON)
    assert list(InboxMessage.objects.order_by("id").values_list("verdict", flat=True))[-3:] == [
        "stranger",
        "untrusted",
        "unreadable",
    ]
    assert Receipt.objects.count() == 0


def test_a_second_payment_for_a_paid_prompt_is_booked_and_owed_back(
    network: httpx.Client, market: Market, callbacks: Callbacks, doubt: Doubt, now: datetime
) -> None:
    """A success with another receipt than the prompt's own is doubted; M-PESA says that it is real money."""
    prompt, receipt = doubt()
    Prompt.objects.filter(pk=prompt.pk).update(token_digest=daraja.token_digest("first"))
    callbacks.arrive("first", callbacks.paid(prompt, "UKN1FIRST1"))
    settle(now=now)
    enquire(now + SOON)
    assert result_arrives(network, now + SOON).verdict == "paid"
    assert set(Receipt.objects.values_list("code", "purchase")) == {("UKN1FIRST1", prompt.purchase_id), (receipt, None)}
    assert discrepancies() == []
