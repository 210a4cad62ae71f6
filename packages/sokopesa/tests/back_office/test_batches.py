"""Refunds paid by two people at the desk: prepared, read through, approved after typing the total, and followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sokopesa.disbursement import filing
from sokopesa.disbursement.models import Batch
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.sending import hand_over
from sokopesa.people.models import User

Vault = Any
SignedIn = Callable[[User], Client]

LIST = "/desk/money/disbursements/"
FIRST = f"{LIST}1/"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_one_prepares_another_types_the_total_and_each_line_is_followed(vault: Vault, signed_in: SignedIn) -> None:
    vault.filed(125_000, 30_050, 1_000)
    vault.fill()
    one, two = signed_in(vault.member()), signed_in(vault.member())
    page = text(one.get(LIST))
    assert "3 lines wait, together" in page
    assert '<span class="money">KES 1,561</span>' in page
    made = one.post(f"{LIST}prepare/", {"via": "portal"})
    assert (made.status_code, made["Location"]) == (302, FIRST)
    mine = text(one.get(FIRST))
    assert "You prepared this yourself" in mine
    assert "Approve and pay" not in mine
    refused = one.post(f"{FIRST}approve/", {"total": "1561"})
    assert (refused.status_code, "You prepared this yourself. Another person" in text(refused)) == (409, True)

    assert "3 payments of together" in text(two.get(FIRST))
    for typed, words in (("", "Type the total."), ("1,651", "“1,651” is not the total of this disbursement.")):
        wrong = two.post(f"{FIRST}approve/", {"total": typed})
        assert (wrong.status_code, words in text(wrong)) == (422, True)
        assert f'value="{typed}"' in text(wrong) or not typed
    assert not Transfer.objects.exists()
    assert two.post(f"{FIRST}approve/", {"total": "KES 1,561"})["Location"] == FIRST
    assert Batch.objects.get().state == "approved"
    assert "3 to be sent" in text(two.get(FIRST))

    first, second, third = hand_over(Transfer.objects.values_list("pk", flat=True), now=vault.now)
    conclude([Conclusion(first.pk, "portal", receipt="UKB0000001", at=vault.now)], now=vault.now)
    conclude([Conclusion(second.pk, "portal", code="8", remark="Wallet of 0722123456 full")], now=vault.now)
    page = text(one.get(FIRST))
    assert "<strong>66%</strong>" in page
    assert "UKB0000001" in page
    assert "Wallet of 0722 ***456 full" in page
    assert "1 on the way" in page
    assert third.payee not in page
    assert 'hx-trigger="every 3s"' in page


def test_whoever_is_not_in_finance_only_sees(vault: Vault, signed_in: SignedIn, support: Client) -> None:
    vault.prepared(125_000)
    for address in (LIST, FIRST):
        page = text(support.get(address))
        assert "Only finance" in page or "waits for a second person" in page
        assert 'method="post"' not in page
    for button in ("approve/", "cancel/", "lines/1/", "portal/", "results/"):
        assert support.post(FIRST + button, {"total": "1250", "reason": "Because."}).status_code == 403
    assert support.post(f"{LIST}prepare/", {"via": "api"}).status_code == 403
    assert Batch.objects.get().state == "prepared"
    assert signed_in(vault.market.buyer()).get(FIRST).status_code == 404


def test_a_line_is_left_out_and_the_rest_is_cancelled(vault: Vault, signed_in: SignedIn) -> None:
    batch = vault.prepared(125_000, 30_000)
    one = signed_in(batch.maker)
    line = batch.entries.order_by("pk").first()
    no_reason = one.post(f"{FIRST}lines/{line.pk}/", {"reason": " "}, follow=True)
    assert "Nothing was left out: say why" in text(no_reason)
    page = text(one.post(f"{FIRST}lines/{line.pk}/", {"reason": "The buyer called."}, follow=True))
    assert "The total has changed." in page
    assert "The buyer called." in page
    assert '<h1>Disbursement 1: <span class="money"><span class="money">KES 300</span></span></h1>' in page
    gone = one.post(f"{FIRST}cancel/", {"reason": ""})
    assert (gone.status_code, "Say why." in text(gone)) == (422, True)
    page = text(one.post(f"{FIRST}cancel/", {"reason": "The float is away."}, follow=True))
    assert "Cancelled. The next disbursement takes its lines." in page
    assert "The float is away." in page
    again = one.post(f"{FIRST}cancel/", {"reason": "Once more."})
    assert again.status_code == 302, "twice is once"


def test_too_little_in_the_account_is_said_before_and_after(vault: Vault, signed_in: SignedIn) -> None:
    vault.prepared(125_000, filled=100_000)
    two = signed_in(vault.member())
    assert "Fill it before you approve." in text(two.get(FIRST))
    refused = two.post(f"{FIRST}approve/", {"total": "1250"})
    assert refused.status_code == 409
    assert "Move KES 250 there first." in text(refused)


def test_by_the_portals_file(vault: Vault, signed_in: SignedIn) -> None:
    batch = vault.prepared(125_000, 30_000, via="portal")
    two = signed_in(vault.member())
    early = two.post(f"{FIRST}portal/", follow=True)
    assert "not an approved one" in text(early)
    two.post(f"{FIRST}approve/", {"total": "1550"})
    made = two.post(f"{FIRST}portal/")
    assert made["Content-Disposition"] == 'attachment; filename="disbursement-000001.csv"'
    assert made.content.count(b"\n") == 3
    line = batch.entries.select_related("file_line").order_by("pk")[0].file_line
    head = "MobileNumber,Amount,PurposeOfPayment,Status,TransactionID,CompletedAt,Reason\n"
    bad = SimpleUploadedFile("bad.csv", f"{head}254700000000,1,Refund X 1,Completed,,,\n".encode())
    refused = two.post(f"{FIRST}results/", {"file": bad})
    assert refused.status_code == 422
    assert "Line 2: “Refund X 1” is no line of this disbursement." in text(refused)
    assert "Choose the file" in text(two.post(f"{FIRST}results/"))
    row = f"{line.msisdn},1250,Refund {line.refund_number} 1,Completed,UKB0000009,,\n"
    good = SimpleUploadedFile("good.csv", (head + row).encode())
    page = text(two.post(f"{FIRST}results/", {"file": good}, follow=True))
    assert "Read: 1 paid, 0 came back." in page
    assert "UKB0000009" in page


def test_nothing_to_pay_and_one_at_a_time(vault: Vault, signed_in: SignedIn) -> None:
    one = signed_in(vault.member())
    assert "No line of any file waits to be paid." in text(one.post(f"{LIST}prepare/", {"via": "api"}))
    assert one.post(f"{LIST}prepare/", {"via": "elsewhere"}).status_code == 422
    vault.prepared(125_000)
    standing = one.post(f"{LIST}prepare/", {"via": "api"})
    assert standing.status_code == 409
    assert "Look at disbursement 1" in text(standing)


def test_page_by_page_at_one_price(vault: Vault, signed_in: SignedIn, count_queries: Any) -> None:
    vault.prepared(*[100_000 + n * 100 for n in range(4)])
    one = signed_in(vault.member())
    few = (count_queries(one, LIST), count_queries(one, FIRST))
    one.post(f"{FIRST}cancel/", {"reason": "Too early."})
    batch = vault.prepared(*[200_000 + n * 100 for n in range(60)])
    address = f"{LIST}{batch.number}/"
    assert (count_queries(one, LIST), count_queries(one, address)) <= (few[0] + 1, few[1])
    first = one.get(address).context["page"]
    second = one.get(address, {"after": first.more}).context["page"]
    assert [line.pk for line in [*first.rows, *second.rows]] == list(
        batch.entries.order_by("pk").values_list("pk", flat=True)
    )


@pytest.mark.parametrize("address", ["9/", "9/approve/", "9/cancel/", "9/lines/1/", "9/portal/", "9/results/"])
def test_there_is_no_such_disbursement(vault: Vault, signed_in: SignedIn, address: str) -> None:
    member = signed_in(vault.member())
    answer = member.get(LIST + address) if address == "9/" else member.post(LIST + address, {"total": "1"})
    assert answer.status_code == 404


def test_what_is_done_is_polled_no_more(vault: Vault, signed_in: SignedIn) -> None:
    from sokopesa.disbursement import batching

    batch = vault.prepared(125_000, via="portal")
    batching.approve(batch_id=batch.pk, approver=vault.member(), typed_total="1250", now=vault.now)
    (only,) = hand_over(Transfer.objects.values_list("pk", flat=True), now=vault.now)
    conclude([Conclusion(only.pk, "portal", receipt="UKB0000002", at=vault.now)], now=vault.now)
    batching.finish_due(now=vault.now + timedelta(minutes=1))
    page = text(signed_in(batch.maker).get(FIRST))
    assert "hx-trigger" not in page
    assert "<strong>100%</strong>" in page
    assert filing.first_due(now=vault.now) is not None
