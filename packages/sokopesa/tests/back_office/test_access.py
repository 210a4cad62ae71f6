"""Who sees the desk, and who may press its buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sokopesa.ledger.accounts import UNMATCHED
from sokopesa.ledger.queries import balance_cents
from sokopesa.payments.models import Release
from sokopesa.people.models import User
from sokopesa.people.staff import remove_staff

Bench = Any
SignedIn = Callable[[User], Client]

PAGES = [
    "/desk/",
    "/desk/requests/",
    "/desk/inbox/",
    "/desk/inbox/{message}/",
    "/desk/unmatched/",
    "/desk/unmatched/{receipt}/",
    "/desk/decisions/",
    "/desk/balances/",
    "/desk/balances/mpesa/",
    "/desk/accounts/unmatched/",
]


@pytest.fixture
def places(bench: Bench) -> dict[str, object]:
    return {"message": bench.message().pk, "receipt": bench.payment("RENT").code}


@pytest.mark.parametrize("page", PAGES)
def test_staff_see_every_page_and_buyers_find_none(
    page: str, bench: Bench, places: dict[str, object], signed_in: SignedIn, client: Client
) -> None:
    address = page.format(**places)
    for role in ("support", "finance"):
        answer = signed_in(bench.member(role)).get(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"].startswith("max-age=0")
        assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert signed_in(bench.market.buyer()).get(address).status_code == 404
    stranger = client.get(address)
    assert (stranger.status_code, stranger["Location"]) == (302, f"/account/login/?next={address}")


def test_who_has_left_finds_nothing_from_the_next_click_on(bench: Bench, signed_in: SignedIn) -> None:
    member = bench.member()
    desk = signed_in(member)
    assert desk.get("/desk/").status_code == 200
    remove_staff(phone=member.phone)
    assert desk.get("/desk/").status_code == 404


@pytest.fixture
def buttons(bench: Bench, finance: Client) -> dict[str, dict[str, str]]:
    """Every form that moves money or asks for it, with answers that would be taken."""
    open_, proposed = bench.payment("RENT"), bench.payment("RENT")
    finance.post(f"/desk/unmatched/{proposed.code}/propose/", {"target": "refund", "reason": "Rent."})
    release = Release.objects.get()
    return {
        f"/desk/unmatched/{open_.code}/propose/": {"target": "refund", "reason": "Rent."},
        f"/desk/decisions/{release.pk}/approve/": {},
        f"/desk/decisions/{release.pk}/refuse/": {"remark": "Not so."},
    }


def test_buttons_are_for_finance_alone(
    buttons: dict[str, dict[str, str]], bench: Bench, support: Client, signed_in: SignedIn, client: Client
) -> None:
    for address, answers in buttons.items():
        assert support.post(address, answers).status_code == 403
        assert signed_in(bench.market.buyer()).post(address, answers).status_code == 404
        assert client.post(address, answers)["Location"].startswith("/account/login/")
    assert balance_cents(UNMATCHED) == -250_000
    assert Release.objects.get().state == "proposed"


def test_buttons_are_pressed_by_post_with_a_token(
    buttons: dict[str, dict[str, str]], bench: Bench, signed_in: SignedIn
) -> None:
    second = bench.member()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(second)
    for address, answers in buttons.items():
        assert signed_in(second).get(address).status_code == 405
        assert strict.post(address, answers).status_code == 403
    assert balance_cents(UNMATCHED) == -250_000


@pytest.mark.parametrize(
    "address",
    [
        "/desk/inbox/999999999999999999999/",
        "/desk/inbox/1/",
        "/desk/unmatched/NOSUCH/",
        "/desk/decisions/77/",
        "/desk/balances/no-such/",
        "/desk/accounts/no-such/",
        "/desk/accounts/%00/",
    ],
)
def test_what_is_not_there(finance: Client, address: str) -> None:
    assert finance.get(address).status_code == 404


def test_an_address_that_is_not_there_is_answered_at_the_desk(finance: Client, client: Client) -> None:
    for address in ("/desk/nothing/", "/desk/decisions/77/"):
        page = finance.get(address)
        assert (page.status_code, "Nothing at the desk has this address" in page.content.decode()) == (404, True)
        assert "Nothing at the desk" not in client.get(address, follow=True).content.decode()


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "9" * 30, "%00", "2026-01-01T00:00:00+00:00_", "_", "0001-01-01T00:00:00+14:00_a%00"]
)
def test_whatever_is_typed_into_addresses_a_page_comes(bench: Bench, finance: Client, text: str) -> None:
    bench.message()
    bench.payment("RENT")
    for page in ("requests/?state=", "requests/?after=", "inbox/?verdict=", "inbox/?before=", "unmatched/?after="):
        assert finance.get(f"/desk/{page}{text}").status_code == 200
    for page in ("decisions/?after=", "accounts/unmatched/?before=", "balances/unmatched/?before="):
        assert finance.get(f"/desk/{page}{text}").status_code == 200
