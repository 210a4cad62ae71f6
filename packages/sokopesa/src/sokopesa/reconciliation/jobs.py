"""Background entry points."""

from __future__ import annotations

from procrastinate.contrib.django import app

from sokopesa.kernel.clock import now
from sokopesa.reconciliation import bringing


@app.task(name="reconciliation.take_in", queue="statements")
def take_in(upload_id: int) -> None:
    """Take in a statement that was brought to the desk. Safe to repeat: what was taken in is known."""
    bringing.take_in(upload_id=upload_id, clock=now)
