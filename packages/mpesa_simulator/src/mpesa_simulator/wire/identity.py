"""Checks of SIMs, names and organisations, which answer at once, and Lipa na Bonga."""

import hashlib
from typing import Any

from mpesa_simulator.core.clock import eat, iso
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import walk_in
from mpesa_simulator.handset.walk_in import Purchase
from mpesa_simulator.money import organisations, subscribers
from mpesa_simulator.money.subscribers import Subscriber
from mpesa_simulator.wire.envelope import Api, BrokenError, Call, RefusedError, respond
from mpesa_simulator.wire.fields import msisdn, whole_shillings

_RECENT_SWAP = 90 * 86_400_000
_POINT_CENTS = 20  # a Bonga point is worth KES 0.20


def imsi(call: Call) -> dict[str, str]:
    """Tell the hashed IMSI and the dates of SIM and registration."""
    subscriber = _customer(call)
    return {
        **_found(call),
        "imsi": str(int(hashlib.sha256(subscriber.msisdn.encode()).hexdigest(), 16))[:16],
        "lastSwapDate": _swap_date(call.world, subscriber),
        "msisdnRegistrationDate": f"{eat(subscriber.created_at):%d-%m-%Y}",
        "customerNumber": subscriber.msisdn,
    }


def sim_swap(call: Call) -> dict[str, str]:
    """Tell when the SIM was last swapped; 1900 when it was not, for three months."""
    date = _swap_date(call.world, _customer(call))
    return {**_found(call), "lastSwapDate": f"{date} 00:00"}


def age_on_network(call: Call) -> dict[str, str]:
    """Tell since when the number is registered."""
    subscriber = _customer(call)
    registered_on = f"{eat(subscriber.created_at):%Y-%m-%d}"
    return {**_found(call), "msisdnRegistrationDate": registered_on, "customerNumber": subscriber.msisdn}


def validate_number(call: Call) -> dict[str, str]:
    """Tell whether the number belongs to this identity document."""
    subscriber = subscribers.find(call.world, call.text("msisdn"))
    same = subscriber is not None and subscriber.id_number == call.required("idNumber")
    return {
        "responseRefID": call.text("requestRefID") or call.next_id(),
        "responseCode": "4000",
        "responseMessage": "Success",
        "status": "true" if same else "false",
    }


def organisation_info(call: Call) -> dict[str, str]:
    """Tell the name behind a paybill (type 4) or a till (type 2)."""
    found = organisations.find(call.world, call.text("Identifier"))
    kind = {"2": "till", "4": "paybill"}.get(call.text("IdentifierType"))
    if found is None or found.kind != kind:
        raise RefusedError(500, "500.001.1001", "Invalid parameter")
    return {
        "ConversationID": call.next_id(),
        "ResponseCode": "4000",
        "ResponseMessage": "Success",
        "DetailedMessage": "Request received successfully",
        "OrganizationShortCode": found.shortcode,
        "OrganizationName": found.name,
        "ChargeProfileID": "20013",
    }


def customer_name(call: Call) -> dict[str, Any]:
    """Tell a customer's names, all but the first masked."""
    header, body = call.fields.get("header"), call.fields.get("body")
    asked = body if isinstance(body, dict) else {}
    answered = dict(header) if isinstance(header, dict) else {}
    subscriber = subscribers.find(call.world, str(asked.get("msisdn", "")))
    if subscriber is None:
        message = {"message": "The customer does not exist."}
        return {"header": {**answered, "status": "400", "message": "Failed"}, "body": message}
    first, *others = subscriber.name.lower().split()
    masked = [f"{name[0].upper()}******" for name in others]
    names = {"firstName": first, "middleName": masked[0] if len(masked) > 1 else "", "lastName": (masked or [""])[-1]}
    return {"header": {**answered, "status": "200", "message": "Success"}, "body": names}


def bonga_value(call: Call) -> dict[str, Any]:
    """Tell what Bonga points are worth."""
    points = call.text("points")
    if not points.isdigit():
        raise RefusedError(400, "400.002.02", "Bad Request - Invalid points")
    worth = int(points) * _POINT_CENTS // 100
    return {**_bonga_header(call), "body": {"amount": str(worth), "points": points, "rate": "0.2"}}


def bonga_redeem(call: Call) -> dict[str, Any]:
    """Pay a paybill with Bonga points; Safaricom puts the money in."""
    payer, cents = msisdn(call, "msisdn"), whole_shillings(call, "amount")
    if subscribers.find(call.world, payer) is None or organisations.find(call.world, call.text("shortCode")) is None:
        raise RefusedError(400, "6001", "Failed")
    purchase = Purchase(payer, call.text("shortCode"), cents, call.text("accountNumber"), channel="bonga")
    walk_in.pay(call.world, purchase)
    return {**_bonga_header(call), "body": None}


def _bonga_header(call: Call) -> dict[str, Any]:
    return {
        "header": {
            "requestRefId": call.next_id(),
            "responseCode": 200,
            "responseMessage": "Success",
            "customerMessage": "Request executed successfully.",
            "timestamp": iso(call.world.now).removesuffix("+03:00"),
        }
    }


def _customer(call: Call) -> Subscriber:
    """The customer asked about; an unknown one gets HTTP 400 with a body of its own shape."""
    subscriber = subscribers.find(call.world, call.text("customerNumber"))
    if subscriber is None:
        body = {"requestRefID": call.next_id(), "responseCode": "404", "responseDesc": "Not found"}
        raise BrokenError(respond(400, body))
    return subscriber


def _found(call: Call) -> dict[str, str]:
    return {"requestRefID": call.next_id(), "responseCode": "200", "responseDesc": "Success"}


def _swap_date(world: World, subscriber: Subscriber) -> str:
    swapped_at = subscriber.sim_swapped_at
    if swapped_at is None or world.now - swapped_at > _RECENT_SWAP:
        return "01-01-1900"
    return f"{eat(swapped_at):%d-%m-%Y}"


APIS = [
    Api("imsi", "/imsi/v1/checkATI", "identity", imsi),
    Api("sim_swap", "/imsi/v2/checkATI", "identity", sim_swap),
    Api("sim_swap", "/imsi-lookup/v1/checkATI", "identity", sim_swap),
    Api("age_on_network", "/registration/lookup/v1/checkATI", "identity", age_on_network),
    Api("validate_number", "/v1/KYC-validation/validateID", "identity", validate_number),
    Api("organisation_info", "/sfcverify/v1/query/info", "identity", organisation_info),
    Api("customer_name", "/mpesa/b2c/hakikisha/v1/hakikisha", "identity", customer_name),
    Api("bonga_value", "/v1/lipa/na/bonga/calculate-points", "identity", bonga_value),
    Api("bonga_redeem", "/v1/lipa/na/bonga/redeem-paybill", "identity", bonga_redeem),
]
