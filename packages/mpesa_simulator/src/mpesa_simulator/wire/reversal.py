"""Reversal: an organisation gives a customer's payment back."""

from mpesa_simulator.core.books import Posting
from mpesa_simulator.core.clock import compact
from mpesa_simulator.core.json import money, shillings
from mpesa_simulator.core.world import World
from mpesa_simulator.handset import messages, texts
from mpesa_simulator.money import ledger, organisations, payments, subscribers
from mpesa_simulator.money.ledger import Movement
from mpesa_simulator.money.results import DeclinedError
from mpesa_simulator.wire.envelope import Api, Call, organisation
from mpesa_simulator.wire.fields import one_of, remarks, whole_shillings
from mpesa_simulator.wire.results import (
    Done,
    Errand,
    Request,
    accept,
    check_initiator_fields,
    check_urls,
    register,
)

REASON = "Transaction Reversal"


def reverse(call: Call) -> dict[str, str]:
    """Give a customer's payment back. Without an amount, the whole payment is meant."""
    check_initiator_fields(call)
    one_of(call, "CommandID", "TransactionReversal")
    call.required("TransactionID")
    if call.text("Amount"):
        whole_shillings(call)
    receiver = organisation(call, "ReceiverParty", "express")
    one_of(call, "RecieverIdentifierType", "11", "4")  # misspelt on the wire
    check_urls(call)
    remarks(call)
    return accept(call, "reversal", receiver)


def _do(world: World, request: Request) -> Done:
    """Only customers' payments to this organisation, whole, once, and while the money is still there."""
    merchant = request.organisation
    original = ledger.find(world, request.text("TransactionID"))
    if original is None or original.payee != merchant.shortcode or original.kind not in ("pay_bill", "buy_goods"):
        raise DeclinedError("R000002")
    if ledger.reversal_of(world, original.receipt):
        raise DeclinedError("R000001")
    if request.text("Amount") and int(request.text("Amount")) * 100 != original.amount:
        raise DeclinedError("2028")
    income = merchant.takes_money_into
    account = merchant.account(income)
    if world.books.balance(account) < original.amount:
        raise DeclinedError("1")
    payments.check_payee(world, original.payer, original.amount)
    transaction = ledger.record(
        world,
        Movement(
            "reversal",
            original.amount,
            merchant.shortcode,
            original.payer,
            "api",
            request.asked_at,
            originator_conversation_id=request.originator_conversation_id,
            conversation_id=request.conversation_id,
            reverses=original.receipt,
        ),
        [
            Posting(account, -original.amount, REASON),
            Posting(subscribers.wallet_of(original.payer), original.amount, REASON),
        ],
    )
    text = texts.reversed_to(transaction, subscribers.balance(world, original.payer))
    messages.send(world, original.payer, texts.SENDER, text)
    customer = subscribers.find(world, original.payer)
    left = money(world.books.balance(account))
    return Done(
        [
            ("DebitAccountBalance", f"{organisations.ACCOUNT_NAMES[income]}|KES|{left}|{left}|0.00|0.00"),
            ("Amount", shillings(original.amount)),
            ("TransCompletedTime", int(compact(transaction.completed_at))),
            ("OriginalTransactionID", original.receipt),
            ("Charge", shillings(0)),
            ("CreditPartyPublicName", customer.party if customer else original.payer),
            ("DebitPartyPublicName", merchant.party),
        ],
        transaction.receipt,
    )


register("reversal", Errand(_do, "reversalresults/v1/submit"))

APIS = [Api("reversal", "/mpesa/reversal/v1/request", "express", reverse)]
