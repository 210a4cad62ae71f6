"""The control API: what it describes, refuses and does."""

import httpx
import pytest

from mpesa_simulator import ControlError, Network


def test_its_description_names_every_operation(mpesa: Network) -> None:
    document = httpx.get(f"{mpesa.base_url}/simulator/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    assert set(paths["/simulator/v1/subscribers/{msisdn}"]) == {"get", "put"}
    for path, method in (
        ("/simulator/v1/subscribers/{msisdn}/answer", "post"),
        ("/simulator/v1/subscribers/{msisdn}/autopilot", "put"),
        ("/simulator/v1/organisations/{shortcode}", "put"),
        ("/simulator/v1/faults", "put"),
        ("/simulator/v1/statements/{shortcode}.csv", "get"),
        ("/simulator/v1/statements/{shortcode}.xlsx", "get"),
        ("/simulator/v1/trial-balance", "get"),
        ("/simulator/v1/clock/advance", "post"),
    ):
        assert paths[path][method]["summary"]
    body = paths["/simulator/v1/faults"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["faults"]
    assert "callback_lost" in str(document["components"]["schemas"]["Fault"])


def test_a_new_network_has_the_public_sandbox_fixtures(mpesa: Network) -> None:
    john = mpesa.call("GET", "/subscribers/254708374149")
    assert (john["pin"], john["registered"], john["phone"]) == ("1234", True, "on")
    assert john["balance"] > 0
    codes = {organisation["shortcode"] for organisation in mpesa.call("GET", "/organisations")}
    assert {"174379", "600000", "600984", "600992"} <= codes
    assert mpesa.trial_balance() == {**mpesa.trial_balance(), "total": 0, "balances_agree": True}


def test_money_is_put_in_and_taken_out_to_the_cent(mpesa: Network) -> None:
    phone = mpesa.subscriber("254711000222", balance="1234.56")
    assert phone.balance == 1234.56
    mpesa.subscriber("254711000222", balance=0)
    assert phone.balance == 0
    assert mpesa.trial_balance()["total"] == 0


def test_an_sms_from_outside_waits_for_its_phone(mpesa: Network) -> None:
    message = {"to": "254711000333", "from": "SOKOPESA", "text": "123456 is your code"}
    assert httpx.post(f"{mpesa.base_url}/simulator/v1/messages", json=message).status_code == 202
    assert mpesa.subscriber("254711000333").messages == ["123456 is your code"]


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("GET", "/subscribers/254711000999", None, "There is no SIM with the number 254711000999."),
        ("PUT", "/subscribers/0711000999", {}, "0711000999 is not a Safaricom number"),
        ("PUT", "/subscribers/254711000999", {"ballance": 5}, "ballance: Extra inputs are not permitted"),
        ("PUT", "/subscribers/254711000999", {"pin": "12"}, "pin: String should match pattern"),
        ("POST", "/subscribers/254708374149/answer", {"pin": "1234"}, "There is no open prompt on 254708374149."),
        ("PUT", "/organisations/12", {"name": "X"}, "shortcode: String should match pattern"),
        ("PUT", "/organisations/600001", {"nmae": "X"}, "nmae: Extra inputs are not permitted"),
        ("GET", "/organisations/999999", None, "There is no organisation with the shortcode 999999."),
        ("POST", "/clock/advance", {"seconds": 5}, "This network runs in real time."),
        ("PATCH", "/settings", {"prompt_seconds": -1}, "prompt_seconds: Input should be greater than or equal to 0"),
    ],
)
def test_a_refusal_says_what_to_do(mpesa: Network, method: str, path: str, body: object, words: str) -> None:
    with pytest.raises(ControlError, match=words.replace(".", r"\.")):
        mpesa.call(method, path, body)
