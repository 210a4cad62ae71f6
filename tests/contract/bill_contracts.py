"""Contracts about Bill Manager: invoices, and what customers pay for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.contract.bench import Bench
from tests.contract.contract import Contract, refuses, success

import daraja

OPT_IN, CHANGE_OPT_IN = "opt_in_to_bills", "change_bills_opt_in"
SEND, SEND_MANY, CHANGE = "send_invoice", "send_invoices", "change_invoice"
CANCEL, CANCEL_MANY, RECEIPT = "cancel_invoice", "cancel_invoices", "acknowledge_bill_payment"


def biller(bench: Bench) -> None:
    """The shortcode is opted in, and all further requests carry its key."""
    key = bench.ask(OPT_IN).app_key
    assert key
    for call in (CHANGE_OPT_IN, SEND, CHANGE, CANCEL, CANCEL_MANY, RECEIPT):
        bench.valid[call] = replace(bench.valid[call], app_key=key)
    invoices = tuple(replace(invoice, app_key=key) for invoice in bench.valid[SEND_MANY].invoices)
    bench.valid[SEND_MANY] = replace(bench.valid[SEND_MANY], invoices=invoices)


def billed(bench: Bench) -> None:
    """A customer has an invoice."""
    biller(bench)
    bench.ask(SEND)


def billed_twice(bench: Bench) -> None:
    """A customer has two invoices that were sent together."""
    biller(bench)
    bench.ask(SEND_MANY)


def pay_bill(bench: Bench) -> daraja.BillPayment:
    """A customer pays the invoice; returns the payment as it was posted."""
    bench.ask("simulate_c2b", account_reference="ROOM4", amount=800)
    return bench.posted("bill-payment", daraja.parse_bill_payment)


def paid(bench: Bench) -> None:
    """A customer has paid the invoice."""
    billed(bench)
    pay_bill(bench)


def paid_together(bench: Bench) -> None:
    """A customer has paid the invoices that were sent together."""
    billed_twice(bench)
    pay_bill(bench)


@success(OPT_IN, "payments are posted to the biller")
def an_opt_in(bench: Bench) -> None:
    biller(bench)
    payment = pay_bill(bench)
    assert (payment.amount_cents, payment.account_reference) == (80_000, "ROOM4")
    assert (payment.shortcode, payment.msisdn) == ("600984", bench.phone)
    assert payment.receipt == bench.moved("600984")[0]["receipt"]
    assert abs(payment.paid_on - datetime.now(UTC).date()) <= timedelta(days=1)


@success(CHANGE_OPT_IN, "payments are posted to another URL")
def a_changed_opt_in(bench: Bench) -> None:
    biller(bench)
    bench.ask(CHANGE_OPT_IN, callback_url=bench.inbox.url("other"))
    bench.ask("simulate_c2b", account_reference="ROOM4")
    assert bench.posted("other", daraja.parse_bill_payment).amount_cents == 5000


@success(SEND, "the customer reads of it")
def an_invoice(bench: Bench) -> None:
    biller(bench)
    assert bench.ask(SEND).message == "Invoice sent successfully"
    (sms,) = bench.mpesa.subscriber(bench.phone).messages
    assert "Ksh800.00" in sms
    assert "account ROOM4" in sms


@success(SEND_MANY, "the customer reads of each")
def several_invoices(bench: Bench) -> None:
    billed_twice(bench)
    assert len(bench.mpesa.subscriber(bench.phone).messages) == 2


@success(CHANGE, "the customer reads of the new amount")
def a_changed_invoice(bench: Bench) -> None:
    billed(bench)
    bench.ask(CHANGE)
    assert "Ksh900.00" in bench.mpesa.subscriber(bench.phone).messages[0]


@success(CANCEL, "it can be sent anew")
def a_cancelled_invoice(bench: Bench) -> None:
    billed(bench)
    bench.ask(CANCEL)
    bench.ask(SEND)


@success(CANCEL_MANY, "all can be sent anew")
def cancelled_invoices(bench: Bench) -> None:
    billed_twice(bench)
    bench.ask(CANCEL_MANY)
    bench.ask(SEND_MANY)


@success(RECEIPT, "the customer reads that it was received")
def an_acknowledged_payment(bench: Bench) -> None:
    billed(bench)
    bench.ask(RECEIPT, receipt=pay_bill(bench).receipt)
    assert bench.mpesa.subscriber(bench.phone).messages[0] == "Payment of 800 for Rent was received. Thank you."


def same_reference_twice(bench: Bench) -> None:
    """Both invoices that are sent together have one reference."""
    biller(bench)
    first, _ = bench.valid[SEND_MANY].invoices
    bench.valid[SEND_MANY] = replace(bench.valid[SEND_MANY], invoices=(first, first))


CONTRACTS: list[Contract] = [
    an_opt_in,
    refuses(OPT_IN, daraja.AlreadyRegistered, "it is opted in already", prepare=biller),
    refuses(OPT_IN, daraja.RejectedField, "no such shortcode", field="shortcode", shortcode="999999"),
    a_changed_opt_in,
    an_invoice,
    several_invoices,
    a_changed_invoice,
    a_cancelled_invoice,
    cancelled_invoices,
    an_acknowledged_payment,
    *(
        refuses(call, daraja.Refused, "the app is not opted in")
        for call in (CHANGE_OPT_IN, SEND, SEND_MANY, CHANGE, CANCEL, CANCEL_MANY)
    ),
    refuses(SEND, daraja.Refused, "the reference was used before", prepare=billed),
    refuses(SEND_MANY, daraja.Refused, "two have one reference", prepare=same_reference_twice),
    *(refuses(call, daraja.Refused, "no such invoice", prepare=biller) for call in (CHANGE, CANCEL, CANCEL_MANY)),
    *(refuses(call, daraja.Refused, "the invoice is paid", prepare=paid) for call in (CHANGE, CANCEL)),
    refuses(CANCEL_MANY, daraja.Refused, "an invoice is paid", prepare=paid_together),
]
