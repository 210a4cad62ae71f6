"""Contracts about what an organisation's operator asks for: payouts, payments, reversals, status and balance."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.bench import Bench
from tests.contract.contract import Contract, Play, ends, failure, nothing, refuses, success
from tests.contract.valid_requests import TRUSTED

import daraja
from daraja import Outcome

PAYOUTS = ["b2c", "b2c_v1", "pochi"]
PURCHASES = ["b2b_pay_bill", "b2b_buy_goods", "b2c_top_up"]
REVERSAL, STATUS, BALANCE, TAX = "reverse", "transaction_status", "account_balance", "remit_tax"
OPERATIONS = {
    **dict.fromkeys(["b2c", "b2c_v1"], "b2c"),
    "pochi": "b2pochi",
    **dict.fromkeys(PURCHASES, "b2b"),
    TAX: "tax",
    REVERSAL: "reversal",
    STATUS: "status",
    BALANCE: "balance",
}
"""What the network calls the operation."""
PARTIES = {**dict.fromkeys(OPERATIONS, "PartyA"), REVERSAL: "ReceiverParty"}
"""Where the request names the organisation."""


def customer(**state: object) -> Play:
    """Prepare the customer who is paid."""
    return lambda bench: bench.mpesa.subscriber(bench.phone, **state)


def own_organisation(call: str, **change: object) -> Play:
    """Prepare the organisation that asks."""
    return lambda bench: bench.mpesa.organisation(bench.valid[call].shortcode, **change)


def wrong_password(call: str) -> Play:
    """The security credential holds another password, encrypted for this network."""

    def prepare(bench: Bench) -> None:
        credential = bench.mpesa.security_credential("Not-the-password")
        operator = daraja.Initiator(name="testapi", security_credential=credential)
        bench.valid[call] = replace(bench.valid[call], initiator=operator)

    return prepare


def fault(call: str, code: str) -> Play:
    """The network ends the request with this code."""
    return lambda bench: bench.mpesa.break_things({"kind": "outcome", "code": code, "operation": OPERATIONS[call]})


def a_payout(call: str) -> Contract:
    """A customer is paid."""

    def play(bench: Bench) -> None:
        credential = bench.mpesa.security_credential()
        operator = daraja.Initiator(name="testapi", security_credential=credential)
        before = bench.mpesa.subscriber(bench.phone).balance
        paid = bench.outcome(call, bench.ask(call, initiator=operator))
        assert (paid.outcome, paid.amount_cents, paid.recipient_registered) == (Outcome.PAID, 10_000, True)
        assert paid.recipient.name == "JOHN DOE"
        assert bench.mpesa.subscriber(bench.phone).balance == before + 100
        assert paid.utility_cents == bench.balance("600992", "utility") * 100
        assert paid.receipt == bench.moved("600992")[0]["receipt"]

    return Contract(call, "success", "the money reaches the wallet", play)


def a_payment(call: str) -> Contract:
    """Another organisation is paid."""

    def play(bench: Bench) -> None:
        paid = bench.outcome(call, bench.ask(call))
        amount = bench.valid[call].amount
        assert (paid.outcome, paid.amount_cents, paid.currency) == (Outcome.PAID, amount * 100, "KES")
        assert bench.balance("600979", "working") == 5_000_000 - amount
        assert paid.receipt == bench.moved("600979")[0]["receipt"]
        assert paid.completed_at is not None

    return Contract(call, "success", "the money reaches the other organisation", play)


def paid_by_customer(bench: Bench) -> str:
    """A customer pays KES 50 to 600984; returns the receipt."""
    bench.ask("register_c2b")
    bench.ask("simulate_c2b")
    return bench.posted("confirmation", daraja.parse_c2b_payment).receipt


@success(REVERSAL, "the customer's money goes back")
def a_reversal(bench: Bench) -> None:
    receipt = paid_by_customer(bench)
    given_back = bench.outcome(REVERSAL, bench.ask(REVERSAL, receipt=receipt))
    assert (given_back.outcome, given_back.amount_cents) == (Outcome.PAID, 5000)
    assert given_back.original_receipt == receipt
    assert given_back.receipt not in (None, receipt)
    assert bench.balance("600984", "utility") == 5_000_000


def about_a_payment(then: Play = nothing) -> Play:
    """The reversal is about a real payment, after which something else happens."""

    def prepare(bench: Bench) -> None:
        bench.valid[REVERSAL] = replace(bench.valid[REVERSAL], receipt=paid_by_customer(bench))
        then(bench)

    return prepare


def reversed_before(bench: Bench) -> None:
    """The payment was given back."""
    assert bench.outcome(REVERSAL, bench.ask(REVERSAL)).outcome is Outcome.PAID


@success(STATUS, "a payout, by its receipt")
def the_status_of_a_payout(bench: Bench) -> None:
    ack = bench.ask("b2c")
    paid = bench.outcome("b2c", ack)
    told = bench.outcome(STATUS, bench.ask(STATUS, receipt=paid.receipt))
    assert (told.outcome, told.status, told.transaction_receipt) == (Outcome.PAID, "Completed", paid.receipt)
    assert told.amount_cents == 10_000
    assert told.transaction_originator_conversation_id == "payout-1"
    assert told.transaction_conversation_id == ack.conversation_id


@success(STATUS, "a payout whose answer was lost, by its own id")
def the_status_of_a_lost_payout(bench: Bench) -> None:
    bench.mpesa.break_things({"kind": "lost_answer", "how": "bad_gateway", "operation": "b2c", "times": 1})
    try:
        bench.ask("b2c")
    except daraja.OutcomeUnknown:
        paid = bench.posted("result", daraja.parse_b2c_result)
    told = bench.outcome(STATUS, bench.ask(STATUS, receipt=None, original_conversation_id="payout-1"))
    assert (told.status, told.transaction_receipt) == ("Completed", paid.receipt)


@failure(STATUS, "Declined", "the payout that is asked about was declined")
def the_status_of_a_declined_payout(bench: Bench) -> None:
    customer(registered=False)(bench)
    assert bench.outcome("b2c", bench.ask("b2c")).code == "2040"
    told = bench.outcome(STATUS, bench.ask(STATUS, receipt=None, original_conversation_id="payout-1"))
    assert (told.code, told.status, told.amount_cents) == ("0", "Declined", None)


@success(BALANCE, "every account is told")
def a_balance(bench: Bench) -> None:
    told = bench.outcome(BALANCE, bench.ask(BALANCE))
    held = {account.name: account.available_cents for account in told.accounts}
    assert held["Utility Account"] == held["Working Account"] == 500_000_000
    assert told.outcome is Outcome.PAID


def late(call: str) -> Contract:
    """The network says first that the request waits in a queue, which settles nothing."""

    def play(bench: Bench) -> None:
        bench.mpesa.break_things({"kind": "queue_timeout", "seconds": 0, "operation": OPERATIONS[call], "times": 1})
        ack = bench.ask(call)
        notice = bench.posted("late", daraja.parse_result)
        assert notice.outcome is Outcome.UNKNOWN
        assert notice.conversation_id == ack.conversation_id
        assert bench.outcome(call, ack).outcome is not Outcome.UNKNOWN

    return Contract(call, "queue time-out", "the result comes after all", play)


def of_the_operator(call: str) -> list[Contract]:
    """What can be wrong with any operator's request."""
    nobody = daraja.Initiator(name="nobody", security_credential=TRUSTED)
    return [
        ends(call, "2001", "the operator's name is wrong", initiator=nobody),
        ends(call, "2001", "the operator's password is wrong", prepare=wrong_password(call)),
        ends(call, "8006", "the operator is locked", prepare=own_organisation(call, initiator_locked=True)),
        ends(
            call,
            "21",
            "the operator has no role for it",
            prepare=own_organisation(call, initiator_may_not=[OPERATIONS[call]]),
        ),
        ends(call, "100000001", "M-PESA is overloaded", prepare=fault(call, "100000001"), outcome=Outcome.UNKNOWN),
        late(call),
        refuses(call, daraja.RejectedField, "no such shortcode", field=PARTIES[call], shortcode="999999"),
        refuses(
            call,
            daraja.TokenRejected,
            "the shortcode belongs to another app",
            prepare=own_organisation(call, consumer_key="another", consumer_secret="app"),
        ),
        refuses(
            call,
            daraja.RejectedField,
            "the security credential is none",
            field="SecurityCredential",
            initiator=daraja.Initiator(name="testapi", security_credential="RC6E"),
        ),
    ]


def of_a_payout(call: str) -> list[Contract]:
    """What can be wrong with a payout."""
    return [
        a_payout(call),
        ends(call, "1", "Utility has too little", prepare=own_organisation(call, balances={"utility": 50})),
        ends(call, "8", "the wallet would grow too full", prepare=customer(balance=499_950)),
        ends(call, "2028", "payouts are not assigned", prepare=own_organisation(call, may_pay_out=False)),
        ends(call, "2040", "the customer is not registered", prepare=customer(registered=False)),
        ends(call, "SFC_IC0003", "no such customer", msisdn="254799999999"),
    ]


def of_a_payment(call: str) -> list[Contract]:
    """What can be wrong with a payment to another organisation."""
    return [
        a_payment(call),
        ends(call, "1", "Working has too little", prepare=own_organisation(call, balances={"working": 5})),
        ends(call, "2028", "payments are not assigned", prepare=own_organisation(call, may_pay_out=False)),
    ]


@failure("b2c", "DuplicateRequest", "the same id is sent again")
def a_payout_sent_twice(bench: Bench) -> None:
    assert bench.outcome("b2c", bench.ask("b2c")).outcome is Outcome.PAID
    refuses("b2c", daraja.DuplicateRequest, "").play(bench)


CONTRACTS: list[Contract] = [
    *(contract for call in OPERATIONS for contract in of_the_operator(call)),
    *(contract for call in PAYOUTS for contract in of_a_payout(call)),
    *(contract for call in [*PURCHASES, TAX] for contract in of_a_payment(call)),
    a_payout_sent_twice,
    *(
        ends(call, "SFC_IC0003", "the receiver is of another kind", receiver=receiver)
        for call, receiver in {"b2b_pay_bill": "373132", "b2b_buy_goods": "600000", "b2c_top_up": "373132"}.items()
    ),
    refuses(
        TAX,
        daraja.RejectedField,
        "the registration number is too long",
        field="AccountReference",
        payment_registration_number="20400001234567",
    ),
    a_reversal,
    ends(REVERSAL, "R000001", "it was given back before", prepare=about_a_payment(reversed_before)),
    ends(REVERSAL, "R000002", "no such payment"),
    ends(REVERSAL, "2028", "only a part is asked back", prepare=about_a_payment(), amount=20),
    ends(
        REVERSAL,
        "1",
        "the money is gone",
        prepare=about_a_payment(own_organisation(REVERSAL, balances={"utility": 20})),
    ),
    ends(REVERSAL, "8", "the wallet would grow too full", prepare=about_a_payment(customer(balance=499_980))),
    ends(REVERSAL, "2040", "the customer is not registered", prepare=about_a_payment(customer(registered=False))),
    the_status_of_a_payout,
    the_status_of_a_lost_payout,
    the_status_of_a_declined_payout,
    ends(STATUS, "25", "no such transaction"),
    a_balance,
]
