"""Background entry points."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from sokopesa.kernel.clock import now
from sokopesa.payments import prompts


@app.task(name="payments.send_prompt", queue="payments", priority=10)
def send_prompt(prompt_id: str) -> None:
    """Hand a recorded prompt to M-PESA. Never retried: what the call did not settle, the janitor asks about."""
    prompts.send(prompt_id=UUID(prompt_id), clock=now)
