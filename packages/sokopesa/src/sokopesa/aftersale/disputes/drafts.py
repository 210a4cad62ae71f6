"""What a buyer typed and has not sent yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sokopesa.aftersale.disputes.models import LONGEST_WORDS, DisputeDraft
from sokopesa.orders.models import OrderLine
from sokopesa.people.models import User

KEPT = ("kind", "reason", "amount", "details")


def save_draft(line: OrderLine, answers: Mapping[str, str], *, by: User, now: datetime) -> None:
    """Keep the answers as they were typed, right or wrong, until the dispute is opened or others are saved."""
    kept = {name: answers.get(name, "").replace("\0", "")[: 2 * LONGEST_WORDS] for name in KEPT}
    DisputeDraft.objects.update_or_create(buyer=by, line=line, defaults={"answers": kept, "saved_at": now})


def draft_of(line: OrderLine, *, by: User) -> DisputeDraft | None:
    """What the buyer has typed so far."""
    return DisputeDraft.objects.filter(buyer=by, line=line).first()
