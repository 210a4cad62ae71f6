"""What M-PESA's own answer to an instruction may be, and that no transfer is told of twice."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.models import Notice
from sokopesa.payments import gateway
from sokopesa.payouts import payers, preparing, sending
from sokopesa.payouts.answers import Verdict, meaning_of
from sokopesa.payouts.calling import Errand
from sokopesa.payouts.models import Payer, Transfer
from sokopesa.refunds.models import Refund

Till = Any
LOST = {"kind": "callback_lost"}


def break_things(network: httpx.Client, *faults: dict[str, Any]) -> None:
    network.put("/faults", json={"faults": [LOST, *faults]}).raise_for_status()


def taken(network: httpx.Client) -> int:
    """How many payments the network has made to phones."""
    network.post("/quiet", json={"wait_seconds": 10})
    return len([row for row in network.get("/transactions").json() if row["kind"] == "b2c"])


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"kind": "server_error"}, "unknown"),
        ({"kind": "unavailable"}, "unknown"),
        ({"kind": "lost_answer", "how": "bad_gateway"}, "unknown"),
        ({"kind": "lost_answer", "how": "dropped"}, "unknown"),
        ({"kind": "too_many_requests"}, "released"),
        ({"kind": "blocked"}, "released"),
        ({"kind": "slow", "seconds": 0.2}, "sent"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["kind"] + value.get("how", ""),
)
def test_only_what_was_surely_not_taken_waits_for_its_next_turn(
    till: Till, network: httpx.Client, fault: dict[str, Any], state: str
) -> None:
    before = taken(network)
    transfer = till.released(till.refund(till.customer()))
    break_things(network, {**fault, "operation": "b2c", "times": 1})
    till.send()
    transfer.refresh_from_db()
    assert (transfer.state, transfer.tries) == (state, 1)
    assert Refund.objects.get().state == "sent"
    break_things(network)
    later = till.now + payers.REST * 2
    assert till.send(later) == (state == "released"), "what may have been taken is never sent again"
    assert taken(network) - before == (fault["kind"] not in ("server_error", "unavailable"))


def test_a_silent_gateway_leaves_it_unknown(till: Till, network: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_timeout", 0.5)
    gateway.hang_up()
    till.released(till.refund(till.customer()))
    break_things(network, {"kind": "lost_answer", "how": "timeout", "seconds": 2, "operation": "b2c"})
    till.send()
    assert Transfer.objects.get().state == "unknown"


def test_a_gateway_that_is_not_there_took_nothing(
    till: Till, network: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.questioner().authenticate()
    till.released(till.refund(till.customer()))
    monkeypatch.setattr(CONFIGURATION, "mpesa_base_url", "http://127.0.0.1:1")
    gateway.hang_up()
    till.send()
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.token_digest) == ("released", None)


def test_a_rejected_field_of_the_line_returns_it_and_holds_up_no_other(till: Till, network: httpx.Client) -> None:
    good = till.released(till.refund(till.customer()))
    bad = till.released(till.refund("254209999999"))
    assert till.send() == 2
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.state, bad.code) == ("sent", "returned", "rejected")
    refund = Refund.objects.get(msisdn="254209999999")
    assert (refund.state, refund.waits_for) == ("returned", "operator")


def test_wrong_keys_stop_everything_and_call_the_operator(till: Till, network: httpx.Client) -> None:
    for _ in range(3):
        till.released(till.refund(till.customer()))
    break_things(network, {"kind": "wrong_credentials", "operation": "b2c"})
    till.send()
    assert set(Transfer.objects.values_list("state", flat=True)) == {"released"}
    payer = Payer.objects.get(pk=till.shortcode)
    assert payer.stopped_at is not None
    assert "All payments from" in Notice.objects.get(kind="operator").text
    break_things(network)
    assert till.send(till.now + payers.REST * 2) == 0
    payers.resume(till.shortcode, now=till.now)
    assert till.send() == 1, "the first goes alone"
    till.carry()
    assert till.send() == 2


def test_a_token_that_ended_early_stops_nothing() -> None:
    """M-PESA ends an app's token whenever somebody else mints one; the next call brings a new one."""
    error = daraja.TokenRejected("Invalid Access Token", http_status=401, error_code="401.002.01")
    meaning = meaning_of(error, Transfer.Via.B2C)
    assert (meaning.verdict, meaning.stops, meaning.rests) == (Verdict.TURNED_AWAY, False, True)
    assert meaning_of(error, Transfer.Via.B2B).verdict == Verdict.UNKNOWN
    assert meaning_of(daraja.WrongCredentials("Wrong credentials"), Transfer.Via.B2C).stops


def test_a_wrong_password_is_tried_once(till: Till, network: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_initiator_password", SecretStr("expired"))
    gateway.hang_up()
    for _ in range(5):
        till.released(till.refund(till.customer()))
    assert till.send() == 1
    assert till.send() == 0
    assert till.carry() == "ended"
    assert sorted(Transfer.objects.values_list("state", flat=True)) == ["released"] * 4 + ["returned"]
    assert Transfer.objects.get(state="returned").code == "2001"
    assert Payer.objects.get(pk=till.shortcode).stopped_at is not None
    assert till.send(till.now + payers.ALONE * 5) == 0


def test_without_an_operator_nothing_is_sent(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_b2c_initiator", "")
    gateway.hang_up()
    till.released(till.refund(till.customer()))
    assert till.send() == 0
    assert Transfer.objects.get().state == "released"
    assert "Payments wait" in Notice.objects.get(kind="operator").text


@pytest.mark.parametrize(("rate", "ahead"), [(10.0, 0.25), (4.0, 0.25), (2.0, 0.5), (0.5, 1.0)])
def test_no_more_are_sent_than_is_allowed(
    till: Till, monkeypatch: pytest.MonkeyPatch, rate: float, ahead: float
) -> None:
    monkeypatch.setattr(CONFIGURATION, "mpesa_payouts_per_second", rate)
    for _ in range(9):
        till.released(till.refund(till.customer()))
    assert till.send() == 1 + int(ahead * rate), "one now, and what has its turn as far ahead as turns are handed out"
    assert till.send() == 0
    assert till.send(till.now + timedelta(seconds=1)) == 1 + int(ahead * rate)


def test_who_is_killed_takes_along_a_quarter_of_a_second(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """For M-PESA has to forget what was never told before it goes out again, which takes it a day."""
    monkeypatch.setattr(CONFIGURATION, "mpesa_payouts_per_second", 10.0)
    for _ in range(12):
        till.released(till.refund(till.customer(), cents=1_000))
    assert len(sending.claim(till.shortcode, 32, till.now)) == 3
    assert Transfer.objects.filter(state="sent").count() == 3
    assert till.send(till.now + timedelta(seconds=0.3)) == 3, "those who live go on with the next ones"


def test_a_gateway_that_swallows_everything_is_left_in_peace(till: Till, network: httpx.Client) -> None:
    for _ in range(60):
        till.released(till.refund(till.customer(), cents=1_000))
    break_things(network, {"kind": "lost_answer", "operation": "b2c"})
    till.send()
    swallowed = Transfer.objects.filter(state="unknown").count()
    assert payers.HANDFUL <= swallowed <= payers.HANDFUL + 32, "what was under way by then"
    assert till.send(till.now + payers.REST) == 0


@pytest.mark.parametrize(
    ("taken_before", "error", "rest"),
    [
        (payers.HANDFUL, daraja.SystemBusy("System is busy"), payers.BREATH),
        (payers.HANDFUL - 1, daraja.SystemBusy("System is busy"), payers.REST),
        (payers.HANDFUL, daraja.Throttled("Spike arrest violation"), payers.REST),
        (payers.HANDFUL, daraja.Throttled("Spike arrest violation", retry_after=30), timedelta(seconds=30)),
        (payers.HANDFUL, daraja.Unreachable("no connection"), payers.REST),
    ],
    ids=["busy once", "busy again", "throttled", "throttled until", "away"],
)
def test_a_gateway_that_is_busy_once_is_left_in_peace_for_a_breath(
    till: Till, monkeypatch: pytest.MonkeyPatch, taken_before: int, error: Exception, rest: timedelta
) -> None:
    """One *System is busy* among a hundred answers is daily fare, and must not cost the batch ten seconds."""
    for _ in range(taken_before + 1):
        till.released(till.refund(till.customer(), cents=1_000))
    last = Transfer.objects.order_by("released_at", "pk").last()

    def answer(_: object, errand: Errand) -> daraja.Accepted:
        if errand.transfer == last:
            time.sleep(0.3)  # so that it is heard after what was taken
            raise error
        return daraja.Accepted(
            conversation_id=f"AG_{errand.transfer.pk.hex[-12:]}",
            originator_conversation_id=errand.transfer.originator_id,
            raw={},
        )

    monkeypatch.setattr(sending._Sending, "_call", answer)
    assert till.send() == taken_before + 1
    assert Payer.objects.get(pk=till.shortcode).next_send_at == till.now + rest


def test_a_gateway_that_stays_busy_is_left_in_peace_for_longer(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        till.released(till.refund(till.customer(), cents=1_000))
    one = sending._Sending(till.shortcode, daraja.Initiator(name="testapi", security_credential="x"), lambda: till.now)
    errands = sending.claim(till.shortcode, 3, till.now)
    one._taken = payers.HANDFUL
    one._heard([(errand, daraja.SystemBusy("System is busy")) for errand in errands])
    assert Payer.objects.get(pk=till.shortcode).next_send_at == till.now + payers.REST


def test_what_is_withdrawn_is_never_sent(till: Till) -> None:
    transfer = till.released(till.refund(till.customer()))
    assert preparing.withdraw([transfer.pk], now=till.now) == [transfer.pk]
    assert till.send() == 0
    sent = till.sent()
    assert preparing.withdraw([sent.pk], now=till.now) == []
