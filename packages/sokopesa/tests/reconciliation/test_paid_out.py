"""Money that leaves us: what nobody knows is loud, and what M-PESA takes for paying is compared with its tariff."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from told import B2C, DAY, MIDNIGHT, PAYBILL, Statements, Told, receipt

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payouts import following
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.people.models import SellerMember, User
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import closing, matching, resolving
from sokopesa.reconciliation.models import Discrepancy, Resolution
from sokopesa.reconciliation.refusals import CannotResolve, OwnShop
from sokopesa.refunds import moving
from sokopesa.refunds.models import Refund

Market = Any
Sent = Callable[..., Transfer]
How = Resolution.How
NOON = MIDNIGHT + timedelta(hours=12)
LATER = MIDNIGHT + 2 * DAY
CODE = f"mpesa:b2c:{B2C}"
FILLED = Told(900_000, NOON - timedelta(hours=1), "Deposit of Funds")

pytestmark = pytest.mark.django_db

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _opened(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    market.now = MIDNIGHT - DAY
    market.purchase()


@pytest.fixture
def two() -> tuple[User, User]:
    return add_staff(phone="254711900001", role=Role.FINANCE), add_staff(phone="254711900002", role=Role.FINANCE)


@pytest.fixture
def owed(market: Market) -> Callable[..., Refund]:
    """A refund whose payment is confirmed."""

    def make(cents: int = 125_000, msisdn: str = "") -> Refund:
        purchase = market.purchase(total_cents=cents)
        for code in (receipt(), receipt()):
            payment = Payment(
                code, cents, NOON, "confirmation", purchase_id=purchase.pk, account=purchase.reference, msisdn=msisdn
            )
            credit_payments([payment], now=NOON)
        refund = Refund.objects.get(purchase=purchase)
        moving.reconcile({refund.receipt: "list"}, now=NOON)
        return Refund.objects.get(pk=refund.pk)

    return make


@pytest.fixture
def sent(owed: Callable[..., Refund]) -> Sent:
    """A transfer of which M-PESA has not said how it ended."""

    def make(cents: int = 125_000, payee: str = "") -> Transfer:
        refund = owed(cents)
        transfer = Transfer.objects.create(
            key=f"refund:{refund.pk}:1:1",
            purpose="refund",
            via="b2c",
            account=f"refunds:{refund.pk}",
            refund=refund,
            shortcode=B2C,
            payee=payee or f"2547220{next(_numbers):05d}",
            amount_cents=cents,
            prepared_at=NOON,
        )
        Transfer.objects.filter(pk=transfer.pk).update(state="released", released_at=NOON)
        Transfer.objects.filter(pk=transfer.pk).update(state="sent", sent_at=NOON)
        transfer.refresh_from_db()
        following.follow([transfer], NOON)
        Transfer.objects.filter(pk=transfer.pk).update(state="unknown")
        transfer.refresh_from_db()
        return transfer

    return make


def paid(cents: int = 125_000, code: str = "", **other: Any) -> Told:
    return Told(-cents, NOON, "Business Payment to Customer via API", code or receipt(), **other)


def found() -> list[tuple[str, int, int, str]]:
    return list(Discrepancy.objects.order_by("id").values_list("kind", "amount_cents", "effect_cents", "state"))


def resolve(found: Discrepancy, two: tuple[User, User], how: Resolution.How, against: str = "") -> Resolution:
    asha, brian = two
    made = resolving.propose(
        discrepancy_id=found.pk, how=how, against=against, reason="We asked Safaricom.", maker=asha, now=LATER
    )
    made = resolving.approve(resolution_id=made.pk, decider=brian, now=LATER)
    matching.run(now=LATER)
    found.refresh_from_db()
    assert found.state == "resolved"
    assert discrepancies() == []
    assert all(tied.unexplained_cents == 0 for tied, _ in closing.look(day=MIDNIGHT.date() + DAY))
    return made


class TestUnknown:
    def test_it_is_loud_and_told_once(self) -> None:
        Statements(B2C).take_in(FILLED, paid(40_000, msisdn="254722000001"), paid(50_000, "UKS9UNKNWN"))
        for _ in range(3):
            matching.run(now=LATER)
        assert found() == [("unknown_payout", 40_000, 40_000, "open"), ("unknown_payout", 50_000, 50_000, "open")]
        told = Notice.objects.get(kind="operator").text
        assert told.startswith(f"URGENT: KES 500, UKS9UNKNWN, and 1 more, KES 900 in all, left {CODE}")

    @pytest.mark.parametrize(
        ("account", "line"),
        [
            ("working", {"reason": "Business to Business Transfer", "other_party": "600999 - SOMEBODY"}),
            ("utility", {"reason": "Something Else"}),
        ],
    )
    def test_so_is_money_to_other_businesses_and_what_has_no_name(self, account: str, line: dict[str, Any]) -> None:
        Statements(B2C, account).take_in(FILLED, Told(-50_000, NOON, **line))
        matching.run(now=LATER)
        assert found() == [("unknown_payout", 50_000, 50_000, "open")]

    def test_a_payment_taken_back_keeps_its_own_kind(self) -> None:
        Statements(PAYBILL).take_in(
            Told(50_000, NOON, receipt="UKS8PAIDIN"),
            Told(-50_000, NOON, "Transaction Reversal", linked="UKS8PAIDIN"),
        )
        matching.run(now=LATER)
        assert found() == [("reversed", 50_000, 50_000, "open")]
        assert not Notice.objects.filter(kind="operator", text__startswith="URGENT").exists()

    def test_money_to_another_phone_than_our_transfers(self, sent: Sent) -> None:
        transfer = sent()
        Statements(B2C).take_in(FILLED, paid(msisdn="254733999999"))
        matching.run(now=LATER)
        assert found() == [("unknown_payout", 125_000, 125_000, "open")]
        [proposal] = Discrepancy.objects.get().proposals
        assert (proposal["to"], proposal["score"]) == (f"transfer:{transfer.pk}", 50)

    def test_it_clears_when_our_books_have_it(self, sent: Sent) -> None:
        """Another phone than we named; M-PESA's own result is the proof that it was this transfer after all."""
        transfer = sent()
        Statements(B2C).take_in(FILLED, paid(code="UKS7LATERR", msisdn="254733999999"))
        matching.run(now=LATER)
        conclude([Conclusion(transfer.pk, "result", receipt="UKS7LATERR", at=NOON)], now=LATER)
        matching.run(now=LATER)
        assert found() == [("unknown_payout", 125_000, 125_000, "cleared")]


class TestResolving:
    def test_it_is_one_of_two_transfers_that_are_alike(self, sent: Sent, two: tuple[User, User]) -> None:
        first, second = sent(payee="254722000055"), sent(payee="254722000055")
        Statements(B2C).take_in(FILLED, paid(code="UKS6EITHER", msisdn="254722000055"))
        matching.run(now=LATER)
        discrepancy = Discrepancy.objects.get()
        assert (discrepancy.kind, len(discrepancy.proposals)) == ("missing_in_ledger", 2)
        assert not Notice.objects.filter(kind="operator").exists(), "one of them it will be"
        made = resolve(discrepancy, two, How.ALLOCATE, f"transfer:{second.pk}")
        assert made.entry_key == f"transfer:{second.pk}"
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state, second.receipt) == ("unknown", "paid", "UKS6EITHER")
        assert Refund.objects.get(pk=second.refund_id).state == "paid"
        assert balance_cents(CODE) == 900_000 - 125_000
        conclude([Conclusion(second.pk, "result", receipt="UKS6EITHER", at=NOON)], now=LATER)
        assert balance_cents(CODE) == 900_000 - 125_000, "the result that was late"

    def test_somebody_paid_a_refund_in_the_portal(self, owed: Callable[..., Refund], two: tuple[User, User]) -> None:
        refund = owed(60_000, msisdn="254722000066")
        Statements(B2C).take_in(FILLED, paid(60_000, msisdn="254722000066"))
        matching.run(now=LATER)
        discrepancy = Discrepancy.objects.get()
        assert (discrepancy.kind, discrepancy.proposals[0]["to"]) == ("unknown_payout", f"refunds:{refund.pk}")
        resolve(discrepancy, two, How.ALLOCATE, f"refunds:{refund.pk}")
        refund.refresh_from_db()
        assert (refund.state, balance_cents(f"refunds:{refund.pk}")) == ("paid", 0)

    def test_a_payout_to_a_business_and_never_by_its_own_people(self, market: Market, two: tuple[User, User]) -> None:
        _, brian = two
        seller = market.offer().seller
        book([Draft("x:1", "x", NOON, (debit("bank", 80_000), credit(f"seller:{seller.pk}", 80_000)))])
        transfer = Transfer.objects.create(
            key="settlement:1:1",
            purpose="settlement",
            via="b2b",
            account=f"seller:{seller.pk}",
            seller=seller,
            shortcode=B2C,
            payee="600999",
            amount_cents=80_000,
            prepared_at=NOON,
        )
        Transfer.objects.filter(pk=transfer.pk).update(state="released", released_at=NOON)
        Transfer.objects.filter(pk=transfer.pk).update(state="sent", sent_at=NOON)
        out = Told(-80_000, NOON, "Business to Business Transfer", "UKS2TILLTO", other_party="600999 - A SHOP")
        Statements(B2C, "working").take_in(FILLED, out)
        matching.run(now=LATER)
        discrepancy = Discrepancy.objects.get()
        assert (discrepancy.kind, discrepancy.proposals[0]["score"]) == ("missing_in_ledger", 90)
        membership = SellerMember.objects.create(seller=seller, user=brian)
        with pytest.raises(OwnShop):
            resolve(discrepancy, two, How.ALLOCATE, f"transfer:{transfer.pk}")
        membership.delete()
        resolving.approve(resolution_id=discrepancy.resolutions.get().pk, decider=brian, now=LATER)
        transfer.refresh_from_db()
        assert (transfer.state, transfer.receipt) == ("paid", "UKS2TILLTO")
        assert (balance_cents(f"mpesa:{B2C}:working"), balance_cents(f"seller:{seller.pk}")) == (820_000, 0)

    def test_it_is_written_off_within_the_limit(self, two: tuple[User, User]) -> None:
        Statements(B2C).take_in(FILLED, paid(50_000))
        matching.run(now=LATER)
        resolve(Discrepancy.objects.get(), two, How.WRITE_OFF)
        assert (balance_cents("write-off"), balance_cents(CODE)) == (50_000, 850_000)

    @pytest.mark.parametrize(
        ("cents", "against", "why"),
        [
            (125_000, "transfer:nothing", "no such transfer"),
            (125_000, "transfer:0193a2b0-0000-7000-8000-000000000000", "no such transfer"),
            (124_000, "", "another amount"),
        ],
    )
    def test_a_transfer_that_it_cannot_be(
        self, sent: Sent, two: tuple[User, User], cents: int, against: str, why: str
    ) -> None:
        against = against or f"transfer:{sent().pk}"
        Statements(B2C).take_in(FILLED, paid(cents, msisdn="254733999999"))
        matching.run(now=LATER)
        self._refused(two, against, why)

    def test_a_transfer_that_has_ended_or_left_another_account(self, sent: Sent, two: tuple[User, User]) -> None:
        transfer = sent()
        Statements(PAYBILL).take_in(FILLED, Told(-125_000, NOON, "Something Else"))
        matching.run(now=LATER)
        self._refused(two, f"transfer:{transfer.pk}", "another account")
        conclude([Conclusion(transfer.pk, "result", code="2001")], now=LATER)
        Statements(B2C).take_in(FILLED, paid())
        matching.run(now=LATER)
        self._refused(two, f"transfer:{transfer.pk}", "not on its way")

    def _refused(self, two: tuple[User, User], against: str, why: str) -> None:
        with pytest.raises(CannotResolve, match=why):
            resolving.propose(
                discrepancy_id=Discrepancy.objects.filter(kind="unknown_payout").latest("id").pk,
                how=How.ALLOCATE,
                against=against,
                reason="We asked Safaricom.",
                maker=two[0],
                now=LATER,
            )


class TestCharges:
    def charge(self, cents: int, code: str, at: datetime = NOON) -> Told:
        return Told(-cents, at, "Business Payment Charge", code, linked=code)

    @pytest.mark.parametrize(("cents", "taken", "off"), [(125_000, 500, 0), (125_000, 700, 200), (600_000, 900, -200)])
    def test_it_is_compared_with_the_tariff(self, sent: Sent, cents: int, taken: int, off: int) -> None:
        transfer = sent(cents)
        conclude([Conclusion(transfer.pk, "result", receipt="UKS5CHARGE", at=NOON)], now=LATER)
        Statements(B2C).take_in(FILLED, paid(cents, "UKS5CHARGE"))
        Statements(B2C, "charges").take_in(self.charge(taken, "UKS5CHARGE"))
        for _ in range(2):
            matching.run(now=LATER)
        assert balance_cents(f"{CODE}:charges") == -taken, "booked as it was taken"
        assert found() == ([("fee_difference", abs(off), 0, "open")] if off else [])
        if off:
            said = Discrepancy.objects.get().evidence
            assert said == f"M-PESA took KES {taken // 100}; the tariff says KES {(taken - off) // 100}."

    def test_also_where_the_charge_was_there_before_the_result(self, sent: Sent) -> None:
        first, _ = sent(payee="254722000044"), sent(payee="254722000044")
        Statements(B2C).take_in(FILLED, paid(code="UKS4CHARGE", msisdn="254722000044"))
        Statements(B2C, "charges").take_in(self.charge(900, "UKS4CHARGE"))
        matching.run(now=LATER)
        assert [row[0] for row in found()] == ["missing_in_ledger"]
        conclude([Conclusion(first.pk, "result", receipt="UKS4CHARGE", at=NOON)], now=LATER)
        matching.run(now=LATER)
        assert found() == [("missing_in_ledger", 125_000, 125_000, "cleared"), ("fee_difference", 400, 0, "open")]

    def test_two_people_accept_it(self, sent: Sent, two: tuple[User, User]) -> None:
        transfer = sent()
        conclude([Conclusion(transfer.pk, "result", receipt="UKS3CHARGE", at=NOON)], now=LATER)
        Statements(B2C).take_in(FILLED, paid(code="UKS3CHARGE"), self.charge(800, "UKS3CHARGE"))
        matching.run(now=LATER)
        resolve(Discrepancy.objects.get(), two, How.ACCEPT)
