"""Where the comparison of an account begins, and with which balances on both sides."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min, Sum
from django.db.models.functions import Coalesce

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.ledger.accounts import mpesa
from sokopesa.orders.models import Purchase
from sokopesa.reconciliation.codes import stated
from sokopesa.reconciliation.discrepancies import Found, State, end, moment, open_all, open_ones
from sokopesa.reconciliation.fresh import judging
from sokopesa.reconciliation.models import Beginning, DayClose, Discrepancy, StatementImport, StatementLine


def begin(now: datetime) -> None:
    """Fix where the comparison of each account begins: with its first statement, and for the account that customers pay
    into not before the market had a purchase, for what it took before is not ours to book."""
    with judging():
        for code, (shortcode, account) in stated().items():
            known = Beginning.objects.filter(code=code).first()
            if known is not None and DayClose.objects.filter(code=code).exists():
                continue
            wanted = _first(code, shortcode, account)
            if wanted is None or (known is not None and known.begins_at <= wanted.begins_at):
                continue
            wanted.save()
            if known is not None:
                moved = "An earlier statement came; the comparison begins earlier."
                end(dict.fromkeys(open_ones([_key(known)]), moved), State.CLEARED, now=now)
                booked = Discrepancy.objects.filter(key=_key(known), state=State.RESOLVED)
                open_all([Found.booked_in_vain(one, moved) for one in booked], now=now)


def openings() -> list[Found]:
    """Look up what our books say at each new beginning, and what was booked since: what M-PESA's balance was beyond
    that is from before us."""
    found = []
    for one in Beginning.objects.filter(booked_cents=None):
        one.booked_cents = booked_before(one.code, one.begins_at)
        one.save(update_fields=["booked_cents"])
        fetch("DELETE FROM reconciliation_waiting WHERE code = %s AND happened_at < %s", [one.code, one.begins_at])
        fetch(_WAIT, [one.code, one.begins_at])
        if effect := one.booked_cents - one.balance_cents:
            ours, theirs = format_kes(one.booked_cents), format_kes(one.balance_cents)
            found.append(
                Found(
                    key=_key(one),
                    kind=Discrepancy.Kind.OPENING,
                    code=one.code,
                    amount_cents=abs(effect),
                    effect_cents=effect,
                    happened_at=one.begins_at,
                    evidence=f"M-PESA's statements begin {moment(one.begins_at)} with {theirs}; our books have {ours}.",
                )
            )
    return found


def booked_before(code: str, at: datetime) -> int:
    """Our books' balance of the account before a moment, in cents, by when money moved. What came later is taken off
    what there is, for of that there is less."""
    rows = fetch(
        """
        SELECT account.balance_cents - coalesce((
            SELECT sum(posting.amount_cents)
            FROM ledger_entry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
            WHERE entry.happened_at >= %s AND posting.account_id = account.id
        ), 0)::bigint
        FROM ledger_account account WHERE account.code = %s
        """,
        [at, code],
    )
    return int(rows[0][0]) if rows else 0


def _key(one: Beginning) -> str:
    return f"opening:{one.code}:{one.begins_at:%Y%m%d%H%M%S}"


def _first(code: str, shortcode: str, account: str) -> Beginning | None:
    imports = StatementImport.objects.filter(shortcode=shortcode, account=account, opening_cents__isnull=False)
    first = imports.order_by("period_from", "id").first()
    if first is None:
        return None
    begins_at, balance = first.period_from, first.opening_cents or 0
    if code == mpesa(CONFIGURATION.mpesa_shortcode):
        opened_at = Purchase.objects.aggregate(first=Min("placed_at"))["first"]
        if opened_at is not None and opened_at > begins_at:
            begins_at, balance = opened_at, balance + _moved(shortcode, account, opened_at)
    return Beginning(
        code=code, shortcode=shortcode, account=account, begins_at=begins_at, balance_cents=balance, booked_cents=None
    )


def _moved(shortcode: str, account: str, until: datetime) -> int:
    lines = StatementLine.objects.filter(shortcode=shortcode, account=account, completed_at__lt=until)
    moved = lines.aggregate(cents=Coalesce(Sum("paid_in_cents"), 0) - Coalesce(Sum("withdrawn_cents"), 0))
    return int(moved["cents"])


_WAIT = """
INSERT INTO reconciliation_waiting (posting, entry, code, key, cents, happened_at, receipt)
SELECT posting.id, entry.id, account.code, entry.key, posting.amount_cents, entry.happened_at,
    reconciliation_receipt(entry.key, entry.memo)
FROM ledger_entry entry
JOIN ledger_posting posting ON posting.entry_id = entry.id
JOIN ledger_account account ON account.id = posting.account_id AND account.code = %s
WHERE entry.happened_at >= %s
    AND NOT EXISTS (SELECT FROM reconciliation_verdict known WHERE known.posting = posting.id)
ON CONFLICT (posting) DO NOTHING
"""
"""What was booked since the beginning and has no verdict."""
