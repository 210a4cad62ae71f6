"""M-PESA Ratiba: a standing order, which the customer approves with the PIN and M-PESA then pays by itself."""

import calendar
import json
from datetime import date, datetime, timedelta

from mpesa_simulator.core import identifiers
from mpesa_simulator.core.callbacks import Callback
from mpesa_simulator.core.clock import EAT, from_datetime
from mpesa_simulator.core.json import encode
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import prompts, walk_in
from mpesa_simulator.handset.prompts import Prompt, PromptKind
from mpesa_simulator.handset.walk_in import Purchase
from mpesa_simulator.money import ledger, subscribers
from mpesa_simulator.money.results import DeclinedError, text_of
from mpesa_simulator.wire.envelope import Api, Call, RefusedError, invalid, organisation
from mpesa_simulator.wire.fields import msisdn, one_of, url, whole_shillings

_TYPES = ("Standing Order Customer Pay Bill", "Standing Order Customer Pay Marchant")
_NO_RECEIPT = "0000000000"
_PAY_AT_HOUR = 8
#: Months between two payments, for the frequencies that go by months.
_MONTHS = {"4": 1, "5": 2, "6": 3, "7": 6, "8": 12}
_DAYS = {"2": 1, "3": 7}


def create(call: Call) -> dict[str, dict[str, str]]:
    """Create a standing order, once the customer has typed the PIN."""
    world = call.world
    name = call.required("StandingOrderName")
    start, end = _day(call, "StartDate"), _day(call, "EndDate")
    payee = organisation(call, "BusinessShortCode", "express")
    one_of(call, "TransactionType", *_TYPES)
    one_of(call, "ReceiverPartyIdentifierType", "4", "2")
    cents, payer = whole_shillings(call), msisdn(call, "PartyA")
    callback_url = url(call, "CallBackURL")
    frequency = one_of(call, "Frequency", *"12345678")
    if end < start:
        raise invalid("EndDate")
    if subscribers.find(world, payer) is None:
        raise RefusedError(500, "500.001.1001", "[CBS - ] No ICCID found")
    if prompts.live(world, payer):
        raise RefusedError(500, "500.001.1001", text_of("1001").removesuffix("."))
    request_id = identifiers.uuid(world.dice, "ratiba", world.books.next("ratiba"))
    details = {
        "name": name,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "frequency": frequency,
        "reference": call.text("AccountReference"),
        "callback_url": callback_url,
    }
    prompts.send(
        world,
        Prompt(
            id=request_id,
            kind="ratiba",
            msisdn=payer,
            shortcode=payee.shortcode,
            amount=cents,
            payee=payee.name,
            text=f"Do you want to create the standing order {name} of Ksh. {cents / 100:,.2f} to {payee.name}?"
            " Enter M-PESA PIN",
            details=json.dumps(details),
            state="sending",
            asked_at=world.now,
        ),
    )
    description = "Request accepted for processing"
    return {
        "ResponseHeader": {
            "responseRefID": request_id,
            "responseCode": "200",
            "responseDescription": description,
            "ResultDesc": "The service request is processed successfully.",
        },
        "ResponseBody": {"responseDescription": description, "responseCode": "200"},
    }


def _day(call: Call, field: str) -> date:
    try:
        return datetime.strptime(call.text(field), "%Y%m%d").replace(tzinfo=EAT).date()
    except ValueError:
        raise invalid(field) from None


def _approve(world: World, prompt: Prompt) -> None:
    """The PIN was right: keep the order and plan its first payment."""
    details = json.loads(prompt.details)
    if world.books.one("SELECT 1 FROM standing_orders WHERE msisdn = ? AND name = ?", prompt.msisdn, details["name"]):
        raise DeclinedError("1050")
    world.books.run(
        "INSERT INTO standing_orders VALUES (?, ?, ?, ?)", prompt.id, prompt.msisdn, details["name"], prompt.details
    )
    first = max(_due_at(date.fromisoformat(details["start"])), world.now)
    world.agenda.put("standing_order", json.dumps([prompt.id, 0]), first)


def _due_at(day: date) -> int:
    return from_datetime(datetime(day.year, day.month, day.day, _PAY_AT_HOUR, tzinfo=EAT))


def _payment_day(start: date, frequency: str, number: int) -> date | None:
    """The day of the `number`th payment (from 0), or None when there is no such payment."""
    if number == 0:
        return start
    if frequency in _DAYS:
        return start + timedelta(days=_DAYS[frequency] * number)
    if frequency not in _MONTHS:
        return None
    years, month = divmod(start.month - 1 + _MONTHS[frequency] * number, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def teach(world: World) -> None:
    """Tell the agenda how standing orders are paid."""
    world.agenda.teach("standing_order", lambda subject: _pay(world, *json.loads(subject)))


def _pay(world: World, order_id: str, number: int) -> None:
    prompt = prompts.find(world, order_id)
    assert prompt is not None
    details = json.loads(prompt.details)
    walk_in.pay(
        world,
        Purchase(prompt.msisdn, prompt.shortcode, prompt.amount, details["reference"], channel="standing_order"),
    )
    following = _payment_day(date.fromisoformat(details["start"]), details["frequency"], number + 1)
    if following is not None and following <= date.fromisoformat(details["end"]):
        world.agenda.put("standing_order", json.dumps([order_id, number + 1]), _due_at(following))


def _report(world: World, prompt: Prompt) -> None:
    """Success comes in lower-case keys, failure in capitals."""
    details, code = json.loads(prompt.details), prompt.result_code or ""
    body: dict[str, object]
    if code == "0":
        receipt = ledger.new_receipt(world)
        header = {
            "responseRefID": prompt.id,
            "requestRefID": prompt.id,
            "responseCode": "0",
            "responseDescription": "The service request is processed successfully",
        }
        masked = f"254******{prompt.msisdn[-3:]}"
        values = [("TransactionID", receipt), ("responseCode", "0"), ("Status", "OKAY"), ("Msisdn", masked)]
        data = [{"name": name, "value": value} for name, value in values]
        body = {"responseHeader": header, "responseBody": {"responseData": data}}
    else:
        header = {
            "responseRefID": prompt.id,
            "requestRefID": prompt.id,
            "responseCode": code,
            "responseDescription": "Error",
        }
        masked = f"*********{prompt.msisdn[-3:]}"
        values = [("TransactionID", _NO_RECEIPT), ("responseCode", code), ("Status", "ERROR"), ("Msisdn", masked)]
        data = [{"Name": name, "Value": value} for name, value in values]
        body = {"ResponseHeader": header, "ResponseBody": {"ResponseData": data}}
    world.callbacks.send(
        Callback("ratiba", prompt.id, prompt.shortcode, prompt.msisdn, details["callback_url"], encode(body)),
        world.settings,
    )


prompts.register("ratiba", PromptKind(_approve, _report))

APIS = [Api("ratiba", "/standingorder/v1/createStandingOrderExternal", "express", create)]
