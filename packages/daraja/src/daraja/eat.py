"""East Africa Time, the only zone M-PESA knows: UTC+3 all year, no daylight saving."""

import re
from datetime import UTC, datetime, timedelta, timezone

EAT = timezone(timedelta(hours=3), "EAT")

_DIGITS = re.compile(r"\d{14}")
_FORMATS = ("%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y")


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
    text = str(value).strip()
    try:
        if _DIGITS.fullmatch(text):
            return datetime(
                int(text[:4]),
                int(text[4:6]),
                int(text[6:8]),
                int(text[8:10]),
                int(text[10:12]),
                int(text[12:]),
                tzinfo=EAT,
            )
        if len(text) == 10 or "T" in text:
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=EAT)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=EAT)
        except ValueError:
            continue
    return None
