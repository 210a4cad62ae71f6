"""The daily files at the desk, and rules by which refunds leave at once."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.test import Client

from sokopesa.disbursement.models import FileLine, InstantRule
from sokopesa.people.models import User
from sokopesa.refunds.models import Refund

Vault = Any
SignedIn = Callable[[User], Client]
Count = Callable[[Client, str], int]

FILES = "/desk/money/files/"
RULES = "/desk/money/rules/"
ASKED = {"cause": "cancelled_order", "up_to": "2,000", "daily_limit": "50,000", "via": "b2c", "reason": "A trial week."}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_file_with_its_lines_and_its_very_bytes(vault: Vault, finance: Client, support: Client) -> None:
    (file,) = [file for file in vault.filed(125_000, 30_050) if file.lines]
    address = f"{FILES}{file.number}/"
    assert '<span class="money">KES 1,551</span>' in text(support.get(FILES))
    page = text(support.get(address))
    for fact in (file.sha256, file.control, file.name, "Only finance downloads it", "2 to be paid"):
        assert fact in page
    line = file.entries.first()
    assert line.msisdn not in page
    for button in ("download/", "resend/", f"lines/{line.pk}/"):
        assert support.post(address + button, {"reason": "Because."}).status_code == 403
    got = finance.post(f"{address}download/")
    body = b"".join(got.streaming_content)
    assert sha256(body).hexdigest() == file.sha256
    assert got["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert "It is delivered again within a minute" in text(finance.post(f"{address}resend/", follow=True))
    assert "To be sent again" in text(finance.get(address))
    assert finance.get(f"{FILES}999/").status_code == 404


def test_a_line_is_withdrawn_until_a_disbursement_has_it(vault: Vault, finance: Client) -> None:
    (file,) = [file for file in vault.filed(125_000, 30_000) if file.lines]
    first, second = file.entries.order_by("position")
    address = f"{FILES}{file.number}/lines/"
    assert "Nothing was withdrawn" in text(finance.post(f"{address}{first.pk}/", {"reason": ""}, follow=True))
    assert "Withdrawn." in text(finance.post(f"{address}{first.pk}/", {"reason": "They called."}, follow=True))
    assert Refund.objects.get(pk=first.refund_id).waits_for == "operator"
    vault.prepared()
    assert "cannot be withdrawn" in text(finance.post(f"{address}{second.pk}/", {"reason": "Too late."}, follow=True))
    assert [line.state for line in FileLine.objects.order_by("position")] == ["withdrawn", "open"]
    assert finance.post(f"{FILES}1/lines/{second.pk}999/", {"reason": "x"}).status_code == 404


def test_a_rule_by_two_people_and_ended_by_one(vault: Vault, signed_in: SignedIn, support: Client) -> None:
    one, two = signed_in(vault.member()), signed_in(vault.member())
    assert support.post(f"{RULES}propose/", ASKED).status_code == 403
    assert "Only finance proposes and decides." in text(support.get(RULES))
    for wrong in ({"up_to": "lots"}, {"up_to": "0"}, {"daily_limit": ""}, {"reason": ""}, {"cause": "?"}, {"via": "?"}):
        assert one.post(f"{RULES}propose/", ASKED | wrong).status_code == 422, wrong
    unfit = one.post(f"{RULES}propose/", ASKED | {"daily_limit": "1,000"})
    assert (unfit.status_code, "not more than what leaves in a day" in text(unfit)) == (409, True)
    assert "You proposed this yourself" in text(one.post(f"{RULES}propose/", ASKED, follow=True))
    rule = InstantRule.objects.get()
    assert (rule.up_to_cents, rule.daily_limit_cents) == (200_000, 5_000_000)
    assert "Another person has to approve it." in text(one.post(f"{RULES}{rule.pk}/approve/", follow=True))
    assert "In force." in text(two.post(f"{RULES}{rule.pk}/approve/", follow=True))
    assert "There is a rule for this cause already." in text(two.post(f"{RULES}propose/", ASKED))
    assert "Ended." in text(one.post(f"{RULES}{rule.pk}/end/", follow=True))
    assert "decided already" in text(two.post(f"{RULES}{rule.pk}/refuse/", follow=True))
    assert two.post(f"{RULES}999/approve/").status_code == 404
    for page in (FILES, RULES):
        assert signed_in(vault.market.buyer()).get(page).status_code == 404


def test_files_cost_the_same_for_many(vault: Vault, finance: Client, count_queries: Count) -> None:
    vault.filed(125_000)
    few = (count_queries(finance, FILES), count_queries(finance, f"{FILES}1/"))
    files = vault.filed(*[100_000 + n * 100 for n in range(55)])
    (file,) = [file for file in files if file.lines]
    assert (count_queries(finance, FILES), count_queries(finance, f"{FILES}{file.number}/")) == few
    first = finance.get(f"{FILES}{file.number}/").context["page"]
    second = finance.get(f"{FILES}{file.number}/", {"after": first.more}).context["page"]
    assert [line.position for line in [*first.rows, *second.rows]] == list(range(1, 56))
