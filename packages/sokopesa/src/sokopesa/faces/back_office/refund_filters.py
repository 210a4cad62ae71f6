"""Which refunds an address asks for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from sokopesa.disbursement.queries import held_up
from sokopesa.refunds.models import Refund

HELD = "held"
"""The filter for everything that does not go on by itself."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters that were typed into the address, and the refunds that they leave, the newest first. What nobody
    could have chosen is as good as nothing chosen."""

    state: str
    cause: str
    waits: str
    rows: QuerySet[Refund]

    @property
    def query(self) -> str:
        """The same as part of an address."""
        chosen = (("state", self.state), ("cause", self.cause), ("waits", self.waits))
        return urlencode({name: value for name, value in chosen if value})


def chosen(query: QueryDict) -> Chosen:
    """As the address says."""
    state, cause, waits = (query.get(name, "") for name in ("state", "cause", "waits"))
    state = state if state in Refund.State else ""
    cause = cause if cause in Refund.Cause else ""
    waits = waits if waits == HELD or waits in Refund.Wait else ""
    rows = held_up() if waits == HELD else Refund.objects.select_related("purchase__buyer", "order")
    if state:
        rows = rows.filter(state=state)
    if cause:
        rows = rows.filter(cause=cause)
    if waits in Refund.Wait:
        rows = rows.filter(waits_for=waits)
    return Chosen(state, cause, waits, rows.order_by("-pk"))
