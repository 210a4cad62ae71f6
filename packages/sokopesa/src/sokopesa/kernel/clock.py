"""Time: stored in UTC, shown in East Africa Time (UTC+3, no daylight saving)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

EAT = ZoneInfo("Africa/Nairobi")


def now() -> datetime:
    """This moment, aware, in UTC. Faces and jobs call it; actions take ``now`` as a parameter."""
    return datetime.now(UTC)


def nairobi_date(moment: datetime) -> date:
    """The calendar day of an aware moment in Nairobi, by which tariffs, rates and promises are dated."""
    return moment.astimezone(EAT).date()
