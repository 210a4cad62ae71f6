"""Reversals of whole receipts, sellers' paybills and tills, and what the statement or the portal concludes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.accounts import COMMISSION, seller
from sokopesa.ledger.actions import Draft as Entry_
from sokopesa.ledger.actions import book, credit, debit
from sokopesa.ledger.models import Entry
from sokopesa.payments.gateway import client
from sokopesa.payouts import asking, preparing, sending
from sokopesa.payouts.concluding import Conclusion, conclude
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.preparing import Draft
from sokopesa.refunds.models import Refund

Till = Market = Any


@pytest.fixture
def payment(till: Till, network: httpx.Client) -> tuple[str, str]:
    """A phone and the receipt of KES 1,250 that it paid to our paybill by hand."""
    phone = till.customer(balance=5_000)
    till.trust(CONFIGURATION.mpesa_shortcode)
    client().simulate_c2b(
        daraja.SimulateC2b(shortcode=CONFIGURATION.mpesa_shortcode, msisdn=phone, amount=1_250, account_reference="X")
    )
    network.post("/quiet", json={"wait_seconds": 10}).raise_for_status()
    [moved] = [row for row in network.get("/transactions", params={"party": phone}).json() if row["kind"] == "pay_bill"]
    return phone, moved["receipt"]


def reverse(till: Till, phone: str, receipt: str, attempt: int = 1) -> Transfer:
    refund = Refund.objects.filter(receipt=receipt).first() or till.refund(phone, receipt=receipt)
    transfer: Transfer = till.released(refund, via=Transfer.Via.REVERSAL, original_receipt=receipt, attempt=attempt)
    assert till.send() == 1
    transfer.refresh_from_db()
    return transfer


def test_a_payment_is_reversed_out_of_the_account_that_it_came_to(till: Till, payment: tuple[str, str]) -> None:
    transfer = reverse(till, *payment)
    assert transfer.shortcode == CONFIGURATION.mpesa_shortcode
    assert transfer.asked_by, "M-PESA made it"
    assert till.carry("reversal") == "paid"
    entry = Entry.objects.get(key=f"transfer:{transfer.pk}")
    assert entry.kind == "reversal"
    assert (f"mpesa:{transfer.shortcode}", -125_000) in set(entry.postings.values_list("account__code", "amount_cents"))
    assert Refund.objects.get().state == "paid"


def test_what_somebody_reversed_before_is_not_paid_again(
    till: Till, payment: tuple[str, str], network: httpx.Client
) -> None:
    faults = [{"kind": "callback_lost"}, {"kind": "outcome", "code": "R000001", "operation": "reversal"}]
    network.put("/faults", json={"faults": faults}).raise_for_status()
    reverse(till, *payment)
    assert till.carry("reversal") == "ended"
    refund = Refund.objects.get()
    assert (refund.state, refund.waits_for) == ("returned", "operator")
    assert "Do not pay it again" in refund.remark


def test_a_reversal_that_mpesa_says_nothing_about_is_asked_after(till: Till, payment: tuple[str, str]) -> None:
    transfer = reverse(till, *payment)
    later = till.now + timedelta(minutes=2)
    assert asking.ask_due(now=later, clock=lambda: later) == 1
    assert till.carry("status") == "paid"
    transfer.refresh_from_db()
    assert transfer.state == "paid"


@pytest.mark.parametrize("to_till", [False, True])
def test_a_seller_is_paid_to_a_paybill_or_till_out_of_the_working_account(
    till: Till, market: Market, network: httpx.Client, to_till: bool
) -> None:
    payee = "600982" if not to_till else "5550123"
    kind = {"kind": "till"} if to_till else {"kind": "paybill"}
    network.put(f"/organisations/{payee}", json={"name": "Mama's Shop", **kind}).raise_for_status()
    network.put(f"/organisations/{till.shortcode}", json={"balances": {"working": 50_000}}).raise_for_status()
    shop = market.offer().seller
    legs = (debit(COMMISSION, 500_000), credit(seller(shop.pk), 500_000))
    book([Entry_(key="earned", kind="test", happened_at=till.now, legs=legs)])
    draft = Draft(
        key="settlement:1:1",
        purpose=Transfer.Purpose.SETTLEMENT,
        via=Transfer.Via.B2B,
        account=seller(shop.pk),
        payee=payee,
        payee_reference="" if to_till else "SHOP7",
        amount_cents=500_000,
        seller_id=shop.pk,
    )
    [transfer] = preparing.prepare([draft], now=till.now)
    preparing.release([transfer.pk], now=till.now)
    assert till.send() == 1
    assert till.carry("b2b") == "paid"
    entry = Entry.objects.get(key=f"transfer:{transfer.pk}")
    assert entry.kind == "settlement-paid"
    legs_booked = set(entry.postings.values_list("account__code", "amount_cents"))
    assert legs_booked == {(f"seller:{shop.pk}", 500_000), (f"mpesa:{till.shortcode}:working", -500_000)}


def test_what_goes_by_the_portal_is_never_told_to_the_interface(till: Till) -> None:
    transfer = till.released(till.refund(till.customer()), via=Transfer.Via.PORTAL)
    assert till.send() == 0
    assert [each.pk for each in sending.hand_over([transfer.pk], now=till.now)] == [transfer.pk]
    assert Refund.objects.get().state == "sent"
    told = Conclusion(transfer.pk, "portal", receipt="UKP0000001", at=till.now)
    assert conclude([told], now=till.now).moved.keys() == {transfer.pk}
    assert conclude([told], now=till.now).moved == {}
    assert Refund.objects.get().state == "paid"


def test_the_statement_ends_what_nobody_else_told_of(till: Till) -> None:
    transfer = till.sent()
    conclude([Conclusion(transfer.pk, "statement", receipt="UKS0000001", at=till.now)], now=till.now)
    transfer.refresh_from_db()
    assert (transfer.state, transfer.receipt) == ("paid", "UKS0000001")
    never_sent = till.released(till.refund(till.customer()))
    doubt = conclude([Conclusion(never_sent.pk, "statement", receipt="UKS0000002", at=till.now)], now=till.now)
    assert "released" in str(doubt.doubtful) or "may be sent" in str(doubt.doubtful)
