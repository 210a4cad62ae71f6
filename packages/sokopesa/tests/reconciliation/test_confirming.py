"""No refund goes back before M-PESA's own record shows the payment; what M-PESA took back itself is never paid
again."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from told import DAY, MIDNIGHT, PAYBILL, Statements, Told, receipt

from sokopesa.ledger.accounts import UNMATCHED, escrow
from sokopesa.ledger.queries import balance_cents, discrepancies
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Purchase
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payouts import following, preparing
from sokopesa.payouts.models import Transfer
from sokopesa.reconciliation import confirming, matching, pulling
from sokopesa.reconciliation.models import Discrepancy, StatementImport, StatementLine
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

Market = Any
NOON = MIDNIGHT + timedelta(hours=12)
LATER = MIDNIGHT + 2 * DAY

pytestmark = pytest.mark.django_db

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _opened(market: Market) -> None:
    market.now = MIDNIGHT - DAY
    market.purchase()


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> list[StatementLine]:
    """M-PESA's list as the test fills it, and how often it is read."""
    listed: list[StatementLine] = []

    def pull(*, now: Any) -> int:
        whole = StatementImport.objects.create(
            shortcode=PAYBILL,
            account="pulled",
            source="pull",
            period_from=now - DAY,
            period_until=now,
            line_count=1,
            imported_at=now,
        )
        for line in listed:
            line.statement_import = whole
        StatementLine.objects.bulk_create(listed)
        listed.clear()
        return 1

    monkeypatch.setattr(pulling, "pull", pull)
    return listed


def owed(market: Market, *, cents: int = 125_000, at: Any = NOON) -> tuple[Refund, Purchase]:
    """A purchase that was paid twice: the second payment is owed back."""
    purchase = market.purchase(total_cents=cents)
    for code in (receipt(), receipt()):
        payment = Payment(code, cents, at, "confirmation", purchase_id=purchase.pk, account=purchase.reference)
        credit_payments([payment], now=at)
    return Refund.objects.get(purchase=purchase), purchase


def line_of(refund: Refund, purchase: Purchase, **other: Any) -> Told:
    facts: dict[str, Any] = {"cents": refund.received_cents, "at": NOON, "receipt": refund.receipt}
    return Told(**(facts | {"reference": purchase.reference} | other))


def state(refund: Refund) -> tuple[str, str, str]:
    refund.refresh_from_db()
    return refund.state, refund.reconciled_from, refund.waits_for


def found() -> list[tuple[str, int, int, str]]:
    rows = Discrepancy.objects.exclude(kind__in=["forged_callback"]).order_by("id")
    return list(rows.values_list("kind", "amount_cents", "effect_cents", "state"))


class TestConfirming:
    def test_the_statement_confirms(self, market: Market) -> None:
        refund, purchase = owed(market)
        Statements().take_in(line_of(refund, purchase))
        assert confirming.confirm_due(now=LATER) == [refund.pk]
        assert state(refund) == ("reconciled", "statement", "")
        assert confirming.confirm_due(now=LATER) == []

    def test_the_list_confirms_within_a_moment(self, market: Market, lists: list[StatementLine]) -> None:
        refund, purchase = owed(market)
        lists.append(
            StatementLine(
                line_number=1,
                shortcode=PAYBILL,
                account="pulled",
                receipt=refund.receipt,
                reason="pay-bill",
                completed_at=NOON,
                initiated_at=NOON,
                paid_in_cents=125_000,
                withdrawn_cents=0,
                reference=purchase.reference,
            )
        )
        assert confirming.confirm_due(now=NOON + timedelta(seconds=5)) == [refund.pk]
        assert state(refund) == ("reconciled", "list", "")

    def test_the_list_is_not_read_again_and_again(self, market: Market, lists: list[StatementLine]) -> None:
        owed(market)
        for seconds in (5, 10, 15, 24, 26):
            confirming.confirm_due(now=NOON + timedelta(seconds=seconds))
        assert StatementImport.objects.count() == 2

    def test_without_a_record_it_waits(self, market: Market, lists: list[StatementLine]) -> None:
        refund, _ = owed(market)
        assert confirming.confirm_due(now=NOON) == []
        assert state(refund) == ("owed", "", "")

    def test_another_amount_is_held(self, market: Market) -> None:
        refund, purchase = owed(market)
        Statements().take_in(line_of(refund, purchase, cents=120_000))
        assert confirming.confirm_due(now=LATER) == []
        assert state(refund) == ("owed", "", "operator")
        assert "KES 1,200" in refund.remark
        assert found() == [("unconfirmed_refund", 125_000, 0, "open")]
        assert confirming.confirm_due(now=LATER) == []
        assert len(found()) == 1

    def test_another_orders_payment_is_held(self, market: Market) -> None:
        refund, purchase = owed(market)
        Statements().take_in(line_of(refund, purchase, reference=market.purchase().reference))
        assert confirming.confirm_due(now=LATER) == []
        assert state(refund)[2] == "operator"
        assert found() == [("unconfirmed_refund", 125_000, 0, "open")]


class TestTakenBack:
    def reversal(self, refund: Refund, cents: int = 125_000) -> Told:
        return Told(-cents, NOON + timedelta(hours=1), "Transaction Reversal", receipt(), linked=refund.receipt)

    def test_a_payment_that_mpesa_took_back_is_the_refund(self, market: Market) -> None:
        refund, purchase = owed(market)
        Statements().take_in(line_of(refund, purchase), self.reversal(refund))
        matching.run(now=LATER)
        assert state(refund)[0] == "paid"
        assert refund.paid_at == NOON + timedelta(hours=1)
        assert balance_cents(f"refunds:{refund.pk}") == 0
        assert balance_cents(f"mpesa:{PAYBILL}") == 125_000
        assert (found(), discrepancies()) == ([], [])
        assert purchase.events.filter(kind="refund-paid").count() == 1
        assert confirming.confirm_due(now=LATER) == []

    def test_the_buyer_is_told_once_that_mpesa_gave_it_back(self, market: Market) -> None:
        refund, purchase = owed(market)
        back = self.reversal(refund)
        Statements().take_in(line_of(refund, purchase), back)
        for _ in range(3):
            matching.run(now=LATER)
        told = Notice.objects.get(kind="refund-reversed")
        assert told.to == purchase.buyer.phone
        assert told.text.startswith("M-PESA itself gave KES 1,250 back to ")
        assert back.receipt in told.text
        assert not Notice.objects.filter(kind="refund-paid").exists()

    def test_whoever_paid_without_an_order_is_told(self, market: Market) -> None:
        code, phone = receipt(), "254722000077"
        credit_payments([Payment(code, 40_000, NOON, "confirmation", account="NOBODY", msisdn=phone)], now=NOON)
        debt = Debt(
            key=f"released:{code}",
            cause=Refund.Cause.UNKNOWN_ACCOUNT,
            purchase_id=None,
            receipt=code,
            amount_cents=40_000,
            msisdn=phone,
            from_account=UNMATCHED,
            happened_at=NOON,
        )
        [refund] = owe([debt], now=NOON)
        Statements().take_in(Told(40_000, NOON, receipt=code, reference="NOBODY"), self.reversal(refund, 40_000))
        matching.run(now=LATER)
        assert state(refund)[0] == "paid"
        assert Notice.objects.get(kind="refund-reversed").to == phone

    def test_part_of_it_is_for_people_and_nothing_more_is_paid(self, market: Market) -> None:
        refund, purchase = owed(market)
        Statements().take_in(line_of(refund, purchase), self.reversal(refund, 100_000))
        matching.run(now=LATER)
        assert state(refund) == ("owed", "", "operator")
        assert found() == [("reversed", 100_000, 100_000, "open")]
        assert confirming.confirm_due(now=LATER) == []

    def test_one_that_is_in_a_file_is_for_people(self, market: Market) -> None:
        refund, purchase = owed(market)
        moving.reconcile({refund.receipt: "list"}, now=NOON)
        moving.file([refund.pk])
        Statements().take_in(line_of(refund, purchase), self.reversal(refund))
        matching.run(now=LATER)
        assert state(refund) == ("filed", "list", "operator")
        assert found() == [("reversed", 125_000, 125_000, "open")]

    def test_one_that_was_approved_is_stopped_before_it_leaves(self, market: Market) -> None:
        refund, purchase = owed(market)
        moving.reconcile({refund.receipt: "list"}, now=NOON)
        moving.batch(moving.file([refund.pk]))
        draft = preparing.Draft(
            key=f"refund:{refund.pk}:1:1",
            purpose=Transfer.Purpose.REFUND,
            via=Transfer.Via.B2C,
            account=f"refunds:{refund.pk}",
            payee="254722000111",
            amount_cents=refund.amount_cents,
            refund_id=refund.pk,
        )
        (transfer,) = preparing.prepare([draft], now=NOON)
        preparing.release([transfer.pk], now=NOON)
        Statements().take_in(line_of(refund, purchase), self.reversal(refund))
        matching.run(now=LATER)
        assert state(refund) == ("reconciled", "list", "operator")
        transfer.refresh_from_db()
        assert transfer.state == "withdrawn"

    def test_taken_back_before_it_was_owed(self, market: Market) -> None:
        """The order's money was taken back; what is owed for it later is paid by that."""
        paid = market.pay(market.purchase(), at=NOON)
        order = paid.purchase.orders.get()
        statements = Statements()
        told = Told(125_000, NOON, receipt=paid.code, reference=paid.purchase.reference)
        back = Told(-125_000, NOON + timedelta(hours=1), "Transaction Reversal", receipt(), linked=paid.code)
        statements.take_in(told, back)
        matching.run(now=LATER)
        assert found() == [("reversed", 125_000, 125_000, "open")]
        [refund] = owe(
            [
                Debt(
                    key="late:1",
                    cause=Refund.Cause.CANCELLED_ORDER,
                    purchase_id=paid.purchase_id,
                    order_id=order.pk,
                    receipt=paid.code,
                    amount_cents=125_000,
                    msisdn="",
                    from_account=escrow(order.pk),
                    happened_at=LATER,
                )
            ],
            now=LATER,
        )
        assert confirming.confirm_due(now=LATER) == []
        matching.run(now=LATER)
        assert state(refund)[0] == "paid"
        assert [row[0::3] for row in found()] == [("reversed", "cleared"), ("unconfirmed_refund", "cleared")]


class TestPayouts:
    def transfer(self, market: Market, *, via: str = "b2c", cents: int = 125_000) -> tuple[Transfer, Purchase]:
        """A transfer of which M-PESA has not said how it ended."""
        refund, purchase = owed(market, cents=cents)
        moving.reconcile({refund.receipt: "list"}, now=NOON)
        transfer = Transfer.objects.create(
            key=f"refund:{refund.pk}:1:1",
            purpose="refund",
            via=via,
            account=f"refunds:{refund.pk}",
            refund=refund,
            shortcode="614251" if via == "b2c" else PAYBILL,
            payee=f"2547220{next(_numbers):05d}",
            amount_cents=cents,
            original_receipt=refund.receipt if via == "reversal" else "",
            prepared_at=NOON,
        )
        transfer.state, transfer.released_at = "released", NOON
        transfer.save(update_fields=["state", "released_at"])
        transfer.state, transfer.sent_at = "sent", NOON
        transfer.save(update_fields=["state", "sent_at"])
        following.follow([transfer], NOON)
        transfer.state = "unknown"
        transfer.save(update_fields=["state"])
        return transfer, purchase

    def test_the_statement_ends_what_was_unknown(self, market: Market) -> None:
        transfer, _ = self.transfer(market)
        Statements("614251").take_in(
            Told(900_000, NOON - timedelta(hours=1), "Deposit of Funds"),
            Told(-125_000, NOON, "Business Payment to Customer via API", "UKZ0000001", msisdn=transfer.payee),
        )
        matching.run(now=LATER)
        transfer.refresh_from_db()
        assert (transfer.state, transfer.receipt) == ("paid", "UKZ0000001")
        assert Refund.objects.get(pk=transfer.refund_id).state == "paid"
        assert balance_cents("mpesa:b2c:614251") == 775_000
        assert found() == []

    def test_two_that_are_alike_are_for_people(self, market: Market) -> None:
        transfer, _ = self.transfer(market)
        other, _ = self.transfer(market)
        Statements("614251").take_in(
            Told(900_000, NOON - timedelta(hours=1), "Deposit of Funds"),
            Told(-125_000, NOON, "Business Payment to Customer via API"),
        )
        matching.run(now=LATER)
        assert found() == [("missing_in_ledger", 125_000, 125_000, "open")]
        proposals = Discrepancy.objects.get(kind="missing_in_ledger").proposals
        assert {one["to"] for one in proposals} == {f"transfer:{transfer.pk}", f"transfer:{other.pk}"}

    def test_our_own_reversal(self, market: Market) -> None:
        transfer, purchase = self.transfer(market, via="reversal")
        refund = Refund.objects.get(pk=transfer.refund_id)
        back = Told(-125_000, NOON + timedelta(minutes=1), "Transaction Reversal", receipt(), linked=refund.receipt)
        Statements().take_in(line_of(refund, purchase), back)
        matching.run(now=LATER)
        transfer.refresh_from_db()
        assert (transfer.state, transfer.receipt) == ("paid", back.receipt)
        assert state(refund)[0] == "paid"
        assert found() == []
