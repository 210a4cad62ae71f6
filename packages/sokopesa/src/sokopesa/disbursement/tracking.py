"""What files and disbursements tell of a refund's way: in which ones it stands. Only its own lines are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sokopesa.disbursement.models import Batch, BatchLine, FileLine
from sokopesa.kernel.clock import nairobi_date
from sokopesa.refunds.models import Refund
from sokopesa.refunds.tracking import Step

State = Refund.State

_NOT_FILED = (State.OWED, State.RECONCILED, State.USED)


def steps_of(refunds: Sequence[Refund]) -> Mapping[int, Mapping[str, Step]]:
    """The steps *filed* and *batched* of refunds that stand in a file; two queries. One that is paid at once stands in
    none, and has neither step."""
    filed = {refund.pk: refund for refund in refunds if refund.state not in _NOT_FILED}
    if not filed:
        return {}
    lines: dict[int, list[FileLine]] = {}
    for line in FileLine.objects.filter(refund__in=filed).select_related("file").order_by("id"):
        lines.setdefault(line.refund_id, []).append(line)
    standing = {pk: _last(its) for pk, its in lines.items()}
    batches = _batches(line.pk for its in standing.values() for line in its)
    return {
        pk: {
            State.FILED: _filed(its),
            State.BATCHED: _batched([batches[line.pk] for line in its if line.pk in batches]),
        }
        for pk, its in standing.items()
    }


def _last(lines: Sequence[FileLine]) -> list[FileLine]:
    """The last line of each part: an earlier one was rejected, withdrawn or returned."""
    return list({line.part: line for line in lines}.values())


def _batches(line_ids: Iterable[int]) -> dict[int, Batch]:
    """The disbursement that each line stands in, and was not left out of, by the line's id."""
    entries = BatchLine.objects.filter(file_line__in=list(line_ids), is_left_out=False)
    kept = entries.exclude(batch__state=Batch.State.CANCELLED).select_related("batch").order_by("id")
    return {entry.file_line_id: entry.batch for entry in kept}


def _filed(lines: Sequence[FileLine]) -> Step:
    files = {line.file.number: line.file for line in lines}
    named = " and ".join(f"{number} of {file.day.day} {file.day:%b}" for number, file in sorted(files.items()))
    closed_at = max(file.closed_at for file in files.values())
    return Step(f"In refund file {named}", closed_at, "", is_done=True)


def _batched(batches: Sequence[Batch]) -> Step:
    if not batches:
        return Step("In the weekly disbursement", None, "", is_done=False)
    last = max(batches, key=lambda batch: batch.number)
    numbers = " and ".join(str(number) for number in sorted({batch.number for batch in batches}))
    if last.approved_at is None:
        detail = "Prepared; a second person has to approve it."
    else:
        day = nairobi_date(last.approved_at)
        detail = f"Approved {day.day} {day:%b} by a second person."
    return Step(f"In disbursement {numbers}", last.prepared_at, detail, is_done=True)
