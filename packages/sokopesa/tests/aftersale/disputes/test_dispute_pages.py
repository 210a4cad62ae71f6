"""Disputes by the pages of buyer, seller and mediator, as of the real clock."""

from __future__ import annotations

import io
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from second_factor import fresh_factor

from sokopesa.aftersale.disputes import claims, opening
from sokopesa.aftersale.disputes.models import Dispute, DisputeDraft, Evidence, Side, SupportReport
from sokopesa.chat import talking
from sokopesa.chat.models import StaffRead
from sokopesa.kernel import clock
from sokopesa.kernel.clock import nairobi_date
from sokopesa.orders.models import Clock, Order
from sokopesa.payments.models import Receipt
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff

pytestmark = pytest.mark.django_db
Counter = Any


@pytest.fixture
def counter(counter: Counter) -> Counter:
    counter.now = clock.now()
    return counter


def order_of(counter: Counter, **more: Any) -> Order:
    """Delivered, with the promise just over or still running, and protected for ten more days."""
    order: Order = counter.order(**more)
    today = nairobi_date(counter.now)
    Order.objects.filter(pk=order.pk).update(promised_from=today, promised_until=today)
    Clock.objects.filter(order=order).update(due_at=counter.now + timedelta(days=10))
    order.refresh_from_db()
    return order


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return fresh_factor(client) if user.is_staff else client


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def evidence(counter: Counter) -> list[str]:
    return [str(upload_id) for upload_id in counter.files(counter.buyer)]


def photo(shade: int = 0) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), (200, shade, 10)).save(written, "JPEG")
    return SimpleUploadedFile("lid.jpg", written.getvalue(), "image/jpeg")


def form_address(order: Order) -> str:
    return f"/orders/{order.purchase.number}/{order.number}/dispute/{order.lines.get().pk}/"


def test_from_the_order_to_the_form_and_back_with_every_fault_at_its_field(
    counter: Counter, evidence: list[str]
) -> None:
    order = order_of(counter)
    client = browser(counter.buyer)
    assert form_address(order) in client.get(f"/orders/{order.purchase.number}/").content.decode()
    chosen = client.get(f"/orders/{order.purchase.number}/{order.number}/dispute/")
    assert chosen["Location"] == form_address(order)
    page = client.get(form_address(order))
    assert "Return Goods" in text(page)
    assert "Refund Only" in text(page)
    empty = client.post(form_address(order), {"do": "open"})
    assert empty.status_code == 422
    for words in ("Choose Return Goods or Refund Only.", "Choose the reason", "Say in your own words"):
        assert words in text(empty)
    wrong = {
        "kind": "refund_only",
        "reason": "damaged",
        "amount": "12.50",
        "details": "Lid <b>broken</b> 😞",
        "key": "x",
    }
    answer = client.post(form_address(order), wrong)
    assert "Whole shillings only" in text(answer)
    assert "Add at least one photo" in text(answer)
    assert "Lid &lt;b&gt;broken&lt;/b&gt; 😞" in answer.content.decode()
    assert 'value="12.50"' in answer.content.decode()
    draft = client.get(form_address(order))
    assert "This is what you typed" in text(draft)
    assert 'value="12.50"' in draft.content.decode()
    right = {**wrong, "amount": "KES 600", "uploads": evidence, "key": str(uuid.uuid4())}
    for _ in range(2):  # a double click
        opened = client.post(form_address(order), right)
        assert opened["Location"] == f"/disputes/{Dispute.objects.get().number}/"
    assert not DisputeDraft.objects.exists()
    shown = client.get(opened["Location"])
    assert "The seller answers the dispute until" in text(shown)
    assert "If not, the buyer's claim is granted" in text(shown).replace("&#x27;", "'")
    assert "See dispute D" in text(client.get(f"/orders/{order.purchase.number}/"))


@pytest.mark.parametrize("amount", ["abc", "1e5", "0", "-5", "9", "1,251", "999999999999", "10.005"])
def test_amounts_that_are_none_are_refused_at_the_field(counter: Counter, evidence: list[str], amount: str) -> None:
    order = order_of(counter)
    answers = {"kind": "refund_only", "reason": "damaged", "amount": amount, "details": "x", "uploads": evidence}
    answer = browser(counter.buyer).post(form_address(order), answers)
    assert answer.status_code == 422
    assert 'id="id_amount_error"' in answer.content.decode()
    assert not Dispute.objects.exists()


def test_saving_for_later(counter: Counter) -> None:
    order = order_of(counter)
    client = browser(counter.buyer)
    saved = client.post(form_address(order), {"do": "save", "details": "Half a sentence"})
    assert saved["Location"] == f"/orders/{order.purchase.number}/"
    assert "Half a sentence" in client.get(form_address(order)).content.decode()


def test_the_page_says_from_when_goods_that_did_not_come_can_be_disputed(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_of(counter, state="shipped")
    moment = claims.opens_at(order)
    page = browser(counter.buyer).get(form_address(order))
    assert f"from {moment:%a} {moment.day} {moment:%b %Y, %H:%M}" in text(page)
    answers = {"kind": "refund_only", "reason": "late", "details": "Nothing came."}
    early = browser(counter.buyer).post(form_address(order), answers)
    assert "The promised time is not over." in text(early)
    monkeypatch.setattr(clock, "now", lambda: moment)
    opened = browser(counter.buyer).post(form_address(order), answers)
    assert opened.status_code == 302
    assert Dispute.objects.get().opened_at == moment


def test_other_peoples_disputes_are_not_there(counter: Counter, market: Any) -> None:
    order = order_of(counter)
    dispute = counter.open(order)
    stranger, other = browser(market.buyer()), browser(counter.seller)
    for client in (stranger, other):
        for address in (
            form_address(order),
            f"/orders/{order.purchase.number}/{order.number}/dispute/",
            f"/disputes/{dispute.number}/",
            f"/disputes/{dispute.number}/change/",
        ):
            assert client.get(address).status_code == 404
        for verb in ("withdraw", "accept", "escalate", "split", "send-back", "appeal"):
            assert client.post(f"/disputes/{dispute.number}/{verb}/").status_code == 404
    shop = order.seller.slug
    for client in (stranger, browser(counter.buyer)):
        assert client.get(f"/seller/{shop}/disputes/{dispute.number}/").status_code == 404
        assert client.post(f"/seller/{shop}/disputes/{dispute.number}/accept/").status_code == 404
        assert client.get(f"/desk/disputes/{dispute.number}/").status_code == 404
    assert Client().get(f"/disputes/{dispute.number}/").status_code == 302


def test_offer_half_way_and_agreement(counter: Counter) -> None:
    dispute = counter.open(order_of(counter))
    buyer, seller = browser(counter.buyer), browser(counter.seller)
    shop = f"/seller/{dispute.order.seller.slug}/disputes/"
    assert dispute.number in text(seller.get(shop))
    missing = seller.post(
        f"{shop}{dispute.number}/offer/", {"kind": "refund_only", "amount": "700", "template": "sorry"}
    )
    assert missing.status_code == 422
    assert "The buyer asks for KES 600." in text(missing)
    offered = seller.post(
        f"{shop}{dispute.number}/offer/", {"kind": "refund_only", "amount": "200", "template": "sorry", "words": "Ok?"}
    )
    assert offered.status_code == 302
    page = text(buyer.get(f"/disputes/{dispute.number}/"))
    assert "We are sorry about this, and want to put it right. Ok?" in page
    assert "Split the difference: KES 400" in page
    buyer.post(f"/disputes/{dispute.number}/split/")
    dispute.refresh_from_db()
    assert dispute.amount_cents == 40_000
    claim = counter.plan_of(dispute, Side.BUYER)
    done = seller.post(f"{shop}{dispute.number}/accept/", {"plan": claim.pk}, follow=True)
    assert "KES 400 goes back to the buyer." in text(done)
    assert "KES 400 goes back to the phone that paid" in text(buyer.get(f"/disputes/{dispute.number}/"))


def test_return_ruling_and_appeal_by_pages(counter: Counter) -> None:
    dispute = counter.open(order_of(counter), kind="return", amount_cents=None)
    buyer, seller = browser(counter.buyer), browser(counter.seller)
    one, two = browser(counter.mediators[0]), browser(counter.mediators[1])
    shop = f"/seller/{dispute.order.seller.slug}/disputes/{dispute.number}/"
    refused = seller.post(f"{shop}accept/", {"plan": counter.plan_of(dispute, Side.BUYER).pk})
    assert "Say where the buyer sends the goods" in text(refused)
    assert seller.post(f"{shop}refuse/", {"words": " "}).status_code == 422
    assert "Add what shows it" in text(seller.post(f"{shop}refuse/", {"template": "whole"}))
    seller.post(f"{shop}refuse/", {"template": "whole", "files": photo()})
    buyer.post(f"/disputes/{dispute.number}/escalate/")
    case = f"/desk/disputes/{dispute.number}/"
    assert dispute.number in text(one.get("/desk/disputes/"))
    page = text(one.get(case))
    for fact in (
        "Steel kettle",
        "Boils water.",
        "Promised until",
        "M-PESA receipt",
        "The goods left us whole",
        "Kifuniko",
    ):
        assert fact in page
    assert one.post(f"{case}rule/", {"kind": "refund_only", "amount": "9999", "words": "So."}).status_code == 422
    one.post(f"{case}rule/", {"kind": "return", "words": "The lid is broken."})
    assert buyer.post(f"/disputes/{dispute.number}/appeal/", {"words": ""}).status_code == 422
    seller.post(f"{shop}appeal/", {"words": "It was the courier."})
    assert "another mediator decides" in text(one.get(case))
    assert "Your decision" not in text(one.get(case))
    two.post(f"{case}rule/", {"kind": "return", "words": "All the same."})
    dispute.refresh_from_db()
    assert dispute.state == "sending_back"
    seller.post(f"{shop}address/", {"return_to": "Moto Shop,\nLuthuli Avenue 5, Nairobi"})
    assert "Moto Shop, Luthuli Avenue 5, Nairobi" in text(buyer.get(f"/disputes/{dispute.number}/"))
    assert "Give the tracking" in text(buyer.post(f"/disputes/{dispute.number}/send-back/", {"carrier": "G4S"}))
    buyer.post(f"/disputes/{dispute.number}/send-back/", {"carrier": "G4S", "tracking": "KE 77"})
    assert "KE 77" in text(seller.get(shop))
    seller.post(f"{shop}take-back/")
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome, dispute.refunded_cents) == ("closed", "returned", 125_000)


def test_evidence_is_seen_by_both_sides_and_mediators_alone(counter: Counter, market: Any) -> None:
    order = order_of(counter)
    buyer, seller = browser(counter.buyer), browser(counter.seller)
    answers = {"kind": "refund_only", "reason": "damaged", "amount": "600", "details": "The lid."}
    exe = SimpleUploadedFile("lid.jpg", b"MZ\x90\x00" + b"x" * 400, "image/jpeg")
    refused = buyer.post(form_address(order), {**answers, "files": exe})
    assert refused.status_code == 422
    assert "lid.jpg: " in text(refused)
    buyer.post(form_address(order), {**answers, "files": [photo(), photo(shade=90)]})
    dispute = Dispute.objects.get()
    files = [f"/disputes/{dispute.number}/evidence/{shown.upload_id}/" for shown in Evidence.objects.all()]
    assert len(files) == 2
    for client in (buyer, seller, browser(counter.mediators[0])):
        assert client.get(files[0])["Content-Type"] == "image/jpeg"
    for client in (browser(market.buyer()), browser(add_staff(phone="254711000078", role=Role.SUPPORT))):
        assert client.get(files[0]).status_code == 404
    assert Client().get(files[0]).status_code == 302
    shop = f"/seller/{order.seller.slug}/disputes/{dispute.number}/"
    assert files[1] in seller.get(shop).content.decode()
    seller.post(f"{shop}evidence/", {"files": photo(shade=200)})
    assert "The seller added a file as evidence." in text(buyer.get(f"/disputes/{dispute.number}/"))
    assert "Choose a file first." in text(buyer.post(f"/disputes/{dispute.number}/evidence/"))
    buyer.post(f"/disputes/{dispute.number}/withdraw/")
    late = buyer.post(f"/disputes/{dispute.number}/evidence/", {"files": photo(shade=30)}, follow=True)
    assert "is closed" in text(late)
    assert Evidence.objects.count() == 3


def test_the_report_center_leads_to_the_form_or_to_support(counter: Counter, market: Any) -> None:
    order = order_of(counter)
    client = browser(counter.buyer)
    receipt = Receipt.objects.get(purchase=order.purchase).code
    for wanted in ("", order.purchase.number, order.number, "kettle", receipt):
        assert form_address(order) in client.get("/report/", {"q": wanted}).content.decode()
    stranger = browser(market.buyer())
    nothing = stranger.get("/report/", {"q": order.purchase.number})
    assert form_address(order) not in nothing.content.decode()
    assert "Nothing that you bought fits" in text(nothing)
    assert stranger.post("/report/", {"words": ""}).status_code == 422
    report = {"words": "Somebody asked me for KES 500 more.", "about": order.purchase.number, "key": str(uuid.uuid4())}
    for _ in range(2):
        told = stranger.post("/report/", report)
    made = SupportReport.objects.get()
    assert made.number in text(told)
    assert Client().get("/report/").status_code == 302
    desk = browser(counter.mediators[0])
    assert made.number in text(desk.get("/desk/support/"))
    desk.post(f"/desk/support/{made.pk}/answered/", follow=True)
    assert made.number not in text(desk.get("/desk/support/"))


def test_only_mediators_see_cases(counter: Counter) -> None:
    dispute = counter.open(order_of(counter))
    support = browser(add_staff(phone="254711000077", role=Role.SUPPORT))
    for address in ("/desk/disputes/", f"/desk/disputes/{dispute.number}/"):
        assert support.get(address).status_code == 404
    assert support.post(f"/desk/disputes/{dispute.number}/rule/", {"kind": "nothing"}).status_code == 403


def test_lists_ask_as_often_for_ten_as_for_one(counter: Counter, django_assert_max_num_queries: Any) -> None:
    seller, mediator = browser(counter.seller), browser(counter.mediators[0])
    shop = f"/seller/{counter.offer.seller.slug}/disputes/"
    for _ in range(6):
        counter.open(order_of(counter))
    with django_assert_max_num_queries(7):
        seller.get(shop)
    with django_assert_max_num_queries(8):
        mediator.get("/desk/disputes/?show=all")


def test_a_mediator_reads_what_they_wrote_with_a_reason_and_every_look_is_kept(counter: Counter) -> None:
    dispute = counter.open(order_of(counter))
    one, support = browser(counter.mediators[0]), browser(add_staff(phone="254731555001", role=Role.SUPPORT))
    case = f"/desk/disputes/{dispute.number}/"
    assert "Nothing was written about this order." in text(one.get(case))
    assert one.post(f"{case}read/", {"why": "To see"}).status_code == 404
    thread = talking.open_about_order(by=counter.buyer, order=dispute.order, now=counter.now)
    for by, said in ((counter.buyer, "The <b>lid</b> broke. PIN yangu 4821"), (counter.seller, "Piga 0722 000 111")):
        talking.say(thread=thread, by=by, text=said, key=uuid.uuid4(), now=counter.now)
    page = text(one.get(case))
    assert "Messages 2" in page
    assert "Piga" not in page, "nothing is read without a reason"
    missing = one.post(f"{case}read/", {"why": " "})
    assert (missing.status_code, "Say why." in text(missing)) == (422, True)
    assert support.post(f"{case}read/", {"why": "To see"}).status_code in (403, 404)
    assert not StaffRead.objects.exists()

    opened = one.post(f"{case}read/", {"why": "To see what the shop promised"}, follow=True)
    assert "Piga 0722 000 111" in text(opened)
    assert "&lt;b&gt;lid&lt;/b&gt; broke" in text(opened)
    assert "4821" not in text(opened)
    assert case in opened.content.decode(), "and back to the case"
    look = StaffRead.objects.get()
    assert (look.staff, look.thread, look.reason) == (counter.mediators[0], thread, "To see what the shop promised")
    two = browser(counter.mediators[1])
    assert "To see what the shop promised" in text(two.get(case))
    assert two.get(f"/desk/looks/{look.pk}/").status_code == 404, "a look is for whoever gave the reason"

    opening.withdraw(dispute.pk, by=counter.buyer, now=counter.now)
    assert "It can be read while a dispute about the order is open." in text(one.get(case))
    assert one.get(f"/desk/looks/{look.pk}/").status_code == 404
    closed = one.post(f"{case}read/", {"why": "Late"}, follow=True)
    assert "No case is open" in text(closed)
    assert StaffRead.objects.count() == 1


def test_a_mediator_who_is_a_party_reads_nothing_as_staff(counter: Counter) -> None:
    dispute = counter.open(order_of(counter))
    talking.open_about_order(by=counter.buyer, order=dispute.order, now=counter.now)
    add_member(seller=dispute.order.seller, phone=counter.mediators[0].phone)
    own = browser(counter.mediators[0])
    assert "somebody else must look into it" in text(own.get(f"/desk/disputes/{dispute.number}/"))
    own.post(f"/desk/disputes/{dispute.number}/read/", {"why": "To see"})
    assert not StaffRead.objects.exists()
