"""Paying sellers in a run: one person prepares it, another approves it after typing the total, and only then M-PESA is
told. What a seller has earned is read under lock, so that no shilling stands in two runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.money import CENTS
from sokopesa.ledger import accounts
from sokopesa.ledger.models import Account
from sokopesa.ledger.queries import balances_cents
from sokopesa.payouts import floats, preparing
from sokopesa.payouts.models import Transfer
from sokopesa.payouts.splitting import split
from sokopesa.people.models import SellerMember, User
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.settlements.errors import (
    BalancesChanged,
    DecidedAlready,
    NobodyToPay,
    NotFinance,
    OwnRun,
    OwnShop,
    RunWaits,
    WrongTotal,
)
from sokopesa.settlements.models import Part, Payee, Run, Settlement
from sokopesa.settlements.numbers import new_number


@transaction.atomic
def prepare(*, maker: User, now: datetime) -> Run:
    """A run of every seller who has earned at least the least that is paid out, and has a place to be paid. Whoever is
    being paid already is left to the next one. Nothing moves.

    Raises:
        NotFinance: the maker may not.
        RunWaits: another run waits for approval.
        NobodyToPay: there is nothing to pay.
    """
    _require_finance(maker)
    _one_at_a_time()
    if waiting := Run.objects.filter(state=Run.State.PREPARED).first():
        raise RunWaits(waiting.number)
    due = _due()
    if not due:
        raise NobodyToPay
    run = Run.objects.create(
        number=(Run.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        count=len(due),
        total_cents=sum(settlement.amount_cents for settlement in due),
        maker=maker,
        prepared_at=now,
    )
    for settlement in due:
        settlement.run = run
    Settlement.objects.bulk_create(due)
    return run


@transaction.atomic
def approve(number: int, *, decider: User, typed_cents: int, now: datetime) -> Run:
    """A second person agrees: M-PESA is told from now on. Approving twice is approving once.

    Raises:
        NotFinance, OwnRun, DecidedAlready: the decider may not, or no longer.
        OwnShop: it pays a shop that the decider acts for.
        WrongTotal: what was typed is not the run's total.
        BalancesChanged: a seller has less by now, or is paid elsewhere.
        FloatTooLow: the account that pays does not hold so much.
    """
    _require_finance(decider)
    run = Run.objects.select_for_update().get(number=number)
    if run.maker_id == decider.pk:
        raise OwnRun
    if run.state != Run.State.PREPARED:
        if run.decider_id == decider.pk and run.state in (Run.State.APPROVED, Run.State.DONE):
            return run
        raise DecidedAlready(run.get_state_display())
    if SellerMember.objects.filter(user=decider, seller__settlements__run=run).exists():
        raise OwnShop
    if typed_cents != run.total_cents:
        raise WrongTotal
    settlements = list(run.settlements.select_related("payee", "seller").order_by("id"))
    _require_covered(settlements)
    _require_float(settlements)
    run.state, run.decider, run.decided_at = Run.State.APPROVED, decider, now
    run.save(update_fields=["state", "decider", "decided_at"])
    run.settlements.update(state=Settlement.State.APPROVED)
    _tell_mpesa(settlements, now)
    return run


@transaction.atomic
def cancel(number: int, *, by: User, now: datetime) -> Run:
    """The run is not paid; the next one takes its sellers. The maker may do that as well.

    Raises:
        NotFinance, DecidedAlready: the person may not, or no longer.
    """
    _require_finance(by)
    run = Run.objects.select_for_update().get(number=number)
    if run.state == Run.State.CANCELLED:
        return run
    if run.state != Run.State.PREPARED:
        raise DecidedAlready(run.get_state_display())
    run.state, run.decider, run.decided_at = Run.State.CANCELLED, by, now
    run.save(update_fields=["state", "decider", "decided_at"])
    run.settlements.update(state=Settlement.State.CANCELLED, ended_at=now)
    return run


def _require_finance(person: User) -> None:
    if not may(person, RELEASE_MONEY):
        raise NotFinance


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('settlements-runs'))")


def is_anybody_due() -> bool:
    """Whether `prepare` would find somebody to pay. Two queries."""
    return bool(_due())


def _due() -> list[Settlement]:
    """What each seller is to get, by name; whole shillings, the broken ones stay. Two queries."""
    payees = Payee.objects.filter(state=Payee.State.CURRENT).exclude(seller__settlements__state__in=Settlement.OPEN)
    known = list(payees.select_related("seller").order_by("seller__name"))
    balances = balances_cents(accounts.seller(payee.seller_id) for payee in known)
    due = []
    for payee in known:
        earned = -balances.get(accounts.seller(payee.seller_id), 0)
        if earned >= CONFIGURATION.settlement_least_kes * CENTS:
            due.append(
                Settlement(
                    number=new_number(),
                    seller=payee.seller,
                    payee=payee,
                    balance_cents=earned,
                    amount_cents=earned // CENTS * CENTS,
                )
            )
    return due


def _require_covered(settlements: Sequence[Settlement]) -> None:
    """Each seller still has that much, and is paid there; the accounts stay locked until M-PESA is to be told."""
    codes = {accounts.seller(settlement.seller_id): settlement for settlement in settlements}
    locked = Account.objects.select_for_update(no_key=True).filter(code__in=codes).order_by("id")
    balances = dict(locked.values_list("code", "balance_cents"))
    fallen = [
        settlement.seller.name
        for code, settlement in codes.items()
        if -balances.get(code, 0) < settlement.amount_cents or settlement.payee.state != Payee.State.CURRENT
    ]
    if fallen:
        raise BalancesChanged(fallen)


def _require_float(settlements: Sequence[Settlement]) -> None:
    """Phones are paid out of the Utility Account, businesses out of the Working Account."""
    phones = sum(each.amount_cents for each in settlements if each.payee.kind == Payee.Kind.PHONE)
    businesses = sum(each.amount_cents for each in settlements) - phones
    floats.require(CONFIGURATION.mpesa_b2c_shortcode, phones_cents=phones, businesses_cents=businesses)


def _tell_mpesa(settlements: Sequence[Settlement], now: datetime) -> None:
    drafts = [
        (settlement, _draft(settlement, part, cents))
        for settlement in settlements
        for part, cents in enumerate(split(settlement.amount_cents), 1)
    ]
    transfers = {transfer.key: transfer for transfer in preparing.prepare([draft for _, draft in drafts], now=now)}
    Part.objects.bulk_create(
        [Part(settlement=settlement, transfer=transfers[draft.key]) for settlement, draft in drafts]
    )
    preparing.release([transfer.pk for transfer in transfers.values()], now=now)


def _draft(settlement: Settlement, part: int, cents: int) -> preparing.Draft:
    payee = settlement.payee
    return preparing.Draft(
        key=f"settlement:{settlement.number}:{part}:1",
        purpose=Transfer.Purpose.SETTLEMENT,
        via=Transfer.Via.B2C if payee.kind == Payee.Kind.PHONE else Transfer.Via.B2B,
        account=accounts.seller(settlement.seller_id),
        seller_id=settlement.seller_id,
        payee=payee.number,
        payee_reference=payee.reference,
        amount_cents=cents,
        part=part,
    )
