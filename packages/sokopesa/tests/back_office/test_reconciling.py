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

from sokopesa.kernel import clock
from sokopesa.ledger.accounts import BANK
from sokopesa.ledger.queries import balance_cents
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import bringing, closing, matching, together
from sokopesa.reconciliation.discrepancies import end
from sokopesa.reconciliation.models import DayClose, Discrepancy, Resolution, StatementImport, StatementUpload
from sokopesa.reconciliation.watching import Watch

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


WHOSE = {"shortcode": "174379", "account": "utility"}


def bring(who: Client, body: str, **more: str) -> Any:
    """Send a file with the form; the page that follows it."""
    file = SimpleUploadedFile("monday.csv", body.encode())
    return who.post(f"{MONEY}statements/take-in/", {**WHOSE, **more, "file": file}, follow=True)


def work() -> None:
    """What a worker does about all that was brought."""
    for upload in StatementUpload.objects.filter(state="waiting"):
        bringing.take_in(upload_id=upload.pk, clock=clock.now)


def test_a_statement_is_followed_until_it_is_taken_in(member: Any, signed_in: SignedIn) -> None:
    finance, support = signed_in(member("finance")), signed_in(member("support"))
    assert bring(support, HEAD).status_code == 403
    assert "Only finance takes statements in." in text(support.get(f"{MONEY}statements/"))
    assert "Choose the file" in text(finance.post(f"{MONEY}statements/take-in/", WHOSE))
    body = HEAD + LINE.format(code="UKS0000001", sum="1250.00")
    page = bring(finance, body)
    address = page.request["PATH_INFO"]
    assert "Waits for a worker" in text(page)
    assert 'hx-trigger="every 1s"' in text(page)
    assert '<noscript><meta http-equiv="refresh"' in text(page)
    assert "monday.csv" in text(support.get(f"{MONEY}statements/")), "while it waits"
    work()
    page = text(support.get(address))
    assert "1 new line</strong> of 174379, Utility Account" in page
    assert "hx-trigger" not in page, "nothing more will happen"
    listed = text(finance.get(f"{MONEY}statements/"))
    assert "Whole" in listed
    assert "not taken in</h2>" not in listed
    again = bring(finance, body)
    work()
    assert "This very file was taken in before" in text(finance.get(again.request["PATH_INFO"]))
    assert StatementImport.objects.count() == 1
    assert finance.get(f"{MONEY}statements/brought/999/").status_code == 404


def test_a_refused_statement_names_every_fault_with_what_to_do(member: Any, signed_in: SignedIn) -> None:
    finance, support = signed_in(member("finance")), signed_in(member("support"))
    lines = LINE.format(code="UKS0000001", sum="lots"), LINE.format(code="of 0722123456", sum="5.00")
    address = bring(finance, HEAD + "".join(lines)).request["PATH_INFO"]
    work()
    page = text(support.get(address))
    assert "Nothing was taken in: 3 things are wrong with it." in page
    assert "Line 2" in page
    assert "Line 3" in page
    assert "Export it again from M-PESA" in page
    assert "0722123456" not in page, "phone numbers are hidden"
    assert f'href="{address}"' in text(support.get(f"{MONEY}statements/"))
    assert not StatementImport.objects.exists()


def test_what_a_worker_left_can_be_tried_again(member: Any, signed_in: SignedIn) -> None:
    finance, support = signed_in(member("finance")), signed_in(member("support"))
    address = bring(finance, HEAD + LINE.format(code="UKS0000001", sum="1250.00")).request["PATH_INFO"]
    upload = StatementUpload.objects.get()
    with Watch(upload.pk) as watch:
        StatementUpload.objects.update(state="reading")
        watch.tell("Reading", 300, 1200)
        page = text(finance.get(address))
        assert "300 of 1,200 lines read" in page
        assert "25%" in page
        assert "Try again" not in page
        assert "a worker is at it" in text(finance.post(f"{address}retry/", follow=True))
    page = text(finance.get(address))
    assert "The worker that read it has stopped. Nothing of it was taken in." in page
    assert "Try again" in page
    assert "Try again" not in text(support.get(address))
    assert support.post(f"{address}retry/").status_code == 403
    assert "Waits for a worker" in text(finance.post(f"{address}retry/", follow=True))
    work()
    assert "Taken in" in text(finance.get(address))


@pytest.fixture
def three(market_of_monday: Market) -> list[Discrepancy]:
    """Three lines that our books do not have."""
    Statements().take_in(*[Told(2_000 + n, NOON, "Something Else") for n in range(3)])
    matching.run(now=EVENING)
    return list(Discrepancy.objects.order_by("pk"))


def test_several_end_by_one_proposal_and_one_approval(
    three: list[Discrepancy], member: Any, signed_in: SignedIn
) -> None:
    one, two, support = signed_in(member("finance")), signed_in(member("finance")), signed_in(member("support"))
    kind, address = three[0].kind, f"{MONEY}discrepancies/together/"
    assert 'name="chosen"' not in text(one.get(f"{MONEY}discrepancies/")), "one class at a time"
    assert 'name="chosen"' not in text(support.get(f"{MONEY}discrepancies/?kind={kind}"))
    assert text(one.get(f"{MONEY}discrepancies/?kind={kind}&choose=all")).count(" checked>") == 3
    facts = {
        "kind": kind,
        "chosen": [each.pk for each in three],
        "how": "reclassify",
        "against": BANK,
        "reason": "Ours.",
    }
    assert support.post(address, facts).status_code == 403
    few = one.post(address, {**facts, "chosen": [three[0].pk]})
    assert (few.status_code, "Choose 2 to 100 of them." in text(few)) == (409, True)
    assert f'value="{three[0].pk}" form="together" checked>' in text(few), "nothing is lost"
    unfit = one.post(address, {**facts, "how": "accept"})
    assert "something has to be booked" in text(unfit)
    page = one.post(address, facts, follow=True)
    address = page.request["PATH_INFO"]
    assert "You proposed this yourself" in text(page)
    assert "3 together, <span" in text(page)
    assert "3 together:" in text(two.get(f"{MONEY}discrepancies/"))
    listed = text(two.get(f"{MONEY}discrepancies/?kind={kind}"))
    assert ">proposed<" in listed
    assert 'name="chosen"' not in listed, "what waits is not proposed again"
    one.post(f"{address}approve/", {"total": "60.03"})
    assert balance_cents(BANK) == 0, "not by its maker"
    wrong = two.post(f"{address}approve/", {"total": "60"})
    assert (wrong.status_code, "This is not the total." in text(wrong)) == (422, True)
    assert balance_cents(BANK) == 0
    assert two.post(f"{address}refuse/", {"reason": ""}).status_code == 422
    assert "Approved: 3 are explained" in text(two.post(f"{address}approve/", {"total": "KES 60.03"}, follow=True))
    assert balance_cents(BANK) == -6_003
    assert "Decided" in text(one.get(address))
    assert "Together with" in text(one.get(f"{MONEY}discrepancies/{three[0].pk}/"))
    assert one.get(f"{MONEY}discrepancies/together/999/").status_code == 404


def test_what_cannot_be_done_of_several_is_named(three: list[Discrepancy], member: Any, signed_in: SignedIn) -> None:
    one, two = signed_in(member("finance")), signed_in(member("finance"))
    facts = {"chosen": [each.pk for each in three], "how": "reclassify", "against": BANK, "reason": "Ours."}
    address = one.post(f"{MONEY}discrepancies/together/", facts, follow=True).request["PATH_INFO"]
    end({three[1]: "It came after all."}, Discrepancy.State.CLEARED, now=EVENING)
    page = text(two.post(f"{address}approve/", {"total": "60.03"}, follow=True))
    assert "Approved: 2 are explained" in page
    assert f"Not done, and still proposed: {three[1].receipt}. This discrepancy is not open." in page
    assert "1 waits" in page
    assert "Refused. They stay open." in text(two.post(f"{address}refuse/", {"reason": "It has ended."}, follow=True))


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
    assert "−KES 20" in page
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


def test_an_account_that_begins_before_the_first_closed_day_is_closed_from_there(
    differing: Discrepancy, member: Any, signed_in: SignedIn
) -> None:
    """What the desk offers can be closed, and the days that wait for it say so."""
    one, sunday = signed_in(member("finance")), f"{MONEY}days/2026-11-22/"
    one.post(f"{MONDAY}close/")
    charges = Statements(account="charges")
    for days in (-1, 0):
        told = Told(-1_300, NOON + days * DAY, "Business Payment Charge")
        charges.take_in(told, since=MIDNIGHT + days * DAY)
    matching.run(now=EVENING)
    assert f'href="{sunday}"' in text(one.get(f"{MONEY}days/"))
    for waits in (MONDAY, f"{MONEY}days/2026-11-24/"):
        page = text(one.get(waits))
        assert "mpesa:174379:charges: the day to close next is 22 Nov 2026." in page
        assert f'href="{sunday}"' in page
        assert "Close the day and sign" not in page
        assert one.post(f"{waits}close/").status_code == 409
    assert "Close the day and sign" in text(one.get(sunday))
    assert one.post(f"{sunday}close/").status_code == 302
    assert "the day to close next" not in text(one.get(MONDAY))
    assert one.post(f"{MONDAY}close/").status_code == 302
    assert DayClose.objects.count() == 3
    assert one.get(f"{MONEY}days/2999-01-01/").status_code == 404


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
    pages.append(f"{MONEY}discrepancies/?kind=missing_in_ledger")
    few = [count_queries(one, page) for page in pages]
    statements.take_in(*[Told(3_000 + n, NOON + DAY, "Something Else") for n in range(60)], since=MIDNIGHT + DAY)
    matching.run(now=EVENING + DAY)
    assert [count_queries(one, page) for page in pages] == few
    assert max(few) <= 20
    first = one.get(pages[0]).context["page"]
    second = one.get(pages[0], {"after": first.more}).context["page"]
    assert len({row.pk for row in [*first.rows, *second.rows]}) == 62


def test_a_joint_proposal_costs_the_same_for_many(
    market_of_monday: Market, member: Any, signed_in: SignedIn, count_queries: Count
) -> None:
    Statements().take_in(*[Told(2_000 + n, NOON, "Something Else") for n in range(42)])
    matching.run(now=EVENING)
    ids, maker = list(Discrepancy.objects.order_by("pk").values_list("pk", flat=True)), member("finance")
    facts = {"how": Resolution.How.WRITE_OFF, "reason": "They are little.", "maker": maker, "now": EVENING}
    joints = [together.propose(ids=part, **facts) for part in (ids[:2], ids[2:])]
    two = signed_in(member("finance"))
    few, many = (count_queries(two, f"{MONEY}discrepancies/together/{joint.pk}/") for joint in joints)
    assert few == many
    assert few <= 10
