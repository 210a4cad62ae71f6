"""M-PESA Express (Lipa na M-PESA Online): the STK push, its callback and its query."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from mpesa_simulator.core import identifiers
from mpesa_simulator.core.callbacks import Callback
from mpesa_simulator.core.clock import compact
from mpesa_simulator.core.identifiers import no_receipt
from mpesa_simulator.core.json import encode, shillings
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, prompts, texts
from mpesa_simulator.handset.prompts import Prompt, PromptKind
from mpesa_simulator.money import organisations, payments, subscribers
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.organisations import Organisation
from mpesa_simulator.money.results import DeclinedError, text_of
from mpesa_simulator.wire.envelope import SPIKE_ARREST, Api, BrokenError, Call, RefusedError, invalid, respond
from mpesa_simulator.wire.fields import msisdn, one_of, url, whole_shillings

_TYPES = ("CustomerPayBillOnline", "CustomerBuyGoodsOnline")
_MAX_REFERENCE = 12
_MAX_DESCRIPTION = 20  # the page says 13; the network lets more through
_MINUTE = 60_000


def push(call: Call) -> dict[str, str]:
    """Ask a customer's phone for a payment."""
    world = call.world
    merchant = _merchant(call)
    kind, amount = one_of(call, "TransactionType", *_TYPES), whole_shillings(call)
    msisdn(call, "PartyA")
    party_b = call.required("PartyB")
    if not party_b.isdigit():
        raise invalid("PartyB")
    phone = msisdn(call, "PhoneNumber")
    callback_url = url(call, "CallBackURL")
    reference = _reference(call, kind)
    if not 1 <= len(call.text("TransactionDesc")) <= _MAX_DESCRIPTION:
        raise invalid("Remarks")
    if subscribers.find(world, phone) is None:
        raise RefusedError(500, "500.001.1001", "[CBS - ] No ICCID found")
    if prompts.live(world, phone):
        raise RefusedError(500, "500.001.1001", text_of("1001").removesuffix("."))
    merchant_request_id, checkout_request_id = call.next_id(), _fresh_checkout_id(world, phone)
    payee = organisations.find(world, party_b) or merchant
    prompts.send(
        world,
        Prompt(
            id=checkout_request_id,
            kind="stk_push",
            msisdn=phone,
            shortcode=merchant.shortcode,
            amount=amount,
            payee=payee.name,
            text=texts.prompt(amount, payee.name, reference, is_till=kind == "CustomerBuyGoodsOnline"),
            details=json.dumps(
                {
                    "merchant_request_id": merchant_request_id,
                    "kind": kind,
                    "party_b": party_b,
                    "reference": reference,
                    "callback_url": callback_url,
                }
            ),
            state="sending",
            asked_at=world.now,
        ),
    )
    return {
        "MerchantRequestID": merchant_request_id,
        "CheckoutRequestID": checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def query(call: Call) -> dict[str, str]:
    """Ask what became of a push."""
    world = call.world
    merchant = _merchant(call)
    _arrest_spikes(call)
    checkout_request_id = call.required("CheckoutRequestID")
    prompt = prompts.find(world, checkout_request_id)
    if prompt is None or prompt.shortcode != merchant.shortcode:
        raise invalid("CheckoutRequestID")
    scope = {"organisation": prompt.shortcode, "phone": prompt.msisdn}
    code, pending = prompt.result_code or "", prompt.state != "ended"
    if world.faults.strike("query_pending", **scope):
        pending = True
    if not pending and (rule := world.faults.strike("query_contradicts", **scope)):
        code = rule.code
    if pending and world.settings.pending_query == "error":
        raise RefusedError(500, "500.001.1001", "The transaction is being processed")
    code = "4999" if pending else code
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": _read(prompt.details)["merchant_request_id"],
        "CheckoutRequestID": checkout_request_id,
        "ResultCode": code,
        "ResultDesc": text_of(code),
    }


def _merchant(call: Call) -> Organisation:
    """The organisation that asks, after its password has been checked against its passkey and the timestamp."""
    shortcode = call.text("BusinessShortCode")
    if not re.fullmatch(r"\d{5,7}", shortcode):
        raise invalid("BusinessShortCode")
    password, timestamp = call.required("Password"), call.required("Timestamp")
    if not _is_timestamp(timestamp):
        raise invalid("Timestamp")
    merchant = organisations.find(call.world, shortcode)
    if merchant is None or merchant.passkey is None:
        raise RefusedError(500, "500.001.1001", "Merchant does not exist")
    try:
        decoded = base64.b64decode(password, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    if decoded != f"{shortcode}{merchant.passkey}{timestamp}":
        raise RefusedError(500, "500.001.1001", "Wrong credentials")
    call.check_app(merchant, "express")
    return merchant


def _is_timestamp(text: str) -> bool:
    """Whether `text` is a moment written as 20260105080000."""
    if not re.fullmatch(r"\d{14}", text):
        return False
    try:
        datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
    except ValueError:
        return False
    return True


def _reference(call: Call, kind: str) -> str:
    reference = call.text("AccountReference")
    if len(reference) > _MAX_REFERENCE or (not reference and kind == "CustomerPayBillOnline"):
        raise invalid("AccountReference")
    return reference


def _fresh_checkout_id(world: World, msisdn: str) -> str:
    moment = world.now
    while prompts.find(world, candidate := identifiers.checkout_request_id(moment, msisdn)):
        moment += 1
    return candidate


def _arrest_spikes(call: Call) -> None:
    """Refuse an app's query that comes too soon after its last one, when that limit is on."""
    world, per_minute = call.world, call.world.settings.queries_per_minute
    if per_minute is None:
        return
    name = f"query:{call.consumer_key}"
    last = int(world.books.fact(name) or 0)
    if world.now - last < _MINUTE / per_minute:
        raise BrokenError(respond(429, SPIKE_ARREST))
    world.books.remember(name, str(world.now))


@lru_cache
def _read(details: str) -> Mapping[str, str]:
    """A prompt's details. They are asked for several times between its PIN and its report."""
    read: dict[str, str] = json.loads(details)
    return read


def _carry_out(world: World, prompt: Prompt) -> Transaction:
    """The PIN was right: move the money and tell the customer."""
    details = _read(prompt.details)
    till = organisations.find(world, details["party_b"])
    if details["kind"] == "CustomerPayBillOnline" and details["party_b"] != prompt.shortcode:
        raise DeclinedError("2028")
    if till is None:
        raise DeclinedError("SFC_IC0003")
    if details["kind"] == "CustomerBuyGoodsOnline" and till.kind != "till":
        raise DeclinedError("2028")
    transaction = payments.pay_organisation(
        world, prompt.msisdn, till, prompt.amount, details["reference"], channel="push", initiated_at=prompt.asked_at
    )
    left = payments.MAX_DAY - subscribers.spent_today(world, prompt.msisdn)
    text = texts.paid(transaction, till, subscribers.balance(world, prompt.msisdn), left)
    messages.send(world, prompt.msisdn, texts.SENDER, text)
    return transaction


def _report(world: World, prompt: Prompt) -> None:
    """Tell the merchant the outcome; a forger may be quicker with an invented success."""
    details = _read(prompt.details)
    if prompt.result_code != "0":
        invented = replace(prompt, result_code="0", result_text=text_of("0"), receipt=no_receipt(world.now))
        world.callbacks.forge(_callback(invented, details["callback_url"]))
    world.callbacks.send(_callback(prompt, details["callback_url"]), world.settings)


def _callback(prompt: Prompt, to: str) -> Callback:
    return Callback("stk_push", prompt.id, prompt.shortcode, prompt.msisdn, to, callback_body(prompt))


def callback_body(prompt: Prompt) -> str:
    """The callback of an ended prompt. ResultCode is a number unless it has letters; Balance has no value."""
    code = prompt.result_code or ""
    outcome: dict[str, object] = {
        "MerchantRequestID": _read(prompt.details)["merchant_request_id"],
        "CheckoutRequestID": prompt.id,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": prompt.result_text,
    }
    if code == "0":
        assert prompt.ended_at is not None
        items = [
            {"Name": "Amount", "Value": shillings(prompt.amount)},
            {"Name": "MpesaReceiptNumber", "Value": prompt.receipt},
            {"Name": "Balance"},
            {"Name": "TransactionDate", "Value": int(compact(prompt.ended_at))},
            {"Name": "PhoneNumber", "Value": int(prompt.msisdn)},
        ]
        outcome["CallbackMetadata"] = {"Item": items}
    return encode({"Body": {"stkCallback": outcome}})


prompts.register("stk_push", PromptKind(_carry_out, _report))

APIS = [
    Api("stk_push", "/mpesa/stkpush/v1/processrequest", "express", push),
    Api("stk_query", "/mpesa/stkpushquery/v1/query", "express", query),
]
