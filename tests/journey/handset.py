"""A phone in a second window: the simulator's page for one number."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect
from tests.network import Sim


class Handset:
    """Somebody looking at their phone and pressing its buttons."""

    def __init__(self, page: Page, simulator: str, sim: Sim) -> None:
        self.page = page
        self.sim = sim
        page.goto(f"{simulator}/phone/{sim.msisdn}")

    @property
    def prompt(self) -> Locator:
        """M-PESA's request, while it is on the screen."""
        return self.page.get_by_role("dialog", name="M-PESA")

    @property
    def balance(self) -> Locator:
        """What the M-PESA card shows."""
        return self.page.get_by_label("M-PESA balance")

    def newest(self, sender: str) -> Locator:
        """The preview of the newest SMS from a sender."""
        begins = re.compile(rf"^\s*{sender[0]}\s*{sender}")  # after the letter in the sender's circle
        return self.page.get_by_role("list", name="Messages").get_by_role("listitem").filter(has_text=begins)

    def read_code(self) -> str:
        """The sign-in code, as soon as it has come."""
        message = self.newest("SOKOPESA")
        expect(message).to_contain_text("is your Sokopesa code")
        found = re.search(r"(\d{3} \d{3}) is your", message.inner_text())
        assert found
        return found[1]

    def type_pin(self, pin: str | None = None) -> None:
        """Answer the request as soon as it rises, with the right PIN unless told otherwise."""
        self.prompt.get_by_label("M-PESA PIN").fill(pin or self.sim.pin)
        self.prompt.get_by_role("button", name="Send").click()
        expect(self.prompt).to_be_hidden()

    def cancel(self) -> None:
        """Press Cancel on the request as soon as it rises."""
        self.prompt.get_by_role("button", name="Cancel").click()
        expect(self.prompt).to_be_hidden()

    def switch_off(self) -> None:
        self.page.get_by_role("button", name="Switch phone off").click()
        expect(self.page.get_by_role("button", name="Switch phone on")).to_be_visible()

    def switch_on(self) -> None:
        self.page.get_by_role("button", name="Switch phone on").click()
        expect(self.page.get_by_role("button", name="Switch phone off")).to_be_visible()
