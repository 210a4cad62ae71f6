"""C2B: where an organisation hears of payments to its paybill or till, and the sandbox's way to make one."""

import hashlib
import re
from typing import Any

from mpesa_simulator.core.callbacks import Callback
from mpesa_simulator.core.clock import compact
from mpesa_simulator.core.json import encode, money
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import walk_in
from mpesa_simulator.handset.walk_in import Purchase
from mpesa_simulator.money import organisations, registrations, subscribers
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.organisations import Organisation
from mpesa_simulator.wire.envelope import Api, Call, RefusedError, invalid, organisation
from mpesa_simulator.wire.fields import msisdn, one_of, url, whole_shillings

#: Words that Safaricom does not take in a registered URL.
_BANNED = re.compile(r"m-?pesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)
_KINDS = {"CustomerPayBillOnline": "paybill", "CustomerBuyGoodsOnline": "till"}
_MAX_REFERENCE = 20


def register_v1(call: Call) -> dict[str, str]:
    """Register URLs; confirmations will carry the customer's number hashed."""
    return {**_register(call, version=1), "ResponseDescription": "success"}


def register_v2(call: Call) -> dict[str, str]:
    """Register URLs; confirmations will carry the customer's number masked."""
    return _register(call, version=2)


def _register(call: Call, *, version: int) -> dict[str, str]:
    world, merchant = call.world, organisation(call, "ShortCode", "c2b")
    one_of(call, "ResponseType", "Completed", "Cancelled")
    confirmation, validation = url(call, "ConfirmationURL"), url(call, "ValidationURL")
    if _BANNED.search(confirmation) or _BANNED.search(validation):
        raise RefusedError(400, "400.003.02", "Bad Request")
    if merchant.one_registration and registrations.find(world, merchant.shortcode, "c2b"):
        raise RefusedError(500, "500.003.1001", "Urls are already registered.")
    details = {
        "version": version,
        "response_type": call.text("ResponseType"),
        "confirmation_url": confirmation,
        "validation_url": validation,
    }
    registrations.save(world, merchant.shortcode, "c2b", details)
    return {"OriginatorCoversationID": call.next_id(), "ResponseCode": "0", "ResponseDescription": "Success"}


def simulate(call: Call) -> dict[str, str]:
    """Sandbox only: a customer pays from the menu, without any PIN."""
    merchant = organisation(call, "ShortCode", "c2b")
    kind = one_of(call, "CommandID", *_KINDS)
    cents, payer = whole_shillings(call), msisdn(call, "Msisdn")
    reference = call.text("BillRefNumber")
    if merchant.kind != _KINDS[kind]:
        raise invalid("CommandID")
    if len(reference) > _MAX_REFERENCE or (merchant.kind == "paybill" and not reference):
        raise invalid("BillRefNumber")
    if subscribers.find(call.world, payer) is None:
        raise invalid("Msisdn")
    walk_in.pay(call.world, Purchase(payer, merchant.shortcode, cents, reference, channel="simulated"))
    return {
        "OriginatorCoversationID": call.next_id(),
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    }


def teach(world: World) -> None:
    """Tell the network to confirm payments, and to ask before it takes one."""
    world.on_paid.append(_confirm)
    walk_in.teach(world, ask=_validation)


def _confirm(world: World, transaction: Transaction) -> None:
    """Tell the organisation that it was paid, if it registered a URL."""
    details = registrations.find(world, transaction.payee, "c2b")
    merchant = organisations.find(world, transaction.payee)
    if details is None or merchant is None:
        return
    balance = money(world.books.balance(merchant.account(merchant.takes_money_into)))
    body = {
        **_body(world, merchant, details["version"], transaction.payer, transaction.amount),
        "TransID": transaction.receipt,
        "TransTime": compact(transaction.completed_at),
        "BillRefNumber": transaction.reference,
        "OrgAccountBalance": balance,
        "ThirdPartyTransID": walk_in.third_party_id(world, transaction.receipt),
    }
    world.callbacks.send(
        Callback(
            "c2b_confirmation",
            transaction.receipt,
            merchant.shortcode,
            transaction.payer,
            details["confirmation_url"],
            encode(body),
        ),
        world.settings,
    )


def _validation(world: World, purchase: Purchase, receipt: str) -> walk_in.Question | None:
    """What to ask the organisation before its customer's money is taken, or None when it does not want to be asked."""
    details = registrations.find(world, purchase.payee, "c2b")
    merchant = organisations.find(world, purchase.payee)
    if details is None or merchant is None or not merchant.validates_payments:
        return None
    body = {
        **_body(world, merchant, details["version"], purchase.payer, purchase.cents),
        "TransID": receipt,
        "TransTime": compact(world.now),
        "BillRefNumber": purchase.reference,
    }
    return walk_in.Question(details["validation_url"], encode(body), details["response_type"] == "Completed")


def _body(world: World, merchant: Organisation, version: int, payer: str, cents: int) -> dict[str, Any]:
    """The fields that validation and confirmation share, in the order of the wire."""
    subscriber = subscribers.find(world, payer)
    first, middle, last = _names(subscriber.name if subscriber else "")
    hashed = hashlib.sha256(payer.encode()).hexdigest()
    return {
        "TransactionType": "Pay Bill" if merchant.kind == "paybill" else "Buy Goods",
        "TransID": "",
        "TransTime": "",
        "TransAmount": money(cents),
        "BusinessShortCode": merchant.shortcode,
        "BillRefNumber": "",
        "InvoiceNumber": "",
        "OrgAccountBalance": "",
        "ThirdPartyTransID": "",
        "MSISDN": hashed if version == 1 else f"{payer[:4]} ***** {payer[-3:]}",
        "FirstName": first,
        "MiddleName": middle if version == 1 else "",
        "LastName": last if version == 1 else "",
    }


def _names(name: str) -> tuple[str, str, str]:
    first, _, rest = name.partition(" ")
    middle, _, last = rest.rpartition(" ")
    return first, middle, last


APIS = [
    Api("c2b_register", "/mpesa/c2b/v1/registerurl", "c2b", register_v1),
    Api("c2b_register", "/mpesa/c2b/v2/registerurl", "c2b", register_v2),
    Api("c2b_simulate", "/mpesa/c2b/v1/simulate", "c2b", simulate),
    Api("c2b_simulate", "/mpesa/c2b/v2/simulate", "c2b", simulate),
]
