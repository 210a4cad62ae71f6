"""The files of a form in a browser: on a line that breaks, and without JavaScript."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import httpx
import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from sokopesa.configuration import CONFIGURATION
from sokopesa.embedded_postgres import EmbeddedPostgres
from sokopesa.media.models import Upload

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("committing")]
Files = Sender = Any
OpenPage = Callable[..., Page]

PATIENCE_MILLISECONDS = 30_000
SHOTS = os.environ.get("SHOTS", "")
"""A folder for pictures of the page, for whoever changes how it looks."""


@pytest.fixture(scope="module")
def site(django_db_setup: None, postgres: EmbeddedPostgres, free_port: int) -> Iterator[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": postgres.url(connections["default"].settings_dict["NAME"]),
        "SOKOPESA_MEDIA_ROOT": str(CONFIGURATION.media_root),
        "PYTHONPATH": str(Path(__file__).parent / "mounted"),
    }
    start = f"from sokopesa.serving import serve; serve('mounted:application', host='127.0.0.1', port={free_port})"
    process = subprocess.Popen([sys.executable, "-c", start], env=environment)
    address, give_up_at = f"http://127.0.0.1:{free_port}", time.monotonic() + 60
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            httpx.get(f"{address}/account/login/", timeout=20)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, else the one that Playwright has fetched."""
    installed = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := which(name))), None
    )
    # Playwright keeps an event loop in this thread, of which Django is wary; nothing of ours runs in it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        running = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, site: str, make_sender: Any) -> Iterator[OpenPage]:
    """The page with the form, on a phone of somebody who is signed in."""
    windows: list[BrowserContext] = []

    def open_one(*, javascript: bool = True) -> Page:
        client = Client()
        client.force_login(make_sender().user)
        window = browser.new_context(
            viewport={"width": 360, "height": 740}, java_script_enabled=javascript, has_touch=True, is_mobile=True
        )
        window.set_default_timeout(PATIENCE_MILLISECONDS)
        window.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        windows.append(window)
        page = window.new_page()
        page.goto(f"{site}/try-files/")
        return page

    yield open_one
    for window in windows:
        window.close()


def choose(page: Page, *files: tuple[str, str, bytes]) -> None:
    page.locator("input[name=files]").set_input_files(
        [{"name": name, "mimeType": kind, "buffer": content} for name, kind, content in files]
    )


def row(page: Page, name: str) -> Any:
    return page.get_by_role("listitem").filter(has_text=name)


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/media-{name}.png", full_page=True)


def test_files_arrive_over_a_line_that_breaks(open_page: OpenPage, files: Files) -> None:
    page, broken = open_page(), []
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)

    def cut(route: Route) -> None:
        """The first piece is lost on the way there, the answer to the second on the way back."""
        if route.request.method == "PATCH" and len(broken) < 2:
            broken.append(route.request.headers["upload-offset"])
            if len(broken) == 2:
                route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/media/*/", cut)
    page.get_by_label("Details").fill("It does not boil.")
    film = files.mp4(film=os.urandom(900_000))
    choose(page, ("kettle.jpg", "image/jpeg", files.jpg((2_500, 1_800))), ("boiling.mp4", "video/mp4", film))
    expect(row(page, "kettle.jpg")).to_contain_text("No connection. Trying again in")
    shoot(page, "waiting")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("sent as soon as they have arrived")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sent")
    assert len(broken) == 2
    expect(page.get_by_role("main")).to_contain_text("kettle.jpg: image/jpeg")
    expect(page.get_by_role("main")).to_contain_text("boiling.mp4: video/mp4")
    assert (
        page.get_by_alt_text("kettle.jpg").evaluate("picture => picture.decode().then(() => picture.naturalWidth)")
        == 2048
    )
    assert complaints == []


def test_what_is_wrong_stands_beside_the_file_and_goes_with_it(open_page: OpenPage, files: Files) -> None:
    page = open_page()
    photo = files.jpg_with_place()
    choose(
        page,
        ("kettle.jpg", "image/jpeg", photo),
        ("game.jpg", "image/jpeg", b"MZ" + bytes(9_000)),
        ("nothing.jpg", "image/jpeg", b""),
        ("kettle again.jpg", "image/jpeg", photo),
        ("letter.pdf", "application/pdf", files.pdf()),
    )
    expect(row(page, "letter.pdf")).to_contain_text("Ready")
    expect(row(page, "game.jpg")).to_contain_text("This is a program")
    expect(row(page, "nothing.jpg")).to_contain_text("empty")
    expect(row(page, "kettle again.jpg")).to_contain_text("added this file already")
    shoot(page, "wrong")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Remove the files that cannot be sent")).to_be_visible()
    for name in ("game.jpg", "nothing.jpg", "kettle again.jpg"):
        page.get_by_role("button", name=f"Remove {name}", exact=True).click()
    expect(page.get_by_text("Remove the files that cannot be sent")).to_be_hidden()
    shoot(page, "ready")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sent")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)


def test_removed_on_the_way_a_file_is_gone_from_the_market_too(open_page: OpenPage, files: Files) -> None:
    page = open_page()
    page.route("**/media/*/", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    choose(page, ("long.mp4", "video/mp4", files.mp4(film=os.urandom(900_000))))
    expect(row(page, "long.mp4")).to_contain_text("No connection")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        page.get_by_role("button", name="Remove long.mp4").click()
    assert gone.value.status == 204
    assert not Upload.objects.exists()
    assert page.get_by_role("button", name="Add files").evaluate("button => button === document.activeElement")


def test_without_javascript_files_go_with_the_form_and_none_that_arrived_is_lost(
    open_page: OpenPage, files: Files
) -> None:
    page = open_page(javascript=False)
    page.get_by_label("Details").fill("It does not boil.")
    choose(page, ("kettle.jpg", "image/jpeg", files.jpg()), ("game.jpg", "image/jpeg", b"MZ" + bytes(9_000)))
    shoot(page, "plain")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("game.jpg: This is a program")).to_be_visible()
    expect(page.get_by_label("Details")).to_have_value("It does not boil.")
    expect(row(page, "kettle.jpg").get_by_role("checkbox")).to_be_checked()
    shoot(page, "plain-again")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_text(re.compile("kettle.jpg: image/jpeg"))
