"""Asynchronous requests: acknowledged at once, carried out a little later, their result posted to the ResultURL.

B2C, B2B, tax, reversal, transaction status and account balance work this way. Each is an Errand, which says what is
done and how the result is written; this module does what they have in common.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mpesa_simulator.core import credentials, identifiers
from mpesa_simulator.core.callbacks import Callback
from mpesa_simulator.core.json import encode
from mpesa_simulator.core.world import World
from mpesa_simulator.money import organisations
from mpesa_simulator.money.organisations import Organisation
from mpesa_simulator.money.results import DeclinedError, text_of
from mpesa_simulator.wire.envelope import Call, RefusedError, invalid
from mpesa_simulator.wire.fields import url

MAX_WRONG_PASSWORDS = 3

#: A parameter of a result: its key and value. Without a value, only the key is sent.
Parameter = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was acknowledged."""

    operation: str
    organisation: Organisation
    phone: str
    fields: Mapping[str, Any]
    conversation_id: str
    originator_conversation_id: str
    asked_at: int

    def text(self, field: str) -> str:
        """A field as text; blank when absent."""
        value = self.fields.get(field)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True, slots=True)
class Done:
    """A request was carried out. `receipt` is None when no money moved."""

    parameters: Sequence[Parameter]
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """What a kind of request does (it may raise DeclinedError), and the habits of its results."""

    do: Callable[[World, Request], Done]
    timeout_path: str
    initiator_field: str = "Initiator"
    #: Whether a success has its ResultType and ResultCode as strings, and no full stop.
    codes_as_text: bool = False
    #: What a failure carries: nothing, or one parameter that is not in a list.
    failure_parameter: Callable[[World, Request], Parameter] | None = None
    #: Reference items besides the QueueTimeoutURL.
    references: Callable[[Request], Sequence[Parameter]] = lambda request: ()


_ERRANDS: dict[str, Errand] = {}


def register(operation: str, errand: Errand) -> None:
    """Teach the network a kind of request."""
    _ERRANDS[operation] = errand


def teach(world: World) -> None:
    """Tell the agenda how requests are carried out."""
    world.agenda.teach("carry_out", lambda conversation_id: _carry_out(world, conversation_id))


def accept(
    call: Call, operation: str, organisation: Organisation, *, phone: str = "", originator_id: str = ""
) -> dict[str, str]:
    """Take a request in, to be carried out soon, and return its acknowledgement."""
    world = call.world
    originator_id = originator_id or call.next_id()
    conversation_id = identifiers.conversation_id(world.dice, world.books.next("conversation"), world.now)
    world.books.run(
        "INSERT INTO requests (conversation_id, originator_conversation_id, operation, shortcode, phone, fields,"
        " asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        conversation_id,
        originator_id,
        operation,
        organisation.shortcode,
        phone,
        json.dumps(call.fields),
        world.now,
    )
    due_at = world.later(world.settings.result_seconds)
    if rule := world.faults.strike(
        "queue_timeout", organisation=organisation.shortcode, phone=phone, operation=operation
    ):
        _report_timeout(world, load(world, conversation_id))
        due_at = world.later(rule.seconds)
    world.agenda.put("carry_out", conversation_id, due_at)
    return {
        "ConversationID": conversation_id,
        "OriginatorConversationID": originator_id,
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    }


def check_initiator_fields(call: Call, name_field: str = "Initiator") -> None:
    """Refuse a request whose initiator or credential cannot be right. Its password is checked later, as M-PESA does."""
    call.required(name_field, named="InitiatorName")
    if not credentials.is_well_formed(call.required("SecurityCredential")):
        raise invalid("SecurityCredential")


def check_urls(call: Call) -> None:
    """Refuse a request whose result could not be delivered."""
    url(call, "QueueTimeOutURL")
    url(call, "ResultURL")


def duplicate_originator(world: World, originator_id: str) -> None:
    """Refuse an OriginatorConversationID that was used before."""
    if world.books.one("SELECT 1 FROM requests WHERE originator_conversation_id = ?", originator_id):
        raise RefusedError(500, "500.002.1001", "Duplicate OriginatorConversationID.")


def load(world: World, conversation_id: str) -> Request:
    """A request that was accepted."""
    row = world.books.one("SELECT * FROM requests WHERE conversation_id = ?", conversation_id)
    assert row is not None
    organisation = organisations.find(world, row["shortcode"])
    assert organisation is not None
    return Request(
        row["operation"],
        organisation,
        row["phone"],
        json.loads(row["fields"]),
        conversation_id,
        row["originator_conversation_id"],
        row["asked_at"],
    )


def _carry_out(world: World, conversation_id: str) -> None:
    request = load(world, conversation_id)
    errand = _ERRANDS[request.operation]
    scope = {"organisation": request.organisation.shortcode, "phone": request.phone, "operation": request.operation}
    try:
        if rule := world.faults.strike("outcome", **scope):
            raise DeclinedError(rule.code)  # noqa: TRY301
        _check_initiator(world, request)
        done = errand.do(world, request)
    except DeclinedError as declined:
        _close(world, request, declined.code, None)
        parameter = errand.failure_parameter(world, request) if errand.failure_parameter else None
        _report(world, request, declined.code, None, {"ResultParameter": _item(parameter)} if parameter else None)
        return
    _close(world, request, "0", done.receipt)
    _report(world, request, "0", done.receipt, {"ResultParameter": [_item(item) for item in done.parameters]})


def _check_initiator(world: World, request: Request) -> None:
    """Raise DeclinedError: 8006 locked, 2001 unknown name or wrong password, 21 no role for this API."""
    organisation = request.organisation
    lock = f"wrong_passwords:{organisation.shortcode}"
    wrong = int(world.books.fact(lock) or 0)
    if wrong >= MAX_WRONG_PASSWORDS:
        raise DeclinedError("8006")
    name = request.text(_ERRANDS[request.operation].initiator_field)
    password = credentials.password_in(world.books, request.text("SecurityCredential"))
    if name != organisation.initiator or password not in (None, organisation.initiator_password):
        world.books.remember(lock, str(wrong + 1))
        raise DeclinedError("2001")
    world.books.remember(lock, "0")
    if request.operation in organisation.initiator_may_not:
        raise DeclinedError("21")


def unlock_initiator(world: World, shortcode: str, *, locked: bool) -> None:
    """A business administrator unlocks the initiator, or a test locks it."""
    world.books.remember(f"wrong_passwords:{shortcode}", str(MAX_WRONG_PASSWORDS if locked else 0))


def _close(world: World, request: Request, code: str, receipt: str | None) -> None:
    world.books.run(
        "UPDATE requests SET done_at = ?, result_code = ?, receipt = ? WHERE conversation_id = ?",
        world.now,
        code,
        receipt,
        request.conversation_id,
    )


def _item(parameter: Parameter) -> dict[str, Any]:
    key, value = parameter
    return {"Key": key} if value is None else {"Key": key, "Value": value}


def _report(
    world: World, request: Request, code: str, receipt: str | None, parameters: Mapping[str, Any] | None
) -> None:
    errand = _ERRANDS[request.operation]
    as_text = errand.codes_as_text and code == "0"
    result: dict[str, Any] = {
        "ResultType": "0" if as_text else 0,
        "ResultCode": int(code) if code.isdigit() and not as_text else code,
        "ResultDesc": text_of(code).removesuffix("." if as_text else ""),
        "OriginatorConversationID": request.originator_conversation_id,
        "ConversationID": request.conversation_id,
        "TransactionID": receipt or identifiers.no_receipt(world.now),
    }
    if parameters is not None:
        result["ResultParameters"] = parameters
    timeout = ("QueueTimeoutURL", f"https://internalsandbox.safaricom.co.ke/mpesa/{errand.timeout_path}")
    items = [_item(item) for item in (*errand.references(request), timeout)]
    result["ReferenceData"] = {"ReferenceItem": items if len(items) > 1 else items[0]}
    _post(world, request, request.text("ResultURL"), result)


def _report_timeout(world: World, request: Request) -> None:
    """Tell the QueueTimeOutURL that the request waits in a queue. That is not its end."""
    result = {
        "ResultType": 1,
        "ResultCode": 1,
        "ResultDesc": "The service request timed out.",
        "OriginatorConversationID": request.originator_conversation_id,
        "ConversationID": request.conversation_id,
    }
    _post(world, request, request.text("QueueTimeOutURL"), result)


def _post(world: World, request: Request, to: str, result: Mapping[str, Any]) -> None:
    body = encode({"Result": result})
    callback = Callback(
        request.operation, request.conversation_id, request.organisation.shortcode, request.phone, to, body
    )
    world.callbacks.send(callback, world.settings)
