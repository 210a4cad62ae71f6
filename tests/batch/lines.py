"""The lines of a disbursement, made and made again by the market's own verbs. Run in a process that has its settings:

python -m tests.batch.lines new 10000
python -m tests.batch.lines again
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import django

AT_ONCE = 500
PHONES = 500
FLOAT_SHILLINGS = 10_000_000
PAID_BY = "174379"


def phone(number: int) -> str:
    """The subscriber that a line pays; several lines pay each."""
    return f"2547330{number % PHONES:05d}"


def shillings(number: int) -> int:
    """What a line pays: KES 10 to KES 109, so that neighbours differ."""
    return 10 + number % 100


def new(count: int) -> None:
    """Owe, confirm, prepare and release so many refunds, and fill the float."""
    from sokopesa.configuration import CONFIGURATION
    from sokopesa.kernel.clock import now
    from sokopesa.ledger import accounts
    from sokopesa.ledger.actions import Draft, book, credit, debit

    float_cents = FLOAT_SHILLINGS * 100
    legs = (debit(accounts.b2c(CONFIGURATION.mpesa_b2c_shortcode), float_cents), credit(accounts.BANK, float_cents))
    book([Draft(key="float:1", kind="float", happened_at=now(), legs=legs)])
    for numbers in _batched(count):
        _release(_owe(numbers))


def _batched(count: int) -> Iterator[Sequence[int]]:
    return (range(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE))


def _owe(numbers: Sequence[int]) -> list[int]:
    from sokopesa.kernel.clock import now
    from sokopesa.ledger import accounts
    from sokopesa.ledger.actions import Draft, book, credit, debit
    from sokopesa.refunds import moving
    from sokopesa.refunds.actions import Debt, owe
    from sokopesa.refunds.models import Refund

    receipts = {number: f"UKB{number:07d}" for number in numbers}
    book(
        [
            Draft(
                key=f"receipt:{receipt}",
                kind="unmatched-payment",
                happened_at=now(),
                legs=(debit(accounts.mpesa(PAID_BY), cents), credit(accounts.UNMATCHED, cents)),
            )
            for number, receipt in receipts.items()
            if (cents := shillings(number) * 100)
        ]
    )
    refunds = owe(
        [
            Debt(
                key=f"surplus:{receipt}",
                cause=Refund.Cause.UNKNOWN_ACCOUNT,
                purchase_id=None,
                receipt=receipt,
                amount_cents=shillings(number) * 100,
                msisdn=phone(number),
                from_account=accounts.UNMATCHED,
                happened_at=now(),
            )
            for number, receipt in receipts.items()
        ],
        now=now(),
    )
    moving.reconcile(dict.fromkeys(receipts.values(), "statement"), now=now())
    return [refund.pk for refund in refunds]


def again() -> None:
    """What came back because M-PESA knew nothing of it goes out once more."""
    from sokopesa.refunds import moving
    from sokopesa.refunds.models import Refund

    returned = list(Refund.objects.filter(state="returned").order_by("pk").values_list("pk", flat=True))
    _release(moving.requeue(returned))


def _release(ids: Sequence[int]) -> None:
    from sokopesa.kernel.clock import now
    from sokopesa.ledger import accounts
    from sokopesa.payouts import preparing, queries
    from sokopesa.payouts.models import Transfer
    from sokopesa.refunds.models import Refund

    earlier = queries.transfers_of(ids)
    drafts = [
        preparing.Draft(
            key=f"refund:{refund.pk}:1:{attempt}",
            purpose=Transfer.Purpose.REFUND,
            via=Transfer.Via.B2C,
            account=accounts.refunds(refund.pk),
            payee=refund.pays_to,
            amount_cents=refund.amount_cents,
            refund_id=refund.pk,
            attempt=attempt,
        )
        for refund in Refund.objects.filter(pk__in=ids).order_by("pk")
        if (attempt := len(earlier.get(refund.pk, [])) + 1)
    ]
    prepared = preparing.prepare(drafts, now=now())
    preparing.release([transfer.pk for transfer in prepared], now=now())


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "new":
        new(int(sys.argv[2]))
    else:
        again()
