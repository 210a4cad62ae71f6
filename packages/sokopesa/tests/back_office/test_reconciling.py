"""Statements taken in, discrepancies ended by two people, and days closed, at the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from told import DAY, MIDNIGHT, Statements, Told, receipt

from sokopesa.ledger.accounts import BANK
from sokopesa.ledger.queries import balance_cents
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import closing, matching
from sokopesa.reconciliation.models import DayClose, Discrepancy, StatementImport

Market = Any
SignedIn = Callable[[User], Client]
Count = Callable[[Client, str], int]

MONEY = "/desk/money/"
NOON = MIDNIGHT + timedelta(hours=12)
EVENING = MIDNIGHT + 2 * DAY
MONDAY = f"{MONEY}days/2026-11-23/"

HEAD = (
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
    "Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No.\n"
)
LINE = (
    "{code},23-11-2026 12:00:00,23-11-2026 12:00:00,Pay Bill from 254722***456,Completed,{sum},,{sum},,Pay Bill,,,X1\n"
)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def member(committing: None) -> Callable[[str], User]:
    numbers = iter(range(1, 99))
    return lambda role: add_staff(phone=f"2547119{next(numbers):05d}", role=Role(role), name=role.title())


@pytest.fixture
def market_of_monday(committing: None, market: Market) -> Market:
    """The market had its first purchase the day before."""
    market.now = MIDNIGHT - DAY
    market.purchase()
    return market


def pay(market: Market, cents: int, *, at: datetime = NOON) -> Told:
    """A payment on our books, and the line of M-PESA's that shows it."""
    purchase, code = market.purchase(total_cents=cents), receipt()
    credit_payments([Payment(code, cents, at, "pull", purchase_id=purchase.pk, account=purchase.reference)], now=at)
    return Told(cents, at, receipt=code, reference=purchase.reference)


@pytest.fixture
def differing(market_of_monday: Market) -> Discrepancy:
    """M-PESA's statement shows money that our books do not have."""
    Statements().take_in(pay(market_of_monday, 125_000), Told(2_000, NOON, "Something Else", details="of 0722123456"))
    matching.run(now=EVENING)
    return Discrepancy.objects.get()


def test_a_statement_is_taken_in_once_or_refused_by_line(member: Any, signed_in: SignedIn) -> None:
    finance, support = signed_in(member("finance")), signed_in(member("support"))
    address, whose = f"{MONEY}statements/take-in/", {"shortcode": "174379", "account": "utility"}

    def send(body: str, who: Client = finance, **more: str) -> Any:
        file = SimpleUploadedFile("monday.csv", body.encode())
        return who.post(address, {**whose, **more, "file": file}, follow=True)

    assert send(HEAD, support).status_code == 403
    assert "Only finance takes statements in." in text(support.get(f"{MONEY}statements/"))
    assert "Choose the file" in text(finance.post(address, whose))
    bad = send(HEAD + LINE.format(code="UKS0000001", sum="lots"))
    assert bad.status_code == 422
    page = text(bad)
    assert "Nothing was taken in." in page
    assert "Line 2:" in page
    assert not StatementImport.objects.exists()
    page = text(send(HEAD + LINE.format(code="UKS0000001", sum="1250.00")))
    assert "Taken in: 1 new lines of 174379, Utility Account" in page
    assert "monday.csv" in page
    assert "Whole" in page
    assert "taken in before. Nothing changed." in text(send(HEAD + LINE.format(code="UKS0000001", sum="1250.00")))
    assert StatementImport.objects.count() == 1


def test_a_discrepancy_ends_by_two_people(differing: Discrepancy, member: Any, signed_in: SignedIn) -> None:
    one, two, support = signed_in(member("finance")), signed_in(member("finance")), signed_in(member("support"))
    address = f"{MONEY}discrepancies/{differing.pk}/"
    seen = text(support.get(address))
    assert "Only finance proposes how it ends." in seen
    assert "0722123456" not in seen
    for button in ("take-on/", "note/", "resolve/"):
        assert support.post(address + button, {"text": "x"}).status_code == 403
    assert '<span class="money">KES 20</span>' in text(one.get(f"{MONEY}discrepancies/"))
    assert "You look after it." in text(one.post(f"{address}take-on/", follow=True))
    assert one.get(f"{MONEY}discrepancies/?whose=mine").context["page"].rows == [differing]
    assert two.get(f"{MONEY}discrepancies/?whose=mine").context["page"].rows == []
    assert one.post(f"{address}note/", {"text": ""}).status_code == 422
    assert "The bank says it is theirs." in text(
        one.post(f"{address}note/", {"text": "The bank says it is theirs."}, follow=True)
    )
    assert one.post(f"{address}resolve/", {"how": "", "reason": "x"}).status_code == 422
    unfit = one.post(f"{address}resolve/", {"how": "accept", "reason": "It is nothing."})
    assert (unfit.status_code, "something has to be booked" in text(unfit)) == (409, True)
    facts = {"how": "reclassify", "against": BANK, "reason": "Sent by our bank."}
    assert "You proposed this yourself" in text(one.post(f"{address}resolve/", facts, follow=True))
    (made,) = differing.resolutions.all()
    decide = f"{MONEY}resolutions/{made.pk}/"
    assert balance_cents(BANK) == 0
    one.post(f"{decide}approve/")
    assert balance_cents(BANK) == 0, "not by its maker"
    assert "Sent by our bank." in text(two.get(f"{MONEY}discrepancies/"))
    assert two.post(f"{decide}refuse/", {"reason": ""}).status_code == 422
    assert "Approved. It is explained" in text(two.post(f"{decide}approve/", follow=True))
    assert balance_cents(BANK) == -2_000
    assert "Our books and M-PESA say the same." in text(one.get(f"{MONEY}discrepancies/"))
    assert one.get(f"{MONEY}discrepancies/999/").status_code == 404


def test_a_day_is_closed_and_countersigned(differing: Discrepancy, member: Any, signed_in: SignedIn) -> None:
    one, two, support = signed_in(member("finance")), signed_in(member("finance")), signed_in(member("support"))
    assert f'href="{MONDAY}"' in text(support.get(f"{MONEY}days/"))
    page = text(support.get(MONDAY))
    assert "Only finance closes days." in page
    assert "-<span" in page or "-KES 20" in page
    assert support.post(f"{MONDAY}close/").status_code == 403
    page = text(one.post(f"{MONDAY}close/", follow=True))
    assert "Its open items need a second signature." in page
    assert "You closed this day" in page
    closed = DayClose.objects.get()
    sign = f"{MONEY}signatures/{closed.pk}/"
    assert "Somebody else has to countersign it." in text(one.post(sign, follow=True))
    assert "Countersigned: mpesa:174379." in text(two.post(sign, follow=True))
    pdf, rows = two.get(f"{MONDAY}report.pdf"), two.get(f"{MONDAY}report.csv")
    assert pdf.content.startswith(b"%PDF-")
    assert "tie-out-2026-11-23.csv" in rows["Content-Disposition"]
    assert "mpesa:174379" in rows.content.decode("utf-8-sig")
    page = text(one.get(f"{MONEY}days/"))
    assert "agreed to the cent on 0 of them." in page
    assert "second signature missing" not in page


def test_a_day_that_cannot_be_closed_says_why(differing: Discrepancy, member: Any, signed_in: SignedIn) -> None:
    one = signed_in(member("finance"))
    one.post(f"{MONDAY}close/")
    tuesday = f"{MONEY}days/2026-11-24/"
    refused = one.post(f"{tuesday}close/")
    assert refused.status_code == 409
    assert "statements up to the end of 24 Nov 2026 first." in text(refused)
    for wrong in ("2026-11-19/", "2026-1-1/", "today/", "2026-11-24/report.pdf", "2026-11-23/report.exe"):
        assert one.get(f"{MONEY}days/{wrong}").status_code == 404, wrong


def test_an_account_whose_statements_came_later_is_closed_beside_the_others(
    differing: Discrepancy, member: Any, signed_in: SignedIn
) -> None:
    one = signed_in(member("finance"))
    one.post(f"{MONDAY}close/")
    Statements(account="charges").take_in(Told(-1_300, NOON, "Business Payment Charge"))
    matching.run(now=EVENING)
    assert f'href="{MONDAY}"' in text(one.get(f"{MONEY}days/"))
    page = text(one.get(MONDAY))
    assert "mpesa:174379:charges" in page
    assert "Close the day and sign" in page
    assert "report.pdf" in page
    page = text(one.post(f"{MONDAY}close/", follow=True))
    assert DayClose.objects.count() == 2
    assert "Close the day and sign" not in page


def test_a_closed_day_that_somebody_changed_says_so(differing: Discrepancy, member: Any, signed_in: SignedIn) -> None:
    one, two = signed_in(member("finance")), signed_in(member("finance"))
    one.post(f"{MONDAY}close/")
    assert "Not as it was closed" not in text(one.get(MONDAY))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE reconciliation_statementline SET paid_in_cents = paid_in_cents - 700")
        cursor.execute("RESET session_replication_role")
    assert "these differ: stated in." in text(one.get(MONDAY))
    report = one.get(f"{MONDAY}report.pdf", follow=True)
    assert "There is no report" in text(report)
    sign = f"{MONEY}signatures/{DayClose.objects.get().pk}/"
    assert "computed again, differs in stated in" in text(two.post(sign, follow=True))
    assert DayClose.objects.get().countersigned_by is None


def test_a_day_is_shown_as_of_one_moment(
    differing: Discrepancy,
    market_of_monday: Market,
    member: Any,
    signed_in: SignedIn,
    all_at_once: Callable[..., list[object]],
) -> None:
    """Somebody books and closes while the page is made."""
    one, other = signed_in(member("finance")), member("finance")
    before = one.get(MONDAY).context["sides"]
    look = closing.look

    def look_late(*, day: date) -> Any:
        patch.undo()
        all_at_once(lambda: pay(market_of_monday, 70_000))
        all_at_once(lambda: closing.close(day=day, by=other, now=EVENING))
        return look(day=day)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closing, "look", look_late)
        assert one.get(MONDAY).context["sides"] == before
    assert DayClose.objects.get().in_cents == 195_000
    assert one.get(MONDAY).context["sides"] != before


def test_buyers_find_none_of_it(differing: Discrepancy, market_of_monday: Market, signed_in: SignedIn) -> None:
    buyer = signed_in(market_of_monday.buyer())
    for page in ("statements/", "discrepancies/", f"discrepancies/{differing.pk}/", "days/", "days/2026-11-23/"):
        assert buyer.get(MONEY + page).status_code == 404


def test_these_pages_cost_the_same_for_many(
    market_of_monday: Market, member: Any, signed_in: SignedIn, count_queries: Count
) -> None:
    one, statements = signed_in(member("finance")), Statements()
    statements.take_in(*[Told(2_000 + n, NOON, "Something Else") for n in range(2)])
    matching.run(now=EVENING)
    pages = [f"{MONEY}discrepancies/", f"{MONEY}statements/", f"{MONEY}discrepancies/{Discrepancy.objects.first().pk}/"]
    few = [count_queries(one, page) for page in pages]
    statements.take_in(*[Told(3_000 + n, NOON + DAY, "Something Else") for n in range(60)], since=MIDNIGHT + DAY)
    matching.run(now=EVENING + DAY)
    assert [count_queries(one, page) for page in pages] == few
    assert max(few) <= 20
    first = one.get(pages[0]).context["page"]
    second = one.get(pages[0], {"after": first.more}).context["page"]
    assert len({row.pk for row in [*first.rows, *second.rows]}) == 62
