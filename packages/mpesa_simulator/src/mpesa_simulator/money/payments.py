"""Payments between customers and organisations: who may pay, what it costs, and how it is booked."""

from mpesa_simulator.core.books import Posting
from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger, subscribers, tariffs
from mpesa_simulator.money.ledger import FEES, Channel, Movement, Transaction
from mpesa_simulator.money.organisations import Organisation
from mpesa_simulator.money.results import DeclinedError

#: Limits in cents, in force since 15 August 2023.
MAX_TRANSACTION = 250_000_00
MAX_DAY = 500_000_00
MAX_WALLET = 500_000_00
MIN_B2C = 10_00


def pay_organisation(
    world: World,
    payer: str,
    payee: Organisation,
    cents: int,
    reference: str,
    *,
    channel: Channel,
    initiated_at: int | None = None,
    receipt: str | None = None,
) -> Transaction:
    """A customer pays a paybill or a till. A paybill's charge comes on top, from whoever its plan says.

    Raises DeclinedError: 11 no wallet, 3 above the limit for one transaction, 4 for a day, 1 too little money, 17 the
    same payment again too soon.
    """
    charge = tariffs.Charge()
    if payee.kind == "paybill":
        charge = tariffs.pay_bill(cents, payee.charges_paid_by, world.now)
    check_payer(world, payer, cents, charge.customer)
    _refuse_repetition(world, payer, payee.shortcode, cents)
    reason = ("Pay Bill Online" if channel == "push" else "Pay Bill") if payee.kind == "paybill" else "Merchant Payment"
    wallet, income = subscribers.wallet_of(payer), payee.account(payee.takes_money_into)
    transaction = ledger.record(
        world,
        Movement(
            "pay_bill" if payee.kind == "paybill" else "buy_goods",
            cents,
            payer,
            payee.shortcode,
            channel,
            world.now if initiated_at is None else initiated_at,
            payer_charge=charge.customer,
            payee_charge=charge.business,
            reference=reference,
        ),
        [
            Posting(wallet, -cents, reason),
            Posting(income, cents, reason),
            Posting(wallet, -charge.customer, "Pay Bill Charge"),
            Posting(payee.account("charges"), -charge.business, "Pay Bill Charge"),
            Posting(FEES, charge.customer + charge.business, "Pay Bill Charge"),
        ],
        receipt=receipt,
    )
    _tell(world, transaction)
    return transaction


def redeem_points(
    world: World, payer: str, payee: Organisation, cents: int, reference: str, *, receipt: str
) -> Transaction:
    """A customer pays with Bonga points: Safaricom puts the money in."""
    reason = "Lipa na Bonga"
    transaction = ledger.record(
        world,
        Movement("pay_bill", cents, payer, payee.shortcode, "bonga", world.now, reference=reference),
        [Posting(FEES, -cents, reason), Posting(payee.account(payee.takes_money_into), cents, reason)],
        receipt=receipt,
    )
    _tell(world, transaction)
    return transaction


def _tell(world: World, transaction: Transaction) -> None:
    for listener in world.on_paid:
        listener(world, transaction)


def check_payer(world: World, payer: str, cents: int, charge: int) -> None:
    """Raise DeclinedError unless this customer may pay so much now."""
    subscriber = subscribers.find(world, payer)
    if subscriber is None or not subscriber.registered:
        raise DeclinedError("11")
    if cents > MAX_TRANSACTION:
        raise DeclinedError("3")
    if subscribers.spent_today(world, payer) + cents > MAX_DAY:
        raise DeclinedError("4")
    if subscribers.balance(world, payer) < cents + charge:
        raise DeclinedError("1")


def send_money(world: World, payer: str, payee: str, cents: int) -> Transaction:
    """One customer sends money to another.

    Raises DeclinedError: as for a payment, and 2040 when the other has no wallet, 8 when it would grow too full.
    """
    charge = tariffs.send_money(cents, world.now)
    check_payer(world, payer, cents, charge.customer)
    check_payee(world, payee, cents)
    wallet = subscribers.wallet_of(payer)
    return ledger.record(
        world,
        Movement("send_money", cents, payer, payee, "menu", world.now, payer_charge=charge.customer),
        [
            Posting(wallet, -cents, "Customer Transfer"),
            Posting(subscribers.wallet_of(payee), cents, "Customer Transfer"),
            Posting(wallet, -charge.customer, "Customer Transfer Charge"),
            Posting(FEES, charge.customer, "Customer Transfer Charge"),
        ],
    )


def check_payee(world: World, payee: str, cents: int) -> None:
    """Raise DeclinedError unless this customer can take so much money now."""
    subscriber = subscribers.find(world, payee)
    if subscriber is None or not subscriber.registered:
        raise DeclinedError("2040")
    if subscribers.balance(world, payee) + cents > MAX_WALLET:
        raise DeclinedError("8")


def _refuse_repetition(world: World, payer: str, payee: str, cents: int) -> None:
    seconds = world.settings.same_amount_seconds
    if seconds and world.books.one(
        "SELECT 1 FROM transactions WHERE payer = ? AND completed_at > ? AND payee = ? AND amount = ?",
        payer,
        world.now - int(seconds * 1000),
        payee,
        cents,
    ):
        raise DeclinedError("17")
