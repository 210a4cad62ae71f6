"""Reported conversations at the desk: read only with a case open, each time with a reason, and seen by auditors."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from sokopesa.chat import talking
from sokopesa.chat.models import Report, Side, StaffRead
from sokopesa.chat.reporting import close, report
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member

Bench = Any


def words(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def case(bench: Bench) -> Report:
    """A buyer has reported what a shop wrote."""
    offer, buyer = bench.market.offer(), bench.market.buyer()
    member = add_member(seller=offer.seller, phone="254711000301", name="Otieno Test")
    thread = talking.open_about_product(by=buyer, seller=offer.seller, product=offer.product, now=bench.now)
    for by, text in ((buyer, "Is it <b>blue</b>?"), (member, "Yes. Tuma kwa hii namba 0722 000 111")):
        talking.say(thread=thread, by=by, text=text, key=uuid4(), now=bench.now)
    return report(
        thread=thread,
        side=Side.BUYER,
        by=buyer,
        reason=Report.Reason.PAY_OUTSIDE,
        words="He wants money on 0722000111",
        now=bench.now,
    )


def test_support_reads_with_a_reason_and_closes(support: Client, finance: Client, case: Report) -> None:
    assert "They ask me to pay outside the market" in words(support.get("/desk/reports/"))
    detail = support.get(f"/desk/reports/{case.pk}/")
    assert "With a phone number 1" in words(detail)
    assert "About paying outside 1" in words(detail)
    assert "blue" not in words(detail), "nothing is read without a reason"
    assert "0722000111" not in words(detail)

    missing = support.post(f"/desk/reports/{case.pk}/read/", {"why": " "})
    assert (missing.status_code, "Say why." in words(missing)) == (422, True)
    assert not StaffRead.objects.exists()
    opened = support.post(f"/desk/reports/{case.pk}/read/", {"why": "To see what the shop asked for"}, follow=True)
    assert "Is it <b>blue</b>?" in words(opened)
    assert "Tuma kwa hii namba" in words(opened)
    assert "paying outside" in words(opened)
    look = StaffRead.objects.get()
    assert finance.get(f"/desk/looks/{look.pk}/").status_code == 404, "a look is for whoever gave the reason"
    audit = words(finance.get("/desk/looks/"))
    assert "Support" in audit
    assert "To see what the shop asked for" in audit
    assert "To see what the shop asked for" in words(finance.get(f"/desk/reports/{case.pk}/"))

    closed = support.post(f"/desk/reports/{case.pk}/close/", {"outcome": "The shop was warned."}, follow=True)
    assert "Closed. The conversation can no longer be read." in words(closed)
    for address in (f"/desk/reports/{case.pk}/", f"/desk/looks/{look.pk}/"):
        assert support.get(address).status_code == 404
    assert support.post(f"/desk/reports/{case.pk}/read/", {"why": "Late"}).status_code == 404


def test_a_look_is_over_after_an_hour(support: Client, case: Report, bench: Bench, monkeypatch: Any) -> None:
    support.post(f"/desk/reports/{case.pk}/read/", {"why": "To see"})
    look = StaffRead.objects.get()
    assert support.get(f"/desk/looks/{look.pk}/").status_code == 200
    monkeypatch.setattr("sokopesa.kernel.clock.now", lambda: look.at + timedelta(minutes=61))
    assert support.get(f"/desk/looks/{look.pk}/").status_code == 404


def test_whoever_takes_part_looks_into_nothing(bench: Bench, case: Report, signed_in: Any) -> None:
    clerk: User = bench.member("support")
    add_member(seller=case.thread.seller, phone=clerk.phone)
    client = signed_in(clerk)
    assert "somebody else must look into it" in words(client.get(f"/desk/reports/{case.pk}/"))
    refused = client.post(f"/desk/reports/{case.pk}/read/", {"why": "To see"})
    assert refused.status_code == 409
    assert client.post(f"/desk/reports/{case.pk}/close/", {"outcome": "Fine"}).status_code == 409
    assert not StaffRead.objects.exists()


def test_buyers_find_none_of_it(client: Client, case: Report) -> None:
    client.force_login(case.by)
    for address in ("/desk/reports/", f"/desk/reports/{case.pk}/", "/desk/looks/"):
        assert client.get(address).status_code == 404
    assert client.post(f"/desk/reports/{case.pk}/read/", {"why": "Mine"}).status_code == 404


def test_the_lists_cost_the_same_queries_for_one_and_for_many(
    support: Client, bench: Bench, case: Report, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        with django_assert_num_queries(5):
            support.get("/desk/reports/")
        with django_assert_num_queries(5):
            support.get("/desk/looks/")
        for _ in range(5):
            support.post(f"/desk/reports/{case.pk}/read/", {"why": "To see"})
            close(report_id=case.pk, by=bench.member(), outcome="Seen", now=bench.now)
            facts = {"side": Side.BUYER, "by": case.by, "reason": Report.Reason.SPAM, "words": "", "now": bench.now}
            case = report(thread=case.thread, **facts)
