"""How far M-PESA's statements tell of an account without a gap."""

from __future__ import annotations

from datetime import datetime, timedelta

from sokopesa.reconciliation.models import Beginning, StatementImport

SECOND = timedelta(seconds=1)


def covered_until() -> dict[str, datetime]:
    """By the ledger's code: the moment before which everything is told, from where the comparison begins. What is
    beyond a gap does not count until the gap is filled, nor does a file that nobody has read yet. A file never tells of
    more than its own past."""
    begun = {(one.shortcode, one.account): one for one in Beginning.objects.all()}
    until: dict[str, datetime] = {}
    imports = StatementImport.objects.filter(reading__isnull=False).order_by("period_from", "id")
    for shortcode, account, since, last, told_at in imports.values_list(
        "shortcode", "account", "period_from", "period_until", "imported_at"
    ):
        beginning = begun.get((shortcode, account))
        if beginning is None:
            continue
        end = min(last + SECOND, told_at)
        reached = until.get(beginning.code, max(beginning.begins_at, since))
        if since <= reached + SECOND and end > reached:
            until[beginning.code] = end
        else:
            until.setdefault(beginning.code, reached)
    return until
