"""What each page tells, and that it costs the same for ten rows as for thousands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sokopesa.payments.models import InboxMessage, Prompt

Bench = Any


def text(answer: Any) -> str:
    """The page as it was sent, without line breaks in sentences."""
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as ran:
        assert client.get(address).status_code == 200
    return len(ran)


def test_the_overview_tells_what_needs_somebody(bench: Bench, finance: Client) -> None:
    bench.prompt("unknown", seconds_ago=400)
    bench.prompt("sent", seconds_ago=20)
    bench.payment("RENT", cents=300_000, minutes_ago=130)
    bench.message(verdict="", minutes_ago=5)
    bench.message(verdict="stranger")
    bench.message(verdict="paid", minutes_ago=25 * 60)
    page = text(finance.get("/desk/"))
    assert "5 min behind" in page
    assert "Look whether the worker runs." in page
    assert "The oldest has had no answer for 6 min." in page
    assert '<span class="money">KES 3,000</span>' in page
    assert "1 receipt, the oldest paid 2 h 10 min ago." in page
    assert "The address carries no token of ours" in page
    assert "A payment, booked" not in page  # that one came more than a day ago
    unknown = page[page.index(">Unknown</a>") :]
    assert unknown.startswith(">Unknown</a></th><td>0</td><td>0</td><td>1</td><td>0</td><td><strong>1</strong>")


def test_a_quiet_desk_says_so(finance: Client) -> None:
    page = text(finance.get("/desk/"))
    for sentence in ("Up to date", "No phone is being asked to pay.", "Every payment has a home."):
        assert sentence in page
    assert "In the last 60 minutes: 0 paid, 0 without a home, 0 ended without payment." in page


def test_the_chart_and_its_table_count_the_same(bench: Bench, finance: Client) -> None:
    bench.payment("RENT", minutes_ago=2)
    ended = bench.prompt("sent")
    Prompt.objects.filter(pk=ended.pk).update(
        state="refused", code="1032", ended_at=bench.now - timedelta(minutes=2), next_ask_at=None
    )
    page = text(finance.get("/desk/"))
    assert "0 paid, 1 without a home, 1 ended without payment. Most in one minute: 2 at" in page
    assert page.count('<rect class="bar--') == 2
    assert "<td>0</td><td>1</td><td>1</td></tr>" in page


def test_live_requests_mask_the_phone_and_say_what_comes_next(bench: Bench, finance: Client) -> None:
    prompt = bench.prompt("unknown", seconds_ago=90, asked=3, last_asked_at=bench.now - timedelta(seconds=70))
    bench.prompt("sent")
    page = text(finance.get("/desk/requests/?state=unknown"))
    assert prompt.purchase.number in page
    assert prompt.checkout_request_id in page
    assert prompt.msisdn not in page
    assert f"0{prompt.msisdn[3:6]} ***{prompt.msisdn[9:]}" in page
    assert "3 times" in page
    assert page.count('<th scope="row">') == 1
    assert text(finance.get("/desk/requests/")).count('<th scope="row">') == 2


def test_a_message_is_shown_as_harmless_text(bench: Bench, finance: Client) -> None:
    body = {
        "<script>alert(1)</script>": "</pre>",
        "pin": "2580",
        "PhoneNumber": 254708374149,
        "note": "call 0722123456",
    }
    message = bench.message(body, verdict="untrusted", trusted=False, remark="from +254711222333", source="203.0.113.7")
    page = text(finance.get(f"/desk/inbox/{message.pk}/"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for secret in ("2580", "254708374149", "0722123456", "254711222333"):
        assert secret not in page
    assert "0708 ***149" in page
    assert "203.0.113.7" in page
    assert "from 0711 ***333" in text(finance.get("/desk/inbox/"))


def test_the_inbox_page_by_page_shows_each_message_once(bench: Bench, finance: Client) -> None:
    for n in range(120):
        bench.message(verdict="ended" if n % 2 else "paid")
    seen: list[int] = []
    address = "/desk/inbox/"
    while address:
        answer = finance.get(address)
        seen += [message.pk for message, _, _ in answer.context["entries"]]
        more = answer.context["page"].more
        address = f"/desk/inbox/?before={more}" if more else ""
    assert seen == list(InboxMessage.objects.order_by("-pk").values_list("pk", flat=True))
    only = finance.get("/desk/inbox/?verdict=ended").context["entries"]
    assert {message.verdict for message, _, _ in only} == {"ended"}


def test_unmatched_money_page_by_page_oldest_first(bench: Bench, finance: Client) -> None:
    codes = [bench.payment("RENT", minutes_ago=200 - n // 2).code for n in range(60)]
    first = finance.get("/desk/unmatched/").context["page"]
    second = finance.get("/desk/unmatched/", {"after": first.more}).context["page"]
    assert [row.code for row in [*first.rows, *second.rows]] == codes
    assert second.more == ""


def test_a_phone_number_typed_as_account_number_is_masked(bench: Bench, finance: Client) -> None:
    receipt = bench.payment("0722987654")
    for address in ("/desk/unmatched/", f"/desk/unmatched/{receipt.code}/"):
        page = text(finance.get(address))
        assert "0722987654" not in page
        assert "0722 ***654" in page


def test_the_books_sum_to_zero_and_escrow_is_one_line(bench: Bench, finance: Client) -> None:
    bench.payment("RENT")
    for _ in range(3):
        bench.market.purchase()
    page = text(finance.get("/desk/balances/"))
    assert "the books sum to zero" in page
    assert page.count("<strong>KES 1,250</strong>") + page.count("KES 1,250</span></strong>") == 2
    lines = text(finance.get("/desk/accounts/unmatched/"))
    assert "Balance <strong>KES 1,250 credit</strong>" in lines


def test_an_accounts_lines_carry_the_balance_over_pages(bench: Bench, finance: Client) -> None:
    for _ in range(60):
        bench.payment("RENT", cents=100)
    first = finance.get("/desk/accounts/unmatched/").context["page"]
    second = finance.get("/desk/accounts/unmatched/", {"before": first.more}).context["page"]
    assert [line.balance_cents for line in [*first.rows, *second.rows]] == [-100 * n for n in range(60, 0, -1)]


LISTS = ["", "requests/", "inbox/", "unmatched/", "decisions/", "balances/", "balances/escrow/", "accounts/unmatched/"]


def test_a_page_costs_as_many_queries_for_many_rows_as_for_few(bench: Bench, finance: Client) -> None:
    for _ in range(2):
        _fill(bench)
    few = {page: queries(finance, f"/desk/{page}") for page in LISTS}
    for _ in range(53):
        _fill(bench)
    assert {page: queries(finance, f"/desk/{page}") for page in LISTS} == few
    assert max(few.values()) <= 12


def _fill(bench: Bench) -> None:
    """One more of everything."""
    from sokopesa.payments.crediting import Payment, credit_payments
    from sokopesa.payments.releases import propose

    bench.prompt("sent")
    bench.message(prompt=bench.prompt("unknown"))
    receipt = bench.payment("RENT")
    maker = bench.makers = getattr(bench, "makers", None) or bench.member()
    propose(receipt=receipt.code, purchase=None, reason="Rent.", maker=maker, now=bench.now)
    purchase = bench.purchase()
    paid = Payment(f"UKQ{purchase.pk:07d}", 125_000, bench.now, "confirmation", purchase_id=purchase.pk)
    credit_payments([paid], now=bench.now)


def test_rare_verdicts_and_recent_hours_are_found_by_index(bench: Bench) -> None:
    """Among tens of thousands of messages and receipts, what operators look for needs no reading through."""
    bench.message()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_inboxmessage (kind, token_digest, source, trusted, headers, body, settled_at, verdict,
                                               remark, received_at)
            SELECT 'stk', '\\x00', NULL, true, '{}', '\\x00', now(),
                   CASE n %% 5000 WHEN 0 THEN 'doubtful' ELSE 'paid' END, '',
                   now() - (40000 - n) * interval '1 minute'
            FROM generate_series(1, 40000) AS n
            """,
            [],
        )
        cursor.execute("ANALYZE payments_inboxmessage")

        def plan(condition: str) -> str:
            cursor.execute(f"EXPLAIN SELECT id FROM payments_inboxmessage WHERE {condition}")
            return "\n".join(line for (line,) in cursor.fetchall())

        assert "inbox_out_of_the_ordinary" in plan("verdict = 'doubtful' ORDER BY id DESC LIMIT 51")
        assert "inbox_to_settle" in plan("settled_at IS NULL ORDER BY id LIMIT 1")
        assert "inbox_received" in plan("received_at >= now() - interval '1 day'")
