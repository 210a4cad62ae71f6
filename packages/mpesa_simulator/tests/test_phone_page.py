"""The phone in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mpesa_simulator import Network

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    yield page
    page.close()


def test_paying_by_the_prompt(mpesa: Network, app: Any, receiver: Any, page: Page) -> None:
    mpesa.subscriber(balance=12345)
    page.goto(f"{mpesa.base_url}/phone/254708374149")
    expect(page.get_by_label("M-PESA balance")).to_have_text("Ksh 12,345.00")
    app.push(receiver)
    prompt = page.get_by_role("dialog", name="M-PESA")
    expect(prompt).to_contain_text("Do you want to pay Ksh. 1,250.00 to SOKOPESA Account no. SP-20417?")
    pin = prompt.get_by_label("M-PESA PIN")
    assert pin.get_attribute("type") == "password"
    expect(pin).to_be_focused()
    pin.fill("1234")
    prompt.get_by_role("button", name="Send").click()
    expect(prompt).to_be_hidden()
    messages = page.get_by_role("list", name="Messages")
    expect(messages.get_by_role("listitem").first).to_contain_text("Confirmed. Ksh1,250.00 sent to SOKOPESA")
    expect(page.get_by_label("M-PESA balance")).to_have_text("Ksh 11,080.00")


def test_typing_is_not_disturbed_by_an_sms(mpesa: Network, app: Any, receiver: Any, page: Page) -> None:
    page.goto(f"{mpesa.base_url}/phone/254708374149")
    app.push(receiver)
    pin = page.get_by_role("dialog").get_by_label("M-PESA PIN")
    pin.fill("12")
    mpesa.call("POST", "/messages", {"to": "254708374149", "from": "DUKA", "text": "Karibu"})
    expect(page.get_by_role("list", name="Messages")).to_contain_text("Karibu")
    expect(pin).to_have_value("12")


def test_cancelling_and_letting_it_lapse(mpesa: Network, app: Any, receiver: Any, page: Page) -> None:
    page.goto(f"{mpesa.base_url}/phone/254708374149")
    first = app.push(receiver).json()["CheckoutRequestID"]
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert mpesa.ended(first)["result_code"] == "1032"
    mpesa.configure(prompt_seconds=1)
    second = app.push(receiver).json()["CheckoutRequestID"]
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert mpesa.ended(second)["result_code"] == "1037"


def test_switching_it_off_and_on(mpesa: Network, page: Page) -> None:
    page.goto(f"{mpesa.base_url}/phone/254708374149")
    page.get_by_role("button", name="Switch phone off").click()
    page.get_by_role("button", name="Switch phone on").wait_for()
    assert mpesa.call("GET", "/subscribers/254708374149")["phone"] == "off"
    page.get_by_role("button", name="Switch phone on").click()
    expect(page.get_by_role("button", name="Switch phone off")).to_be_visible()


def test_getting_a_sim(mpesa: Network, page: Page) -> None:
    page.goto(f"{mpesa.base_url}/phone/0711000444")
    page.get_by_label("M-PESA PIN").fill("4321")
    page.get_by_role("button", name="Get this SIM").click()
    expect(page.get_by_label("M-PESA balance")).to_have_text("Ksh 50,000.00")
    assert mpesa.call("GET", "/subscribers/254711000444")["pin"] == "4321"


def test_paying_a_bill_from_the_menu(mpesa: Network, page: Page) -> None:
    mpesa.subscriber(balance=1000)
    page.goto(f"{mpesa.base_url}/phone/254708374149")
    page.get_by_role("link", name="Pay Bill").click()
    form = page.get_by_role("region", name="Pay Bill")
    form.get_by_label("Business number").fill("174379")
    form.get_by_label("Account number").fill("RENT")
    form.get_by_label("Amount").fill("200")
    form.get_by_label("PIN").fill("1234")
    form.get_by_role("button", name="Send").click()
    expect(page.get_by_label("M-PESA balance")).to_have_text("Ksh 795.00")


def test_breaking_and_repairing_on_the_network_page(mpesa: Network, app: Any, receiver: Any, page: Page) -> None:
    page.goto(f"{mpesa.base_url}/network")
    page.get_by_label("What goes wrong").select_option("callback_lost")
    page.get_by_role("button", name="Break it").click()
    expect(page.get_by_role("list", name="Faults in force")).to_contain_text("Callback lost for every organisation")
    mpesa.subscriber().answers("pin")
    app.push(receiver)
    expect(page.get_by_text("lost", exact=True)).to_be_visible()
    page.get_by_role("button", name="Repair everything").click()
    expect(page.get_by_text("Nothing is broken.")).to_be_visible()
    assert receiver.posts == []
