"""Refunds on their way out, and the people who see to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement.models import RefundFile
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.orders.models import Purchase
from sokopesa.payouts import payers, preparing
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.sending import hand_over
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

_NUMBERS = itertools.count(1)


class Treasury:
    """Money that came, is owed back and was confirmed by M-PESA; and the float that refunds leave from."""

    morning = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    """Monday at 9:00 in Nairobi."""
    cut_off = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

    def owed(
        self,
        cents: int = 125_000,
        *,
        at: datetime | None = None,
        msisdn: str | None = None,
        purchase: Purchase | None = None,
        cause: Refund.Cause | None = None,
        received_cents: int | None = None,
    ) -> Refund:
        number = next(_NUMBERS)
        receipt, at = f"UKF{number:07d}", at or self.morning
        received = received_cents or cents
        legs = (debit(accounts.mpesa("174379"), received), credit(accounts.UNMATCHED, received))
        book([Draft(key=f"receipt:{receipt}", kind="unmatched-payment", happened_at=at, legs=legs)])
        debt = Debt(
            key=f"surplus:{receipt}",
            cause=cause or (Refund.Cause.FURTHER_PAYMENT if purchase else Refund.Cause.UNKNOWN_ACCOUNT),
            purchase_id=purchase.pk if purchase else None,
            receipt=receipt,
            amount_cents=cents,
            received_cents=received,
            msisdn=f"2547{20_000_000 + number}" if msisdn is None else msisdn,
            from_account=accounts.UNMATCHED,
            happened_at=at,
        )
        return owe([debt], now=at)[0]

    def refund(self, cents: int = 125_000, *, at: datetime | None = None, **other: object) -> Refund:
        """One that M-PESA's statement has confirmed."""
        refund = self.owed(cents, at=at, **other)  # type: ignore[arg-type]
        moving.reconcile({refund.receipt: "statement"}, now=at or self.morning)
        refund.refresh_from_db()
        return refund

    def fill(self, cents: int = 1_000_000_000, *, b2c: str = "614251") -> None:
        """The float is filled from the bank."""
        legs = (debit(accounts.b2c(b2c), cents), credit(accounts.BANK, cents))
        book([Draft(key=f"float:{next(_NUMBERS)}", kind="float", happened_at=self.morning, legs=legs)])

    def acknowledge(self, files: list[RefundFile]) -> None:
        """Those who pay have all of these files."""
        for file in files:
            file.state, file.answered_at = RefundFile.State.ACKNOWLEDGED, file.closed_at
            file.save(update_fields=["state", "answered_at"])

    def give_back(self, refund: Refund, *, code: str, at: datetime) -> None:
        """M-PESA was told to pay it, and did not."""
        moving.sent([refund.pk])
        draft = preparing.Draft(
            key=f"refund:{refund.pk}:1:1",
            purpose=Transfer.Purpose.REFUND,
            via=Transfer.Via.PORTAL,
            account=accounts.refunds(refund.pk),
            payee=refund.pays_to,
            amount_cents=refund.amount_cents,
            refund_id=refund.pk,
        )
        (transfer,) = preparing.prepare([draft], now=at)
        preparing.release([transfer.pk], now=at)
        hand_over([transfer.pk], now=at)
        conclude([Conclusion(transfer.pk, "portal", code=code)], now=at)

    def tell_float(self, cents: int, *, at: datetime) -> None:
        """M-PESA says what is in the account."""
        with transaction.atomic():
            payers.hear_float(payers.hold("614251", at), cents, at)

    def member(self) -> User:
        """Somebody in finance."""
        return add_staff(phone=f"2547100{next(_NUMBERS):05d}", role=Role.FINANCE)


@pytest.fixture
def treasury() -> Treasury:
    return Treasury()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where files are put, and answers found."""
    before = CONFIGURATION.refund_files_folder
    CONFIGURATION.refund_files_folder = tmp_path
    yield tmp_path
    CONFIGURATION.refund_files_folder = before
