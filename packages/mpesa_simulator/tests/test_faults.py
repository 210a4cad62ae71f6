"""Faults on demand."""

from typing import Any

import httpx
import pytest

from mpesa_simulator import Network


def codes(receiver: Any) -> list[int]:
    return [body["Body"]["stkCallback"]["ResultCode"] for body in receiver.bodies("stk")]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("server_error", 500),
        ("unavailable", 503),
        ("too_many_requests", 429),
        ("blocked", 403),
        ("wrong_credentials", 500),
        ("token_invalidated", 404),
    ],
)
def test_a_request_that_fails_has_no_effect(mpesa: Network, app: Any, receiver: Any, kind: str, status: int) -> None:
    mpesa.break_things({"kind": kind, "times": 1})
    assert app.push(receiver).status_code == status
    assert mpesa.call("GET", "/prompts") == []


@pytest.mark.parametrize("how", ["bad_gateway", "dropped", "timeout"])
def test_a_lost_answer_leaves_its_effect(mpesa: Network, app: Any, receiver: Any, how: str) -> None:
    phone = mpesa.subscriber()
    mpesa.break_things({"kind": "lost_answer", "how": how, "seconds": 0.1, "times": 1})
    if how == "bad_gateway":
        answer = app.push(receiver)
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")
    else:
        with pytest.raises(httpx.RemoteProtocolError):
            app.push(receiver)
    phone.enter_pin()
    mpesa.callbacks()
    assert codes(receiver) == [0]


def test_a_lost_callback_is_never_sent(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "callback_lost", "organisation": "174379"})
    phone = mpesa.subscriber()
    app.push(receiver)
    phone.enter_pin()
    assert [callback["state"] for callback in mpesa.callbacks()] == ["lost"]
    assert receiver.posts == []


def test_a_callback_may_come_several_times(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "callback_duplicated", "copies": 3, "seconds": 0})
    mpesa.subscriber().answers("cancel")
    mpesa.ended(app.push(receiver).json()["CheckoutRequestID"])
    mpesa.callbacks()
    assert codes(receiver) == [1032, 1032, 1032]


def test_a_callback_may_come_before_the_answer(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "callback_early"})
    mpesa.subscriber().answers("pin")
    ack = app.push(receiver).json()
    (body,) = receiver.bodies("stk")
    assert body["Body"]["stkCallback"]["CheckoutRequestID"] == ack["CheckoutRequestID"]


def test_a_late_callback_waits_its_time(receiver: Any, app_of: Any) -> None:
    with Network(virtual=True, seed=1) as mpesa:
        mpesa.break_things({"kind": "callback_delayed", "seconds": 600})
        mpesa.subscriber().answers("pin")
        app_of(mpesa).push(receiver)
        mpesa.advance(599)
        assert receiver.posts == []
        mpesa.advance(5)
        assert codes(receiver) == [0]


def test_a_prompt_can_be_made_to_end_in_any_way(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "outcome", "code": "1019", "times": 1})
    mpesa.subscriber()
    assert mpesa.ended(app.push(receiver).json()["CheckoutRequestID"])["result_code"] == "1019"


def test_a_failure_may_turn_out_to_be_a_success(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.configure(prompt_seconds=0.1)
    mpesa.break_things({"kind": "late_success", "seconds": 0.1})
    phone = mpesa.subscriber(balance=2000)
    checkout = app.push(receiver).json()["CheckoutRequestID"]
    mpesa.ended(checkout, code="0")
    mpesa.callbacks()
    assert codes(receiver) == [1037, 0]
    assert phone.balance == 735
    assert app.query(checkout).json()["ResultCode"] == "0"


def test_queries_can_lie_and_stall(mpesa: Network, app: Any, receiver: Any) -> None:
    phone = mpesa.subscriber()
    checkout = app.push(receiver).json()["CheckoutRequestID"]
    phone.enter_pin()
    mpesa.break_things({"kind": "query_pending", "times": 1}, {"kind": "query_contradicts", "code": "1032", "times": 1})
    assert [app.query(checkout).json()["ResultCode"] for _ in range(3)] == ["4999", "1032", "0"]


def test_a_fault_strikes_only_where_it_is_aimed(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.subscriber("254700000001")
    mpesa.subscriber()
    mpesa.break_things({"kind": "server_error", "phone": "254700000001"})
    assert app.push(receiver, PartyA="254700000001", PhoneNumber="254700000001").status_code == 500
    assert app.push(receiver).status_code == 200
    (state,) = mpesa.call("GET", "/faults")["faults"]
    assert state["struck"] == 1


def test_chance_repeats_with_its_seed(app: Any, mpesa: Network, receiver: Any) -> None:
    def run() -> list[int]:
        mpesa.break_things({"kind": "server_error", "probability": 0.5, "seed": 7})
        return [app.query("ws_CO_1").status_code for _ in range(20)]

    first = run()
    assert first == run()
    assert 0 < first.count(500) < 20


def test_a_typing_mistake_in_a_fault_is_told(mpesa: Network) -> None:
    answer = httpx.put(f"{mpesa.base_url}/simulator/v1/faults", json={"faults": [{"kind": "callback_los"}]})
    assert answer.status_code == 422
    assert "callback_lost" in answer.json()["detail"]


def test_a_reordered_callback_comes_after_the_next_one(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "callback_reordered", "times": 1})
    phone = mpesa.subscriber()
    app.push(receiver)
    phone.cancel()
    app.push(receiver)
    phone.enter_pin()
    mpesa.callbacks()
    assert codes(receiver) == [0, 1032]


def test_a_forger_may_invent_a_success(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "callback_forged"})
    phone = mpesa.subscriber(balance=5000)
    app.push(receiver)
    phone.cancel()
    mpesa.callbacks()
    assert sorted(codes(receiver)) == [0, 1032]
    assert phone.balance == 5000
    assert [row for row in mpesa.transactions("174379") if row["kind"] == "pay_bill"] == []


def test_a_callback_may_go_to_the_wrong_place(mpesa: Network, app: Any, receiver: Any) -> None:
    mpesa.break_things({"kind": "callback_misdirected", "url": receiver.url("elsewhere")})
    phone = mpesa.subscriber()
    app.push(receiver)
    phone.cancel()
    mpesa.callbacks()
    assert [path for path, _ in receiver.posts] == ["/elsewhere"]
