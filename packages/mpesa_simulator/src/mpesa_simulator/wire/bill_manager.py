"""Bill Manager: invoices that customers hear of by SMS and pay to the paybill under their account reference."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from mpesa_simulator.core.callbacks import Callback
from mpesa_simulator.core.clock import eat
from mpesa_simulator.core.json import encode
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, texts
from mpesa_simulator.money import organisations, registrations
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.wire.envelope import Api, BrokenError, Call, RefusedError, respond

_PATH = "/v1/billmanager-invoice"
_MAX_INVOICES = 1000
_ATTEMPTS = 5
_RETRY_SECONDS = 60
_PHONE = re.compile(r"^0[17]\d{8}$")
_DUE_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d+)?)?$")
_OK = {"resmsg": "Success", "rescode": "200"}


def _conflict(message: str) -> BrokenError:
    return BrokenError(respond(409, {"Status_Message": message, "resmsg": "Conflict", "rescode": "409", "errors": []}))


def opt_in(call: Call) -> dict[str, str]:
    """Opt a shortcode in, once; returns the app key."""
    shortcode = _shortcode(call)
    if registrations.find(call.world, shortcode, "bill_manager"):
        raise _conflict("Biller already Registered")
    key = f"AG_{call.world.dice.number('app_key', shortcode) % 10**10}_{shortcode}"
    _keep(call, shortcode, key)
    return {"app_key": key, **_OK}


def change_opt_in(call: Call) -> dict[str, str]:
    """Change what was said when opting in."""
    shortcode, details = _biller(call)
    _keep(call, shortcode, details["app_key"])
    return _OK


def _keep(call: Call, shortcode: str, key: str) -> None:
    details = {**dict(call.fields), "app_key": key, "consumer_key": call.consumer_key}
    registrations.save(call.world, shortcode, "bill_manager", details)


def _shortcode(call: Call) -> str:
    shortcode = call.text("shortcode")
    if organisations.find(call.world, shortcode) is None:
        raise _conflict("Invalid shortcode")
    return shortcode


def _biller(call: Call) -> tuple[str, dict[str, Any]]:
    """The biller whose app asks."""
    for shortcode, details in registrations.everyone(call.world, "bill_manager").items():
        if details["consumer_key"] == call.consumer_key:
            return shortcode, details
    raise _conflict("Biller is not registered")


def send_one(call: Call) -> dict[str, str]:
    """Send a customer an invoice."""
    _issue(call, call.fields)
    return {"Status_Message": "Invoice sent successfully", **_OK}


def send_many(call: Call) -> dict[str, str]:
    """Send up to 1,000 invoices in a JSON list; all are taken or none."""
    for invoice in _list(call):
        _issue(call, invoice)
    return {"Status_Message": "Invoice sent successfully", **_OK}


def change(call: Call) -> dict[str, str]:
    """Put invoices in place of those with the same external reference."""
    for invoice in _list(call):
        _cancel(call, invoice)
        _issue(call, invoice)
    return _OK


def cancel(call: Call) -> dict[str, Any]:
    """Cancel one invoice or several that are unpaid. The answer is misspelt on the wire."""
    for invoice in _list(call):
        _cancel(call, invoice)
    return {"Status_Message": "Invoice cancelled successfuly.", **_OK, "errors": []}


def acknowledge(call: Call) -> dict[str, str]:
    """Say that a payment is known; the customer gets a receipt by SMS."""
    phone = call.text("phoneNumber")
    if _PHONE.match(phone):
        text = f"Payment of {call.text('paidAmount')} for {call.text('invoiceName')} was received. Thank you."
        messages.send(call.world, f"254{phone[1:]}", texts.SENDER, text)
    return _OK


def _list(call: Call) -> list[Mapping[str, Any]]:
    invoices = call.body if isinstance(call.body, list) else [call.body]
    if len(invoices) > _MAX_INVOICES or not all(isinstance(invoice, dict) for invoice in invoices):
        raise RefusedError(400, "400.002.05", "Invalid Request Payload")
    return invoices


def _issue(call: Call, invoice: Mapping[str, Any]) -> None:
    world, (shortcode, _) = call.world, _biller(call)
    reference, amount = str(invoice.get("externalReference", "")), str(invoice.get("amount", ""))
    phone = str(invoice.get("billedPhoneNumber", ""))
    if not _PHONE.match(phone):
        raise _conflict("Invalid phone number")
    if not _DUE_DATE.match(str(invoice.get("dueDate", ""))):
        raise _conflict("Invalid date format")
    if not reference or not re.fullmatch(r"\d+(\.\d\d?)?", amount):
        raise _conflict("Invalid invoice")
    if world.books.one(_INVOICE, shortcode, reference):
        raise _conflict("Duplicate externalReference")
    account = str(invoice.get("accountReference", ""))
    world.books.run(
        "INSERT INTO invoices (shortcode, external_reference, account_reference, amount, details)"
        " VALUES (?, ?, ?, ?, ?)",
        shortcode,
        reference,
        account,
        round(float(amount) * 100),
        json.dumps(invoice),
    )
    text = (
        f"Dear {invoice.get('billedFullName', 'customer')}, your {invoice.get('invoiceName', 'bill')} for"
        f" {invoice.get('billedPeriod', '')} is Ksh{float(amount):,.2f}, due {invoice['dueDate']}."
        f" Pay to Paybill {shortcode}, account {account}."
    )
    messages.send(world, f"254{phone[1:]}", texts.SENDER, text)


_INVOICE = "SELECT paid FROM invoices WHERE shortcode = ? AND external_reference = ?"


def _cancel(call: Call, invoice: Mapping[str, Any]) -> None:
    world, (shortcode, _) = call.world, _biller(call)
    reference = str(invoice.get("externalReference", ""))
    row = world.books.one(_INVOICE, shortcode, reference)
    if row is None:
        raise _conflict("Invoice not found.")
    if row["paid"]:
        raise _conflict("partially or fully paid invoices cannot be cancelled.")
    world.books.run("DELETE FROM invoices WHERE shortcode = ? AND external_reference = ?", shortcode, reference)


def teach(world: World) -> None:
    """Tell the network to push payments to billers, up to five times until they take it."""
    world.on_paid.append(_push)
    world.agenda.teach("push_to_biller", lambda subject: _deliver(world, *json.loads(subject)))


def _push(world: World, payment: Transaction) -> None:
    biller = registrations.find(world, payment.payee, "bill_manager")
    if biller is None:
        return
    world.books.run(
        "UPDATE invoices SET paid = paid + ? WHERE shortcode = ? AND account_reference = ?",
        payment.amount,
        payment.payee,
        payment.reference,
    )
    body = {
        "transactionId": payment.receipt,
        "paidAmount": str(payment.amount // 100),
        "msisdn": payment.payer,
        "dateCreated": f"{eat(payment.completed_at):%Y-%m-%d}",
        "accountReference": payment.reference,
        "shortCode": payment.payee,
    }
    callback = Callback(
        "bill_manager",
        payment.receipt,
        payment.payee,
        payment.payer,
        str(biller.get("callbackurl", "")),
        encode(body),
    )
    world.callbacks.send(callback, world.settings)
    again = json.dumps([payment.receipt, 2])
    world.agenda.put("push_to_biller", again, world.later(_RETRY_SECONDS))


def _deliver(world: World, receipt: str, attempt: int) -> None:
    """Try again when the last attempt was not taken."""
    row = world.books.one(
        "SELECT * FROM callbacks WHERE about = ? AND kind = 'bill_manager' ORDER BY id DESC LIMIT 1", receipt
    )
    if row is None or row["state"] == "delivered":
        return
    callback = Callback("bill_manager", receipt, row["organisation"], row["phone"], row["url"], row["body"])
    world.callbacks.send(callback, world.settings)
    if attempt < _ATTEMPTS:
        world.agenda.put("push_to_biller", json.dumps([receipt, attempt + 1]), world.later(_RETRY_SECONDS))


_CALLS: dict[str, Callable[[Call], Any]] = {
    "optin": opt_in,
    "change-optin-details": change_opt_in,
    "single-invoicing": send_one,
    "bulk-invoicing": send_many,
    "change-invoice": change,
    "change-invoices": change,
    "cancel-single-invoice": cancel,
    "cancel-bulk-invoices": cancel,
    "cancel-bulk-invoice": cancel,
    "reconciliation": acknowledge,
}

# A go-live e-mail of Safaricom's lists every path with its prefix doubled, so both are served.
APIS = [
    Api("bill_manager", f"{prefix}/{suffix}", "bill_manager", handle)
    for prefix in (_PATH, _PATH + _PATH)
    for suffix, handle in _CALLS.items()
]
