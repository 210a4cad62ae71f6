"""Transaction Status and Account Balance: questions whose answers come to the ResultURL."""

from mpesa_simulator.core.clock import compact
from mpesa_simulator.core.identifiers import no_receipt
from mpesa_simulator.core.json import money
from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger, organisations, subscribers
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.organisations import ACCOUNT_NAMES
from mpesa_simulator.money.results import DeclinedError
from mpesa_simulator.wire.envelope import Api, Call, organisation
from mpesa_simulator.wire.fields import one_of
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

#: How a statement and a status result call each kind of transaction.
REASON_TYPES = {
    "pay_bill": "Pay Bill Online",
    "buy_goods": "Merchant Payment",
    "b2c": "Business Payment to Customer via API",
    "b2pochi": "Business Pay to Pochi via API",
    "b2b": "Business to Business Transfer",
    "transfer": "Move funds",
    "reversal": "Transaction Reversal",
}


def status(call: Call) -> dict[str, str]:
    """Ask what became of a transaction, by its receipt or its OriginatorConversationID."""
    check_initiator_fields(call)
    one_of(call, "CommandID", "TransactionStatusQuery")
    asker = organisation(call, "PartyA", "c2b")
    one_of(call, "IdentifierType", "1", "2", "4")
    check_urls(call)
    return accept(call, "status", asker)


def balance(call: Call) -> dict[str, str]:
    """Ask for the balances of all accounts. The acknowledgement lacks its full stop."""
    check_initiator_fields(call)
    one_of(call, "CommandID", "AccountBalance")
    asker = organisation(call, "PartyA", "b2c")
    one_of(call, "IdentifierType", "2", "4")
    check_urls(call)
    ack = accept(call, "balance", asker)
    return {**ack, "ResponseDescription": ack["ResponseDescription"].removesuffix(".")}


def _tell_status(world: World, request: Request) -> Done:
    receipt = request.text("TransactionID")
    originator_id = request.text("OriginalConversationID") or request.text("OriginatorConversationID")
    found = ledger.find(world, receipt) if receipt else ledger.find_by_originator(world, originator_id)
    if found is not None and request.organisation.shortcode in (found.payer, found.payee):
        return Done(_status_of(world, found))
    if not receipt and (row := world.books.one(_UNPAID, originator_id, request.organisation.shortcode)):
        return Done(_status_of_unpaid(world, row["asked_at"], row["done_at"], originator_id, row["conversation_id"]))
    raise DeclinedError("25")


_UNPAID = (
    "SELECT asked_at, done_at, conversation_id FROM requests"
    " WHERE originator_conversation_id = ? AND shortcode = ? AND operation <> 'status'"
)


def _status_of(world: World, transaction: Transaction) -> list[Parameter]:
    charge = money(transaction.payer_charge)
    is_payout = transaction.kind in ("b2c", "b2pochi")
    return [
        ("DebitPartyName", _party(world, transaction.payer)),
        ("CreditPartyName", _party(world, transaction.payee)),
        ("OriginatorConversationID", transaction.originator_conversation_id),
        ("InitiatedTime", int(compact(transaction.initiated_at))),
        ("DebitAccountType", "Utility Account" if is_payout else "MMF Account For Customer"),
        ("DebitPartyCharges", f"Fee For B2C Payment|KES|{charge}" if is_payout else ""),
        ("TransactionReason", None),
        ("ReasonType", REASON_TYPES.get(transaction.kind, "Customer Transfer")),
        ("TransactionStatus", "Completed"),
        ("FinalisedTime", int(compact(transaction.completed_at))),
        ("Amount", transaction.amount // 100),
        ("ConversationID", transaction.conversation_id),
        ("ReceiptNo", transaction.receipt),
    ]


def _status_of_unpaid(
    world: World, asked_at: int, done_at: int | None, originator_id: str, conversation_id: str
) -> list[Parameter]:
    return [
        ("OriginatorConversationID", originator_id),
        ("InitiatedTime", int(compact(asked_at))),
        ("TransactionReason", None),
        ("TransactionStatus", "Initiated" if done_at is None else "Declined"),
        ("FinalisedTime", int(compact(done_at)) if done_at else None),
        ("ConversationID", conversation_id),
        ("ReceiptNo", no_receipt(asked_at)),
    ]


def _party(world: World, party: str) -> str:
    subscriber = subscribers.find(world, party)
    if subscriber:
        return subscriber.party
    found = organisations.find(world, party)
    return found.party if found else party


def _tell_balance(world: World, request: Request) -> Done:
    asker = request.organisation
    accounts = []
    for account, name in ACCOUNT_NAMES.items():
        held = money(world.books.balance(asker.account(account)))
        if account != "merchant" or asker.kind == "till":
            accounts.append(f"{name}|KES|{held}|{held}|0.00|0.00")
    return Done([("AccountBalance", "&".join(accounts)), ("BOCompletedTime", compact(world.now))])


def _failure(world: World, request: Request) -> Parameter:
    return "BOCompletedTime", int(compact(world.now))


def _occasion(request: Request) -> list[Parameter]:
    return [("Occasion", request.text("Occasion") or None)]


register("status", Errand(_tell_status, "transactionstatusresults/v1/submit", references=_occasion))
register("balance", Errand(_tell_balance, "abresults/v1/submit", codes_as_text=True, failure_parameter=_failure))

APIS = [
    Api("status", "/mpesa/transactionstatus/v1/query", "c2b", status),
    Api("balance", "/mpesa/accountbalance/v1/query", "b2c", balance),
]
