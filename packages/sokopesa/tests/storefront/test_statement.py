"""The statement of one's orders, on its page and in three files: true to the books, labelled for what it is."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from reading_pdf import drawn

from sokopesa.aftersale.giving_back import give_back, left_cents
from sokopesa.disbursement import goodwill
from sokopesa.faces.storefront.statement import Statement, Totals
from sokopesa.faces.storefront.statement_files import FILES
from sokopesa.kernel import clock
from sokopesa.ledger.models import Posting
from sokopesa.ledger.queries import balance_cents
from sokopesa.orders import basket as baskets
from sokopesa.orders import checkout as steps
from sokopesa.orders.actions import lapse
from sokopesa.orders.models import Order, Purchase
from sokopesa.orders.queries import Wanted
from sokopesa.orders.viewing import view_of
from sokopesa.payments.models import Receipt
from sokopesa.payments.reviving import revive
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Shop = Any
Cause = Refund.Cause
_keys = count(1)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def table(client: Client, **asked: str) -> list[dict[str, str]]:
    """The rows of the CSV, the last one of totals, below the lines that say what it is."""
    answer = client.get(reverse("storefront:statement_file", args=["csv"]), asked)
    text = answer.content.decode("utf-8-sig")
    return [*csv.DictReader(text.splitlines()[3:])]


def give(order: Order, cents: int, *, shop: Shop, cause: Refund.Cause = Cause.DISPUTE) -> Refund:
    refund = give_back(order, cents=cents, cause=cause, key=f"test:{next(_keys)}", now=shop.now)
    assert refund
    return refund


def pay_out(refund: Refund, *, shop: Shop) -> None:
    moving.reconcile({refund.receipt: "statement"}, now=shop.now)
    moving.sent([refund.pk])
    moving.paid({refund.pk: shop.now})


def two_sellers(shop: Shop, buyer: User) -> Purchase:
    """One payment for two orders."""
    for title, seller in (("Clay lamp", f"Lamps {next(_keys)}"), ("Kettle", f"Kettles {next(_keys)}")):
        offer = shop.offer(shop.product(title), seller=seller, shipping_minor=10_000)
        basket = baskets.add(offer_id=offer.pk, quantity=1, buyer=buyer, now=shop.now)
    total = view_of(buyer, now=shop.now).total_cents
    checkout = steps.start_from(basket, buyer=buyer, now=shop.now)
    steps.review(checkout=checkout)
    steps.deliver_to(checkout=checkout, address=buyer.addresses.first() or shop.address(buyer))
    steps.pay_with_mpesa(checkout=checkout)
    steps.charge_number(checkout=checkout, msisdn=buyer.phone)
    return steps.place(checkout_id=checkout.pk, agreed_total_cents=total, now=shop.now)


def test_the_page_says_what_it_is_and_has_every_line_and_its_money(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer, shop.offer(shop.product("Steel kettle"), seller="Quick Ltd", shipping_minor=20_000))
    receipt = shop.pay(purchase)
    refund = give(purchase.orders.get(), 50_000, shop=shop)
    shop.purchase(buyer)  # never paid, so no line
    page = words(signed_in.get("/orders/statement/"))
    for expected in (
        "not an M-PESA statement: for one, dial *334#",
        "not a tax invoice",
        "Jane Wanjiru, 0712 ***678 . All orders.",
        "Totals of 1 line",
        "Billed KES 1,465",
        "− KES 500",
        "KES 0 paid back, KES 500 on its way",
        "Net KES 965",
        f"{purchase.number}-1",
        "1 × Steel kettle",
        "Quick Ltd · Awaiting shipment",
        f"Receipt {receipt}",
        f"KES 500 owed, promised {refund.promised_from.day} ",
        f"refund {refund.number}",
    ):
        assert expected in page


def test_one_payment_of_two_orders_is_charged_once_and_sellers_add_up(
    signed_in: Client, shop: Shop, buyer: User
) -> None:
    purchase = two_sellers(shop, buyer)
    receipt = Receipt.objects.get(code=shop.pay(purchase))
    first, second, total = table(signed_in)
    assert (first["Part"], second["Part"]) == tuple(order.number for order in purchase.orders.order_by("id"))
    assert float(first["M-PESA charge KES"]) == receipt.charge_cents / 100 > 0
    assert second["M-PESA charge KES"] == "0.00"
    assert float(total["Billed KES"]) == (receipt.amount_cents + receipt.charge_cents) / 100
    slugs = [order.seller.slug for order in purchase.orders.order_by("id")]
    alone = [table(signed_in, seller=slug) for slug in slugs]
    assert [len(rows) for rows in alone] == [2, 2]
    assert sum(float(rows[-1]["Net KES"]) for rows in alone) == float(total["Net KES"])


def test_money_that_came_besides_is_a_line_with_its_refund(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    receipt = shop.pay(purchase)
    again = shop.surplus(purchase, Cause.FURTHER_PAYMENT)
    order, besides, total = table(signed_in)
    assert (order["M-PESA receipt"], besides["M-PESA receipt"]) == (receipt, again.receipt)
    assert (besides["What"], besides["Paid besides KES"], besides["Goods KES"]) == ("Paid again", "1250.00", "0.00")
    charge = Receipt.objects.get(code=again.receipt).charge_cents
    assert besides["Net KES"] == f"{charge / 100:.2f}"  # M-PESA keeps its charge
    assert total["Refunds KES"] == "1250.00"
    pay_out(again, shop=shop)
    _, besides, total = table(signed_in)
    assert besides["Refunds in words"].startswith("KES 1,250 paid back ")
    assert (total["Of it paid back KES"], total["Net KES"]) == ("1250.00", f"{(125_000 + 2 * charge) / 100:.2f}")


def test_paid_too_much_and_used_for_the_order_after_all(signed_in: Client, shop: Shop, buyer: User) -> None:
    over = shop.purchase(buyer)
    shop.surplus(over, Cause.OVER_PAYMENT, 130_000)
    late = shop.purchase(buyer)
    lapse([late.pk], now=shop.now)
    refund = shop.surplus(late, Cause.LATE_PAYMENT)
    assert [row["What"] for row in table(signed_in)[:-1]][-1] == "Paid too late"
    revive(refund, now=shop.now)
    rows = table(signed_in)
    assert [row["Paid besides KES"] for row in rows] == ["0.00", "50.00", "0.00", "50.00"]
    assert [row["Refunds KES"] for row in rows] == ["0.00", "50.00", "0.00", "50.00"]
    assert rows[2]["M-PESA receipt"] == refund.receipt


def test_goodwill_is_a_line_of_its_own_for_which_nothing_came(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.pay(purchase)
    one, two = (add_staff(phone=f"25471000000{n}", role=Role.FINANCE) for n in (1, 2))
    proposal = goodwill.propose(purchase_id=purchase.pk, amount_cents=20_000, reason="Late.", maker=one, now=shop.now)
    goodwill.approve(goodwill_id=proposal.pk, decider=two, now=shop.now)
    order, given, total = table(signed_in)
    assert (given["What"], given["Part"], given["Billed KES"]) == ("Given back as goodwill", "", "0.00")
    assert (given["Refunds KES"], given["Net KES"]) == ("200.00", "-200.00")
    assert float(total["Net KES"]) == float(order["Net KES"]) - 200


@pytest.mark.parametrize("kind", FILES)
def test_every_file_says_what_it_is_and_comes_to_the_same_totals(
    signed_in: Client, shop: Shop, buyer: User, kind: str
) -> None:
    for _ in range(3):
        shop.pay(purchase := shop.purchase(buyer))
    pay_out(give(purchase.orders.get(), 25_000, shop=shop), shop=shop)
    answer = signed_in.get(reverse("storefront:statement_file", args=[kind]))
    assert answer["Content-Type"] == FILES[kind][1]
    name = f"sokopesa-orders-{clock.nairobi_date(clock.now())}.{kind}"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    if kind == "csv":
        text = answer.content.decode("utf-8-sig")
        assert [table(signed_in)[-1][name] for name in ("Billed KES", "Net KES")] == ["3795.00", "3545.00"]
    elif kind == "xlsx":
        (sheet,) = load_workbook(io.BytesIO(answer.content)).worksheets
        rows = [*sheet.values]
        text, totals = str(rows[0][0]), dict(zip(rows[3], rows[-1], strict=True))
        assert (totals["Billed KES"], totals["Net KES"]) == (3_795, 3_545)
        assert len(rows) == 4 + 3 + 1
        assert rows[4][2] == Purchase.objects.order_by("id")[0].number  # a text: Excel would round it
    else:
        pieces = drawn(answer.content)
        text = " ".join(pieces)
        assert pieces[pieces.index("Net", 20) + 1] == "KES 3,545"
        assert "KES 3,795" in pieces
    assert "not an M-PESA statement" in text
    assert "not a tax invoice" in text


def test_no_text_of_a_seller_or_buyer_is_run_by_a_spreadsheet(signed_in: Client, shop: Shop, buyer: User) -> None:
    User.objects.filter(pk=buyer.pk).update(name='=HYPERLINK("http://x")')
    shop.pay(shop.purchase(buyer, shop.offer(shop.product("@SUM(1+1)"), seller="=1+1")))
    assert table(signed_in)[0]["Seller"] == "'=1+1"
    sheet = load_workbook(io.BytesIO(signed_in.get("/orders/statement.xlsx").content)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    lines = signed_in.get("/orders/statement.csv").content.decode("utf-8-sig").splitlines()
    assert next(csv.reader(lines[1:2]))[0].startswith("'=HYPERLINK")


def test_letters_that_the_pdf_cannot_draw_do_not_break_it(signed_in: Client, shop: Shop, buyer: User) -> None:
    shop.pay(shop.purchase(buyer, shop.offer(shop.product("灯 (Lamp) \\ “é” 😀 " + "x" * 80), seller="深圳 Ltd")))
    text = "".join(drawn(signed_in.get("/orders/statement.pdf").content))
    assert "? (Lamp) \\ “é” ?" in text
    assert "?? Ltd" in text


def test_nobody_sees_anybody_elses_money(client: Client, shop: Shop, buyer: User) -> None:
    theirs = shop.purchase(buyer)
    receipt = shop.pay(theirs)
    refund = give(theirs.orders.get(), 10_000, shop=shop)
    for address in ("/orders/statement/", "/orders/statement.csv"):
        assert client.get(address)["Location"].startswith(reverse("account_login"))
    client.force_login(shop.buyer("254722000999"))
    for asked in ({}, {"q": receipt}, {"q": refund.number}, {"q": theirs.number}):
        assert "Nothing was paid for these orders" in words(client.get("/orders/statement/", asked))
        assert len(table(client, **asked)) == 1
    assert client.get("/orders/statement.exe").status_code == 404


def test_a_file_of_days_that_cannot_be_read_leads_back_to_the_page(signed_in: Client) -> None:
    answer = signed_in.get("/orders/statement.pdf", {"from": "soon", "q": "lamp"})
    assert answer["Location"] == "/orders/statement/?from=soon&q=lamp"
    assert "No statement for these days" in words(signed_in.get(answer["Location"]))


def fill(shop: Shop, buyer: User, many: int) -> None:
    """So many paid orders more, written at once: copies of a real one."""
    purchase = shop.purchase(buyer)
    shop.pay(purchase)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION pg_temp.copy(many int, of bigint) RETURNS void LANGUAGE plpgsql AS $$
            DECLARE p bigint; o bigint; code text;
            BEGIN
                FOR n IN 1..many LOOP
                    INSERT INTO orders_purchase (number, reference, buyer_id, state, goods_cents, shipping_cents,
                        total_cents, placed_at, paid_at)
                    SELECT lpad((random() * 1e15)::bigint::text, 16, '7'),
                        'C' || lpad(nextval('orders_purchase_id_seq')::text, 9, '0'),
                        buyer_id, state, goods_cents, shipping_cents, total_cents, placed_at, paid_at
                    FROM orders_purchase WHERE id = of RETURNING id INTO p;
                    INSERT INTO orders_order (purchase_id, number, seller_id, state, goods_cents, shipping_cents,
                        total_cents, deliver_to, deliver_phone, promised_from, promised_until)
                    SELECT p, 'C' || p, seller_id, state, goods_cents, shipping_cents, total_cents, deliver_to,
                        deliver_phone, promised_from, promised_until
                    FROM orders_order WHERE purchase_id = of LIMIT 1 RETURNING id INTO o;
                    INSERT INTO orders_orderline (order_id, offer_id, quantity, unit_cents, total_cents, snapshot)
                    SELECT o, offer_id, quantity, unit_cents, line.total_cents, snapshot
                    FROM orders_orderline line JOIN orders_order part ON part.id = order_id WHERE part.purchase_id = of;
                    INSERT INTO payments_receipt (code, purchase_id, shortcode, msisdn, account, amount_cents,
                        charge_cents, tariff, paid_at, learned_at, learned_from, unplaced)
                    SELECT 'C' || p, p, shortcode, msisdn, account, amount_cents, charge_cents, tariff, paid_at,
                        learned_at, learned_from, unplaced
                    FROM payments_receipt WHERE purchase_id = of;
                END LOOP;
            END $$
            """
        )
        cursor.execute("SELECT pg_temp.copy(%s, %s)", [many, purchase.pk])
        cursor.execute("DROP FUNCTION pg_temp.copy")


def test_a_statement_of_1000_costs_the_queries_of_one_of_10(signed_in: Client, shop: Shop, buyer: User) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert signed_in.get(address).status_code == 200
        return len(seen)

    addresses = ("/orders/statement/", "/orders/statement.csv", "/orders/statement.pdf")
    fill(shop, buyer, 9)
    few = [queries(address) for address in addresses]
    fill(shop, buyer, 985)
    assert Purchase.objects.count() == 996
    assert [queries(address) for address in addresses] == few


def test_a_long_statement_is_not_held_in_memory(
    shop: Shop, buyer: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four times the orders, in four times as many pieces, need hardly more memory; a PDF's pages wait in it."""
    monkeypatch.setattr("sokopesa.orders.history.AT_ONCE", 50)

    def peak(kind: str) -> int:
        statement = Statement(buyer, Wanted(), "All orders", [], made_at=clock.now())
        tracemalloc.start()
        FILES[kind][0](statement, tmp_path / "file")
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    fill(shop, buyer, 100)
    few = {kind: peak(kind) for kind in FILES}
    fill(shop, buyer, 300)
    for kind, before in few.items():
        assert peak(kind) < 1.6 * before + (300 * 2_000 if kind == "pdf" else 0), kind


ACTS = st.lists(
    st.tuples(st.sampled_from(["one", "two"]), st.sampled_from(["unpaid", "paid", "late", "revived", "over", "under"])),
    max_size=3,
)
BACK = st.lists(st.tuples(st.integers(0, 9), st.integers(100, 200_000), st.booleans()), max_size=4)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, back=BACK, again=st.integers(0, 2))
def test_net_is_what_the_books_say_was_paid_less_what_is_refunded(
    shop: Shop, acts: list[tuple[str, str]], back: list[tuple[int, int, bool]], again: int
) -> None:
    with transaction.atomic():
        buyer, other = shop.buyer(), shop.buyer("254722000999")
        shop.pay(shop.purchase(other))
        for how_many, act in acts:
            live(shop, two_sellers(shop, buyer) if how_many == "two" else shop.purchase(buyer), act)
        paid = list(Purchase.objects.filter(buyer=buyer, state="paid").order_by("id"))
        for purchase in paid[:again]:
            shop.surplus(purchase, Cause.FURTHER_PAYMENT)
        orders = list(Order.objects.filter(purchase__in=paid).order_by("id"))
        for which, cents, is_paid in back if orders else []:
            order = Order.objects.get(pk=orders[which % len(orders)].pk)
            if cents <= left_cents(order):
                refund = give(order, cents, shop=shop)
                if is_paid:
                    pay_out(refund, shop=shop)
        totals = summed(buyer, Wanted())
        mine = Receipt.objects.exclude(purchase__buyer=other)
        booked = Posting.objects.filter(entry__key__in=[f"receipt:{each.code}" for each in mine], amount_cents__gt=0)
        charges = sum(each.charge_cents for each in mine)
        refunds = Refund.objects.filter(purchase__buyer=buyer).exclude(state="used")
        assert totals.billed_cents == sum(each.amount_cents for each in booked) + charges
        assert totals.refunded_cents == -sum(balance_cents(f"refunds:{each.pk}") for each in refunds)
        assert totals.net_cents == totals.billed_cents - totals.refunded_cents
        assert totals.paid_back_cents == sum(each.amount_cents for each in refunds if each.state == "paid")
        sellers = {order.seller_id for order in Order.objects.filter(purchase__buyer=buyer)}
        assert totals.net_cents == sum(summed(buyer, Wanted(seller_id=each)).net_cents for each in sellers)
        transaction.set_rollback(True)


def live(shop: Shop, purchase: Purchase, act: str) -> None:
    """What becomes of a purchase that was placed."""
    if act == "paid":
        shop.pay(purchase)
    elif act in ("late", "revived"):
        lapse([purchase.pk], now=shop.now)
        refund = shop.surplus(purchase, Cause.LATE_PAYMENT)
        if act == "revived":
            revive(refund, now=shop.now)
    elif act == "over":
        shop.surplus(purchase, Cause.OVER_PAYMENT, purchase.total_cents + 30_000)
    elif act == "under":
        shop.surplus(purchase, Cause.UNDER_PAYMENT, purchase.total_cents - 10_000)


def summed(buyer: User, wanted: Wanted) -> Totals:
    statement = Statement(buyer, wanted, "", [], made_at=clock.now())
    for _ in statement.lines():
        pass
    return statement.totals


def test_a_statement_says_when_a_refund_is_late(signed_in: Client, shop: Shop, buyer: User) -> None:
    purchase = shop.purchase(buyer)
    shop.pay(purchase)
    shop.now -= timedelta(days=60)
    refund = give(purchase.orders.get(), 10_000, shop=shop)
    assert table(signed_in)[0]["Refunds in words"].endswith(f"and late, refund {refund.number}")
