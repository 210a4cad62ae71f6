"""What a benchmark reports: each figure beside its limit, measured in the same run on the same machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One result. ``limit`` is what the bare database or library reaches where it was measured, else what we promise;
    None where there is neither."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """``value`` as a share of ``limit``."""
        return round(self.value / self.limit, 3) if self.limit else None

    def row(self, name: str) -> dict[str, object]:
        """For results/latest.json, under the name that others know it by."""
        return {**asdict(self), "name": name, "ratio": self.ratio}


class BooksWrongError(Exception):
    """After a benchmark the books were not as they must be, so its figures are worth nothing."""
