"""From the list to the decision, by the forms that staff fill in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from sokopesa.ledger.accounts import UNMATCHED, escrow
from sokopesa.ledger.queries import balance_cents
from sokopesa.payments.models import Release
from sokopesa.people.models import User

Bench = Any
SignedIn = Callable[[User], Client]


def page(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_proposed_by_one_and_approved_by_another(bench: Bench, signed_in: SignedIn) -> None:
    purchase = bench.purchase()
    receipt = bench.payment(purchase.reference[:9])
    maker, second = bench.member(), bench.member()
    one, two = signed_in(maker), signed_in(second)
    address = f"/desk/unmatched/{receipt.code}/"
    assert f'value="{purchase.number}"' in page(one, address)

    answers = {"target": purchase.number, "number": "", "reason": "Only the last character is missing."}
    for _ in range(2):  # a double click
        proposed = one.post(f"{address}propose/", answers)
        assert (proposed.status_code, proposed["Location"]) == (302, address)
    release = Release.objects.get()
    mine = page(one, address)
    assert "You proposed this yourself" in mine
    assert "Approve:" not in mine
    refused = one.post(f"/desk/decisions/{release.pk}/approve/", follow=True)
    assert "You proposed this yourself, so a second person must decide on it." in refused.content.decode()
    assert balance_cents(UNMATCHED) == -125_000

    theirs = page(two, address)
    assert "Approve: pay the order" in theirs
    assert "Only the last character is missing." in theirs
    assert "one character missing" in theirs
    assert receipt.code in page(two, "/desk/decisions/")
    for _ in range(2):
        done = two.post(f"/desk/decisions/{release.pk}/approve/", follow=True)
        assert "Approved. The order is paid." in done.content.decode()
    assert balance_cents(escrow(purchase.orders.get().pk)) == -125_000
    history = page(one, address)
    for fact in (f"{maker.name}, ", f"{second.name}, ", "Approved by", "Placed", purchase.number):
        assert fact in history
    assert receipt.code not in page(one, "/desk/unmatched/")


def test_a_refusal_with_its_reason_opens_the_form_again(bench: Bench, signed_in: SignedIn) -> None:
    receipt = bench.payment("RENT")
    one, two = signed_in(bench.member()), signed_in(bench.member())
    address = f"/desk/unmatched/{receipt.code}/"
    one.post(f"{address}propose/", {"target": "refund", "reason": "Rent."})
    release = Release.objects.get()
    empty = two.post(f"/desk/decisions/{release.pk}/refuse/", {"remark": ""})
    assert empty.status_code == 422
    assert "Say why not." in empty.content.decode()
    done = two.post(f"/desk/decisions/{release.pk}/refuse/", {"remark": "Call the payer first."}, follow=True)
    assert "Refused. The money stays in unmatched." in done.content.decode()
    again = page(one, address)
    assert "Call the payer first." in again
    assert "Where does it belong?" in again


def test_another_order_by_its_reference_and_answers_that_are_missing(bench: Bench, finance: Client) -> None:
    purchase, receipt = bench.purchase(), bench.payment("CHURCH")
    propose = f"/desk/unmatched/{receipt.code}/propose/"

    def refusal(**answers: str) -> tuple[int, str]:
        answer = finance.post(propose, answers)
        return answer.status_code, answer.content.decode()

    status, words = refusal(reason="Because.")
    assert (status, "Choose where the money belongs." in words) == (422, True)
    status, words = refusal(target="refund")
    assert (status, "Say why." in words) == (422, True)
    status, words = refusal(target="other", reason="Because.")
    assert (status, "Type the order&#x27;s number or its reference." in words) == (422, True)
    status, words = refusal(target="other", number="8000 0000 0000 0000", reason="Because.")
    assert (status, "There is no order with this number." in words) == (409, True)
    status, words = refusal(target="other", number="\0", reason="Because \0 of it.")
    assert status in (409, 422)
    assert not Release.objects.exists()

    finance.post(propose, {"target": "other", "number": purchase.reference.lower(), "reason": "They called."})
    assert Release.objects.get().purchase == purchase


def test_support_sees_the_case_and_no_form(bench: Bench, support: Client) -> None:
    purchase = bench.purchase()
    receipt = bench.payment(purchase.reference[1:])
    seen = page(support, f"/desk/unmatched/{receipt.code}/")
    assert purchase.number in seen
    assert "Only finance proposes where money goes." in seen
    assert "<form" not in seen
