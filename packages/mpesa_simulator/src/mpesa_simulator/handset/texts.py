"""The words of M-PESA's SMS, in the forms that customers receive."""

from datetime import datetime
from functools import lru_cache

from mpesa_simulator.core.clock import eat
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.organisations import Organisation

SENDER = "MPESA"


def ksh(cents: int) -> str:
    """`Ksh1,250.00`."""
    return f"Ksh{cents / 100:,.2f}"


def moment(at: int) -> str:
    """`11/2/26 at 4:12 PM`, in EAT."""
    return _minute(at // 60_000)


@lru_cache
def _minute(number: int) -> str:
    when: datetime = eat(number * 60_000)
    return f"{when.day}/{when.month}/{when:%y} at {when:%I:%M %p}".replace(" at 0", " at ")


def prompt(cents: int, name: str, reference: str, *, is_till: bool) -> str:
    """What an STK prompt asks."""
    account = "" if is_till else f" Account no. {reference}"
    return f"Do you want to pay Ksh. {cents / 100:,.2f} to {name}{account}? Enter M-PESA PIN"


def paid(transaction: Transaction, to: Organisation, balance: int, left_today: int) -> str:
    """Confirmation to the customer of a payment to a paybill or till."""
    amount, when = ksh(transaction.amount), moment(transaction.completed_at)
    whereto = f"paid to {to.name}. on {when}."
    if to.kind == "paybill":
        whereto = f"sent to {to.name} for account {transaction.reference} on {when}"
    return (
        f"{transaction.receipt} Confirmed. {amount} {whereto} New M-PESA balance is {ksh(balance)}."
        f" Transaction cost, {ksh(transaction.payer_charge)}."
        f"Amount you can transact within the day is {left_today / 100:,.2f}."
    )


def sent(transaction: Transaction, name: str, balance: int, left_today: int) -> str:
    """Confirmation to a customer who sent money to another."""
    return (
        f"{transaction.receipt} Confirmed. {ksh(transaction.amount)} sent to {name} {masked(transaction.payee)}"
        f" on {moment(transaction.completed_at)}. New M-PESA balance is {ksh(balance)}."
        f" Transaction cost, {ksh(transaction.payer_charge)}."
        f" Amount you can transact within the day is {left_today / 100:,.2f}."
    )


def received(transaction: Transaction, sender: str, balance: int) -> str:
    """Notice to a customer that money came in. `sender` is `NAME 0712***111` or `NAME B2C 600000`."""
    return (
        f"{transaction.receipt} Confirmed.You have received {ksh(transaction.amount)} from {sender}"
        f" on {moment(transaction.completed_at)} New M-PESA balance is {ksh(balance)}."
    )


def reversed_to(transaction: Transaction, balance: int) -> str:
    """Notice to a customer that a payment was taken back for them; the reversal has its own receipt."""
    return (
        f"{transaction.receipt} confirmed. Reversal of transaction {transaction.reverses} has been successfully"
        f" reversed on {moment(transaction.completed_at)} and {ksh(transaction.amount)} is credited to your M-PESA"
        f" account. New M-PESA account balance is {ksh(balance)}."
    )


def masked(msisdn: str) -> str:
    """`0712***111`: a phone number as other people's SMS show it."""
    local = f"0{msisdn[3:]}"
    return f"{local[:4]}***{local[-3:]}"


#: Why a payment did not go through, by result code. Other codes get the last one.
_FAILURES = {
    "1": "Failed. You do not have enough money in your M-PESA account to pay {amount} to {name}."
    " Your M-PESA balance is {balance}.",
    "3": "Failed. The most that you can pay in one M-PESA transaction is Ksh250,000.00.",
    "4": "Failed. You have reached the most that you can transact in one day, Ksh500,000.00.",
    "8": "Failed. The receiver's M-PESA account cannot hold so much money.",
    "11": "Failed. Your number is not registered for M-PESA.",
    "17": "Failed. You made the same payment a moment ago. Please wait two minutes and try again.",
    "2001": "Failed. You have entered the wrong M-PESA PIN. The payment of {amount} to {name} was not made.",
    "2040": "Failed. The number you are sending to is not registered for M-PESA.",
    "8006": "Failed. Your M-PESA PIN is locked. Please call 100 or 200 to unlock it.",
    "": "Failed. M-PESA could not make the payment of {amount} to {name}. No money has left your account.",
}


def failed(code: str, cents: int, name: str, balance: int) -> str:
    """Notice to the customer that a payment was not made."""
    words = _FAILURES.get(code, _FAILURES[""])
    return words.format(amount=ksh(cents), name=name, balance=ksh(balance))
