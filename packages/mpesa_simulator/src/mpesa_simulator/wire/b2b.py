"""B2B: an organisation pays another, tops up a B2C account, moves its own money, or remits tax."""

from mpesa_simulator.core.books import Posting
from mpesa_simulator.core.clock import compact
from mpesa_simulator.core.json import money
from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger, organisations
from mpesa_simulator.money.ledger import Movement
from mpesa_simulator.money.organisations import Account, Organisation
from mpesa_simulator.money.results import DeclinedError
from mpesa_simulator.wire.envelope import Api, Call, invalid, organisation
from mpesa_simulator.wire.fields import one_of, remarks, whole_shillings
from mpesa_simulator.wire.results import (
    Done,
    Errand,
    Parameter,
    Request,
    accept,
    check_initiator_fields,
    check_urls,
    register,
)

KRA = "572572"
_MAX_REFERENCE = 13
_PAYMENTS = {
    "BusinessPayBill": "Business Pay Bill",
    "BusinessBuyGoods": "Business Buy Goods",
    "BusinessPayToBulk": "Business Pay to Bulk",
    "BusinessToBusinessTransfer": "Business to Business Transfer",
    "MerchantToMerchantTransfer": "Merchant to Merchant Transfer",
    "DisburseFundsToBusiness": "Disburse Funds to Business",
}
#: Moves inside one organisation: from which account to which.
_TRANSFERS: dict[str, tuple[Account, Account, str]] = {
    "BusinessTransferFromMMFToUtility": ("working", "utility", "Move funds MMF to Utility"),
    "BusinessTransferFromUtilityToMMF": ("utility", "working", "Move funds Utility to MMF"),
    "MerchantTransferFromMerchantToWorking": ("merchant", "working", "Merchant to Working Transfer"),
    "MerchantServicesMMFAccountTransfer": ("working", "merchant", "Working to Merchant Transfer"),
}


def pay(call: Call) -> dict[str, str]:
    """Pay another organisation, top up a B2C account, or move money between own accounts."""
    return _accept(call, "b2b", *_PAYMENTS, *_TRANSFERS)


def remit_tax(call: Call) -> dict[str, str]:
    """Pay tax to the Kenya Revenue Authority, under a payment registration number."""
    if call.text("PartyB") != KRA:
        raise invalid("PartyB")
    call.required("AccountReference")
    return _accept(call, "tax", "PayTaxToKRA")


def _accept(call: Call, operation: str, *commands: str) -> dict[str, str]:
    check_initiator_fields(call)
    one_of(call, "CommandID", *commands)
    one_of(call, "SenderIdentifierType", "4", "2")
    one_of(call, "RecieverIdentifierType", "4", "2")  # misspelt on the wire
    whole_shillings(call)
    payer = organisation(call, "PartyA", "c2b")
    if not call.required("PartyB").isdigit():
        raise invalid("PartyB")
    if len(call.text("AccountReference")) > _MAX_REFERENCE:
        raise invalid("AccountReference")
    remarks(call)
    check_urls(call)
    return accept(call, operation, payer)


def _do(world: World, request: Request) -> Done:
    payer, command = request.organisation, request.text("CommandID")
    cents = int(request.text("Amount")) * 100
    source: Account = "working"
    if command in _TRANSFERS:
        source, target, reason = _TRANSFERS[command]
        payee, credited = payer, payer.account(target)
    else:
        payee = _payee(world, request)
        credited, reason = payee.account(payee.takes_money_into), _PAYMENTS.get(command, "Pay Tax To KRA")
    if not payer.may_pay_out:
        raise DeclinedError("2028")
    debited = payer.account(source)
    if world.books.balance(debited) < cents:
        raise DeclinedError("1")
    transaction = ledger.record(
        world,
        Movement(
            "transfer" if payee == payer else "b2b",
            cents,
            payer.shortcode,
            payee.shortcode,
            "api",
            request.asked_at,
            reference=request.text("AccountReference"),
            originator_conversation_id=request.originator_conversation_id,
            conversation_id=request.conversation_id,
        ),
        [Posting(debited, -cents, reason), Posting(credited, cents, reason)],
    )
    left = world.books.balance(debited)
    struct = f"{{Amount={{CurrencyCode=KES, MinimumAmount={left}, BasicAmount={money(left)}}}}}"
    affected = f"{organisations.ACCOUNT_NAMES[source]}|KES|{money(left)}|{money(left)}|0.00|0.00"
    return Done(
        [
            ("DebitAccountBalance", struct),
            ("Amount", money(cents)),
            ("DebitPartyAffectedAccountBalance", affected),
            ("TransCompletedTime", compact(transaction.completed_at)),
            ("DebitPartyCharges", ""),
            ("ReceiverPartyPublicName", payee.party),
            ("Currency", "KES"),
            ("InitiatorAccountCurrentBalance", struct),
        ],
        transaction.receipt,
    )


def _payee(world: World, request: Request) -> Organisation:
    """The organisation that is paid; one of the wrong kind is as good as none."""
    payee = organisations.find(world, request.text("PartyB"))
    wants_till = request.text("CommandID") == "BusinessBuyGoods"
    if payee is None or (payee.kind == "till") != wants_till:
        raise DeclinedError("SFC_IC0003")
    return payee


def _failure(world: World, request: Request) -> Parameter:
    return "BOCompletedTime", int(compact(world.now))


def _references(request: Request) -> list[Parameter]:
    return [("BillReferenceNumber", request.text("AccountReference"))]


for _operation in ("b2b", "tax"):
    register(
        _operation,
        Errand(_do, "b2bresults/v1/submit", codes_as_text=True, failure_parameter=_failure, references=_references),
    )

APIS = [
    Api("b2b", "/mpesa/b2b/v1/paymentrequest", "c2b", pay),
    Api("tax", "/mpesa/b2b/v1/remittax", "c2b", remit_tax),
]
