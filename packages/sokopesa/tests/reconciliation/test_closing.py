"""A day is closed when every shilling between our books and M-PESA's statement has a name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from told import DAY, MIDNIGHT, PAYBILL, Statements, Told, receipt

from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import Receipt
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import closing, matching, resolving
from sokopesa.reconciliation.models import DayClose, Discrepancy, Resolution
from sokopesa.reconciliation.refusals import (
    BooksBroken,
    DayNotOver,
    NotYourBooks,
    OutOfOrder,
    SignedAlready,
    StatementMissing,
    Unexplained,
)

Market = Any
NOON = MIDNIGHT + timedelta(hours=12)
MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
CODE = f"mpesa:{PAYBILL}"
EVENING = MIDNIGHT + 4 * DAY


def pay(market: Market, *, cents: int = 125_000, at: Any = NOON, source: str = "pull") -> Receipt:
    purchase = market.purchase(total_cents=cents)
    code = receipt()
    credit_payments([Payment(code, cents, at, source, purchase_id=purchase.pk, account=purchase.reference)], now=at)
    return Receipt.objects.get(code=code)


def line_of(paid: Receipt, **other: Any) -> Told:
    facts: dict[str, Any] = {"cents": paid.amount_cents, "at": paid.paid_at, "receipt": paid.code}
    return Told(**(facts | {"reference": paid.account} | other))


def finance(number: int) -> User:
    return add_staff(phone=f"25471190000{number}", role=Role.FINANCE)


@pytest.fixture
def asha(committing: None) -> User:
    return finance(1)


@pytest.fixture
def brian(committing: None) -> User:
    return finance(2)


@pytest.fixture
def two(asha: User, brian: User) -> tuple[User, User]:
    return asha, brian


@pytest.fixture
def opened(committing: None, market: Market) -> Market:
    """The market had its first purchase the day before."""
    market.now = MIDNIGHT - DAY
    market.purchase()
    return market


def close(day: date, by: User) -> DayClose:
    (closed,) = closing.close(day=day, by=by, now=EVENING)
    return closed


class TestClosing:
    def test_a_day_that_agrees(self, opened: Market, asha: User) -> None:
        Statements().take_in(line_of(pay(opened)), line_of(pay(opened, cents=40_000)))
        closed = close(MONDAY, asha)
        assert (closed.opening_cents, closed.in_cents, closed.out_cents, closed.closing_cents) == (
            0,
            165_000,
            0,
            165_000,
        )
        assert (closed.stated_opening_cents, closed.stated_in_cents, closed.stated_closing_cents) == (
            0,
            165_000,
            165_000,
        )
        assert (closed.difference_cents, closed.items, closed.is_signed) == (0, [], True)
        assert len(closed.files) == 1
        assert closing.differs(closed) == []

    def test_every_difference_is_named_and_needs_a_second_person(self, opened: Market, asha: User, brian: User) -> None:
        pay(opened, cents=30_000)
        night = pay(opened, cents=1_100, at=MIDNIGHT + DAY - timedelta(minutes=1))
        statements = Statements(balance=7_000)
        statements.take_in(
            line_of(pay(opened), cents=125_500), Told(2_000, NOON, "Something Else"), line_of(pay(opened, cents=900))
        )
        closed = close(MONDAY, asha)
        assert closed.difference_cents == 30_000 + 1_100 - 500 - 2_000 - 7_000
        assert sorted((item["kind"], item["cents"]) for item in closed.items) == [
            ("amount_under", -500),
            ("missing_in_ledger", -2_000),
            ("missing_in_statement", 30_000),
            ("not_yet_stated", 1_100),
            ("opening", -7_000),
        ]
        assert (closed.open_count, closed.is_signed) == (4, False)
        with pytest.raises(SignedAlready):
            closing.countersign(close_id=closed.pk, by=asha, now=EVENING)
        closed = closing.countersign(close_id=closed.pk, by=brian, now=EVENING)
        assert closed.is_signed
        statements.take_in(line_of(night, at=MIDNIGHT + DAY + timedelta(seconds=5)), since=MIDNIGHT + DAY)
        tuesday = close(TUESDAY, asha)
        assert (tuesday.opening_cents, tuesday.stated_opening_cents) == (
            closed.closing_cents,
            closed.stated_closing_cents,
        )
        assert "not_yet_stated" not in {item["kind"] for item in tuesday.items}
        assert (tuesday.in_cents, tuesday.stated_in_cents) == (0, 1_100)
        assert closing.differs(closed) == []
        assert closing.differs(tuesday) == []

    def test_what_crosses_midnight_is_a_timing_item(self, opened: Market, asha: User) -> None:
        night = pay(opened, cents=1_100, at=MIDNIGHT + DAY - timedelta(seconds=2))
        statements = Statements()
        statements.take_in(line_of(pay(opened)))
        statements.take_in(line_of(night, at=MIDNIGHT + DAY + timedelta(seconds=5)), since=MIDNIGHT + DAY)
        closed = close(MONDAY, asha)
        assert [(item["kind"], item["cents"]) for item in closed.items] == [("other_day", 1_100)]
        assert (closed.open_count, closed.is_signed) == (0, True)
        assert close(TUESDAY, asha).items == []

    def test_a_booking_of_a_closed_day_comes_with_the_next(self, opened: Market, asha: User) -> None:
        statements = Statements()
        statements.take_in(line_of(pay(opened)))
        monday = close(MONDAY, asha)
        legs = (debit(CODE, 700), credit(accounts.BANK, 700))
        book([Draft("hand:late", "hand", NOON, legs)])
        statements.take_in(line_of(pay(opened, cents=900, at=NOON + DAY)), since=MIDNIGHT + DAY)
        tuesday = close(TUESDAY, asha)
        assert (tuesday.opening_cents, tuesday.in_cents) == (monday.closing_cents, 1_600)
        assert sorted((item["kind"], item["cents"]) for item in tuesday.items) == [
            ("missing_in_statement", 700),
            ("moved", 700),
        ]
        assert tuesday.difference_cents == 700
        assert closing.differs(monday) == []
        assert closing.differs(tuesday) == []

    def test_days_come_one_after_another(self, opened: Market, asha: User) -> None:
        statements = Statements()
        for days in range(3):
            statements.take_in(line_of(pay(opened, at=NOON + days * DAY)), since=MIDNIGHT + days * DAY)
        with pytest.raises(OutOfOrder, match="23 Nov 2026"):
            close(TUESDAY, asha)
        close(MONDAY, asha)
        with pytest.raises(OutOfOrder, match="24 Nov 2026"):
            close(TUESDAY + timedelta(days=1), asha)
        closed = DayClose.objects.get()
        closed.pk, closed.day = None, MONDAY + timedelta(days=5)
        with pytest.raises(IntegrityError, match="comes the close of"), transaction.atomic():
            closed.save(force_insert=True)

    def test_who_and_when(self, opened: Market, asha: User) -> None:
        Statements().take_in(line_of(pay(opened)))
        with pytest.raises(NotYourBooks):
            close(MONDAY, opened.buyer())
        with pytest.raises(DayNotOver):
            closing.close(day=MONDAY, by=asha, now=NOON)
        with pytest.raises(OutOfOrder, match="23 Nov 2026"):
            close(TUESDAY, asha)
        close(MONDAY, asha)
        with pytest.raises(StatementMissing):
            close(TUESDAY, asha)

    def test_closing_twice_is_once(self, opened: Market, asha: User) -> None:
        Statements().take_in(line_of(pay(opened)))
        assert close(MONDAY, asha) == close(MONDAY, asha)

    def test_what_nothing_explains_is_not_closed(self, opened: Market, asha: User) -> None:
        """A verdict that somebody wrote past all code."""
        Statements().take_in(line_of(pay(opened)))
        pay(opened, cents=300)
        matching.run(now=EVENING)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM reconciliation_waiting")
        with pytest.raises(Unexplained, match="KES 3 "):
            close(MONDAY, asha)

    def test_a_closed_day_is_not_rewritten(self, opened: Market, asha: User) -> None:
        Statements().take_in(line_of(pay(opened)))
        closed = close(MONDAY, asha)
        for change in ({"closing_cents": 5, "opening_cents": -164_995}, {"items": [1]}, {"signed_at": NOON}):
            with pytest.raises(IntegrityError), transaction.atomic():
                DayClose.objects.filter(pk=closed.pk).update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            DayClose.objects.filter(pk=closed.pk).update(countersigned_by=asha, countersigned_at=EVENING)


@pytest.fixture
def unguarded(committing: None) -> Callable[..., None]:
    """Somebody writes to the database past all guards."""

    def write(query: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(query, values)
            cursor.execute("RESET session_replication_role")

    return write


class TestMeanwhile:
    def test_a_file_that_nobody_has_read_tells_nothing(
        self, opened: Market, asha: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It comes after judging and before the day is closed."""
        morning, paid = pay(opened, cents=900, at=NOON - timedelta(hours=1)), pay(opened)
        statements = Statements()
        statements.take_in(line_of(morning), until=NOON)

        def come(*, now: Any) -> int:
            if statements.balance == 900:
                statements.take_in(line_of(paid), since=NOON, until=MIDNIGHT + DAY)
            return 0

        monkeypatch.setattr(closing, "seal", come)
        with pytest.raises(StatementMissing):
            close(MONDAY, asha)
        closed = close(MONDAY, asha)
        assert (closed.stated_in_cents, closed.items) == (125_900, [])

    def test_an_account_whose_statements_came_later_catches_up(self, opened: Market, asha: User, brian: User) -> None:
        statements, charges = Statements(), Statements(account="charges")
        for days in range(2):
            statements.take_in(line_of(pay(opened, at=NOON + days * DAY)), since=MIDNIGHT + days * DAY)
        monday = close(MONDAY, asha)
        for days in range(2):
            told = Told(-1_300, NOON + days * DAY, "Business Payment Charge")
            charges.take_in(told, since=MIDNIGHT + days * DAY)
        for who in (brian, asha):
            closes = closing.close(day=MONDAY, by=who, now=EVENING)
            assert [(one.code, one.signed_by) for one in closes] == [(CODE, asha), (f"{CODE}:charges", brian)]
        assert closes[0] == monday
        assert len(closing.close(day=TUESDAY, by=asha, now=EVENING)) == 2
        with pytest.raises(OutOfOrder):
            closing.close(day=TUESDAY, by=brian, now=EVENING)

    def test_an_account_that_begins_before_the_others_catches_up(self, opened: Market, asha: User) -> None:
        """The others were closed first on a day after the one with which it begins."""
        statements, charges = Statements(), Statements(account="charges")
        statements.take_in(line_of(pay(opened, at=NOON + DAY)), since=MIDNIGHT + DAY)
        close(TUESDAY, asha)
        for days in range(2):
            told = Told(-1_300, NOON + days * DAY, "Business Payment Charge")
            charges.take_in(told, since=MIDNIGHT + days * DAY)
        matching.run(now=EVENING)
        assert closing.next_day() == MONDAY
        with pytest.raises(OutOfOrder, match=f"{CODE}:charges: the day to close next is 23 Nov 2026"):
            close(TUESDAY, asha)
        assert close(MONDAY, asha).code == f"{CODE}:charges"
        assert close(MONDAY, asha).code == f"{CODE}:charges"
        assert [one.code for one in closing.close(day=TUESDAY, by=asha, now=EVENING)] == [CODE, f"{CODE}:charges"]
        assert closing.next_day() == TUESDAY + timedelta(days=1)

    @pytest.mark.parametrize(
        "change",
        [
            """
            UPDATE ledger_entry SET happened_at = happened_at + interval '1 day'
            WHERE id = (SELECT min(id) FROM ledger_entry)
            """,
            """
            UPDATE ledger_posting SET amount_cents = amount_cents + sign(amount_cents) * 500
            WHERE entry_id = (SELECT min(id) FROM ledger_entry);
            UPDATE ledger_account account SET balance_cents = (
                SELECT coalesce(sum(amount_cents), 0) FROM ledger_posting WHERE account_id = account.id
            )
            """,
        ],
        ids=["a day later", "an amount"],
    )
    def test_books_that_no_longer_begin_as_they_ended(
        self, opened: Market, two: tuple[User, User], unguarded: Any, change: str
    ) -> None:
        """Somebody changes what was booked in a closed day; sums and balances are right all the same."""
        asha, brian = two
        statements = Statements()
        statements.take_in(line_of(pay(opened)))
        monday = close(MONDAY, asha)
        statements.take_in(line_of(pay(opened, at=NOON + DAY)), since=MIDNIGHT + DAY)
        unguarded(change)
        with pytest.raises(BooksBroken, match=f"{CODE} .* closed with KES 1,250"):
            close(TUESDAY, asha)
        assert "closing_cents" in closing.differs(monday)
        with pytest.raises(BooksBroken, match=r"computed again, differs in .*closing"):
            closing.countersign(close_id=monday.pk, by=brian, now=EVENING)


class TestAcrossMidnight:
    """What differs in amount and in day as well is explained on both days."""

    LATE, EARLY = MIDNIGHT + DAY - timedelta(seconds=2), MIDNIGHT + DAY + timedelta(seconds=2)

    def end(self, maker: User, decider: User) -> None:
        made = resolving.propose(
            discrepancy_id=Discrepancy.objects.get().pk,
            how=Resolution.How.RECLASSIFY,
            against="bank",
            reason="We asked Safaricom.",
            maker=maker,
            now=EVENING,
        )
        resolving.approve(resolution_id=made.pk, decider=decider, now=EVENING)

    @pytest.mark.parametrize(
        ("booked", "lines", "is_ended"),
        [
            (LATE, [(80_000, EARLY)], True),
            (EARLY, [(80_000, LATE)], True),
            (LATE, [(40_000, EARLY), (40_000, EARLY)], True),
            (LATE, [(40_000, EARLY), (40_000, EARLY)], False),
            (EARLY, [(40_000, LATE), (40_000, LATE)], True),
            (EARLY, [(40_000, LATE), (40_000, EARLY)], False),
        ],
    )
    def test_it(
        self, opened: Market, two: tuple[User, User], booked: Any, lines: list[tuple[int, Any]], *, is_ended: bool
    ) -> None:
        asha, brian = two
        paid, statements = pay(opened, cents=100_000, at=booked), Statements()
        told = [line_of(paid, cents=cents, at=at) for cents, at in lines]
        days = line_of(pay(opened)), line_of(pay(opened, at=NOON + DAY))
        statements.take_in(days[0], *(one for one in told if one.at == self.LATE))
        statements.take_in(days[1], *(one for one in told if one.at == self.EARLY), since=MIDNIGHT + DAY)
        matching.run(now=EVENING)
        if is_ended:
            self.end(asha, brian)
        monday, tuesday = close(MONDAY, asha), close(TUESDAY, asha)
        assert tuesday.open_count == (not is_ended)
        if not is_ended:
            self.end(asha, brian)
        assert closing.differs(monday) == []
        assert closing.differs(tuesday) == []
        statements.take_in(since=MIDNIGHT + 2 * DAY)
        assert close(TUESDAY + timedelta(days=1), asha).difference_cents == 0
