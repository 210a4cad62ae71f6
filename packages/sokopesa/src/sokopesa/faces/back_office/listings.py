"""The tables of finance's pages as files: every row that the filters leave, how many there are, and what they sum to.

Phone numbers are masked as on the pages; who needs them whole has the refund file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import Http404, QueryDict

from sokopesa.disbursement import queries as disbursement
from sokopesa.disbursement.models import Batch, RefundFile
from sokopesa.faces.back_office.bodies import mask
from sokopesa.faces.back_office.paging import read_id
from sokopesa.faces.back_office.refund_filters import chosen
from sokopesa.faces.back_office.templatetags.desk import called
from sokopesa.kernel import clock
from sokopesa.kernel.clock import EAT
from sokopesa.kernel.money import format_kes
from sokopesa.kernel.phone import masked
from sokopesa.ledger.exports.files import Control, shillings
from sokopesa.ledger.exports.tables import Cell, Column, Table
from sokopesa.ledger.statements import Period
from sokopesa.people.models import Seller, User
from sokopesa.reconciliation import queries as reconciliation
from sokopesa.reconciliation.models import DayClose, Discrepancy, StatementImport
from sokopesa.refunds import outstanding
from sokopesa.settlements import queries as settlements
from sokopesa.settlements.models import Run

AT_ONCE = 2_000
"""Rows that are read from the database at a time."""

NUMBER, STATE, AMOUNT = Column("Number", 14), Column("State", 18), Column("Amount KES")
REFUND, PHONE, RECEIPT = Column("Refund", 14), Column("Phone", 14), Column("M-PESA receipt", 16)
MAKER, SECOND = Column("Prepared by", 20), Column("Approved by", 20)


@dataclass(frozen=True, slots=True)
class Listing:
    """A query and how a row of it is written; ``cents`` is the field whose sum is the control total."""

    title: str
    columns: tuple[Column, ...]
    rows: QuerySet[Any]
    cells: Callable[[Any], tuple[Cell, ...]]
    cents: str

    def table(self, *, now: datetime) -> Table:
        """The rows as they are read; what is above them says how many there are and what they sum to."""
        found = self.rows.order_by().aggregate(count=Count("pk"), total=Sum(self.cents))
        control = Control()

        def written() -> Any:
            for row in self.rows.iterator(chunk_size=AT_ONCE):
                value: Any = row
                for step in self.cents.split("__"):
                    value = getattr(value, step)
                control.count(value)
                yield self.cells(row)

        opening = (
            _as_of(self.title, now),
            f"Rows: {found['count']}. Total: {format_kes(found['total'] or 0)}",
        )
        return Table(self.title, now, self.columns, written(), control, opening)


@dataclass(frozen=True, slots=True)
class Computed:
    """A table of what is reckoned, not of rows in the database: the same lines above it. ``rows`` gives each with its
    cents; ``count`` and ``total_cents`` are what they come to."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[int, tuple[Cell, ...]]]
    count: int
    total_cents: int

    def table(self, *, now: datetime) -> Table:
        """The rows as they are read."""
        control = Control()

        def written() -> Iterator[tuple[Cell, ...]]:
            for cents, cells in self.rows:
                control.count(cents)
                yield cells

        told = f"Rows: {self.count}. Total: {format_kes(self.total_cents)}"
        return Table(self.title, now, self.columns, written(), control, (_as_of(self.title, now), told))


def _as_of(title: str, now: datetime) -> str:
    return f"{title}, as of {now.astimezone(EAT):%Y-%m-%d %H:%M:%S} in Nairobi"


def listing(name: str, query: QueryDict) -> Listing | Computed:
    """The listing of this name as the address filters it.

    Raises:
        Http404: there is no such listing, or it is of something that is not there.
    """
    make = _LISTINGS.get(name)
    if make is None:
        raise Http404
    return make(query)


def _refunds(query: QueryDict) -> Listing:
    columns = (
        *(REFUND, AMOUNT, STATE, Column("Waits for", 30), Column("Cause", 22), Column("Order", 18)),
        *(PHONE, Column("Brought by", 16), Column("Owed at", 19), Column("Promised until", 14), Column("Paid at", 19)),
    )

    def cells(refund: Any) -> tuple[Cell, ...]:
        about = refund.order or refund.purchase
        waits = refund.get_waits_for_display() if refund.waits_for else ""
        return (
            *(refund.number, shillings(refund.amount_cents), refund.standing, waits),
            *(refund.get_cause_display(), about.number if about else ""),
            *(masked(refund.pays_to) if refund.pays_to else "", refund.receipt, refund.owed_at),
            *(f"{refund.promised_until}", refund.paid_at),
        )

    return Listing("Refunds", columns, chosen(query).rows, cells, "amount_cents")


def _files(_: QueryDict) -> Listing:
    columns = (NUMBER, Column("Day", 12), STATE, Column("Lines"), Column("Total KES"), Column("SHA-256", 64))

    def cells(file: Any) -> tuple[Cell, ...]:
        total = shillings(file.total_cents)
        return (file.number, f"{file.day}", file.get_state_display(), file.lines, total, file.sha256)

    return Listing("Refund files", columns, disbursement.files(), cells, "total_cents")


def _file_lines(query: QueryDict) -> Listing:
    file = _of(RefundFile.objects.all(), query)
    columns = (
        Column("Line"),
        REFUND,
        Column("Part"),
        AMOUNT,
        PHONE,
        Column("Brought by", 16),
        STATE,
        Column("Why", 40),
    )

    def cells(line: Any) -> tuple[Cell, ...]:
        head = (line.position, line.refund_number, line.part, shillings(line.amount_cents), masked(line.msisdn))
        return (*head, line.receipt, line.get_state_display(), mask(line.remark))

    rows = file.entries.order_by("position")
    return Listing(f"Lines of refund file {file.number}", columns, rows, cells, "amount_cents")


def _batches(_: QueryDict) -> Listing:
    columns = (
        *(NUMBER, Column("Week", 12), STATE, Column("Lines"), Column("Total KES")),
        *(MAKER, Column("Prepared at", 19), SECOND, Column("Approved at", 19), Column("Done at", 19)),
    )

    def cells(batch: Any) -> tuple[Cell, ...]:
        head = (batch.number, f"{batch.week}", batch.get_state_display(), batch.lines, shillings(batch.total_cents))
        people = (called(batch.maker), batch.prepared_at, _name(batch.approver), batch.approved_at)
        return (*head, *people, batch.done_at)

    return Listing("Disbursements", columns, disbursement.batches(), cells, "total_cents")


def _batch_lines(query: QueryDict) -> Listing:
    batch = _of(Batch.objects.all(), query)
    columns = (REFUND, Column("Part"), AMOUNT, PHONE, Column("File"), STATE, RECEIPT, Column("Ended", 19), _WHY)

    def cells(entry: Any) -> tuple[Cell, ...]:
        line, transfer = entry.file_line, entry.transfer
        head = (line.refund_number, line.part, shillings(line.amount_cents), masked(line.msisdn), line.file.number)
        if entry.is_left_out:
            return (*head, "Left out", "", None, entry.left_out_for)
        if transfer is None:
            return (*head, "Not paid yet", "", None, "")
        return (*head, transfer.get_state_display(), transfer.receipt, transfer.ended_at, mask(transfer.remark))

    rows = batch.entries.select_related("file_line__file", "transfer").order_by("pk")
    return Listing(f"Lines of disbursement {batch.number}", columns, rows, cells, "file_line__amount_cents")


def _runs(_: QueryDict) -> Listing:
    columns = (
        NUMBER,
        STATE,
        Column("Sellers"),
        Column("Total KES"),
        MAKER,
        Column("Decided by", 20),
        Column("Done", 19),
    )

    def cells(run: Any) -> tuple[Cell, ...]:
        head = (run.number, run.get_state_display(), run.count, shillings(run.total_cents))
        return (*head, called(run.maker), _name(run.decider), run.done_at)

    return Listing("Runs of sellers' payouts", columns, settlements.runs(), cells, "total_cents")


def _run_lines(query: QueryDict) -> Listing:
    run = _of(Run.objects.all(), query)
    columns = (NUMBER, Column("Seller", 30), AMOUNT, Column("Earned KES"), Column("Paid to", 24), STATE, _WHY)

    def cells(line: Any) -> tuple[Cell, ...]:
        paid_to = f"{line.payee.get_kind_display()} {line.payee.ending}"
        sums = (shillings(line.amount_cents), shillings(line.balance_cents))
        return (line.number, line.seller.name, *sums, paid_to, line.get_state_display(), mask(line.remark))

    rows = run.settlements.select_related("seller", "payee").order_by("pk")
    return Listing(f"Sellers of run {run.number}", columns, rows, cells, "amount_cents")


def _statements(_: QueryDict) -> Listing:
    columns = (
        *(Column("File", 36), Column("Shortcode"), Column("Account", 22), Column("From", 19), Column("Until", 19)),
        *(Column("New lines"), Column("Known lines"), Column("Closes with KES"), Column("SHA-256", 64)),
    )

    def cells(whole: Any) -> tuple[Cell, ...]:
        closes = None if whole.closing_cents is None else shillings(whole.closing_cents)
        head = (whole.file_name, whole.shortcode, whole.get_account_display(), whole.period_from, whole.period_until)
        return (*head, whole.line_count, whole.known_count, closes, whole.sha256)

    rows = StatementImport.objects.exclude(closing_cents=None).order_by("-pk")
    return Listing("M-PESA's statements", columns, rows, cells, "closing_cents")


def _discrepancies(query: QueryDict) -> Listing:
    kind = query.get("kind", "")
    columns = (
        *(Column("Class", 32), AMOUNT, Column("Books less statement KES"), RECEIPT, Column("Account", 22)),
        *(Column("Happened", 19), Column("Found", 19), Column("Due", 19), Column("Owner", 20), Column("Evidence", 60)),
    )

    def cells(row: Any) -> tuple[Cell, ...]:
        sums = (shillings(row.amount_cents), shillings(row.effect_cents))
        moments = (row.happened_at, row.opened_at, row.due_at)
        return (row.get_kind_display(), *sums, row.receipt, row.code, *moments, _name(row.owner), mask(row.evidence))

    rows = reconciliation.open_discrepancies(kind=kind if kind in Discrepancy.Kind else "")
    return Listing("Open discrepancies", columns, rows, cells, "amount_cents")


def _days(_: QueryDict) -> Listing:
    columns = (
        *(Column("Day", 12), Column("Account", 22), Column("Our books KES"), Column("M-PESA KES"), Column("Apart KES")),
        *(Column("Open items"), Column("Closed by", 20), Column("Countersigned by", 20)),
    )

    def cells(one: Any) -> tuple[Cell, ...]:
        sums = (one.closing_cents, one.stated_closing_cents, one.difference_cents)
        people = (_name(one.signed_by), _name(one.countersigned_by))
        return (f"{one.day}", one.code, *map(shillings, sums), one.open_count, *people)

    rows = DayClose.objects.select_related("signed_by", "countersigned_by").order_by("-day", "code")
    return Listing("Closed days", columns, rows, cells, "closing_cents")


def _owed(_: QueryDict) -> Computed:
    ages = outstanding.by_age(now=clock.now())
    columns = (Column("Business days", 16), Column("Refunds"), AMOUNT, Column("Promise", 12))
    rows = ((age.cents, (age.label, age.count, shillings(age.cents), _promise(age))) for age in ages)
    return Computed("Owed to buyers by age", columns, rows, len(ages), sum(age.cents for age in ages))


def _promise(age: outstanding.Owed) -> str:
    return "broken" if age.is_late and age.count else ""


def _seller(query: QueryDict) -> Computed:
    """A seller's account from its first line on, in the seller's signs."""
    number = read_id(query.get("of"))
    shop = Seller.objects.filter(pk=number).first() if number is not None and number < 2**31 else None
    if shop is None:
        raise Http404
    found = settlements.statement_of(shop, Period(None, clock.now()))
    columns = (Column("When", 19), Column("What", 60), AMOUNT, Column("Balance KES"))
    lines = settlements.lines_of(found) if found else ()
    rows = (
        (line.amount_cents, (line.at, mask(line.what), shillings(line.amount_cents), shillings(line.balance_cents)))
        for line in lines
    )
    balance_cents = -found.closing_cents if found else 0
    return Computed(f"Statement of {shop.name}", columns, rows, found.count if found else 0, balance_cents)


_WHY = Column("Why", 40)
_LISTINGS: Mapping[str, Callable[[QueryDict], Listing | Computed]] = {
    "owed": _owed,
    "seller": _seller,
    "refunds": _refunds,
    "files": _files,
    "file-lines": _file_lines,
    "disbursements": _batches,
    "disbursement-lines": _batch_lines,
    "runs": _runs,
    "run-lines": _run_lines,
    "statements": _statements,
    "discrepancies": _discrepancies,
    "days": _days,
}


def _of(known: QuerySet[Any], query: QueryDict) -> Any:
    """What the address names by its number."""
    number = read_id(query.get("of"))
    found = known.filter(number=number).first() if number is not None and number < 2**31 else None
    if found is None:
        raise Http404
    return found


def _name(person: User | None) -> str:
    return called(person) if person else ""
