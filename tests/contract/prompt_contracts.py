"""Contracts about calls that ask somebody for a PIN: the push and its query, standing orders, express checkout."""

from __future__ import annotations

from tests.contract.bench import Bench
from tests.contract.contract import Contract, Play, ends, failure, refuses, success

import daraja
from daraja import Outcome, StkState

PUSH, QUERY, ORDER, EXPRESS = "stk_push", "stk_query", "create_standing_order", "express_checkout"
OPERATOR = "254711000200"


def phone(answer: str = "pin", **state: object) -> Play:
    """Prepare the customer's phone: how it answers, and what else is true of it."""

    def prepare(bench: Bench) -> None:
        bench.mpesa.subscriber(bench.phone, **state).answers(answer)

    return prepare


def locked(bench: Bench) -> None:
    """The customer has typed three wrong PINs; the phone goes on with the right one."""
    phone(locked=True)(bench)


def network(**settings: object) -> Play:
    """Prepare a phone that pays, and the network's settings."""

    def prepare(bench: Bench) -> None:
        bench.mpesa.configure(**settings)
        phone()(bench)

    return prepare


def fault(code: str, operation: str) -> Play:
    """Prepare a phone that pays, and a network that ends whatever it asks with this code."""

    def prepare(bench: Bench) -> None:
        phone()(bench)
        bench.mpesa.break_things({"kind": "outcome", "code": code, "operation": operation})

    return prepare


def unanswered(bench: Bench) -> None:
    """Nobody answers, and the network does not wait long."""
    bench.mpesa.configure(prompt_seconds=0)
    phone("ignore")(bench)


def unreachable(state: str) -> Play:
    """Prepare a phone that prompts do not reach."""

    def prepare(bench: Bench) -> None:
        bench.mpesa.configure(unreachable_seconds=0)
        phone(phone=state)(bench)

    return prepare


def busy(bench: Bench) -> None:
    """Another prompt is open on the phone."""
    phone("ignore")(bench)
    bench.ask(PUSH)


def rich_customer_at_the_daily_limit(bench: Bench) -> None:
    """Today KES 499,000 were paid."""
    phone(balance=499_900)(bench)
    bench.mpesa.organisation("600984")
    for amount in (250_000, 249_000):
        bench.outcome(PUSH, bench.ask(PUSH, amount=amount))


def long_name(bench: Bench) -> None:
    """The organisation's name makes the prompt too long."""
    phone()(bench)
    bench.mpesa.organisation("174379", name="Sokopesa " * 20)


def paid_just_now(bench: Bench) -> None:
    """The same amount was paid a moment ago."""
    network(same_amount_seconds=120)(bench)
    assert bench.outcome(PUSH, bench.ask(PUSH)).code == "0"


def another_app(bench: Bench) -> None:
    """The shortcode belongs to another app."""
    bench.mpesa.organisation("174379", consumer_key="another", consumer_secret="app")


@success(PUSH, "the customer types the PIN")
def a_paid_push(bench: Bench) -> None:
    phone(balance=5000)(bench)
    ack = bench.ask(PUSH)
    paid = bench.outcome(PUSH, ack)
    assert (paid.outcome, paid.amount_cents, paid.msisdn) == (Outcome.PAID, 125_000, bench.phone)
    (booked,) = bench.moved("174379")
    assert paid.receipt == booked["receipt"]
    assert paid.merchant_request_id == ack.merchant_request_id
    assert paid.completed_at is not None


@success(PUSH, "the customer pays at a till")
def a_paid_till(bench: Bench) -> None:
    phone()(bench)
    change = {"party_b": "373132", "transaction_type": daraja.TransactionType.BUY_GOODS}
    assert bench.outcome(PUSH, bench.ask(PUSH, **change)).outcome is Outcome.PAID
    assert bench.balance("373132", "merchant") == 1250


@success(QUERY, "the prompt is open, and then paid")
def a_query(bench: Bench) -> None:
    phone("ignore")(bench)
    ack = bench.ask(PUSH)
    handset = bench.mpesa.subscriber(bench.phone)
    handset.wait_for_prompt()
    names = {"checkout_request_id": ack.checkout_request_id}
    assert bench.ask(QUERY, **names).state is StkState.PENDING
    bench.mpesa.configure(pending_query="error")
    assert bench.ask(QUERY, **names).state is StkState.PENDING
    handset.enter_pin()
    status = bench.ask(QUERY, **names)
    assert (status.state, status.code) == (StkState.PAID, "0")
    assert status.merchant_request_id == ack.merchant_request_id


@failure(QUERY, "1032", "the customer cancelled")
def a_query_of_a_cancelled_prompt(bench: Bench) -> None:
    phone("cancel")(bench)
    ack = bench.ask(PUSH)
    bench.outcome(PUSH, ack)
    status = bench.ask(QUERY, checkout_request_id=ack.checkout_request_id)
    assert (status.state, status.code) == (StkState.FAILED, "1032")


@failure(QUERY, "1037", "nobody answered, which settles nothing")
def a_query_of_an_unanswered_prompt(bench: Bench) -> None:
    unanswered(bench)
    ack = bench.ask(PUSH)
    bench.outcome(PUSH, ack)
    status = bench.ask(QUERY, checkout_request_id=ack.checkout_request_id)
    assert (status.state, status.code) == (StkState.UNKNOWN, "1037")


@failure(QUERY, "UNKNOWN_ID", "no such prompt exists")
def a_query_of_nothing(bench: Bench) -> None:
    status = bench.ask(QUERY)
    assert (status.state, status.code) == (StkState.UNKNOWN_ID, None)


def one_query_a_minute(bench: Bench) -> None:
    """One query was made already."""
    bench.mpesa.configure(queries_per_minute=1)
    ack = bench.ask(PUSH)
    bench.ask(QUERY, checkout_request_id=ack.checkout_request_id)


@success(ORDER, "the customer approves")
def an_approved_order(bench: Bench) -> None:
    phone()(bench)
    approved = bench.outcome(ORDER, bench.ask(ORDER))
    assert (approved.outcome, approved.status) == (Outcome.PAID, "OKAY")
    assert approved.transaction_id is not None
    assert bench.moved() == [], "the first payment is due in 2030"


def ordered_before(bench: Bench) -> None:
    """The customer has an order of this name."""
    an_approved_order.play(bench)


def till_with_operator(answer: str, balance: int = 1000) -> Play:
    """Prepare a till with money, whose operator answers so."""

    def prepare(bench: Bench) -> None:
        bench.mpesa.subscriber(OPERATOR, name="MARY TILL", pin="4321").answers(answer)
        bench.mpesa.organisation("373132", operator=OPERATOR, balances={"merchant": balance})

    return prepare


def operator_is_busy(bench: Bench) -> None:
    """The operator looks at another prompt."""
    till_with_operator("ignore")(bench)
    bench.ask(EXPRESS)


@success(EXPRESS, "the till's operator types the PIN")
def an_express_payment(bench: Bench) -> None:
    till_with_operator("pin")(bench)
    assert bench.ask(EXPRESS).status == "USSD Initiated Successfully"
    paid = bench.posted("till", daraja.parse_express_callback)
    assert (paid.outcome, paid.amount_cents, paid.request_id) == (Outcome.PAID, 1000, "request-1")
    assert paid.receipt == bench.moved("600000")[0]["receipt"]
    assert bench.balance("373132", "merchant") == 990


CONTRACTS: list[Contract] = [
    a_paid_push,
    a_paid_till,
    ends(PUSH, "1", "the customer has too little money", prepare=phone(balance=1000)),
    ends(PUSH, "4", "the daily limit would be passed", prepare=rich_customer_at_the_daily_limit),
    ends(PUSH, "11", "the number has no M-PESA account", prepare=phone(registered=False)),
    ends(PUSH, "17", "the same payment was made a moment ago", prepare=paid_just_now),
    ends(PUSH, "1025", "the prompt's text is too long", prepare=long_name),
    ends(PUSH, "1032", "the customer presses Cancel", prepare=phone("cancel")),
    ends(PUSH, "1037", "nobody answers", prepare=unanswered, outcome=Outcome.UNKNOWN),
    ends(PUSH, "1037", "the phone is off", prepare=unreachable("off"), outcome=Outcome.UNKNOWN),
    ends(PUSH, "1037", "the SIM is too old", prepare=unreachable("old_sim"), outcome=Outcome.UNKNOWN),
    ends(PUSH, "2001", "the PIN is wrong", prepare=phone("wrong_pin")),
    ends(PUSH, "8006", "the PIN is locked", prepare=locked),
    ends(PUSH, "2028", "a paybill's push names somebody else", prepare=phone(), party_b="600984"),
    ends(
        PUSH,
        "SFC_IC0003",
        "the till does not exist",
        prepare=phone(),
        party_b="999999",
        transaction_type=daraja.TransactionType.BUY_GOODS,
    ),
    *(
        ends(PUSH, code, "M-PESA ends it so", prepare=fault(code, PUSH), outcome=outcome)
        for code, outcome in {
            "3": Outcome.FAILED,
            "26": Outcome.FAILED,
            "1001": Outcome.FAILED,
            "1019": Outcome.FAILED,
            "1031": Outcome.FAILED,
            "1036": Outcome.FAILED,
            "9999": Outcome.UNKNOWN,
            "E3008": Outcome.FAILED,
        }.items()
    ),
    refuses(PUSH, daraja.WrongCredentials, "the shortcode has no prompts", shortcode="600984"),
    refuses(PUSH, daraja.WrongCredentials, "the passkey is wrong", passkey="0" * 64),
    refuses(PUSH, daraja.TokenRejected, "the shortcode belongs to another app", prepare=another_app),
    refuses(PUSH, daraja.Refused, "the number has no SIM", msisdn="254799999999"),
    refuses(PUSH, daraja.SubscriberBusy, "the phone shows another prompt", prepare=busy),
    a_query,
    a_query_of_a_cancelled_prompt,
    a_query_of_an_unanswered_prompt,
    a_query_of_nothing,
    refuses(QUERY, daraja.WrongCredentials, "the passkey is wrong", passkey="0" * 64),
    refuses(QUERY, daraja.TokenRejected, "the shortcode belongs to another app", prepare=another_app),
    refuses(QUERY, daraja.Throttled, "there are too many queries", prepare=one_query_a_minute),
    an_approved_order,
    ends(ORDER, "1032", "the customer presses Cancel", prepare=phone("cancel")),
    ends(ORDER, "1037", "nobody answers", prepare=unanswered, outcome=Outcome.UNKNOWN),
    ends(ORDER, "2001", "the PIN is wrong", prepare=phone("wrong_pin")),
    ends(ORDER, "1050", "an order of this name exists", prepare=ordered_before),
    refuses(ORDER, daraja.RejectedField, "no such shortcode", field="BusinessShortCode", shortcode="999999"),
    refuses(ORDER, daraja.Refused, "the number has no SIM", msisdn="254799999999"),
    refuses(ORDER, daraja.SubscriberBusy, "the phone shows another prompt", prepare=busy),
    an_express_payment,
    ends(
        EXPRESS,
        "1",
        "the till has too little money",
        prepare=till_with_operator("pin", balance=0),
        outcome=Outcome.UNKNOWN,
        described=False,
    ),
    ends(EXPRESS, "4001", "the operator cancels", prepare=till_with_operator("cancel")),
    ends(EXPRESS, "4104", "the till has no operator"),
    ends(
        EXPRESS,
        "2001",
        "the operator's PIN is wrong",
        prepare=till_with_operator("wrong_pin"),
        outcome=Outcome.UNKNOWN,
        described=False,
    ),
    ends(
        EXPRESS,
        "1001",
        "the operator's phone shows another prompt",
        prepare=operator_is_busy,
        outcome=Outcome.UNKNOWN,
        described=False,
    ),
    refuses(EXPRESS, daraja.RejectedField, "no such till", field="primaryShortCode", till="999999"),
    refuses(EXPRESS, daraja.RejectedField, "no such vendor", field="receiverShortCode", receiver="999999"),
]
