"""What a person does about their own second factor, and an operator about somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from sokopesa.cli import main
from sokopesa.faces.second_factor.carrying import CODE
from sokopesa.faces.second_factor.drawing import draw
from sokopesa.notices.models import Notice
from sokopesa.people import factors

Desk = Any
Text = Callable[[object], str]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["staff", *arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize("name", ["index", "enrol", "give", "codes", "renew_codes", "remove"])
def test_they_are_for_people_who_are_signed_in(db: None, name: str) -> None:
    for answer in (Client().get(reverse(f"second_factor:{name}")), Client().post(reverse(f"second_factor:{name}"))):
        assert answer["Location"].startswith("/account/login/")


def test_from_none_to_one_and_back(desk: Desk, text: Text) -> None:
    second = desk.browser()
    assert "You have none yet" in text(second.get(reverse("second_factor:index")))
    page = second.get(reverse("second_factor:enrol"))
    assert page["Cache-Control"].startswith("max-age=0")
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page.content.decode()))
    assert draw(factors.address_of(desk.second, secret)).path in page.content.decode()
    second.post(reverse("second_factor:enrol"), {CODE: factors.code_at(secret, desk.now)})
    assert "Set up" in text(second.get(reverse("second_factor:index")))
    assert second.get(reverse("second_factor:enrol"))["Location"] == reverse("second_factor:index")
    shown = set(re.findall(r"<li>(\d{4} \d{4})</li>", second.get(reverse("second_factor:codes")).content.decode()))
    assert len(shown) == 10
    second.post(reverse("second_factor:renew_codes"))
    anew = set(re.findall(r"<li>(\d{4} \d{4})</li>", second.get(reverse("second_factor:codes")).content.decode()))
    assert len(anew) == 10
    assert not shown & anew

    desk.later(minutes=6)
    asked = second.post(reverse("second_factor:remove"))
    assert (asked.status_code, factors.factor_of(desk.second) is not None) == (403, True)
    done = second.post(reverse("second_factor:remove"), {CODE: factors.code_at(secret, desk.now)}, follow=True)
    assert "Your second factor is removed." in text(done)
    assert factors.factor_of(desk.second) is None
    assert Notice.objects.filter(to=desk.second.phone, kind="second-factor-removed").count() == 1


def test_a_recovery_code_is_as_good_and_says_how_many_are_left(desk: Desk, text: Text) -> None:
    desk.enrol()
    second = desk.browser()
    code = factors.recovery_codes(desk.second)[3]
    done = second.post(desk.approve, {CODE: code}, follow=True)
    assert "You have 9 recovery codes left." in text(done)
    assert desk.has_moved()
    assert "9 left" in text(second.get(reverse("second_factor:index")))


def test_signing_in_goes_on_as_before(desk: Desk) -> None:
    """The door asks for the code by SMS alone."""
    desk.enrol()
    client = Client()
    client.post("/account/login/", {"phone": desk.second.phone})
    sms = Notice.objects.filter(to=desk.second.phone, kind="sign-in-code").latest("pk")
    assert client.post("/account/login/code/", {"code": sms.text[:7]})["Location"] == "/"
    assert client.get("/desk/").status_code == 200


def test_the_frame_is_the_readers_own(desk: Desk, market: Any, text: Text) -> None:
    assert 'class="desk-top"' in text(desk.browser().get(reverse("second_factor:enrol")))
    assert 'class="desk-top"' not in text(desk.browser(market.buyer()).get(reverse("second_factor:enrol")))


def test_an_operator_resets_it_and_it_stands_in_the_log(desk: Desk) -> None:
    refused = run("reset-factor", desk.second.phone)
    assert (refused.exit_code, "has a second factor" in refused.output) == (2, True)
    desk.enrol()
    assert re.search(r"Second .*set up", run("list").output)
    with capture_logs() as logs:
        done = run("reset-factor", desk.second.phone)
    assert "has no second factor any more" in done.output
    assert {"event": "second_factor_reset", "user": desk.second.pk, "log_level": "warning"} in logs
    assert factors.factor_of(desk.second) is None
    assert Notice.objects.filter(to=desk.second.phone, kind="second-factor-removed").count() == 1
    assert re.search(r"Second .*none yet", run("list").output)


def test_the_demo_page_is_not_there(client: Client, db: None) -> None:
    assert client.get("/demo/authenticator/").status_code == 404
