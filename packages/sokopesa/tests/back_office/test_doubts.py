"""A refund that M-PESA may have given back already, at the desk: proposed by one, decided by another who sees why."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sokopesa.disbursement import batching, doubts, portal
from sokopesa.disbursement.doubt_models import Answer
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund

Vault = Any
SignedIn = Callable[[User], Client]
HELD = "M-PESA took this payment back itself. It must not be paid a second time."


def text(answer: Any) -> str:
    page = " ".join(answer.content.decode().split())
    return html.unescape(re.sub(r'<span class="money">([^<]*)</span>', r"\1", page))


@pytest.fixture
def refund(vault: Vault) -> Refund:
    refund: Refund = vault.refund(purchase=vault.purchase())
    doubts.raise_doubts({refund.pk: HELD}, about="reversal:UKF9REVERS", now=vault.now)
    return refund


@pytest.fixture
def address(refund: Refund) -> str:
    return f"/desk/money/refunds/{refund.number}/"


def test_nobody_tries_again_alone_and_the_second_person_reads_why_it_is_held(
    vault: Vault, signed_in: SignedIn, support: Client, refund: Refund, address: str
) -> None:
    maker, decider = signed_in(vault.member()), signed_in(vault.member())
    page = text(maker.get(address))
    assert HELD in page
    assert "one proposes whether it is paid, and another decides" in page
    assert "Try again" not in page
    assert "Propose another number" not in page
    assert "may have given this back already" in text(maker.post(f"{address}retry/", follow=True))
    assert support.post(f"{address}answer/", {"how": "again", "reason": "Please."}).status_code == 403
    page = text(maker.post(f"{address}answer/", {"how": "again", "reason": "It was put back."}, follow=True))
    assert "You proposed this yourself" in page
    assert "Approve: pay it" not in page
    page = text(decider.get(address))
    assert "Proposed: pay it after all" in page
    assert "Approve: pay it" in page
    assert page.count(HELD) >= 2, "where it waits, and beside what is proposed"
    answer = Answer.objects.get()
    assert "You prepared this" in text(maker.post(f"/desk/money/answers/{answer.pk}/approve/", follow=True))
    assert "It goes on, and is paid." in text(decider.post(f"/desk/money/answers/{answer.pk}/approve/", follow=True))
    refund.refresh_from_db()
    assert (refund.state, refund.waits_for) == ("reconciled", "")
    assert HELD in text(decider.get(address)), "it stays on record"


def test_it_is_closed_as_reversed_with_receipt_and_moment(
    vault: Vault, signed_in: SignedIn, refund: Refund, address: str
) -> None:
    maker, decider = signed_in(vault.member()), signed_in(vault.member())
    given = {"how": "reversed", "receipt": "", "reversed_at": "", "reason": "It stands in the portal."}
    answer = maker.post(f"{address}answer/", given)
    assert answer.status_code == 422
    assert "Type M-PESA's receipt of the reversal." in text(answer)
    assert "Say when M-PESA reversed it." in text(answer)
    assert "It stands in the portal." in text(answer), "nothing is lost"
    when = {"receipt": "ukf9revers", "reversed_at": "2036-11-24T10:00:00"}
    assert "It cannot be later than now." in text(maker.post(f"{address}answer/", given | when))
    when["reversed_at"] = "2026-11-20T10:00:00"
    assert "Proposed." in text(maker.post(f"{address}answer/", given | when, follow=True))
    pk = Answer.objects.get().pk
    assert decider.post(f"/desk/money/answers/{pk}/refuse/", {"reason": ""}).status_code == 422
    assert "It is over, and booked as reversed." in text(
        decider.post(f"/desk/money/answers/{pk}/approve/", follow=True)
    )
    refund.refresh_from_db()
    assert refund.state == "paid"
    page = text(decider.get(address))
    assert "reversed:UKF9REVERS" in page
    assert "Nothing is left on" in page
    assert decider.post("/desk/money/answers/999999/approve/").status_code == 404


def test_a_disbursement_says_which_lines_have_no_result_yet(vault: Vault, signed_in: SignedIn) -> None:
    batch = vault.prepared(125_000, via="portal")
    batching.approve(batch_id=batch.pk, approver=vault.member(), typed_total="1250", now=vault.now)
    client = signed_in(vault.member())
    address = f"/desk/money/disbursements/{batch.number}/"
    assert "No result yet" not in text(client.get(address))
    portal.export(batch_id=batch.pk, by=vault.member(), now=vault.now)
    page = text(client.get(address))
    assert "<strong>No result yet</strong> for 1 line, KES 1,250, since" in page
    assert "No result yet</span>" in page
