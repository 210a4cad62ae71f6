"""Each kind of difference, planted alone, is found once with its amount, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from told import B2C, DAY, MIDNIGHT, PAYBILL, Statements, Told, receipt

from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import Prompt, Receipt
from sokopesa.reconciliation import matching
from sokopesa.reconciliation.models import Discrepancy, Verdict, Waiting

Market = Any
NOON = MIDNIGHT + timedelta(hours=12)
LATER = MIDNIGHT + 2 * DAY
COLLECTING = f"mpesa:{PAYBILL}"

pytestmark = pytest.mark.django_db


def pay(market: Market, *, cents: int = 125_000, at: Any = NOON, source: str = "confirmation") -> Receipt:
    """A purchase, and M-PESA's message that it is paid."""
    purchase = market.purchase(total_cents=cents)
    code = receipt()
    payment = Payment(code, cents, at, source, purchase_id=purchase.pk, account=purchase.reference)
    credit_payments([payment], now=at)
    return Receipt.objects.get(code=code)


def line_of(paid: Receipt, **other: Any) -> Told:
    """What M-PESA's statement says of it."""
    facts: dict[str, Any] = {"cents": paid.amount_cents, "at": paid.paid_at, "receipt": paid.code}
    return Told(**(facts | {"reference": paid.account} | other))


def found() -> list[tuple[str, int, int, str]]:
    """Every discrepancy there is: kind, amount, effect, state."""
    rows = Discrepancy.objects.order_by("id")
    return list(rows.values_list("kind", "amount_cents", "effect_cents", "state"))


@pytest.fixture(autouse=True)
def _opened(market: Market) -> None:
    """The market had its first purchase the day before."""
    market.now = MIDNIGHT - DAY
    market.purchase()


class TestPayments:
    def test_what_both_say_is_the_same(self, market: Market) -> None:
        paid = [pay(market, cents=cents) for cents in (125_000, 9_900)]
        Statements().take_in(*(line_of(one) for one in paid))
        judged = matching.run(now=LATER)
        assert (judged.imports, judged.matched, judged.opened) == (1, 2, 0)
        assert found() == []
        assert set(Verdict.objects.values_list("shape", "how")) == {("1:1", "receipt")}

    def test_judging_again_changes_nothing(self, market: Market) -> None:
        Statements().take_in(line_of(pay(market)))
        matching.run(now=LATER)
        again = matching.run(now=LATER)
        assert (again.imports, again.matched, again.opened, again.cleared) == (0, 0, 0, 0)
        assert Verdict.objects.count() == 1

    def test_a_payment_that_only_the_statement_tells_pays_its_order(self, market: Market) -> None:
        purchase = market.purchase()
        told = Told(125_000, NOON, receipt=receipt(), reference=purchase.reference.lower(), msisdn="254722000001")
        Statements().take_in(told)
        matching.run(now=LATER)
        paid = Receipt.objects.get(code=told.receipt)
        assert (paid.purchase, paid.learned_from, paid.msisdn) == (purchase, "statement", "254722000001")
        assert found() == []
        assert discrepancies() == []
        assert Verdict.objects.count() == 1
        purchase.refresh_from_db()
        assert purchase.state == "paid"

    def test_a_payment_with_an_unknown_account_number_lies_in_unmatched(self) -> None:
        Statements().take_in(Told(70_000, NOON, reference="NOBODY"))
        matching.run(now=LATER)
        assert (balance_cents("unmatched"), found()) == (-70_000, [])

    def test_more_in_our_books(self, market: Market) -> None:
        paid = pay(market)
        Statements().take_in(line_of(paid, cents=120_000))
        matching.run(now=LATER)
        assert found() == [("amount_over", 5_000, 5_000, "open")]

    def test_less_in_our_books(self, market: Market) -> None:
        Statements().take_in(line_of(pay(market), cents=130_000))
        matching.run(now=LATER)
        assert found() == [("amount_under", 5_000, -5_000, "open")]

    def test_a_message_that_mpesa_knows_nothing_of(self, market: Market) -> None:
        pay(market)
        statements = Statements()
        statements.take_in(line_of(pay(market, cents=40_000)))
        matching.run(now=LATER)
        assert found() == [("forged_callback", 125_000, 125_000, "open")]

    def test_a_payment_from_the_list_that_the_statement_has_not(self, market: Market) -> None:
        pay(market, source="pull")
        Statements().take_in(line_of(pay(market, cents=40_000)))
        matching.run(now=LATER)
        assert found() == [("missing_in_statement", 125_000, 125_000, "open")]

    def test_what_the_statement_does_not_tell_of_yet_is_no_difference(self, market: Market) -> None:
        night = MIDNIGHT + DAY - timedelta(hours=1)
        pay(market, at=night)
        Statements().take_in(line_of(pay(market, cents=40_000)))
        matching.run(now=LATER)
        assert (found(), Waiting.objects.count()) == ([], 1)

    def test_twice_in_the_statement(self, market: Market) -> None:
        paid = pay(market)
        Statements().take_in(line_of(paid), line_of(paid))
        matching.run(now=LATER)
        assert found() == [("duplicate_at_mpesa", 125_000, -125_000, "open")]

    def test_twice_in_the_statement_on_another_day(self, market: Market) -> None:
        paid, statements = pay(market), Statements()
        statements.take_in(line_of(paid))
        matching.run(now=LATER)
        statements.take_in(line_of(paid, at=NOON + DAY), since=MIDNIGHT + DAY)
        matching.run(now=LATER)
        assert found() == [("duplicate_at_mpesa", 125_000, -125_000, "open")]

    def test_twice_in_our_books(self, market: Market) -> None:
        paid = pay(market)
        by_hand(f"M-PESA receipt {paid.code}", 125_000)
        Statements().take_in(line_of(paid))
        matching.run(now=LATER)
        assert found() == [("duplicate_in_ledger", 125_000, 125_000, "open")]

    def test_a_line_that_comes_late(self, market: Market) -> None:
        paid, statements = pay(market), Statements()
        statements.take_in(line_of(pay(market, cents=40_000)))
        matching.run(now=MIDNIGHT + DAY)
        statements.take_in(line_of(paid, at=paid.paid_at + 2 * DAY), since=MIDNIGHT + DAY, until=MIDNIGHT + 3 * DAY)
        matching.run(now=MIDNIGHT + 3 * DAY)
        assert found() == [("late", 125_000, 125_000, "cleared")]

    def test_a_line_of_another_time_than_booked(self, market: Market) -> None:
        paid = pay(market)
        Statements().take_in(line_of(paid, at=paid.paid_at + timedelta(hours=2)))
        matching.run(now=LATER)
        assert found() == [("late", 125_000, 0, "cleared")]

    def test_a_prompt_that_is_paid_although_the_order_was(self, market: Market) -> None:
        first = pay(market)
        purchase = first.purchase
        assert purchase is not None
        prompt = Prompt.objects.create(
            purchase=purchase, attempt=1, msisdn="254712345678", amount_cents=125_000, requested_at=NOON
        )
        again = receipt()
        credit_payments([Payment(again, 125_000, NOON, "callback", prompt_id=prompt.pk)], now=NOON)
        second = Receipt.objects.get(code=again)
        assert (second.purchase, second.account) == (None, "")
        Statements().take_in(line_of(first), line_of(second, reference=purchase.reference))
        matching.run(now=LATER)
        assert found() == []

    def test_another_orders_account_number(self, market: Market) -> None:
        other = market.purchase()
        Statements().take_in(line_of(pay(market), reference=other.reference))
        matching.run(now=LATER)
        assert found() == [("wrong_reference", 125_000, 0, "open")]

    def test_one_line_is_several_postings(self) -> None:
        by_hand("M-PESA receipt UKX0000001 (1)", 30_000)
        by_hand("M-PESA receipt UKX0000001 (2)", 20_000)
        Statements().take_in(Told(50_000, NOON, "Something Else", "UKX0000001"))
        matching.run(now=LATER)
        assert found() == []
        assert list(Verdict.objects.values_list("shape", "how")) == [("1:n", "reference")] * 2

    def test_several_lines_are_one_posting(self) -> None:
        by_hand("M-PESA receipt UKX0000002", 50_000)
        Statements().take_in(
            Told(30_000, NOON, "Something", "UKX0000002"), Told(20_000, NOON, "Something Else", "UKX0000002")
        )
        matching.run(now=LATER)
        assert found() == []
        assert list(Verdict.objects.values_list("shape", "how")) == [("n:1", "reference")] * 2

    def test_what_nobody_knows(self) -> None:
        Statements().take_in(Told(50_000, NOON, "Something Else"))
        matching.run(now=LATER)
        assert found() == [("missing_in_ledger", 50_000, -50_000, "open")]

    def test_it_clears_when_our_books_have_it(self) -> None:
        told = Told(50_000, NOON, "Something Else", "UKX0000003")
        Statements().take_in(told)
        matching.run(now=LATER)
        by_hand("M-PESA receipt UKX0000003", 50_000)
        matching.run(now=LATER)
        assert found() == [("missing_in_ledger", 50_000, -50_000, "cleared")]


def by_hand(memo: str, cents: int) -> None:
    """An entry that somebody made otherwise than by our keys."""
    book([Draft(f"hand:{memo}", "hand", NOON, (debit(COLLECTING, cents), credit(accounts.BANK, cents)), memo)])


class TestMoney:
    def test_from_the_bank_and_to_it(self) -> None:
        Statements(B2C).take_in(
            Told(900_000, NOON, "Deposit of Funds"), Told(-100_000, NOON, "Organization Settlement")
        )
        matching.run(now=LATER)
        assert (balance_cents(f"mpesa:b2c:{B2C}"), balance_cents("bank")) == (800_000, -800_000)
        assert found() == []

    def test_between_our_own_accounts(self) -> None:
        moved = {"reason": "Business Pay to Bulk", "receipt": receipt(), "at": NOON}
        Statements(PAYBILL, "working", balance=500_000).take_in(Told(-300_000, other_party=f"{B2C} - SOKO", **moved))
        matching.run(now=LATER)
        assert balance_cents("in-transit") == 300_000
        Statements(B2C).take_in(Told(300_000, other_party=f"{PAYBILL} - SOKO", **moved))
        matching.run(now=LATER)
        assert balance_cents("in-transit") == 0
        assert found() == [("opening", 500_000, -500_000, "open")]

    @pytest.mark.parametrize(("party", "details"), [("600000 - OTHER", ""), ("", "Business Pay to Bulk to 600000 - X")])
    def test_to_somebody_else_is_not_between_our_own(self, party: str, details: str) -> None:
        Statements(balance=0).take_in(
            Told(900_000, NOON, "Deposit of Funds"),
            Told(-300_000, NOON, "Business Pay to Bulk", other_party=party, details=details),
        )
        matching.run(now=LATER)
        assert found() == [("unknown_payout", 300_000, 300_000, "open")]
        assert balance_cents("in-transit") == 0

    def test_the_b2c_account_bears_its_charges(self) -> None:
        Statements(B2C, "charges").take_in(Told(-1_300, NOON, "Business Payment Charge"))
        matching.run(now=LATER)
        assert (balance_cents(f"mpesa:b2c:{B2C}:charges"), balance_cents("mpesa-charges")) == (-1_300, 1_300)
        assert found() == []

    def test_a_charge_that_is_not_the_tariffs(self, market: Market) -> None:
        paid = pay(market)
        Statements().take_in(line_of(paid), Told(-1_500, NOON, "Pay Bill Charge", paid.code, linked=paid.code))
        matching.run(now=LATER)
        assert found() == [("fee_difference", 1_500, 0, "open")]
        assert balance_cents(COLLECTING) == 125_000 - 1_500

    @pytest.mark.parametrize("is_its_own", [True, False])
    def test_a_charge_that_mpesa_gave_back_is_no_payment(self, market: Market, is_its_own: bool) -> None:
        paid = pay(market)
        code = receipt() if is_its_own else paid.code
        Statements().take_in(line_of(paid), Told(1_500, NOON, "Pay Bill Charge", code, linked=paid.code))
        matching.run(now=LATER)
        assert found() == [("missing_in_ledger", 1_500, -1_500, "open")]
        assert Receipt.objects.count() == 1

    def test_a_file_that_nobody_has_read_accuses_nobody(self, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        """It comes while the ones before it are judged."""
        paid, statements = pay(market, at=NOON), Statements()
        statements.take_in(line_of(pay(market, at=NOON - timedelta(hours=2))), until=NOON)
        book = matching.book_untold

        def come(imports: Any, *, now: Any) -> int:
            statements.take_in(line_of(paid), since=NOON, until=MIDNIGHT + DAY)
            return book(imports, now=now)

        monkeypatch.setattr(matching, "book_untold", come)
        matching.run(now=LATER)
        monkeypatch.undo()
        matching.run(now=LATER)
        assert found() == []
        assert Verdict.objects.count() == 2

    def test_money_that_left_without_our_word(self) -> None:
        Statements(B2C, balance=0).take_in(
            Told(900_000, NOON, "Deposit of Funds"),
            Told(-50_000, NOON, "Business Payment to Customer via API", msisdn="254722000001"),
        )
        matching.run(now=LATER)
        assert found() == [("unknown_payout", 50_000, 50_000, "open")]

    def test_what_was_there_before_us(self, market: Market) -> None:
        Statements(balance=10_000).take_in(line_of(pay(market)))
        matching.run(now=LATER)
        assert found() == [("opening", 10_000, -10_000, "open")]

    def test_a_file_that_is_missing_between_two(self, market: Market) -> None:
        statements = Statements()
        statements.take_in(line_of(pay(market)))
        between = statements.balance
        statements.balance += 30_000
        later = pay(market, at=NOON + 2 * DAY)
        statements.take_in(line_of(later), since=MIDNIGHT + 2 * DAY)
        matching.run(now=LATER + DAY)
        assert found() == [("statement_defect", 30_000, -30_000, "open")]
        purchase = market.purchase(total_cents=30_000)
        Statements(balance=between).take_in(
            Told(30_000, NOON + DAY, reference=purchase.reference), since=MIDNIGHT + DAY
        )
        matching.run(now=LATER + DAY)
        assert found() == [("statement_defect", 30_000, -30_000, "cleared")]
