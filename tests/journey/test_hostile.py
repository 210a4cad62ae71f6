"""A network that loses, repeats and overtakes itself, people who forge, and shoppers who press twice or walk away."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.journey.conftest import NewHandset
from tests.journey.handset import Handset
from tests.journey.shopper import Shopper
from tests.market_books import MarketBooks
from tests.network import Network
from tests.stack import Stack

pytestmark = pytest.mark.browser

CHECKING = "We are checking with M-PESA"


def test_callback_lost(shopper: Shopper, handset: Handset, network: Network, books: MarketBooks) -> None:
    """The market asks M-PESA itself, and finds the receipt in M-PESA's list."""
    network.break_({"kind": "callback_lost", "phone": shopper.sim.msisdn})
    shopper.buy()
    handset.type_pin()
    receipt = shopper.has_paid()
    expect(handset.newest("MPESA")).to_contain_text(f"{receipt} Confirmed.")
    assert books.receipts_of(shopper.number) == [receipt]
    assert books.verdicts_about(shopper.number) == []


def test_callback_thrice(shopper: Shopper, handset: Handset, network: Network, books: MarketBooks) -> None:
    network.break_({"kind": "callback_duplicated", "copies": 3, "seconds": 0.2, "phone": shopper.sim.msisdn})
    shopper.buy()
    handset.type_pin()
    receipt = shopper.has_paid()
    posted = network.callbacks(network.prompts(shopper.sim)[0]["id"])
    assert [(one["state"], one["status"]) for one in posted] == [("delivered", 200)] * 3
    expect(handset.newest("SOKOPESA")).to_contain_text(receipt)
    assert sum(receipt in text for text in network.sms(shopper.sim.msisdn) if "We received" in text) == 1
    assert books.receipts_of(shopper.number) == [receipt]


def test_callback_before_the_answer_to_our_own_request(
    shopper: Shopper, handset: Handset, network: Network, books: MarketBooks
) -> None:
    network.break_({"kind": "callback_early", "phone": shopper.sim.msisdn})
    shopper.buy()
    shopper.is_told("Sending the request to your phone")
    handset.type_pin()
    receipt = shopper.has_paid()
    assert books.receipts_of(shopper.number) == [receipt]
    assert books.prompts_of(shopper.number) == ["paid"]


@pytest.mark.parametrize("how", ["bad_gateway", "dropped"])
def test_answer_lost_after_the_request_went_out(shopper: Shopper, handset: Handset, network: Network, how: str) -> None:
    """The phone rings though we heard no answer, so nobody may be asked again before that request has ended."""
    network.break_({"kind": "lost_answer", "how": how, "operation": "stk_push", "phone": shopper.sim.msisdn})
    shopper.buy()
    shopper.is_told(CHECKING)
    expect(shopper.retry).to_have_count(0)
    handset.type_pin()
    shopper.has_paid()
    assert len(network.prompts(shopper.sim)) == 1


def test_answer_and_callback_lost(shopper: Shopper, handset: Handset, network: Network, books: MarketBooks) -> None:
    """We know no identifier of M-PESA's to ask about; the payment is found by its account reference."""
    phone = {"phone": shopper.sim.msisdn}
    network.break_({"kind": "lost_answer", "operation": "stk_push", **phone}, {"kind": "callback_lost", **phone})
    shopper.buy()
    handset.type_pin()
    receipt = shopper.has_paid()
    assert books.receipts_of(shopper.number) == [receipt]
    assert len(network.prompts(shopper.sim)) == 1


@pytest.mark.parametrize("lost", ["stk_push", "c2b_confirmation"])
def test_one_of_mpesas_two_messages_lost(
    shopper: Shopper, handset: Handset, network: Network, books: MarketBooks, lost: str
) -> None:
    """M-PESA tells of a payment twice, about the prompt and about the paybill. Either is enough, and both are one."""
    network.break_({"kind": "callback_lost", "operation": lost, "phone": shopper.sim.msisdn})
    shopper.buy()
    handset.type_pin()
    receipt = shopper.has_paid()
    expect(shopper.page.get_by_text("Enter your M-PESA PIN")).to_have_count(0)
    books.wait_until_no_prompt_is_live(seconds=60)
    assert books.receipts_of(shopper.number) == [receipt]
    assert books.prompts_of(shopper.number) == ["paid"]


def test_forged_callbacks(
    shopper: Shopper, handset: Handset, network: Network, books: MarketBooks, stack: Stack
) -> None:
    """A thief cancels on the phone and tells the market that he paid. He even knows the secret address."""
    phone = {"phone": shopper.sim.msisdn}
    network.break_({"kind": "callback_lost", **phone}, {"kind": "query_pending", **phone})
    shopper.buy()
    handset.cancel()
    prompt = network.prompts(shopper.sim)[0]
    (lost,) = network.callbacks(prompt["id"])

    too_little = success(prompt, amount=1)
    other_id = success({**prompt, "id": "ws_CO_01012026120000000722000000"})
    other_phone = success({**prompt, "msisdn": "254722999999"})
    for forged in (too_little, other_id, other_phone):
        assert httpx.post(lost["url"], json=forged).status_code == 200
    unknown_address = f"{stack.shop}/callbacks/stk/{'A' * 43}"
    assert httpx.post(unknown_address, json=success(prompt)).status_code == 200
    assert httpx.post(lost["url"], content=b"<html>paid</html>").status_code == 200
    assert httpx.post(lost["url"], content=lost["body"], headers={"Content-Type": "application/json"}).is_success

    shopper.is_told("You cancelled the request", "Nothing was taken")
    assert books.verdicts_about(shopper.number) == ["doubtful", "doubtful", "doubtful", "unreadable", "ended"]
    assert books.receipts_of(shopper.number) == []
    assert books.value("SELECT count(*) FROM payments_receipt WHERE code LIKE 'FORGED%%'") == 0
    assert books.value("SELECT count(*) FROM ledger_entry WHERE key LIKE '%%FORGED%%'") == 0
    shopper.follow("My Orders")
    shopper.reads("Nothing billed yet")


def success(prompt: dict[str, Any], *, amount: int = 540) -> dict[str, Any]:
    """What M-PESA would post if the prompt were paid."""
    paid = {
        "Amount": amount,
        "MpesaReceiptNumber": "FORGED0001",
        "TransactionDate": 20260101120000,
        "PhoneNumber": int(prompt["msisdn"]),
    }
    return {
        "Body": {
            "stkCallback": {
                "MerchantRequestID": "1-2-3",
                "CheckoutRequestID": prompt["id"],
                "ResultCode": 0,
                "ResultDesc": "The service request is processed successfully.",
                "CallbackMetadata": {"Item": [{"Name": name, "Value": value} for name, value in paid.items()]},
            }
        }
    }


def test_two_tabs_press_pay_at_once(shopper: Shopper, handset: Handset, network: Network, books: MarketBooks) -> None:
    shopper.buy_up_to_pay()
    tabs: list[Page] = [shopper.page, shopper.page.context.new_page()]
    tabs[1].goto(shopper.page.url)
    for tab in tabs:
        tab.get_by_role("button", name="Pay KES 550").dispatch_event("click")
    for tab in tabs:
        expect(tab.get_by_role("heading", name="Check your phone")).to_be_visible()
    assert tabs[0].url == tabs[1].url
    handset.type_pin()
    receipt = shopper.has_paid()
    expect(tabs[1].get_by_role("heading", name="Paid. Thank you!")).to_be_visible()

    assert len(network.prompts(shopper.sim)) == 1
    assert books.prompts_of(shopper.number) == ["paid"]
    assert books.receipts_of(shopper.number) == [receipt]
    bought = "SELECT count(*) FROM orders_purchase JOIN people_user ON people_user.id = buyer_id WHERE phone = %s"
    assert books.value(bought, [shopper.sim.msisdn]) == 1


def test_a_second_press_of_pay_shows_the_request_that_is_on_the_phone(
    shopper: Shopper, handset: Handset, network: Network
) -> None:
    shopper.buy_up_to_pay()
    late = shopper.page.context.new_page()
    late.goto(shopper.page.url)
    shopper.press_pay()
    shopper.is_told("Check your phone")
    late.get_by_role("button", name="Pay KES 550").click()
    expect(late.get_by_role("heading", name="Check your phone")).to_be_visible()
    assert late.url == shopper.page.url
    shopper.page.go_back()
    shopper.page.reload()
    shopper.is_told("Check your phone")
    assert len(network.prompts(shopper.sim)) == 1
    handset.cancel()
    shopper.is_told("You cancelled the request")


def test_retry_pressed_in_two_tabs(shopper: Shopper, handset: Handset, network: Network) -> None:
    shopper.buy()
    handset.cancel()
    shopper.is_told("You cancelled the request")
    other = shopper.page.context.new_page()
    other.goto(shopper.page.url)
    # Both buttons are held before either is pressed, for the first press makes the other tab change by itself.
    buttons = [
        tab.get_by_role("button", name="Send the request again").element_handle() for tab in (shopper.page, other)
    ]
    for button in buttons:
        button.dispatch_event("click")
    handset.type_pin()
    shopper.has_paid()
    expect(other.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
    assert len(network.prompts(shopper.sim)) == 2


def test_closing_the_tab_before_the_pin(shopper: Shopper, handset: Handset) -> None:
    shopper.buy()
    shopper.is_told("Check your phone")
    number = shopper.number
    window = shopper.page.context
    shopper.page.close()
    handset.type_pin()
    expect(handset.newest("SOKOPESA")).to_contain_text("We received KES 540")
    expect(handset.newest("SOKOPESA")).to_contain_text(number)

    shopper.page = window.new_page()
    shopper.go("/orders/")
    order = shopper.page.get_by_role("listitem").filter(has_text=f"Order {number}")
    expect(order).to_contain_text("Billed KES 550")
    shopper.go(f"/pay/{number}/")
    shopper.has_paid()


def test_events_that_do_not_get_through(shopper: Shopper, handset: Handset) -> None:
    """Some networks cut long answers; then the page asks by itself every few seconds."""
    shopper.page.route("**/events/**", lambda route: route.abort())
    shopper.buy()
    shopper.is_told("Check your phone")
    handset.cancel()
    shopper.is_told("You cancelled the request")
    shopper.retry.click()
    shopper.is_told("Check your phone")
    handset.type_pin()
    shopper.has_paid()


def test_money_that_moves_after_it_was_reported_as_failed(
    shopper: Shopper, handset: Handset, network: Network, books: MarketBooks
) -> None:
    network.break_({"kind": "late_success", "seconds": 2, "phone": shopper.sim.msisdn, "times": 1})
    shopper.buy()
    handset.cancel()
    receipt = shopper.has_paid()
    assert books.receipts_of(shopper.number) == [receipt]


@pytest.mark.usefixtures("by_file")
def test_money_that_comes_twice(
    shopper: Shopper, handset: Handset, network: Network, books: MarketBooks, new_handset: NewHandset
) -> None:
    """The first request is reported as failed, somebody else pays by a second, and then the first one's money moves."""
    friend = new_handset(network.new_sim())
    network.break_({"kind": "late_success", "seconds": 8, "phone": shopper.sim.msisdn, "times": 1})
    shopper.buy()
    handset.cancel()
    shopper.is_told("You cancelled the request")
    shopper.write({"M-PESA number": friend.sim.local})
    shopper.retry.click()
    friend.type_pin()
    receipt = shopper.has_paid()
    assert books.receipts_of(shopper.number) == [receipt]

    told = network.wait_for_sms(shopper.sim.msisdn, "We owe you KES 540")
    assert f"order {shopper.number} was paid already" in told
    surplus = books.rows(
        """
        SELECT refund.cause, refund.amount_cents, refund.msisdn, account.balance_cents, receipt.unplaced
        FROM refunds_refund refund
        JOIN ledger_account account ON account.code = 'refunds:' || refund.id
        JOIN payments_receipt receipt ON receipt.code = refund.receipt
        JOIN orders_purchase purchase ON purchase.id = refund.purchase_id WHERE purchase.number = %s
        """,
        [shopper.number],
    )
    assert surplus == [
        {
            "cause": "further_payment",
            "amount_cents": 54_000,
            "msisdn": shopper.sim.msisdn,
            "balance_cents": -54_000,
            "unplaced": f"A further payment for {shopper.number}, which is paid already",
        }
    ]
