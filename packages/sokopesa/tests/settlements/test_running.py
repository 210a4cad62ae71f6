"""Sellers are paid what they earned, once, by two people, whatever becomes of it at M-PESA."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger import accounts
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.payouts import payers
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.errors import FloatTooLow
from sokopesa.payouts.models import Transfer
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff
from sokopesa.settlements import following, running
from sokopesa.settlements.errors import (
    BalancesChanged,
    DecidedAlready,
    NobodyToPay,
    NotFinance,
    OwnRun,
    OwnShop,
    RunWaits,
    WrongTotal,
)
from sokopesa.settlements.models import Payee, Run, Settlement
from sokopesa.settlements.queries import progress_of

Till = Any
FLOAT = accounts.b2c(CONFIGURATION.mpesa_b2c_shortcode)


def prepared(till: Till) -> Run:
    return running.prepare(maker=till.maker, now=till.now)


def approved(till: Till, run: Run) -> Run:
    return running.approve(run.number, decider=till.checker, typed_cents=run.total_cents, now=till.now)


def in_flight(till: Till) -> list[Transfer]:
    """All that was released is with M-PESA."""
    Transfer.objects.filter(state="released").update(state="sent", sent_at=till.now)
    return list(Transfer.objects.filter(state="sent").order_by("key"))


def paid(till: Till, transfer: Transfer) -> Conclusion:
    return Conclusion(transfer.pk, "result", receipt=f"UK{transfer.pk.hex[-8:].upper()}", at=till.now)


def test_a_run_pays_whole_shillings_to_those_who_earned_enough_and_can_be_paid(till: Till) -> None:
    first = till.shop(earned=125_050)
    till.shop(earned=9_999)  # KES 99.99 waits for more
    till.shop(earned=500_000, paid_at=None)  # nobody knows where
    till.shop(earned=-100_000)  # owes us
    run = prepared(till)
    (settlement,) = run.settlements.all()
    assert (run.number, run.count, run.total_cents) == (1, 1, 125_000)
    assert (settlement.seller, settlement.balance_cents, settlement.amount_cents) == (first, 125_050, 125_000)
    assert not Transfer.objects.exists()


def test_once_approved_and_paid_the_books_and_the_shop_know(till: Till) -> None:
    shop = till.shop(earned=125_050)
    till.fill(1_000_000)
    approved(till, run := prepared(till))
    (transfer,) = in_flight(till)
    assert (transfer.purpose, transfer.via, transfer.payee, transfer.amount_cents) == (
        "settlement",
        "b2c",
        "254711400001",
        125_000,
    )
    conclude([paid(till, transfer)], now=till.now)
    run.refresh_from_db()
    settlement = run.settlements.get()
    assert (run.state, settlement.state, settlement.paid_cents) == ("done", "paid", 125_000)
    assert balance_cents(accounts.seller(shop.pk)) == -50
    assert balance_cents(FLOAT) == 875_000
    assert discrepancies() == []
    transfer.refresh_from_db()
    assert Notice.objects.order_by("-id")[0].text == (
        f"We paid {shop.name} KES 1,250 at ***001, M-PESA receipt {transfer.receipt}."
    )


def test_what_comes_back_stays_the_sellers_and_stands_in_the_next_run(till: Till) -> None:
    shop = till.shop(earned=125_000)
    till.fill(1_000_000)
    approved(till, first := prepared(till))
    conclude([Conclusion(in_flight(till)[0].pk, "result", code="2006")], now=till.now)
    first.refresh_from_db()
    settlement = first.settlements.get()
    assert (first.state, settlement.state) == ("done", "returned")
    assert "blocked or closed" in settlement.remark
    assert "M-PESA could not pay" in Notice.objects.order_by("-id")[0].text
    assert balance_cents(accounts.seller(shop.pk)) == -125_000
    till.payee(shop, number="254711400077")
    approved(till, prepared(till))
    assert in_flight(till)[0].payee == "254711400077"


def test_a_large_amount_goes_in_parts_of_which_one_may_come_back(till: Till) -> None:
    shop = till.shop(earned=60_000_000)
    till.fill(100_000_000)
    approved(till, run := prepared(till))
    parts = in_flight(till)
    assert [part.amount_cents for part in parts] == [25_000_000, 25_000_000, 10_000_000]
    conclude([paid(till, parts[0])], now=till.now)
    conclude([Conclusion(parts[1].pk, "result", code="4"), paid(till, parts[2])], now=till.now)
    settlement = run.settlements.get()
    assert (settlement.state, settlement.paid_cents) == ("returned", 35_000_000)
    assert balance_cents(accounts.seller(shop.pk)) == -25_000_000


def test_a_paybill_is_paid_out_of_the_working_account(till: Till) -> None:
    shop = till.shop(earned=125_000, paid_at=None)
    till.payee(shop, kind="paybill", number="247247", reference="0712345678")
    till.fill(1_000_000)
    run = prepared(till)
    with pytest.raises(FloatTooLow, match="KES 1,250"):
        approved(till, run)
    till.fill(125_000, accounts.working(CONFIGURATION.mpesa_b2c_shortcode))
    approved(till, run)
    (transfer,) = in_flight(till)
    assert (transfer.via, transfer.payee, transfer.payee_reference) == ("b2b", "247247", "0712345678")


def test_what_is_on_its_way_out_already_pays_nobody_else(till: Till) -> None:
    till.shop(earned=125_000)
    till.fill(200_000)
    approved(till, prepared(till))
    till.shop(earned=80_000)
    run = prepared(till)
    with pytest.raises(FloatTooLow, match="KES 750"):
        approved(till, run)


def test_who_may_do_what(till: Till) -> None:
    till.shop(earned=125_000)
    till.fill(1_000_000)
    support = add_staff(phone="254711200999", role=Role.SUPPORT)
    with pytest.raises(NotFinance):
        running.prepare(maker=support, now=till.now)
    run = prepared(till)
    with pytest.raises(OwnRun):
        running.approve(run.number, decider=till.maker, typed_cents=run.total_cents, now=till.now)
    with pytest.raises(NotFinance):
        running.approve(run.number, decider=support, typed_cents=run.total_cents, now=till.now)
    with pytest.raises(WrongTotal):
        running.approve(run.number, decider=till.checker, typed_cents=run.total_cents - 100, now=till.now)
    with pytest.raises(RunWaits):
        prepared(till)
    assert approved(till, run).number == approved(till, run).number  # sent twice
    with pytest.raises(DecidedAlready):
        running.cancel(run.number, by=till.maker, now=till.now)
    with pytest.raises(NobodyToPay):  # the only seller is on the way
        prepared(till)


def test_nobody_approves_what_pays_their_own_shop(till: Till) -> None:
    shop = till.shop(earned=125_000)
    till.fill(1_000_000)
    add_member(seller=shop, phone=till.checker.phone)
    with pytest.raises(OwnShop):
        approved(till, prepared(till))
    assert not Transfer.objects.exists()


def test_a_cancelled_run_leaves_its_sellers_to_the_next_and_its_number_used(till: Till) -> None:
    till.shop(earned=125_000)
    running.cancel(prepared(till).number, by=till.maker, now=till.now)
    assert prepared(till).number == 2


def test_a_balance_that_fell_or_a_place_that_changed_stops_the_run(till: Till) -> None:
    shop, other = till.shop(earned=125_000), till.shop(earned=300_000)
    till.fill(10_000_000)
    run = prepared(till)
    till.earn(shop, -100)
    with pytest.raises(BalancesChanged, match=shop.name):
        approved(till, run)
    till.earn(shop, 100)
    till.payee(other, number="254711400099")
    with pytest.raises(BalancesChanged, match=other.name):
        approved(till, run)
    assert not Transfer.objects.exists()


def test_the_database_itself_holds_four_eyes_one_open_settlement_and_the_numbers(till: Till) -> None:
    shop = till.shop(earned=125_000)
    run = prepared(till)
    mine, payee = Run.objects.filter(pk=run.pk), Payee.objects.get(seller=shop)
    facts: dict[str, Any] = {
        "run": run,
        "seller": till.shop(),
        "payee": payee,
        "balance_cents": 100,
        "amount_cents": 100,
    }
    another = {"number": 3, "count": 1, "total_cents": 1, "maker": till.maker, "prepared_at": till.now}
    for change in (
        lambda: mine.update(state="approved", decider=till.maker, decided_at=till.now),
        lambda: mine.update(total_cents=1),
        lambda: mine.update(state="done", decider=till.checker, decided_at=till.now, done_at=till.now),
        lambda: Settlement.objects.create(**facts | {"number": "S0000000001", "seller": shop}),
        lambda: Settlement.objects.create(
            **facts | {"number": "S0000000002", "amount_cents": 150, "balance_cents": 150}
        ),
        lambda: Settlement.objects.create(**facts | {"number": "S0000000003", "amount_cents": 200}),
        lambda: run.settlements.update(amount_cents=100),
        lambda: Run.objects.create(**another),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize("second", ["approve", "cancel"])
def test_two_at_once(till_committing: Till, all_at_once: Any, second: str) -> None:
    till = till_committing
    till.shop(earned=125_000)
    till.fill(1_000_000)
    run, third = prepared(till), till.finance()

    def other() -> object:
        if second == "cancel":
            return running.cancel(run.number, by=till.maker, now=till.now)
        return running.approve(run.number, decider=third, typed_cents=run.total_cents, now=till.now)

    outcomes = all_at_once(lambda: approved(till, run), other)
    assert sorted(isinstance(outcome, Refusal) for outcome in outcomes) == [False, True]
    run.refresh_from_db()
    assert Transfer.objects.count() == (1 if run.state == "approved" else 0)


def test_two_who_prepare_at_once_make_one_run(till_committing: Till, all_at_once: Any) -> None:
    till = till_committing
    till.shop(earned=125_000)
    other = till.finance()
    outcomes = all_at_once(lambda: prepared(till), lambda: running.prepare(maker=other, now=till.now))
    assert sorted(isinstance(outcome, RunWaits) for outcome in outcomes) == [False, True]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    weeks=st.lists(
        st.tuples(
            st.lists(st.integers(-50_000, 700_000), min_size=3, max_size=3),
            st.lists(st.sampled_from(["paid", "2006", "later"]), min_size=3, max_size=3),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_over_any_weeks_sellers_get_what_they_earned_and_no_more(till: Till, weeks: list[Any]) -> None:
    with transaction.atomic():
        shops = [till.shop() for _ in range(3)]
        till.fill(100_000_000)
        got = dict.fromkeys(shops, 0)
        for amounts, endings, is_approved in weeks:
            for shop, cents in zip(shops, amounts, strict=True):
                if cents:
                    till.earn(shop, cents)
            if not has_paid_run(till, is_approved=is_approved):
                continue
            for transfer, ending in zip(in_flight(till), endings * 9, strict=False):
                told = paid(till, transfer) if ending == "paid" else Conclusion(transfer.pk, "result", code=ending)
                if ending != "later":
                    conclude([told, told], now=till.now)
                    conclude([told], now=till.now)
                got[transfer.seller] += transfer.amount_cents if ending == "paid" else 0
        for place, shop in enumerate(shops):
            earned = sum(amounts[place] for amounts, _, _ in weeks)
            assert -balance_cents(accounts.seller(shop.pk)) == earned - got[shop]
            assert sum(each.paid_cents for each in shop.settlements.all()) == got[shop]
        assert discrepancies() == []
        transaction.set_rollback(True)


def has_paid_run(till: Till, *, is_approved: bool) -> bool:
    """Whether a week's run was approved; else it was cancelled, or there was nobody to pay."""
    try:
        run = prepared(till)
    except NobodyToPay:
        return False
    try:
        if is_approved:
            approved(till, run)
            return True
    except BalancesChanged:
        pass
    running.cancel(run.number, by=till.maker, now=till.now)
    return False


def test_progress_is_counted_in_one_query(till: Till, django_assert_num_queries: Any) -> None:
    till.shop(earned=60_000_000)
    till.shop(earned=125_000)
    till.fill(100_000_000)
    approved(till, run := prepared(till))
    first, *_ = in_flight(till)
    conclude([paid(till, first)], now=till.now)
    with django_assert_num_queries(1):
        progress = progress_of(run)
    assert (progress.count, progress.sent, progress.paid, progress.returned) == (4, 3, 1, 0)


def test_what_mpesa_says_counts_as_with_refunds(till: Till) -> None:
    """Our books may have more in the account than is there, until the statement is read."""
    till.shop(earned=125_000)
    till.fill(1_000_000)
    run = prepared(till)
    payers.hear_float(payers.hold(CONFIGURATION.mpesa_b2c_shortcode, till.now), 100_000, till.now)
    with pytest.raises(FloatTooLow, match="KES 250"):
        approved(till, run)


def test_a_run_is_done_also_where_its_last_two_end_at_the_same_moment(
    till_committing: Till, all_at_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has looked whether the run is over before the other's end can be seen: what came back books nothing, so
    no account makes them wait for each other."""
    till, both_looked = till_committing, Barrier(2)
    tell = following._tell

    def look_first(*args: Any) -> None:
        with suppress(BrokenBarrierError):
            both_looked.wait(1)
        tell(*args)

    monkeypatch.setattr(following, "_tell", look_first)
    for _ in range(2):
        till.shop(earned=125_000)
    till.fill(1_000_000)
    approved(till, prepared(till))
    ended = [Conclusion(transfer.pk, "answer", code="rejected") for transfer in in_flight(till)]
    all_at_once(*[lambda each=each: conclude([each], now=till.now) for each in ended])
    assert list(Settlement.objects.values_list("state", flat=True)) == ["returned", "returned"]
    assert Run.objects.get().state == "done"
