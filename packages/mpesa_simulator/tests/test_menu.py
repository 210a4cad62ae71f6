"""The M-PESA menu of a phone, over its forms."""

from typing import Any

import httpx
import pytest

from mpesa_simulator import Network

MARY = "254711000222"


def choose(mpesa: Network, **form: str) -> str:
    fields = {"pin": "1234", "amount": "100", **form}
    answer = httpx.post(f"{mpesa.base_url}/phone/254708374149/menu", data=fields)
    assert answer.status_code == 200
    mpesa.quiet()
    return answer.text


def test_paying_a_bill(mpesa: Network, app: Any) -> None:
    phone = mpesa.subscriber(balance=2000)
    assert choose(mpesa, what="pay_bill", to="174379", account="WATER 7", amount="1,001").startswith("Sent.")
    assert phone.balance == 2000 - 1001 - 15
    (payment,) = (row for row in mpesa.transactions("174379") if row["kind"] == "pay_bill")
    assert (payment["account_reference"], payment["channel"]) == ("WATER 7", "menu")


def test_paying_at_a_till_is_free(mpesa: Network) -> None:
    phone = mpesa.subscriber(balance=2000)
    choose(mpesa, what="buy_goods", to="373132", amount="1500")
    assert phone.balance == 500


def test_sending_money(mpesa: Network) -> None:
    phone, mary = mpesa.subscriber(balance=2000), mpesa.subscriber(MARY, name="MARY W", balance=0)
    choose(mpesa, what="send_money", to="0711 000 222", amount="1000")
    assert (phone.balance, mary.balance) == (2000 - 1000 - 13, 1000)
    assert "sent to MARY W 0711***222 on " in phone.messages[0]
    assert "You have received Ksh1,000.00 from JOHN DOE 0708***149 on " in mary.messages[0]
    assert mpesa.trial_balance()["total"] == 0


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"what": "pay_bill", "to": "999999", "account": "A"}, "There is no business with this number."),
        ({"what": "pay_bill", "to": "174379", "account": ""}, "Enter the account number, up to 20 characters."),
        ({"what": "buy_goods", "to": "174379"}, "There is no till with this number."),
        ({"what": "send_money", "to": "0733000000x"}, "Enter the phone number"),
        ({"what": "send_money", "to": MARY, "amount": "1.50"}, "Enter the amount in whole shillings."),
        ({"what": "send_money", "to": MARY, "amount": "9999999"}, "The most that M-PESA moves at once is Ksh250,000."),
        ({"what": "send_money", "to": MARY, "pin": "9999"}, "Wrong PIN."),
    ],
)
def test_what_the_phone_says_to_a_mistake(mpesa: Network, form: dict[str, str], words: str) -> None:
    mpesa.subscriber(MARY)
    phone = mpesa.subscriber(balance=2000)
    assert choose(mpesa, **form).startswith(words)
    assert phone.balance == 2000


def test_money_cannot_go_to_a_number_without_a_wallet(mpesa: Network) -> None:
    phone = mpesa.subscriber(balance=2000)
    mpesa.subscriber(MARY, registered=False)
    choose(mpesa, what="send_money", to=MARY)
    assert phone.balance == 2000
    assert phone.messages[0] == "Failed. The number you are sending to is not registered for M-PESA."


def test_three_wrong_pins_lock_the_menu_too(mpesa: Network) -> None:
    mpesa.subscriber(MARY)
    said = [choose(mpesa, what="send_money", to=MARY, pin=pin) for pin in ("1", "2", "3", "1234")]
    assert said == ["Wrong PIN.", "Wrong PIN.", "Wrong PIN.", "Your M-PESA PIN is locked."]
