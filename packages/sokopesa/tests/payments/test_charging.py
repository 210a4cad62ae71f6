"""What M-PESA takes from our own account is booked from its statement, once, and compared with the tariff."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.models import Account, Entry
from sokopesa.ledger.queries import discrepancies
from sokopesa.payments.charging import Charged, ChargeLine, Outcome, book_charges
from sokopesa.payments.crediting import Payment, credit_payments

Market = Any
PAYBILL = "174379"
NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def balance(code: str) -> int:
    found = Account.objects.filter(code=code).first()
    return found.balance_cents if found else 0


def paid(market: Market, receipt: str, cents: int = 125_000) -> None:
    purchase = market.purchase(total_cents=cents)
    payment = Payment(
        receipt=receipt, amount_cents=cents, paid_at=NOON, learned_from="confirmation", purchase_id=purchase.pk
    )
    credit_payments([payment], now=market.now)


def line(receipt: str, cents: int, **more: Any) -> ChargeLine:
    return ChargeLine(receipt=receipt, amount_cents=cents, taken_at=NOON, details="Pay merchant Charge", **more)


def charge(*lines: ChargeLine) -> list[Charged]:
    return book_charges(lines, shortcode=PAYBILL)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buyers and we bear M-PESA's charge together: of KES 15 for KES 1,250 we bear 5."""
    monkeypatch.setattr(CONFIGURATION, "mpesa_charges_paid_by", "shared")


@pytest.mark.django_db
@pytest.mark.usefixtures("shared")
class TestOnce:
    def test_a_charge_leaves_our_account_and_the_buyers_money_stays_whole(self, market: Market) -> None:
        paid(market, "UKN1AAAAAA")
        (result,) = charge(line("UKN1AAAAAA", 500))
        assert (result.outcome, result.expected_cents, result.is_expected) == (Outcome.BOOKED, 500, True)
        assert balance(f"mpesa:{PAYBILL}") == 124_500
        assert balance("mpesa-charges") == 500
        assert sum(account.balance_cents for account in Account.objects.filter(code__startswith="escrow")) == -125_000
        entry = Entry.objects.get(key="charge:UKN1AAAAAA")
        assert (entry.kind, entry.happened_at, entry.memo) == (
            "mpesa-charge",
            NOON,
            "Pay merchant Charge for UKN1AAAAAA",
        )
        assert str(result) == "KES 5 for UKN1AAAAAA, as the tariff says"
        assert discrepancies() == []

    def test_the_same_statement_read_again_changes_nothing(self, market: Market) -> None:
        paid(market, "UKN1AAAAAA")
        charge(line("UKN1AAAAAA", 500))
        again = charge(line("UKN1AAAAAA", 500), line("UKN1AAAAAA", 500))
        assert [result.outcome for result in again] == [Outcome.KNOWN, Outcome.KNOWN]
        assert balance("mpesa-charges") == 500
        assert all(result.is_expected for result in again)

    def test_a_line_twice_in_one_statement_is_one_charge(self, market: Market) -> None:
        paid(market, "UKN1AAAAAA")
        results = charge(line("UKN1AAAAAA", 500), line("UKN1AAAAAA", 500))
        assert [result.outcome for result in results] == [Outcome.BOOKED, Outcome.KNOWN]
        assert balance("mpesa-charges") == 500

    def test_a_charge_under_a_number_of_its_own_is_the_same_charge(self, market: Market) -> None:
        paid(market, "UKN1AAAAAA")
        charge(line("UKN1CHARGE", 500, linked="UKN1AAAAAA"))
        (again,) = charge(line("UKN1AAAAAA", 500))
        assert again.outcome == Outcome.KNOWN
        assert balance("mpesa-charges") == 500

    def test_a_second_charge_of_another_amount_is_told_and_not_booked(self, market: Market) -> None:
        paid(market, "UKN1AAAAAA")
        charge(line("UKN1AAAAAA", 500))
        (second,) = charge(line("UKN1AAAAAA", 700))
        assert (second.outcome, second.booked_cents, second.is_expected) == (Outcome.CONTRADICTS, 500, False)
        assert str(second) == "KES 7 for UKN1AAAAAA is not booked: KES 5 is on the books for it already"
        assert balance("mpesa-charges") == 500

    def test_one_odd_line_keeps_no_other_from_the_books(self, market: Market) -> None:
        paid(market, "UKN1AAAAAA")
        paid(market, "UKN2AAAAAA")
        charge(line("UKN1AAAAAA", 500))
        results = charge(line("UKN1AAAAAA", 700), line("UKN2AAAAAA", 500))
        assert [result.outcome for result in results] == [Outcome.CONTRADICTS, Outcome.BOOKED]
        assert balance("mpesa-charges") == 1_000


@pytest.mark.django_db
class TestAgainstTheTariff:
    @pytest.mark.parametrize(("taken", "too_much"), [(600, 100), (400, -100), (825, 325)])
    @pytest.mark.usefixtures("shared")
    def test_what_was_taken_is_booked_and_the_difference_told(self, market: Market, taken: int, too_much: int) -> None:
        paid(market, "UKN1AAAAAA")
        (result,) = charge(line("UKN1AAAAAA", taken))
        assert (result.expected_cents, result.too_much_cents, result.is_expected) == (500, too_much, False)
        assert str(result).endswith("for UKN1AAAAAA, where the tariff says KES 5")
        assert balance("mpesa-charges") == taken
        assert Entry.objects.get(key="charge:UKN1AAAAAA").memo.endswith("; the tariff says KES 5")

    def test_where_buyers_bear_the_charge_nothing_was_to_be_taken_from_us(self, market: Market) -> None:
        paid(market, "UKN1AAAAAA")
        (result,) = charge(line("UKN1AAAAAA", 1_500))
        assert (result.expected_cents, result.too_much_cents) == (0, 1_500)

    def test_a_payment_is_judged_by_the_plan_of_its_day_whatever_the_plan_is_now(
        self, market: Market, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(CONFIGURATION, "mpesa_charges_paid_by", "business")
        paid(market, "UKN1AAAAAA")
        monkeypatch.setattr(CONFIGURATION, "mpesa_charges_paid_by", "customer")
        (result,) = charge(line("UKN1AAAAAA", 1_500))
        assert (result.expected_cents, result.is_expected) == (1_500, True)

    def test_a_charge_for_what_we_do_not_know_is_booked_and_told(self, market: Market) -> None:
        (result,) = charge(line("UKN9ZZZZZZ", 900))
        assert (result.outcome, result.expected_cents, result.too_much_cents) == (Outcome.BOOKED, None, None)
        assert not result.is_expected
        assert str(result) == "KES 9 for UKN9ZZZZZZ, of which we have no receipt"
        assert balance(f"mpesa:{PAYBILL}") == -900

    @pytest.mark.parametrize("cents", [0, -500])
    def test_a_line_that_takes_nothing_is_no_charge(self, cents: int) -> None:
        with pytest.raises(ValueError, match="UKN1AAAAAA"):
            line("UKN1AAAAAA", cents)

    def test_a_statement_costs_the_same_queries_whatever_its_length(self) -> None:
        charge(line("UKN0AAAAAA", 500))
        counts = []
        for length in (1, 300):
            with CaptureQueriesContext(connection) as queries:
                charge(*(line(f"UKN{length:03d}{number:04d}", 500) for number in range(length)))
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_two_who_read_the_same_statement_at_once_book_it_once(committing: None) -> None:
    lines = [line(f"UKN{number:07d}", 500) for number in range(50)]
    outcomes: list[Outcome] = []
    ready = threading.Barrier(4)

    def read() -> None:
        try:
            ready.wait(10)
            outcomes.extend(result.outcome for result in charge(*lines))
        finally:
            connections.close_all()

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(30)
    assert sorted(outcomes) == sorted([Outcome.BOOKED] * 50 + [Outcome.KNOWN] * 150)
    assert balance("mpesa-charges") == 50 * 500
