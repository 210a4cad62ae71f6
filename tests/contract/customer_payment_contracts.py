"""Contracts about what customers pay of themselves: C2B, Bonga points, and Pull Transactions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tests.contract.bench import Bench
from tests.contract.contract import Contract, Play, failure, refuses, success

import daraja

REGISTRATIONS = {"register_c2b": "simulate_c2b", "register_c2b_v1": "simulate_c2b_v1"}
PULL = "pull_transactions"


def confirmed(bench: Bench) -> daraja.C2bPayment:
    """The next payment that is confirmed."""
    return bench.posted("confirmation", daraja.parse_c2b_payment)


def a_registration(register: str, simulate: str) -> Callable[[Bench], None]:
    """Payments are posted to the registered URL: version 1 hashes the customer's number, version 2 masks it."""

    def play(bench: Bench) -> None:
        assert bench.ask(register).originator_conversation_id
        assert bench.ask(simulate).originator_conversation_id
        paid = confirmed(bench)
        assert (paid.amount_cents, paid.shortcode, paid.account_reference) == (5000, "600984", "SP-1")
        assert paid.receipt == bench.moved("600984")[0]["receipt"]
        assert paid.balance_cents == bench.balance("600984", "utility") * 100
        assert paid.msisdn is None
        if register.endswith("v1"):
            assert paid.msisdn_sha256 == hashlib.sha256(bench.phone.encode()).hexdigest()
        else:
            assert paid.msisdn_masked is not None

    return play


def validated(bench: Bench) -> None:
    """The organisation is asked before a payment goes on."""
    bench.mpesa.organisation("600984", validates_payments=True)
    bench.ask("register_c2b")


@success("register_c2b", "the organisation is asked first, and says yes")
def an_accepted_payment(bench: Bench) -> None:
    validated(bench)
    bench.inbox.replies["validation"] = daraja.accept_payment("order-7")
    bench.ask("simulate_c2b")
    question, paid = bench.posted("validation", daraja.parse_c2b_payment), confirmed(bench)
    assert (question.receipt, question.balance_cents) == (paid.receipt, None)
    assert paid.third_party_id == "order-7"


@failure("simulate_c2b", "C2B00012", "the organisation says no to the account number")
def a_rejected_payment(bench: Bench) -> None:
    validated(bench)
    bench.inbox.replies["validation"] = daraja.reject_payment(daraja.C2bRejection.INVALID_ACCOUNT)
    bench.ask("simulate_c2b")
    assert bench.posted("validation", daraja.parse_c2b_payment).amount_cents == 5000
    bench.mpesa.quiet()
    assert bench.inbox.is_empty()
    assert bench.moved() == []


def registered_for_ever(register: str) -> Play:
    """The shortcode's URLs are registered, which can be done once."""

    def prepare(bench: Bench) -> None:
        bench.mpesa.organisation("600984", one_registration=True)
        bench.ask(register)

    return prepare


def another_app(bench: Bench) -> None:
    """The shortcode belongs to another app."""
    bench.mpesa.organisation("600984", consumer_key="another", consumer_secret="app")


@success("redeem_points", "the money arrives as a customer's payment")
def redeemed_points(bench: Bench) -> None:
    bench.ask("register_c2b")
    worth = bench.ask("points_value")
    assert worth.amount_cents == 800
    answer = bench.ask("redeem_points", rate=worth.rate)
    assert (answer.code, answer.outcome) == ("200", daraja.Outcome.PENDING)
    assert confirmed(bench).amount_cents == 800


@success("register_pull", "once, and once more")
def a_pull_registration(bench: Bench) -> None:
    assert not bench.ask("register_pull").already
    assert bench.ask("register_pull").already


@success(PULL, "payments whose confirmation was lost are found")
def pulled_payments(bench: Bench) -> None:
    bench.ask("register_pull")
    bench.ask("register_c2b")
    bench.mpesa.break_things({"kind": "callback_lost"})
    bench.ask("simulate_c2b")
    bench.mpesa.quiet()
    page = bench.ask(PULL)
    (found,) = page.transactions
    (booked,) = bench.moved("600984")
    assert (found.receipt, found.amount_cents, found.account_reference) == (booked["receipt"], 5000, "SP-1")
    assert found.msisdn == bench.phone
    assert page.unreadable == []
    last = bench.ask(PULL, offset=page.next_offset)
    assert (last.transactions, last.next_offset, last.code) == ([], None, "1001")


CONTRACTS: list[Contract] = [
    *(
        Contract(call, "success", "payments are posted to the URL", a_registration(register, simulate))
        for register, simulate in REGISTRATIONS.items()
        for call in (register, simulate)
    ),
    an_accepted_payment,
    a_rejected_payment,
    *(
        contract
        for register, simulate in REGISTRATIONS.items()
        for contract in (
            refuses(register, daraja.AlreadyRegistered, "it has URLs already", prepare=registered_for_ever(register)),
            refuses(register, daraja.RejectedField, "no such shortcode", field="ShortCode", shortcode="999999"),
            refuses(register, daraja.TokenRejected, "the shortcode belongs to another app", prepare=another_app),
            refuses(simulate, daraja.RejectedField, "no such shortcode", field="ShortCode", shortcode="999999"),
            refuses(simulate, daraja.RejectedField, "no such customer", field="Msisdn", msisdn="254799999999"),
            refuses(
                simulate, daraja.RejectedField, "a till is paid as a paybill", field="CommandID", shortcode="373132"
            ),
            refuses(
                simulate,
                daraja.RejectedField,
                "the account number is missing",
                field="BillRefNumber",
                account_reference=None,
            ),
        )
    ),
    redeemed_points,
    refuses("redeem_points", daraja.Refused, "no such customer", msisdn="254799999999"),
    refuses("redeem_points", daraja.Refused, "no such shortcode", shortcode="999999"),
    a_pull_registration,
    pulled_payments,
    *(
        contract
        for call in ("register_pull", PULL)
        for contract in (
            refuses(call, daraja.RejectedField, "no such shortcode", field="ShortCode", shortcode="999999"),
            refuses(call, daraja.TokenRejected, "the shortcode belongs to another app", prepare=another_app),
        )
    ),
]
