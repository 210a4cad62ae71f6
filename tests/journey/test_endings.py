"""Every way in which a request to the phone can end: what the buyer reads, and what may be done next."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.journey.conftest import NewShopper
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper
from tests.network import OPERATOR, Network

pytestmark = pytest.mark.browser

NOTHING_TAKEN = "Nothing was taken from your M-PESA account."
CHECKING = "We are checking with M-PESA"
DO_NOT_PAY_AGAIN = "Please do not pay again."


def pays_when_tried_again(shopper: Shopper, handset: Handset, network: Network) -> None:
    """One press sends a second request, and paying that pays the order, once."""
    before = network.balance(shopper.sim)
    shopper.retry.click()
    handset.type_pin()
    receipt = shopper.has_paid()
    expect(shopper.retry).to_have_count(0)
    assert network.balance(shopper.sim) == before - 550
    assert [one["receipt"] for one in network.payments() if one["msisdn"] == shopper.sim.msisdn] == [receipt]


def test_cancelled(shopper: Shopper, handset: Handset, network: Network) -> None:
    shopper.buy()
    handset.cancel()
    shopper.is_told("You cancelled the request", NOTHING_TAKEN, "send the request again")
    pays_when_tried_again(shopper, handset, network)


def test_wrong_pin(shopper: Shopper, handset: Handset, network: Network) -> None:
    shopper.buy()
    handset.type_pin("0000")
    shopper.is_told("The M-PESA PIN was wrong", NOTHING_TAKEN, "three wrong PINs lock M-PESA")
    pays_when_tried_again(shopper, handset, network)


def test_too_little_money(shopper: Shopper, handset: Handset, network: Network) -> None:
    """Enough for the goods is not enough: M-PESA's charge comes on top."""
    network.change(shopper.sim, balance=545)
    shopper.buy()
    handset.type_pin()
    shopper.is_told("Not enough money in M-PESA", NOTHING_TAKEN, "Top up your M-PESA account")
    expect(handset.newest("MPESA")).to_contain_text("You do not have enough money")
    network.change(shopper.sim, balance=550)
    pays_when_tried_again(shopper, handset, network)


def test_phone_off(shopper: Shopper, handset: Handset, network: Network) -> None:
    """M-PESA's word for it has been seen to be wrong, so it is checked before a second request is allowed."""
    network.arrange(unreachable_seconds=1)
    handset.switch_off()
    shopper.buy()
    shopper.is_told("M-PESA could not reach your phone", "to make sure that nothing was taken before you try again")
    expect(shopper.retry).to_have_count(0)
    shopper.is_told("Your phone could not be reached", NOTHING_TAKEN, "Switch the phone on")
    handset.switch_on()
    pays_when_tried_again(shopper, handset, network)


def test_phone_busy_with_another_request(shopper: Shopper, handset: Handset, network: Network) -> None:
    network.push_by_another_shop(shopper.sim)
    shopper.buy()
    shopper.is_told("Your phone is busy with another M-PESA request", NOTHING_TAKEN, "Answer or close the other")
    expect(handset.prompt).to_contain_text("ANOTHER")
    handset.cancel()
    pays_when_tried_again(shopper, handset, network)


def test_ignored(shopper: Shopper, handset: Handset, network: Network) -> None:
    """The request goes from the phone by itself; the page says so once M-PESA is sure that nothing was paid."""
    network.arrange(prompt_seconds=3)
    shopper.buy()
    expect(handset.prompt).to_be_visible()
    expect(handset.prompt).to_be_hidden()
    shopper.is_told("Your phone could not be reached", NOTHING_TAKEN)
    network.arrange(prompt_seconds=60)
    pays_when_tried_again(shopper, handset, network)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1019", ("The request expired", "Have the phone at hand and unlocked.")),
        ("1025", ("M-PESA could not show the request", "If it fails again, pay from another number.")),
    ],
)
def test_ended_by_the_network(
    shopper: Shopper, handset: Handset, network: Network, code: str, told: tuple[str, str]
) -> None:
    network.break_({"kind": "outcome", "code": code, "phone": shopper.sim.msisdn, "times": 1})
    shopper.buy()
    shopper.is_told(*told, NOTHING_TAKEN)
    pays_when_tried_again(shopper, handset, network)


@pytest.mark.parametrize("kind", ["too_many_requests", "server_error"])
def test_mpesa_too_busy_to_take_the_request(shopper: Shopper, handset: Handset, network: Network, kind: str) -> None:
    network.break_({"kind": kind, "operation": "stk_push", "phone": shopper.sim.msisdn})
    shopper.buy()
    shopper.is_told("M-PESA is very busy", NOTHING_TAKEN, "Wait a minute")
    network.break_()
    pays_when_tried_again(shopper, handset, network)


def test_mpesa_down_when_the_request_is_sent(shopper: Shopper, handset: Handset, network: Network) -> None:
    """A 503 page does not say whether the request went through, so the buyer waits until M-PESA has said no."""
    network.break_({"kind": "unavailable", "operation": "stk_push", "phone": shopper.sim.msisdn})
    shopper.buy()
    shopper.is_told(CHECKING, DO_NOT_PAY_AGAIN)
    expect(shopper.retry).to_have_count(0)
    shopper.is_told("M-PESA has no payment for this order")
    assert network.prompts(shopper.sim) == []
    network.break_()
    pays_when_tried_again(shopper, handset, network)


def test_wrong_credentials_are_told_to_the_operator(
    shopper: Shopper, handset: Handset, network: Network, new_shopper: NewShopper
) -> None:
    network.break_({"kind": "wrong_credentials", "operation": "stk_push"})
    shopper.buy()
    shopper.is_told("We cannot take M-PESA payments at the moment", "The fault is ours", "come back a little later")
    assert "nobody can pay" in network.wait_for_sms(OPERATOR, "M-PESA refuses our own request")
    assert "Wrong credentials" not in shopper.page.content()

    second = new_shopper()
    second.buy()
    second.is_told("We cannot take M-PESA payments at the moment")
    alerts = [text for text in network.sms(OPERATOR) if "refuses our own request" in text]
    assert len(alerts) == 1, "the operator is told once, not for every buyer"

    network.break_()
    pays_when_tried_again(shopper, handset, network)


def test_no_answer(shopper: Shopper, handset: Handset, network: Network) -> None:
    """M-PESA keeps silent, and says nothing of use when asked: the page says what is known, and waits for the truth."""
    phone = {"phone": shopper.sim.msisdn}
    network.break_(
        {"kind": "callback_lost", **phone},
        {"kind": "query_pending", **phone},
        {"kind": "unavailable", "operation": "pull_query"},
    )
    shopper.buy()
    handset.type_pin()
    shopper.is_told(CHECKING, DO_NOT_PAY_AGAIN, "We last asked M-PESA at", "You can leave this page.")
    expect(shopper.retry).to_have_count(0)
    network.break_()
    receipt = shopper.has_paid()
    expect(handset.newest("MPESA")).to_contain_text(receipt)
