"""*Contact Now*: a buyer and a seller talk, each at a phone of their own."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.journey.conftest import NewShopper
from tests.journey.errands import GOODS
from tests.journey.shopper import Shopper
from tests.network import Network, Sim
from tests.stack import Stack

pytestmark = pytest.mark.browser


def look(page: Page, name: str) -> None:
    """Keep a picture for people to look at, where somebody asks for pictures."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def photo() -> bytes:
    content = BytesIO()
    Image.new("RGB", (800, 600), (20, 120, 130)).save(content, "JPEG")
    return content.getvalue()


def whoever_sells(stack: Stack, shopper: Shopper) -> Sim:
    """The phone of the shop that the page is about to write to."""
    slug = shopper.page.url.rstrip("/").rsplit("/", 1)[-1]
    with stack.database() as database:
        found = database.execute(
            "SELECT phone FROM people_user JOIN people_sellermember ON user_id = people_user.id "
            "JOIN people_seller ON seller_id = people_seller.id WHERE slug = %s",
            [slug],
        ).fetchone()
    assert found
    return Sim(found["phone"], pin="1234")


def write(person: Shopper, text: str) -> None:
    person.write({"Your message": text})
    person.press("Send")


def test_a_buyer_and_a_seller_talk_live(stack: Stack, shopper: Shopper, new_shopper: NewShopper) -> None:
    """What either writes appears before both without anybody reloading; what is being written survives a reload."""
    shopper.errands.sign_in(shopper.sim)
    shopper.go(f"/p/{GOODS}/")
    look(shopper.page, "chat-product")
    shopper.follow("Contact Now")
    seller = new_shopper(whoever_sells(stack, shopper))
    shopper.reads("Pay only inside Sokopesa.", "Nothing was said yet.")
    look(shopper.page, "chat-begin")
    write(shopper, "Habari! Are these ruled?")
    expect(shopper.page.get_by_role("log")).to_contain_text("Habari! Are these ruled?")
    conversation = shopper.page.url

    seller.errands.sign_in(seller.sim)
    seller.go("/")
    expect(seller.page.get_by_role("link", name="Messages 1 unread")).to_be_visible()
    look(seller.page, "chat-header")
    seller.go("/messages/?as=seller")
    look(seller.page, "chat-list-seller")
    seller.page.get_by_role("link", name="Habari! Are these ruled?").click()
    expect(seller.page.get_by_role("log")).to_contain_text("Habari! Are these ruled?")

    write(seller, "Yes, all of them.")
    expect(shopper.page.get_by_role("log")).to_contain_text("Yes, all of them.")
    expect(seller.page.get_by_label("Your message")).to_have_value("")
    write(shopper, "Asante sana")
    expect(seller.page.get_by_role("log")).to_contain_text("Asante sana")
    assert shopper.page.url == conversation
    for person in (shopper, seller):
        expect(person.page.get_by_role("log").get_by_role("listitem")).to_have_count(4)  # the day, and three messages

    shopper.write({"Your message": "And the cov"})
    shopper.page.reload()
    expect(shopper.page.get_by_label("Your message")).to_have_value("And the cov")

    shopper.write({"Your message": "Like this one"})
    shopper.page.get_by_text("Add photos").click()
    shopper.page.locator("#id_files").set_input_files(
        {"name": "cover.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    shopper.reads("Ready")
    look(shopper.page, "chat-uploading")
    shopper.press("Send")
    for person in (shopper, seller):
        expect(person.page.get_by_role("img", name="Photo: cover.jpg")).to_be_visible()
    look(seller.page, "chat-photo")

    write(seller, "Pay to my till number 5551234, it is cheaper")
    expect(shopper.page.get_by_role("log")).to_contain_text("This message speaks of paying outside Sokopesa.")
    write(shopper, "No. My PIN is 2580")
    shopper.reads("We hid the PIN in your message", "My PIN is ••••")
    expect(seller.page.get_by_role("log")).to_contain_text("My PIN is ••••")
    look(shopper.page, "chat-buyer")
    look(seller.page, "chat-seller")
    shopper.page.set_viewport_size({"width": 1280, "height": 800})
    look(shopper.page, "chat-buyer-wide")
    shopper.go("/messages/")
    look(shopper.page, "chat-list-wide")


def test_without_javascript_too_and_the_absent_are_told_by_sms(
    stack: Stack, network: Network, new_shopper: NewShopper
) -> None:
    shopper = new_shopper(javascript=False)
    shopper.errands.sign_in(shopper.sim)
    shopper.go(f"/p/{GOODS}/")
    shopper.follow("Contact Now")
    seller = new_shopper(whoever_sells(stack, shopper), javascript=False)
    write(shopper, "   ")
    shopper.reads("Write a message first.")
    write(shopper, "Do you deliver to Kisumu?")
    shopper.reads("Do you deliver to Kisumu?")
    conversation = shopper.page.url.split("#")[0]
    network.wait_for_sms(seller.sim.msisdn, "wrote to you about Exercise")

    seller.errands.sign_in(seller.sim)
    seller.go(conversation)
    write(seller, "We do, in two days.")
    shopper.follow("Look for new messages")
    shopper.reads("We do, in two days.")
    shopper.follow("Report")
    shopper.page.get_by_label("Advertising or nonsense").check()
    look(shopper.page, "chat-report")
    shopper.press("Send the report")
    shopper.reads("Our staff will look at this conversation.")
    shopper.page.get_by_role("button", name="Block").click()
    shopper.reads("You have blocked")
    seller.go(conversation)
    seller.reads("takes no more messages from you.")
