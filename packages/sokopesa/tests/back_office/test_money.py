"""Money out at a glance, and refunds: found by any name, followed, and helped on by two people."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.formats import date_format

from sokopesa.kernel import clock
from sokopesa.kernel.clock import nairobi_date
from sokopesa.kernel.phone import local
from sokopesa.payouts import history, payers
from sokopesa.payouts.history import Heard
from sokopesa.payouts.models import Payer
from sokopesa.people.models import User
from sokopesa.refunds import moving, outstanding
from sokopesa.refunds.models import Refund

Vault = Any
SignedIn = Callable[[User], Client]
Count = Callable[[Client, str], int]

GLANCE = "/desk/money/"
REFUNDS = "/desk/money/refunds/"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_quiet_market_says_so(finance: Client) -> None:
    page = text(finance.get(GLANCE))
    for words in ("Every refund goes on by itself.", "Books and M-PESA say the same.", "No day is closed yet."):
        assert words in page


def test_the_glance_counts_what_is_owed_and_what_waits(vault: Vault, finance: Client) -> None:
    vault.fill(100_000)
    vault.filed(125_000)
    vault.owed(50_000, days_ago=60)
    held = vault.refund(7_000, days_ago=0)
    moving.hold({held.pk: (Refund.Wait.OPERATOR, "Look at it.")})
    page = text(finance.get(GLANCE))
    assert '<strong><span class="money">KES 1,820</span></strong> in 3 refunds' in page
    late = page[page.index(">over 20 days<") :]
    assert "bars__length--bad" in late
    assert '<td>1</td> <td><strong><span class="money">KES 500</span></strong></td>' in late
    assert "Somebody of ours has to decide" in page
    assert '<p class="gauge__figure">0.0%</p>' in page
    assert 'What comes next needs <span class="money">KES 250</span> more.' in page


def test_the_float_is_drawn_by_our_books_and_by_mpesa(vault: Vault, finance: Client, count_queries: Count) -> None:
    assert "in the last 7 days" not in text(finance.get(GLANCE))
    vault.fill(100_000)
    page = text(finance.get(GLANCE))
    assert "By our books it holds KES 1,000 now; M-PESA has not told yet." in page
    assert "course--told" not in page
    days = re.findall(r"<span>(\d+ \w{3})</span>", page.split("chart__times--days", 1)[1].split("</div>")[0])
    began = clock.nairobi_date(clock.now()) - timedelta(days=7)
    assert days == [date_format(began + timedelta(days=n), "j M") for n in range(7)]
    Payer.objects.create(shortcode="614251", next_send_at=vault.now, next_ask_at=vault.now)
    history.keep([Heard("614251", "Utility Account", 98_000, vault.now - timedelta(minutes=n)) for n in range(2)])
    page = text(finance.get(GLANCE))
    assert "by M-PESA&#x27;s last word KES 980; at these moments the two were never further apart than KES 20." in page
    assert page.count("<path class=") == 3
    few = count_queries(finance, GLANCE)
    history.keep([Heard("614251", "Utility Account", 98_000, vault.now - timedelta(hours=n)) for n in range(2, 99)])
    assert count_queries(finance, GLANCE) == few


@pytest.mark.parametrize(("business_days", "label"), [(0, "0–3"), (3, "0–3"), (4, "4–10"), (20, "11–20"), (21, "over")])
def test_ages_are_business_days_as_in_the_promise(vault: Vault, business_days: int, label: str) -> None:
    from sokopesa.kernel.calendar import add_business_days

    refund = vault.owed(days_ago=60)
    came = nairobi_date(refund.owed_at)
    later = refund.owed_at + (add_business_days(came, business_days) - came)
    (age,) = [age for age in outstanding.by_age(now=later) if age.count]
    assert age.label.startswith(label)
    assert age.is_late == (nairobi_date(later) > refund.promised_until)


def test_what_stopped_paying_is_started_by_finance(vault: Vault, finance: Client, support: Client) -> None:
    payers.stop("614251", "M-PESA says: wrong credential", now=vault.now)
    assert "M-PESA says: wrong credential" in text(support.get(GLANCE))
    assert support.post(f"{GLANCE}accounts/614251/resume/").status_code == 403
    page = text(finance.post(f"{GLANCE}accounts/614251/resume/", follow=True))
    assert "Payments from 614251 go on." in page
    assert Payer.objects.get().stopped_at is None
    assert finance.post(f"{GLANCE}accounts/614251/resume/").status_code == 302, "twice is once"
    assert finance.post(f"{GLANCE}accounts/999999/resume/").status_code == 404


def test_refunds_are_filtered_and_found_by_any_name(vault: Vault, finance: Client) -> None:
    purchase = vault.purchase()
    mine = vault.refund(125_000, purchase=purchase)
    other = vault.owed(50_000)
    vault.filed()

    def shown(**query: str) -> list[str]:
        return [refund.number for refund in finance.get(REFUNDS, query).context["page"].rows]

    assert shown() == [other.number, mine.number]
    assert shown(state="filed") == [mine.number]
    assert shown(state="owed", cause="unknown_account") == [other.number]
    assert shown(cause="further_payment", waits="float") == []
    assert shown(state="no-such", cause="?", waits="\0") == [other.number, mine.number]
    for name in (purchase.number, mine.receipt, mine.number.lower(), "file 1"):
        assert shown(q=name) == [mine.number], name
    assert "Nothing is known of" in text(finance.get(REFUNDS, {"q": "<b>"}))


def test_one_refund_with_its_names_its_entries_and_its_way(vault: Vault, finance: Client) -> None:
    purchase = vault.purchase()
    refund = vault.refund(125_000, purchase=purchase)
    batch = vault.prepared()
    page = text(finance.get(f"{REFUNDS}{refund.number}/"))
    for fact in (refund.receipt, purchase.number, f"disbursements/{batch.number}/", "KES 1,250 credit", "Owed to you"):
        assert fact in page
    assert purchase.buyer.phone not in page
    assert "It waits" not in page
    assert finance.get(f"{REFUNDS}NO-SUCH/").status_code == 404


@pytest.fixture
def stuck(vault: Vault) -> Refund:
    """It waits for somebody, and its buyer has confirmed another number."""
    purchase = vault.purchase()
    refund: Refund = vault.refund(125_000, purchase=purchase)
    Refund.objects.filter(pk=refund.pk).update(msisdn="254722000777")
    User.objects.filter(pk=purchase.buyer_id).update(phone_verified_at=vault.now - timedelta(days=9))
    moving.hold({refund.pk: (Refund.Wait.OPERATOR, "The number is closed.")})
    refund.refresh_from_db()
    return refund


def test_another_number_is_proposed_and_decided_by_two(vault: Vault, stuck: Refund, signed_in: SignedIn) -> None:
    assert stuck.purchase
    one, two, mine = signed_in(vault.member()), signed_in(vault.member()), stuck.purchase.buyer.phone
    address = f"{REFUNDS}{stuck.number}/"
    page = text(one.get(address))
    assert "The number is closed." in page
    assert local(mine) in page
    wrong = one.post(f"{address}number/", {"payee": "hello", "reason": ""})
    assert wrong.status_code == 422
    strange = one.post(f"{address}number/", {"payee": "0722999888", "reason": "Somebody called."})
    assert (strange.status_code, "not a number that the buyer has confirmed" in text(strange)) == (409, True)
    page = text(one.post(f"{address}number/", {"payee": mine, "reason": "Their old SIM is lost."}, follow=True))
    assert "You proposed this yourself" in page
    (proposal,) = stuck.redirections.all()
    own = one.post(f"/desk/money/numbers/{proposal.pk}/approve/", follow=True)
    assert "Another person has to approve it." in text(own)
    empty = two.post(f"/desk/money/numbers/{proposal.pk}/refuse/", {"reason": ""})
    assert (empty.status_code, "Say why." in text(empty)) == (422, True)
    page = text(two.post(f"/desk/money/numbers/{proposal.pk}/approve/", follow=True))
    assert "Approved. It goes to the other number" in page
    stuck.refresh_from_db()
    assert (stuck.payee, stuck.waits_for) == (mine, "")


def test_a_refund_goes_on_by_finance_alone(
    vault: Vault, stuck: Refund, finance: Client, support: Client, signed_in: SignedIn
) -> None:
    address = f"{REFUNDS}{stuck.number}/"
    assert "Only finance lets it go on." in text(support.get(address))
    assert support.post(f"{address}retry/").status_code == 403
    assert "It goes on" in text(finance.post(f"{address}retry/", follow=True))
    assert "does not wait for a decision" in text(finance.post(f"{address}retry/", follow=True))
    for page in (GLANCE, REFUNDS, address):
        assert signed_in(vault.market.buyer()).get(page).status_code == 404


def test_these_pages_cost_the_same_for_many(vault: Vault, finance: Client, count_queries: Count) -> None:
    first = vault.refund()
    pages = (GLANCE, REFUNDS, f"{REFUNDS}?q={first.receipt}", f"{REFUNDS}{first.number}/")
    few = [count_queries(finance, page) for page in pages]
    for _ in range(55):
        vault.refund(purchase=vault.purchase())
    assert [count_queries(finance, page) for page in pages] == few
    assert max(few) <= 30
    newest = finance.get(REFUNDS).context["page"]
    rest = finance.get(REFUNDS, {"before": newest.more}).context["page"]
    assert len({refund.pk for refund in [*newest.rows, *rest.rows]}) == 56
