"""B2C and B2Pochi: an organisation pays a customer."""

from mpesa_simulator.core.books import Posting
from mpesa_simulator.core.clock import eat
from mpesa_simulator.core.json import shillings
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, texts
from mpesa_simulator.money import ledger, payments, subscribers, tariffs
from mpesa_simulator.money.ledger import FEES, Movement
from mpesa_simulator.money.results import DeclinedError
from mpesa_simulator.wire.envelope import Api, Call, organisation
from mpesa_simulator.wire.fields import msisdn, one_of, remarks, whole_shillings
from mpesa_simulator.wire.results import (
    Done,
    Errand,
    Request,
    accept,
    check_initiator_fields,
    check_urls,
    duplicate_originator,
    register,
)

REASON = "Business Payment to Customer via API"
_COMMANDS = ("SalaryPayment", "BusinessPayment", "PromotionPayment")


def pay_v1(call: Call) -> dict[str, str]:
    """Pay a customer; the gateway makes the OriginatorConversationID."""
    return _pay(call, "b2c", _COMMANDS, originator_id="")


def pay_v3(call: Call) -> dict[str, str]:
    """Pay a customer; the caller's own OriginatorConversationID can be used once."""
    return _pay(call, "b2c", _COMMANDS, originator_id=call.text("OriginatorConversationID"))


def pay_pochi(call: Call) -> dict[str, str]:
    """Pay into a customer's business wallet."""
    originator_id = call.required("OriginatorConversationID")
    return _pay(call, "b2pochi", ("BusinessPayToPochi",), originator_id=originator_id)


def _pay(call: Call, operation: str, commands: tuple[str, ...], *, originator_id: str) -> dict[str, str]:
    check_initiator_fields(call, "InitiatorName")
    one_of(call, "CommandID", *commands)
    whole_shillings(call)
    payer = organisation(call, "PartyA", "b2c")
    payee = msisdn(call, "PartyB")
    remarks(call)
    check_urls(call)
    if originator_id:
        duplicate_originator(call.world, originator_id)
    return accept(call, operation, payer, phone=payee, originator_id=originator_id)


def _do(world: World, request: Request) -> Done:
    """Move the money from the Utility account to the wallet; the charge goes to Charges Paid."""
    payer, payee = request.organisation, request.phone
    cents = int(request.text("Amount")) * 100
    charge = tariffs.b2c(cents, world.now).business
    if not payer.may_pay_out:
        raise DeclinedError("2028")
    if cents < payments.MIN_B2C:
        raise DeclinedError("2")
    if cents > payments.MAX_TRANSACTION:
        raise DeclinedError("3")
    if subscribers.find(world, payee) is None:
        raise DeclinedError("SFC_IC0003")
    payments.check_payee(world, payee, cents)
    utility, charges = payer.account("utility"), payer.account("charges")
    if world.books.balance(utility) < cents:
        raise DeclinedError("1")
    transaction = ledger.record(
        world,
        Movement(
            "b2c" if request.operation == "b2c" else "b2pochi",
            cents,
            payer.shortcode,
            payee,
            "api",
            request.asked_at,
            payer_charge=charge,
            reference=request.text("Occassion") or request.text("Occasion"),
            originator_conversation_id=request.originator_conversation_id,
            conversation_id=request.conversation_id,
        ),
        [
            Posting(utility, -cents, REASON),
            Posting(subscribers.wallet_of(payee), cents, REASON),
            Posting(charges, -charge, "Business Payment Charge"),
            Posting(FEES, charge, "Business Payment Charge"),
        ],
    )
    sender = f"{payer.name} B2C {payer.shortcode}"
    text = texts.received(transaction, sender, subscribers.balance(world, payee))
    messages.send(world, payee, texts.SENDER, text)
    subscriber = subscribers.find(world, payee)
    return Done(
        [
            ("TransactionAmount", cents // 100),
            ("TransactionReceipt", transaction.receipt),
            ("ReceiverPartyPublicName", subscriber.party if subscriber else payee),
            ("TransactionCompletedDateTime", f"{eat(transaction.completed_at):%d.%m.%Y %H:%M:%S}"),
            ("B2CUtilityAccountAvailableFunds", shillings(world.books.balance(utility))),
            ("B2CWorkingAccountAvailableFunds", shillings(world.books.balance(payer.account("working")))),
            ("B2CRecipientIsRegisteredCustomer", "Y"),
            ("B2CChargesPaidAccountAvailableFunds", shillings(world.books.balance(charges))),
        ],
        transaction.receipt,
    )


register("b2c", Errand(_do, "b2cresults/v1/submit", initiator_field="InitiatorName"))
register("b2pochi", Errand(_do, "b2cresults/v1/submit", initiator_field="InitiatorName"))

APIS = [
    Api("b2c", "/mpesa/b2c/v3/paymentrequest", "b2c", pay_v3),
    Api("b2c", "/mpesa/b2c/v1/paymentrequest", "b2c", pay_v1),
    Api("b2pochi", "/mpesa/b2pochi/v1/paymentrequest", "b2c", pay_pochi),
]
