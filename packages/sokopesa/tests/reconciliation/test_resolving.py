"""A discrepancy ends by two people, and only through the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from told import DAY, MIDNIGHT, PAYBILL, Statements, Told, receipt

from sokopesa.kernel.reasons import ReasonMissing
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.people.models import SellerMember, User
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import closing, matching, resolving
from sokopesa.reconciliation.models import Discrepancy, Resolution
from sokopesa.reconciliation.refusals import (
    CannotResolve,
    NoSuchDiscrepancy,
    NotYourBooks,
    OwnResolution,
    OwnShop,
    ProposedBefore,
    ResolutionDecided,
)
from sokopesa.refunds.models import Refund

Market = Any
How = Resolution.How
NOON = MIDNIGHT + timedelta(hours=12)
LATER = MIDNIGHT + 2 * DAY
CODE = f"mpesa:{PAYBILL}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def asha() -> User:
    return add_staff(phone="254711900001", role=Role.FINANCE)


@pytest.fixture
def brian() -> User:
    return add_staff(phone="254711900002", role=Role.FINANCE)


@pytest.fixture(autouse=True)
def _opened(market: Market) -> None:
    market.now = MIDNIGHT - DAY
    market.purchase()


def unknown_line(cents: int = 50_000) -> Discrepancy:
    Statements().take_in(Told(cents, NOON, "Something Else", msisdn="254722000009"))
    matching.run(now=LATER)
    return Discrepancy.objects.get()


def resolve(found: Discrepancy, maker: User, decider: User, how: Resolution.How, against: str = "") -> Resolution:
    made = resolving.propose(
        discrepancy_id=found.pk, how=how, against=against, reason="We asked Safaricom.", maker=maker, now=LATER
    )
    made = resolving.approve(resolution_id=made.pk, decider=decider, now=LATER)
    found.refresh_from_db()
    matching.run(now=LATER)
    assert discrepancies() == []
    assert tied()
    return made


def tied() -> bool:
    """Whether Monday's difference is explained to the cent."""
    return all(one.unexplained_cents == 0 for one, _ in closing.look(day=MIDNIGHT.date() + DAY))


class TestEnding:
    def test_it_belongs_to_an_account(self, asha: User, brian: User) -> None:
        found = unknown_line()
        made = resolve(found, asha, brian, How.RECLASSIFY, "bank")
        assert (found.state, made.entry_key) == ("resolved", f"discrepancy:{found.pk}")
        assert (balance_cents(CODE), balance_cents("bank")) == (50_000, -50_000)
        assert [note.by for note in found.notes.order_by("id")] == [None, asha, brian]
        assert [item.cents for one, _ in closing.look(day=MIDNIGHT.date() + DAY) for item in one.items] == []

    def test_it_goes_back_to_the_payer(self, asha: User, brian: User) -> None:
        resolve(unknown_line(), asha, brian, How.RETURN)
        refund = Refund.objects.get()
        assert (refund.amount_cents, refund.msisdn, balance_cents("unmatched")) == (50_000, "254722000009", 0)
        assert (refund.state, refund.reconciled_from) == ("reconciled", "statement")

    def test_a_forged_payment_is_written_off(self, market: Market, asha: User, brian: User) -> None:
        purchase = market.purchase(total_cents=70_000)
        credit_payments([Payment(receipt(), 70_000, NOON, "callback", purchase_id=purchase.pk)], now=NOON)
        Statements().take_in(Told(1_000, NOON, reference=market.purchase(total_cents=1_000).reference))
        matching.run(now=LATER)
        found = Discrepancy.objects.get()
        assert found.kind == "forged_callback"
        resolve(found, asha, brian, How.WRITE_OFF)
        assert (balance_cents(CODE), balance_cents("write-off")) == (1_000, 70_000)

    def test_an_amount_is_set_right(self, market: Market, asha: User, brian: User) -> None:
        purchase = market.purchase(total_cents=70_000)
        code = receipt()
        credit_payments([Payment(code, 70_000, NOON, "callback", purchase_id=purchase.pk)], now=NOON)
        Statements().take_in(Told(70_500, NOON, receipt=code))
        matching.run(now=LATER)
        resolve(Discrepancy.objects.get(), asha, brian, How.ALLOCATE, "unmatched")
        assert (balance_cents(CODE), balance_cents("unmatched")) == (70_500, -500)

    def test_what_was_there_before_is_booked(self, market: Market, asha: User, brian: User) -> None:
        told = Told(1_000, NOON, reference=market.purchase(total_cents=1_000).reference)
        Statements(balance=900_000).take_in(told)
        matching.run(now=LATER)
        resolve(Discrepancy.objects.get(), asha, brian, How.RECLASSIFY, "bank")
        assert balance_cents(CODE) == 901_000


class TestInVain:
    """Two people booked a difference, and then a file came that explains it: what they booked is named again."""

    def again(self, effect: int) -> Discrepancy:
        found = Discrepancy.objects.get(state="open")
        assert (found.kind, found.effect_cents) == ("duplicate_in_ledger", effect)
        assert tied()
        return found

    def test_a_jump_of_the_balance(self, market: Market, asha: User, brian: User) -> None:
        told = [Told(900, NOON + days * DAY, reference=market.purchase().reference) for days in range(3)]
        statements = Statements()
        statements.take_in(told[0])
        statements.balance += 1_800
        statements.take_in(told[2], since=MIDNIGHT + 2 * DAY)
        matching.run(now=LATER + DAY)
        jump = Discrepancy.objects.get(state="open")
        resolve(jump, asha, brian, How.RECLASSIFY, "bank")
        Statements(balance=900).take_in(told[1], Told(900, NOON + DAY, "Else"), since=MIDNIGHT + DAY)
        matching.run(now=LATER + DAY)
        resolve(Discrepancy.objects.get(kind="missing_in_ledger"), asha, brian, How.RECLASSIFY, "bank")
        resolve(self.again(1_800), asha, brian, How.RECLASSIFY, "bank")
        assert balance_cents(CODE) == 3_600

    def test_some_of_a_jump(self, market: Market) -> None:
        told = [Told(900, NOON + days * DAY, reference=market.purchase().reference) for days in range(4)]
        statements = Statements()
        statements.take_in(told[0])
        statements.balance += 1_800
        statements.take_in(told[3], since=MIDNIGHT + 3 * DAY)
        matching.run(now=LATER + 2 * DAY)
        assert Discrepancy.objects.get(state="open").effect_cents == -1_800
        Statements(balance=900).take_in(told[1], since=MIDNIGHT + DAY)
        matching.run(now=LATER + 2 * DAY)
        assert Discrepancy.objects.get(state="open").effect_cents == -900

    def test_what_was_there_before_the_first_file(self, market: Market, asha: User, brian: User) -> None:
        told = Told(1_000, NOON, reference=market.purchase(total_cents=1_000).reference)
        Statements(balance=90_000).take_in(told)
        matching.run(now=LATER)
        resolve(Discrepancy.objects.get(), asha, brian, How.RECLASSIFY, "bank")
        early = Told(90_000, NOON - DAY, reference=market.purchase(total_cents=90_000).reference)
        Statements().take_in(early, since=MIDNIGHT - DAY)
        matching.run(now=LATER)
        resolve(self.again(90_000), asha, brian, How.RECLASSIFY, "bank")
        assert balance_cents(CODE) == 91_000


class TestRefusing:
    def test_nobody_decides_about_a_shop_of_their_own(self, market: Market, asha: User, brian: User) -> None:
        shop = market.offer().seller
        book([Draft("x:1", "x", NOON, (debit("bank", 100), credit(f"seller:{shop.pk}", 100)))])
        SellerMember.objects.create(seller=shop, user=brian)
        found = unknown_line()
        made = resolving.propose(
            discrepancy_id=found.pk,
            how=How.ALLOCATE,
            against=f"seller:{shop.pk}",
            reason="We asked.",
            maker=asha,
            now=LATER,
        )
        with pytest.raises(OwnShop):
            resolving.approve(resolution_id=made.pk, decider=brian, now=LATER)
        assert balance_cents(f"seller:{shop.pk}") == -100

    def test_four_eyes(self, asha: User, brian: User, market: Market) -> None:
        found = unknown_line()
        facts = {"discrepancy_id": found.pk, "how": How.RECLASSIFY, "against": "bank", "now": LATER}
        with pytest.raises(NotYourBooks):
            resolving.propose(**facts, reason="We asked.", maker=market.buyer())
        with pytest.raises(ReasonMissing):
            resolving.propose(**facts, reason=" ", maker=asha)
        made = resolving.propose(**facts, reason="We asked.", maker=asha)
        assert resolving.propose(**facts, reason="We asked.", maker=asha) == made
        with pytest.raises(ProposedBefore):
            resolving.propose(**facts, reason="We asked.", maker=brian)
        with pytest.raises(OwnResolution):
            resolving.approve(resolution_id=made.pk, decider=asha, now=LATER)
        resolving.refuse(resolution_id=made.pk, decider=brian, remark="Ask again.", now=LATER)
        with pytest.raises(ResolutionDecided):
            resolving.approve(resolution_id=made.pk, decider=brian, now=LATER)
        found.refresh_from_db()
        assert (found.state, balance_cents(CODE)) == ("open", 0)
        again = resolving.propose(**facts, reason="We asked again.", maker=brian)
        resolving.approve(resolution_id=again.pk, decider=asha, now=LATER)
        with pytest.raises(NoSuchDiscrepancy):
            resolving.propose(**facts, reason="And again.", maker=brian)

    @pytest.mark.parametrize(
        ("how", "against", "cents"),
        [
            (How.ACCEPT, "", 50_000),
            (How.RECLASSIFY, "seller:1", 50_000),
            (How.ALLOCATE, "escrow:0", 50_000),
            (How.ALLOCATE, "refunds:0", 50_000),
            (How.WRITE_OFF, "", 100_100),
            (How.RETURN, "", -50_000),
        ],
    )
    def test_how_it_cannot_end(self, how: Resolution.How, against: str, cents: int, asha: User) -> None:
        found = unknown_line(cents)
        with pytest.raises(CannotResolve):
            resolving.propose(
                discrepancy_id=found.pk, how=how, against=against, reason="We asked.", maker=asha, now=LATER
            )

    def test_the_database_refuses_too(self, asha: User) -> None:
        found = unknown_line()
        made = resolving.propose(
            discrepancy_id=found.pk, how=How.RECLASSIFY, against="bank", reason="We asked.", maker=asha, now=LATER
        )
        note = found.notes.get(by=None)
        for rows, change in (
            (Resolution.objects.filter(pk=made.pk), {"state": "approved", "decider": asha, "decided_at": LATER}),
            (Resolution.objects.filter(pk=made.pk), {"amount_cents": 1}),
            (Discrepancy.objects.all(), {"state": "resolved", "ended_at": LATER, "ended_by": note.pk}),
            (Discrepancy.objects.all(), {"effect_cents": 0}),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            found.notes.update(text="Nothing.")
