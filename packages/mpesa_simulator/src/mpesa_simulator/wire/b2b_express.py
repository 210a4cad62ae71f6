"""B2B Express Checkout: a vendor asks a merchant's operator, by USSD, to pay from the merchant's till."""

import json

from mpesa_simulator.core import identifiers
from mpesa_simulator.core.books import Posting
from mpesa_simulator.core.callbacks import Callback
from mpesa_simulator.core.json import encode
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import prompts
from mpesa_simulator.handset.prompts import Prompt, PromptKind
from mpesa_simulator.money import ledger, organisations
from mpesa_simulator.money.ledger import Movement, Transaction
from mpesa_simulator.money.results import DeclinedError, text_of
from mpesa_simulator.wire.envelope import Api, Call, organisation
from mpesa_simulator.wire.fields import url, whole_shillings

_NO_OPERATOR = "4104"
_CANCELLED = {"1032": "4001"}


def ask(call: Call) -> dict[str, str]:
    """Ask the operator of the till `primaryShortCode` to pay the paybill `receiverShortCode`."""
    world = call.world
    till, vendor = organisation(call, "primaryShortCode", "c2b"), organisation(call, "receiverShortCode", "c2b")
    cents, callback_url = whole_shillings(call, "amount"), url(call, "callbackUrl")
    details = {
        "callback_url": callback_url,
        "request_id": call.required("RequestRefID"),
        "payment_ref": call.required("paymentRef"),
        "vendor": vendor.shortcode,
    }
    prompt = Prompt(
        id=identifiers.conversation_id(world.dice, world.books.next("conversation"), world.now),
        kind="b2b_express",
        msisdn=till.operator or "",
        shortcode=till.shortcode,
        amount=cents,
        payee=vendor.name,
        text=f"Pay Ksh. {cents / 100:,.2f} from till {till.shortcode} to {vendor.name} for"
        f" {call.text('partnerName') or vendor.name}? Enter operator PIN",
        details=json.dumps(details),
        state="sending",
        asked_at=world.now,
    )
    if not till.operator:
        _post(world, prompt, _NO_OPERATOR, None)
    elif prompts.live(world, till.operator):
        _post(world, prompt, "1001", None)
    else:
        prompts.send(world, prompt)
    return {"code": "0", "status": "USSD Initiated Successfully"}


def _carry_out(world: World, prompt: Prompt) -> Transaction:
    """The operator's PIN was right: the till's money goes to the vendor."""
    till = organisations.find(world, prompt.shortcode)
    vendor = organisations.find(world, json.loads(prompt.details)["vendor"])
    assert till is not None
    assert vendor is not None
    account = till.account(till.takes_money_into)
    if world.books.balance(account) < prompt.amount:
        raise DeclinedError("1")
    reason = "Business to Business Express Payment"
    return ledger.record(
        world,
        Movement(
            "b2b",
            prompt.amount,
            till.shortcode,
            vendor.shortcode,
            "push",
            prompt.asked_at,
            reference=json.loads(prompt.details)["payment_ref"],
            conversation_id=prompt.id,
        ),
        [
            Posting(account, -prompt.amount, reason),
            Posting(vendor.account(vendor.takes_money_into), prompt.amount, reason),
        ],
    )


def _report(world: World, prompt: Prompt) -> None:
    code = prompt.result_code or ""
    _post(world, prompt, _CANCELLED.get(code, code), prompt.receipt)


def _post(world: World, prompt: Prompt, code: str, receipt: str | None) -> None:
    """The callback is flat, and all its values are strings."""
    details = json.loads(prompt.details)
    amount = f"{prompt.amount / 100:.1f}"
    body = {
        "resultCode": code,
        "resultDesc": text_of(code),
        "requestId": details["request_id"],
        "amount": amount,
        "paymentReference": details["payment_ref"],
    }
    if code == "0":
        body = {
            "resultCode": "0",
            "resultDesc": text_of("0"),
            "amount": amount,
            "requestId": details["request_id"],
            "resultType": "0",
            "conversationID": prompt.id,
            "transactionId": receipt or "",
            "status": "SUCCESS",
        }
    world.callbacks.send(
        Callback("b2b_express", prompt.id, prompt.shortcode, prompt.msisdn, details["callback_url"], encode(body)),
        world.settings,
    )


prompts.register("b2b_express", PromptKind(_carry_out, _report))

APIS = [Api("b2b_express", "/v1/ussdpush/get-msisdn", "c2b", ask)]
