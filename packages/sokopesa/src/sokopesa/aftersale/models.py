"""What the database keeps of the time after the sale."""

from __future__ import annotations

from sokopesa.aftersale.disputes.models import (
    Appeal,
    Dispute,
    DisputeDraft,
    DisputeEvent,
    Plan,
    Ruling,
    SupportReport,
)

__all__ = ["Appeal", "Dispute", "DisputeDraft", "DisputeEvent", "Plan", "Ruling", "SupportReport"]
