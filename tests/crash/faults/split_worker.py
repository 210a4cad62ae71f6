"""A worker that marks messages settled in one transaction and gives them their effect in another."""

from __future__ import annotations

import sys
import time
from datetime import datetime

from sokopesa.cli.django import set_up_django

set_up_django()

from django.db import transaction  # noqa: E402 - Django first

from sokopesa.cli import main  # noqa: E402
from sokopesa.payments import settlement  # noqa: E402
from sokopesa.payments.models import InboxMessage  # noqa: E402

BETWEEN_SECONDS = 2.0
"""Long enough for nearly every kill to fall in between."""

_settle = settlement.settle


def _settle_in_two(*, now: datetime, limit: int = 500) -> int:
    ids = list(InboxMessage.objects.filter(settled_at=None).values_list("id", flat=True)[:limit])
    if not ids:
        return 0
    marked = InboxMessage.objects.filter(id__in=ids)
    marked.update(settled_at=now, verdict="paid")
    time.sleep(BETWEEN_SECONDS)
    with transaction.atomic():
        marked.update(settled_at=None, verdict="")
        return _settle(now=now, limit=limit)


settlement.settle = _settle_in_two

if __name__ == "__main__":
    sys.argv[1:] = ["worker"]
    main()
