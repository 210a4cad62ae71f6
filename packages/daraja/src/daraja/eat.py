"""East Africa Time, the only zone M-PESA knows: UTC+3 all year, no daylight saving."""

import re
from datetime import UTC, datetime, timedelta, timezone

EAT = timezone(timedelta(hours=3), "EAT")

_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)
_DAY_FIRST = re.compile(r"(\d\d)[.-](\d\d)[.-](\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
"""Outside of these it is no time of M-PESA's (which writes 1900 for `never`)."""


def timestamp(moment: datetime | None = None) -> str:
    """`YYYYMMDDHHMMSS` in EAT, as an STK request's `Timestamp` wants it; now, unless an aware moment is given."""
    return (moment or datetime.now(UTC)).astimezone(EAT).strftime("%Y%m%d%H%M%S")


def read_time(value: object) -> datetime | None:
    """The aware moment in any of the forms M-PESA writes, or None if it is none of them.

    Forms seen: `20211114132711` as number or text (STK, B2B, reversal, status), `06.07.2024 22:48:52`
    (B2C), `2023-04-26 12:30:00`, `01-05-2022 00:00` (SIM checks) and ISO 8601. A time that names no zone is EAT.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        moment = _read(str(value).strip())
    except ValueError:
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _read(text: str) -> datetime:
    if found := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second = map(int, found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=EAT)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=EAT)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=EAT)
