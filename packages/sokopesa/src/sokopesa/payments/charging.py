"""Our own part of M-PESA's charges, booked from its statement: nothing but the statement ever tells of it.

A payment and its charge are two lines. They share the payment's receipt number, or the charge has a number of its own
and names the payment as the transaction it is linked to; either way a payment is charged for once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction

from sokopesa.kernel.money import format_kes
from sokopesa.ledger.accounts import MPESA_CHARGES, mpesa
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.models import Posting
from sokopesa.payments.charges import charge_by
from sokopesa.payments.models import Receipt


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A line of the statement by which M-PESA took a charge from our account.

    ``receipt`` is the line's own number, ``linked`` the payment's where the line names it. ``amount_cents`` is what was
    taken, above nought whatever sign the statement gives it; it may have broken shillings. ``taken_at`` is aware.
    ``expected_cents`` is what the tariff says, where whoever read the line knows it: for what we paid out.
    """

    receipt: str
    amount_cents: int
    taken_at: datetime
    linked: str = ""
    details: str = ""
    expected_cents: int | None = None

    def __post_init__(self) -> None:
        if self.amount_cents <= 0:
            raise ValueError(f"{self.receipt}: {self.amount_cents} cents are no charge")

    @property
    def payment(self) -> str:
        """The receipt number of what was charged for."""
        return self.linked or self.receipt

    @property
    def key(self) -> str:
        """Why the entry exists: one charge for one payment."""
        return f"charge:{self.payment}"


class Outcome(StrEnum):
    """What became of a line."""

    BOOKED = "booked"
    KNOWN = "known"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Charged:
    """A line, what became of it, and whether it is what the tariff says.

    ``expected_cents`` comes with the line or from the tariff stored with the payment's receipt, and is None where we
    have no such receipt. ``booked_cents`` is what our books say of this charge. A line that contradicts them was not
    booked.
    """

    line: ChargeLine
    outcome: Outcome
    expected_cents: int | None
    booked_cents: int

    @property
    def is_expected(self) -> bool:
        """Whether M-PESA took what its tariff says, and once."""
        return self.outcome != Outcome.CONTRADICTS and self.line.amount_cents == self.expected_cents

    @property
    def too_much_cents(self) -> int | None:
        """What M-PESA took beyond the tariff; below nought it took less. None where no tariff tells."""
        return None if self.expected_cents is None else self.line.amount_cents - self.expected_cents

    def __str__(self) -> str:
        """In words, for whoever reconciles."""
        taken, about = format_kes(self.line.amount_cents), f"for {self.line.payment}"
        if self.outcome == Outcome.CONTRADICTS:
            return f"{taken} {about} is not booked: {format_kes(self.booked_cents)} is on the books for it already"
        if self.expected_cents is None:
            return f"{taken} {about}, of which we have no receipt"
        if self.is_expected:
            return f"{taken} {about}, as the tariff says"
        return f"{taken} {about}, where the tariff says {format_kes(self.expected_cents)}"


@transaction.atomic
def book_charges(lines: Sequence[ChargeLine], *, shortcode: str, account: str = "") -> list[Charged]:
    """Book what M-PESA took from the account of ``shortcode``; for each line, in order, what became of it.

    A line that is on the books changes nothing, however often it is read. What was taken is booked as it was taken,
    also where the tariff says otherwise: that is for people to pursue. A second charge for a payment, of another
    amount, is not booked but told. ``account`` is the code of the account that it was taken from; without one it is
    where customers' payments lie.
    """
    with connection.cursor() as cursor:
        # Two who read the same statement at once: the second sees all that the first has booked.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments-charging'))")
    booked = _on_the_books({line.key for line in lines})
    expected = {**_expected(lines, shortcode), **_told(lines)}
    drafts: list[Draft] = []
    results: list[Charged] = []
    for line in lines:
        if line.key not in booked:
            booked[line.key] = line.amount_cents
            drafts.append(_draft(line, expected.get(line.payment), account or mpesa(shortcode)))
            outcome = Outcome.BOOKED
        else:
            outcome = Outcome.KNOWN if booked[line.key] == line.amount_cents else Outcome.CONTRADICTS
        results.append(Charged(line, outcome, expected.get(line.payment), booked[line.key]))
    book(drafts)
    return results


def _on_the_books(keys: Iterable[str]) -> dict[str, int]:
    known = Posting.objects.filter(entry__key__in=list(keys), account__code=MPESA_CHARGES)
    return dict(known.values_list("entry__key", "amount_cents"))


def _expected(lines: Sequence[ChargeLine], shortcode: str) -> Mapping[str, int]:
    """Our part by the tariff that was stored when the payment came, by its receipt number."""
    paid = Receipt.objects.filter(code__in={line.payment for line in lines}, shortcode=shortcode)
    return {
        code: charge_by(tariff, amount_cents).business_cents
        for code, tariff, amount_cents in paid.values_list("code", "tariff", "amount_cents")
    }


def _told(lines: Sequence[ChargeLine]) -> Mapping[str, int]:
    return {line.payment: line.expected_cents for line in lines if line.expected_cents is not None}


def _draft(line: ChargeLine, expected_cents: int | None, account: str) -> Draft:
    memo = f"{line.details or 'Charge'} for {line.payment}"
    if expected_cents is not None and expected_cents != line.amount_cents:
        memo += f"; the tariff says {format_kes(expected_cents)}"
    return Draft(
        key=line.key,
        kind="mpesa-charge",
        happened_at=line.taken_at,
        memo=memo[:200],
        legs=(debit(MPESA_CHARGES, line.amount_cents), credit(account, line.amount_cents)),
    )
