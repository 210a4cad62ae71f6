"""Nothing moves without a fresh second factor, and nothing that was filled in is lost on the way to it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, reverse

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.back_office.urls import urlpatterns
from sokopesa.faces.second_factor.access import fresh_second_factor
from sokopesa.faces.second_factor.carrying import CODE
from sokopesa.notices.models import Notice
from sokopesa.people import factors

Desk = Any
Text = Callable[[object], str]

MOVES_NOTHING = {"read_report", "close_report", "support_answered", "read_case"}
"""The desk's forms that move no money and ask for none. Whoever adds one says so here."""


def hidden(page: str) -> dict[str, str]:
    """The fields that a page carries."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def takes_posts(pattern: URLPattern) -> bool:
    request = RequestFactory().post("/")
    request.user = AnonymousUser()
    return bool(pattern.callback(request, **dict.fromkeys(pattern.pattern.converters, 1)).status_code != 405)


def test_every_form_of_the_desk_asks_or_is_known_to_move_nothing() -> None:
    forms = [pattern for pattern in urlpatterns if takes_posts(pattern)]
    assert len(forms) >= 9
    for pattern in forms:
        asks = getattr(pattern.callback, "needs_second_factor", False)
        assert asks != (pattern.name in MOVES_NOTHING), pattern.name


def test_who_has_none_sets_it_up_first_and_finds_the_form_again(desk: Desk, text: Text) -> None:
    second = desk.browser()
    led = second.post(desk.refuse, {"remark": "Ask the <payer> first."})
    assert (led.status_code, led["Location"]) == (302, reverse("second_factor:enrol"))
    page = text(second.get(led["Location"]))
    assert "Nothing was sent yet." in page
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))
    assert len(secret) == 32
    wrong = second.post(led["Location"], {CODE: "000000"})
    assert (wrong.status_code, "That is not the code" in text(wrong)) == (422, True)
    assert secret[:4] in text(wrong), "the same secret is shown until it is known"
    done = second.post(led["Location"], {CODE: factors.code_at(secret, desk.now)}, follow=True)
    page = text(done)
    assert "10 left, each works once" in page
    assert "It has not been sent." in page
    assert desk.state() == "proposed"
    assert Notice.objects.filter(to=desk.second.phone, kind="second-factor-added").count() == 1

    assert second.post(desk.refuse, hidden(page)).status_code == 302
    assert desk.state() == "refused"
    assert desk.release.remark == "Ask the <payer> first."
    assert "You were about to send something" not in text(second.get(reverse("second_factor:codes")))


def test_the_code_goes_with_the_form(desk: Desk, text: Text) -> None:
    desk.enrol()
    second = desk.browser()
    typed = {"remark": 'Call "them" & ask.\nTwice.'}
    asked = second.post(desk.refuse, typed)
    assert asked.status_code == 403
    assert f'action="{desk.refuse}"' in asked.content.decode()
    carried = hidden(asked.content.decode())
    assert carried["remark"] == typed["remark"]
    for bad in ("", "12345", "000000"):
        again = second.post(desk.refuse, {**carried, CODE: bad})
        assert again.status_code == 422
        assert hidden(again.content.decode())["remark"] == typed["remark"], "nothing is lost by a wrong code"
    assert desk.state() == "proposed"
    assert second.post(desk.refuse, {**carried, CODE: desk.code()}).status_code == 302
    assert desk.state() == "refused"


def test_it_is_fresh_for_five_minutes_in_this_session_alone(desk: Desk) -> None:
    desk.enrol()
    second, elsewhere = desk.browser(), desk.browser()
    assert second.post(reverse("second_factor:give"), {CODE: desk.code(), "next": "/desk/"})["Location"] == "/desk/"
    assert elsewhere.post(desk.approve).status_code == 403, "another session of the same person"
    desk.later(minutes=5)
    assert second.post(desk.approve).status_code == 403, "stale"
    assert not desk.has_moved()
    second.post(reverse("second_factor:give"), {CODE: desk.code()})
    desk.later(minutes=4, seconds=59)
    assert second.post(desk.approve).status_code == 302
    assert desk.has_moved()


def test_how_long_is_for_the_operator_to_say(desk: Desk, monkeypatch: pytest.MonkeyPatch, text: Text) -> None:
    monkeypatch.setattr(CONFIGURATION, "second_factor_minutes", 1.0)
    desk.enrol()
    second = desk.browser()
    second.post(reverse("second_factor:give"), {CODE: desk.code()})
    desk.later(seconds=61)
    assert "It counts for 1 minute, in this browser." in text(second.post(desk.approve))
    assert not desk.has_moved()


def test_a_copy_of_the_cookie_from_before_is_worth_nothing(desk: Desk) -> None:
    desk.enrol()
    second = desk.browser()
    second.get("/desk/")
    copied = Client()
    copied.cookies["sessionid"] = second.cookies["sessionid"].value
    assert copied.get("/desk/").status_code == 200
    second.post(reverse("second_factor:give"), {CODE: desk.code()})
    assert copied.post(desk.approve)["Location"].startswith("/account/login/")
    assert not desk.has_moved()


def test_signing_out_and_in_again_is_not_fresh(desk: Desk) -> None:
    desk.enrol()
    second = desk.browser()
    second.post(reverse("second_factor:give"), {CODE: desk.code()})
    second.post("/account/logout/")
    second.force_login(desk.second)
    assert second.post(desk.approve).status_code == 403
    assert not desk.has_moved()


def test_what_was_reset_is_fresh_no_more(desk: Desk) -> None:
    desk.enrol()
    second = desk.browser()
    second.post(reverse("second_factor:give"), {CODE: desk.code()})
    factors.remove(user=desk.second)
    assert second.post(desk.approve)["Location"] == reverse("second_factor:enrol")
    desk.enrol()
    assert second.post(desk.approve).status_code == 403, "the new one was never given"
    assert not desk.has_moved()


def test_guessing_ends_with_words_and_the_right_code_waits_too(desk: Desk, text: Text) -> None:
    desk.enrol()
    second = desk.browser()
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        assert f"You have {left} left." in text(second.post(desk.approve, {CODE: "000000"}))
    locked = second.post(desk.approve, {CODE: "000000"})
    assert (locked.status_code, "Too many wrong codes. No code is taken until" in text(locked)) == (429, True)
    for client in (second, desk.browser()):
        assert client.post(desk.approve, {CODE: desk.code()}).status_code == 429
    assert not desk.has_moved()
    desk.later(minutes=15)
    assert second.post(desk.approve, {CODE: desk.code()}).status_code == 302
    assert desk.has_moved()


def test_a_code_that_was_used_moves_nothing(desk: Desk, text: Text) -> None:
    desk.enrol()
    first, other = desk.browser(), desk.browser()
    first.post(reverse("second_factor:give"), {CODE: desk.code()})
    refused = other.post(desk.approve, {CODE: desk.code()})
    assert (refused.status_code, "This code was used already." in text(refused)) == (422, True)
    assert not desk.has_moved()


def test_the_rights_are_asked_first(desk: Desk, market: Any) -> None:
    assert desk.browser(market.buyer()).post(desk.approve).status_code == 404
    assert Client().post(desk.approve)["Location"].startswith("/account/login/")


def test_a_form_with_a_file_is_filled_in_again(desk: Desk, text: Text) -> None:
    desk.enrol()
    file = SimpleUploadedFile("results.csv", b"a,b")
    came_from = f"/desk/unmatched/{desk.release.receipt_id}/"
    second = desk.browser()
    asked = second.post(desk.approve, {"file": file}, headers={"Referer": f"http://testserver{came_from}"})
    assert "you choose your file again" in text(asked)
    assert hidden(asked.content.decode())["next"] == f"http://testserver{came_from}"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_it_leads_nowhere_else(desk: Desk, elsewhere: str) -> None:
    desk.enrol()
    second = desk.browser()
    asked = second.post(desk.approve, headers={"Referer": elsewhere})
    assert "elsewhere" not in asked.content.decode()
    assert "javascript:alert" not in asked.content.decode()
    done = second.post(reverse("second_factor:give"), {CODE: desk.code(), "next": elsewhere})
    assert done["Location"] == reverse("second_factor:index")


def test_pages_that_are_only_looked_at_lead_there_and_back(desk: Desk) -> None:
    desk.enrol()
    second, address = desk.browser(), reverse("second_factor:codes")
    led = second.get(address)
    assert led["Location"] == f"{reverse('second_factor:give')}?next={address.replace('/', '%2F')}"
    assert hidden(second.get(led["Location"]).content.decode())["next"] == address


def test_whoever_wanted_a_page_comes_to_it_once_they_are_set_up(desk: Desk, text: Text) -> None:
    second, wanted = desk.browser(), f"{reverse('second_factor:codes')}?all=1"
    assert second.get(wanted)["Location"] == reverse("second_factor:enrol")
    page = text(second.get(reverse("second_factor:enrol")))
    assert "Set it up; then you go on." in page
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))
    done = second.post(reverse("second_factor:enrol"), {CODE: factors.code_at(secret, desk.now)}, follow=True)
    assert f'href="{wanted}">Back to where you were' in text(done)
    assert "Back to where you were" not in text(second.get(wanted))


def test_one_decorator_serves_views_of_any_shape(desk: Desk, rf: RequestFactory) -> None:
    """Those of the seller centre get the shop as a second argument."""

    @fresh_second_factor
    def pay_elsewhere(request: Any, shop: str, *, number: int) -> HttpResponse:
        return HttpResponse(f"{shop} {number}")

    request = rf.post("/seller/moto/payee/", {"number": "7"})
    request.user, request.session = desk.second, desk.browser().session
    assert pay_elsewhere(request, "moto", number=7)["Location"] == reverse("second_factor:enrol")
