"""M-PESA's statements as tests write them: lines whose balance follows, taken in as an importer would."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sokopesa.reconciliation.models import StatementImport, StatementLine

PAYBILL, B2C = "174379", "614251"
DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
"""Monday, 23 November 2026, begins in Nairobi."""

_numbers = itertools.count(1)


def receipt() -> str:
    """A receipt that no other line has."""
    return f"UKS{next(_numbers):07d}"


@dataclass
class Told:
    """One line to be; ``cents`` below nought goes out."""

    cents: int
    at: datetime
    reason: str = "Pay Bill"
    receipt: str = ""
    linked: str = ""
    reference: str = ""
    msisdn: str = ""
    details: str = ""
    other_party: str = ""


@dataclass
class Statements:
    """One account's statements, each going on where the last one ended."""

    shortcode: str = PAYBILL
    account: str = "utility"
    balance: int = 0
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def take_in(
        self, *lines: Told, since: datetime = MIDNIGHT, until: datetime | None = None, breaks: int = 0
    ) -> StatementImport:
        """A file of a day, or until ``until``, with these lines, in the order of their time."""
        until = until or since + DAY
        ordered: Sequence[Told] = sorted(lines, key=lambda line: line.at)
        whole = StatementImport.objects.create(
            shortcode=self.shortcode,
            account=self.account,
            source="csv",
            file_name=f"statement-{next(_numbers)}.csv",
            sha256=sha256(str(next(_numbers)).encode()).hexdigest(),
            period_from=since,
            period_until=until - timedelta(seconds=1),
            opening_cents=self.balance if lines else None,
            closing_cents=self.balance + sum(line.cents for line in lines) if lines else None,
            line_count=len(lines),
            break_count=breaks,
            imported_at=until + timedelta(hours=1),
        )
        StatementLine.objects.bulk_create([self._line(whole, number, told) for number, told in enumerate(ordered, 1)])
        return whole

    def _line(self, whole: StatementImport, number: int, told: Told) -> StatementLine:
        self.balance += told.cents
        code = told.receipt or receipt()
        occurrence = self._seen[code, told.reason] = self._seen.get((code, told.reason), 0) + 1
        return StatementLine(
            statement_import=whole,
            line_number=number,
            shortcode=self.shortcode,
            account=self.account,
            receipt=code,
            reason=told.reason,
            occurrence=occurrence,
            completed_at=told.at,
            initiated_at=told.at,
            paid_in_cents=max(told.cents, 0),
            withdrawn_cents=max(-told.cents, 0),
            balance_cents=self.balance,
            details=told.details or told.reason,
            other_party=told.other_party,
            msisdn=told.msisdn,
            linked=told.linked,
            reference=told.reference,
        )
