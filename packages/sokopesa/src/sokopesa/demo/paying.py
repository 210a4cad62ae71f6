"""What the demo's market needs to pay out: the accounts that pay, money in them, and what its people agreed on.

At a real market the first is settled with Safaricom, the second comes from the bank, and the last is done at the desk.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import httpx

SHORTCODE = "614251"
"""Refunds and sellers are paid from its accounts."""
INITIATOR, INITIATOR_PASSWORD = "testapi", "Safaricom999!*!"
"""The API operator that the simulator gives every organisation, as the public sandbox does."""

FLOAT_SHILLINGS = 1_000_000
"""Each account that pays is filled up to this from the bank when the demo starts with less than half of it."""
FILLED = ("utility", "working")
STATED = ("utility", "working", "charges")
"""The accounts of it that money moves in: what refunds, sellers' tills and M-PESA's charges are paid from."""

INSTANT_UP_TO = 20_000_00
INSTANT_PER_DAY = 500_000_00
PAID_SHOPS = 3
"""So many of the shops have said where they are paid."""


def settings(certificate: Path) -> dict[str, str]:
    """The operators' settings; ``certificate`` is where M-PESA's will be."""
    return {
        "SOKOPESA_MPESA_B2C_SHORTCODE": SHORTCODE,
        "SOKOPESA_MPESA_B2C_INITIATOR": INITIATOR,
        "SOKOPESA_MPESA_B2C_INITIATOR_PASSWORD": INITIATOR_PASSWORD,
        "SOKOPESA_MPESA_INITIATOR": INITIATOR,
        "SOKOPESA_MPESA_INITIATOR_PASSWORD": INITIATOR_PASSWORD,
        "SOKOPESA_MPESA_CERTIFICATE": str(certificate),
    }


def fetch_certificate(simulator: str, certificate: Path) -> None:
    """M-PESA's certificate, with which operators' passwords are encrypted. The simulator makes it once."""
    certificate.write_bytes(_get(simulator, "certificate").content)


def fill(simulator: str) -> None:
    """Put money from the bank into the accounts that pay. Our books learn of it from M-PESA's statement."""
    facts: dict[str, object] = {"name": "SOKOPESA"}
    _put(simulator, facts)
    holds = _get(simulator, f"organisations/{SHORTCODE}").json()["balances"]
    low = [account for account in FILLED if float(holds[account]) < FLOAT_SHILLINGS / 2]
    if low:
        _put(simulator, {"balances": dict.fromkeys(low, FLOAT_SHILLINGS)})


def take_in_statements(simulator: str, *, now: datetime) -> None:
    """Take in M-PESA's statements of the accounts that pay, as an operator does each morning: what came from the bank
    is booked, and what was paid since the demo's last start is compared.

    Raises:
        StatementRefused: the simulated network has forgotten what it told before.
    """
    from sokopesa.reconciliation import matching
    from sokopesa.reconciliation.importing import import_statement

    for account in STATED:
        body = _get(simulator, f"statements/{SHORTCODE}.csv", account=account).content
        import_statement(io.BytesIO(body), name=f"{SHORTCODE}-{account}.csv", by=None, now=now)
    matching.run(now=now)


def agree(*, now: datetime) -> None:
    """What the two people of finance agreed on, once: which refunds leave at once, and where some shops are paid."""
    from sokopesa.demo.people import STAFF, shops
    from sokopesa.disbursement import rules
    from sokopesa.disbursement.models import InstantRule
    from sokopesa.people.actions import account_of
    from sokopesa.refunds.models import Refund
    from sokopesa.settlements import payees
    from sokopesa.settlements.models import Payee

    one, two = (account_of(phone=phone) for phone, role, _ in STAFF if role == "finance")
    cause = Refund.Cause
    for each in (cause.CANCELLED_ORDER, cause.UNSHIPPED, cause.FURTHER_PAYMENT, cause.LATE_PAYMENT):
        if InstantRule.objects.filter(cause=each).exists():
            continue
        rule = rules.propose(
            cause=each,
            up_to_cents=INSTANT_UP_TO,
            daily_limit_cents=INSTANT_PER_DAY,
            via=InstantRule.Via.B2C,
            reason="The demo shows money coming back at once",
            valid_from=now,
            maker=one,
            now=now,
        )
        rules.approve(rule_id=rule.pk, decider=two, now=now)
    for phone, shop in shops()[:PAID_SHOPS]:
        if Payee.objects.filter(seller=shop).exists():
            continue
        asked = payees.ask(
            seller=shop, kind=Payee.Kind.PHONE, number=phone, reference="", by=account_of(phone=phone), now=now
        )
        payees.approve(asked.pk, by=one, now=now)


def _get(simulator: str, path: str, **query: str) -> httpx.Response:
    return httpx.get(f"{simulator}/simulator/v1/{path}", params=query, timeout=30).raise_for_status()


def _put(simulator: str, facts: dict[str, object]) -> None:
    address = f"{simulator}/simulator/v1/organisations/{SHORTCODE}"
    httpx.put(address, json=facts, timeout=30).raise_for_status()
