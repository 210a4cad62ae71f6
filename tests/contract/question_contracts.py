"""Contracts about calls that are answered at once: QR codes, SIMs, names, points, and whatever has no class."""

from __future__ import annotations

from datetime import datetime

from tests.contract.bench import Bench
from tests.contract.contract import Contract, Play, failure, refuses, success

import daraja

STRANGER = "254799999999"


def customer(**state: object) -> Play:
    """Prepare the customer who is asked about."""
    return lambda bench: bench.mpesa.subscriber(bench.phone, **state)


@success("qr_code", "a picture comes back")
def a_qr_code(bench: Bench) -> None:
    code = bench.ask("qr_code")
    assert code.png.startswith(b"\x89PNG")
    assert code.code == "00"


def a_sim_check(call: str) -> Contract:
    """What the network knows about a SIM that was swapped today."""

    def play(bench: Bench) -> None:
        assert bench.ask(call).last_swap_on is None
        customer(sim_swapped=True)(bench)
        told = bench.ask(call)
        today = datetime.now(daraja.EAT).date()
        assert told.request_ref_id
        assert (told.last_swap_on == today) is (call != "check_network_age")
        assert (told.registered_on == today) is (call != "check_sim_swap")
        assert (told.imsi_hash is not None) is (call == "check_sim")

    return Contract(call, "success", "a SIM that was swapped today", play)


@success("validate_number", "the document is the customer's")
def a_right_document(bench: Bench) -> None:
    customer(id_number="12345678")(bench)
    told = bench.ask("validate_number")
    assert (told.matches, told.response_ref_id) == (True, "check-1")


@failure("validate_number", "no match", "the document is somebody else's")
def a_wrong_document(bench: Bench) -> None:
    customer(id_number="87654321")(bench)
    assert not bench.ask("validate_number").matches
    assert not bench.ask("validate_number", msisdn=STRANGER).matches


@success("organisation", "a paybill and a till")
def a_known_organisation(bench: Bench) -> None:
    told = bench.ask("organisation")
    assert (told.shortcode, told.name) == ("600984", "Safaricom Daraja 984")
    till = bench.ask("organisation", number="373132", identifier_type=daraja.IdentifierType.TILL)
    assert till.name == "TEST SUPERMARKET"


@success("customer_name", "all names but the first are masked")
def a_known_customer(bench: Bench) -> None:
    customer(name="JOHN KAMAU DOE")(bench)
    told = bench.ask("customer_name")
    assert (told.first, told.middle, told.last) == ("john", "K******", "D******")


@success("points_value", "forty points")
def a_value_of_points(bench: Bench) -> None:
    worth = bench.ask("points_value")
    assert (worth.amount_cents, worth.points, str(worth.rate)) == (800, 40, "0.2")


@success("unlisted", "the answer comes as it is")
def an_unlisted_call(bench: Bench) -> None:
    assert bench.ask("unlisted")["body"] == {"amount": "8", "points": "40", "rate": "0.2"}


CONTRACTS: list[Contract] = [
    a_qr_code,
    refuses("qr_code", daraja.RejectedField, "the picture would be too large", field="Size", size=1500),
    *(a_sim_check(call) for call in ("check_sim", "check_sim_swap", "check_network_age")),
    *(
        refuses(call, daraja.Refused, "no such customer", msisdn=STRANGER)
        for call in ("check_sim", "check_sim_swap", "check_network_age", "customer_name")
    ),
    a_right_document,
    a_wrong_document,
    a_known_organisation,
    refuses(
        "organisation", daraja.OutcomeUnknown, "no such organisation, which the product says unclearly", number="999999"
    ),
    a_known_customer,
    a_value_of_points,
    an_unlisted_call,
    refuses("unlisted", daraja.Refused, "no such product", target="/simportal/v1/allsims"),
]
