"""Background entry points."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sokopesa.kernel.clock import now
from sokopesa.notices import actions
from sokopesa.notices.errors import NotDelivered


@app.task(
    name="notices.deliver",
    queue="notices",
    retry=RetryStrategy(max_attempts=10, exponential_wait=2, retry_exceptions=[NotDelivered]),
)
def deliver_notice(notice_id: int) -> None:
    """Deliver one stored notice."""
    actions.deliver(notice_id=notice_id, now=now())
