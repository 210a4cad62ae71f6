"""Pull Transactions: what customers paid to a shortcode in the last two days."""

from datetime import datetime

from mpesa_simulator.core import identifiers
from mpesa_simulator.core.clock import EAT, eat, from_datetime
from mpesa_simulator.core.json import money
from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger, organisations, registrations
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.organisations import Organisation
from mpesa_simulator.wire.envelope import Api, Call, RefusedError

_WINDOW = 48 * 3_600_000
_PAGE = 100
_TYPES = {"pay_bill": "c2b-pay-bill-debit", "buy_goods": "c2b-buy-goods-debit"}


def register(call: Call) -> dict[str, str]:
    """Register a shortcode, once. Mind the blanks in the answer's keys."""
    world, organisation = call.world, _organisation(call)
    known = registrations.find(world, organisation.shortcode, "pull") is not None
    registrations.save(world, organisation.shortcode, "pull", {})
    return {
        "ResponseRefID": identifiers.uuid(world.dice, "pull", world.books.next("pull")),
        "Response Status": "1001" if known else "1000",
        "ShortCode": organisation.shortcode,
        "Response Description": "ShortCode already Registered" if known else "Shortcode Registered Successfully",
    }


def query(call: Call) -> dict[str, object]:
    """Fetch up to 100 payments, oldest first, as a list in a list."""
    world, organisation = call.world, _organisation(call)
    start, end = _moment(call, "StartDate"), _moment(call, "EndDate")
    offset = call.text("OffSetValue") or "0"
    if not offset.isdigit():
        raise RefusedError(400, "400.001", "Invalid OffSetValue")
    payments = ledger.received(world, organisation.shortcode, max(start, world.now - _WINDOW), end + 999)
    page = payments[int(offset) : int(offset) + _PAGE]
    return {
        "ResponseRefID": call.next_id(),
        "ResponseCode": "1000" if page else "1001",
        "ResponseMessage": "Success" if page else "No transactions found",
        "Response": [[_row(world, organisation, payment) for payment in page]],
    }


def _organisation(call: Call) -> Organisation:
    found = organisations.find(call.world, call.text("ShortCode"))
    if found is None:
        raise RefusedError(400, "400.001", "Invalid ShortCode")
    call.check_app(found, "pull")
    return found


def _moment(call: Call, field: str) -> int:
    """A date and time in EAT, with or without seconds."""
    text = call.text(field)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return from_datetime(datetime.strptime(text, form).replace(tzinfo=EAT))
        except ValueError:
            continue
    raise RefusedError(400, "400.001", f"Invalid {field}")


def _row(world: World, organisation: Organisation, payment: Transaction) -> dict[str, object]:
    return {
        "transactionId": payment.receipt,
        "trxDate": f"{eat(payment.completed_at):%Y-%m-%dT%H:%M:%S}Z",
        "msisdn": int(payment.payer),
        "sender": "MPESA",
        "transactiontype": _TYPES[payment.kind],
        "billreference": payment.reference,
        "amount": money(payment.amount),
        "organizationname": organisation.name,
    }


APIS = [
    Api("pull_register", "/pulltransactions/v1/register", "pull", register),
    Api("pull_query", "/pulltransactions/v1/query", "pull", query),
]
