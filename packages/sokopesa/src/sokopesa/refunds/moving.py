"""A refund's way back, step by step. Each verb is one statement for many refunds and returns the ids that moved; those
that are not where the step begins stay where they are, so a repeated step changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from sokopesa.refunds.models import Refund

State = Refund.State


@transaction.atomic
def reconcile(confirmed: Mapping[str, str], *, now: datetime) -> list[int]:
    """M-PESA's own record shows these receipts as we booked them (receipt → *statement*, *list* or *status*). Goodwill
    that names them is none of that money, and was never *owed* in this sense (`sokopesa.refunds.actions.Debt`)."""
    return _move(
        """
        UPDATE refunds_refund refund
        SET state = 'reconciled', reconciled_at = %s, reconciled_from = confirmed.source
        FROM unnest(%s::text[], %s::text[]) AS confirmed(receipt, source)
        WHERE refund.receipt = confirmed.receipt AND refund.state = 'owed'
        RETURNING refund.id
        """,
        [now, list(confirmed.keys()), list(confirmed.values())],
    )


def file(ids: Iterable[int]) -> list[int]:
    """They stand in a refund file."""
    return _step(ids, State.RECONCILED, State.FILED)


def unfile(ids: Iterable[int]) -> list[int]:
    """Their lines were rejected or withdrawn; a later file takes them."""
    return _step(ids, State.FILED, State.RECONCILED)


def batch(ids: Iterable[int]) -> list[int]:
    """They stand in a disbursement, unless they wait for something."""
    return _move(
        """
        UPDATE refunds_refund SET state = 'batched'
        WHERE id = ANY (%s) AND state = 'filed' AND waits_for = '' RETURNING id
        """,
        [list(ids)],
    )


def unbatch(ids: Iterable[int]) -> list[int]:
    """The disbursement was cancelled before anything of them was sent; the next one takes them."""
    return _step(ids, State.BATCHED, State.FILED)


def sent(ids: Iterable[int]) -> list[int]:
    """M-PESA was told to pay them, by a disbursement or at once."""
    return _move(
        """
        UPDATE refunds_refund SET state = 'sent', waits_for = '', remark = ''
        WHERE id = ANY (%s) AND state IN ('batched', 'reconciled') RETURNING id
        """,
        [list(ids)],
    )


def leave(ids: Iterable[int]) -> list[int]:
    """They leave at once, by a rule; what somebody filed or held meanwhile stays. By reversal what is below the least
    that is paid out leaves too."""
    return _move(
        """
        UPDATE refunds_refund SET state = 'sent', waits_for = '', remark = ''
        WHERE id = ANY (%s) AND state = 'reconciled' AND waits_for IN ('', 'minimum') RETURNING id
        """,
        [list(ids)],
    )


def paid(paid_at: Mapping[int, datetime]) -> list[int]:
    """All of each refund reached the wallet (id → moment by M-PESA's clock)."""
    return _move(
        """
        UPDATE refunds_refund refund SET state = 'paid', paid_at = told.at, waits_for = '', remark = ''
        FROM unnest(%s::bigint[], %s::timestamptz[]) AS told(id, at)
        WHERE refund.id = told.id AND refund.state = 'sent' RETURNING refund.id
        """,
        [list(paid_at.keys()), list(paid_at.values())],
    )


def returned(reasons: Mapping[int, tuple[Refund.Wait, str]]) -> list[int]:
    """M-PESA did not pay them (id → for what each waits now, and why in words)."""
    return _move(
        """
        UPDATE refunds_refund refund SET state = 'returned', waits_for = told.waits_for, remark = told.remark
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS told(id, waits_for, remark)
        WHERE refund.id = told.id AND refund.state = 'sent' RETURNING refund.id
        """,
        [
            list(reasons.keys()),
            [wait.value for wait, _ in reasons.values()],
            [remark[:200] for _, remark in reasons.values()],
        ],
    )


def requeue(ids: Iterable[int]) -> list[int]:
    """What hindered them is out of the way: the next file, or instant mode, takes them."""
    return _move(
        """
        UPDATE refunds_refund SET state = 'reconciled', waits_for = '', remark = ''
        WHERE id = ANY (%s) AND state = 'returned' RETURNING id
        """,
        [list(ids)],
    )


def hold(reasons: Mapping[int, tuple[Refund.Wait, str]]) -> list[int]:
    """They wait where they are, for a reason that the buyer is shown."""
    return _move(
        """
        UPDATE refunds_refund refund SET waits_for = told.waits_for, remark = told.remark
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS told(id, waits_for, remark)
        WHERE refund.id = told.id AND refund.state NOT IN ('paid', 'used') RETURNING refund.id
        """,
        [
            list(reasons.keys()),
            [wait.value for wait, _ in reasons.values()],
            [remark[:200] for _, remark in reasons.values()],
        ],
    )


def free(ids: Iterable[int]) -> list[int]:
    """What they waited for where they are has come."""
    return _move(
        "UPDATE refunds_refund SET waits_for = '', remark = '' WHERE id = ANY (%s) AND waits_for <> '' RETURNING id",
        [list(ids)],
    )


def redirect(refund_id: int, payee: str) -> bool:
    """It goes to this MSISDN from now on; False if it is where that cannot be changed any more. Four eyes decide."""
    return bool(
        _move(
            """
            UPDATE refunds_refund SET payee = %s
            WHERE id = %s AND state IN ('owed', 'reconciled', 'returned') RETURNING id
            """,
            [payee, refund_id],
        )
    )


def top_up(refund_id: int, cents: int) -> bool:
    """So much of our own is added, that M-PESA can pay it; False if it is where that cannot be changed any more. Four
    eyes decide. It is booked when M-PESA has paid it, as the cents are that round a refund up: until then nothing of
    ours has left, and nothing will if the money goes back in another way."""
    return bool(
        _move(
            """
            UPDATE refunds_refund SET topped_up_cents = %s
            WHERE id = %s AND topped_up_cents = 0 AND state IN ('owed', 'reconciled', 'returned') RETURNING id
            """,
            [cents, refund_id],
        )
    )


def _step(ids: Iterable[int], before: State, after: State) -> list[int]:
    return _move(
        "UPDATE refunds_refund SET state = %s WHERE id = ANY (%s) AND state = %s RETURNING id",
        [after.value, list(ids), before.value],
    )


def _move(statement: str, parameters: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return sorted(refund_id for (refund_id,) in cursor.fetchall())
