"""Ending a discrepancy: one person in finance proposes how, another agrees, and only then it is booked.

What is booked brings our books to what M-PESA says, by the moment that the discrepancy is about; no entry is ever changed.
"""

from __future__ import annotations

from datetime import datetime

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.database import fetch
from sokopesa.kernel.money import format_kes
from sokopesa.ledger import accounts
from sokopesa.ledger.actions import Draft, book, credit, debit
from sokopesa.ledger.models import Account
from sokopesa.payouts.models import Transfer
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation.discrepancies import State, end, note
from sokopesa.reconciliation.fresh import judging
from sokopesa.reconciliation.taken_back import is_reversed
from sokopesa.reconciliation.models import Discrepancy, Resolution
from sokopesa.reconciliation.refusals import (
    CannotResolve,
    NoSuchDiscrepancy,
    NotYourBooks,
    OwnResolution,
    ProposedBefore,
    ResolutionDecided,
    WordsMissing,
)
from sokopesa.refunds import moving
from sokopesa.refunds.actions import Debt, owe
from sokopesa.refunds.models import Refund

How = Resolution.How

REASON_LENGTH = 300

OURS = (accounts.BANK, accounts.IN_TRANSIT, accounts.MPESA_CHARGES, accounts.COMMISSION, accounts.GOODWILL)
"""What a difference may be reclassified to."""

OTHERS = ("escrow:", "seller:")
"""Beginnings of the accounts that hold other people's money, to which a difference may be allocated."""


def propose(
    *, discrepancy_id: int, how: Resolution.How, against: str = "", reason: str, maker: User, now: datetime
) -> Resolution:
    """Propose how a discrepancy ends; ``against`` is the ledger account on the other side. Nothing moves. The same
    proposal by the same person, sent twice, is one.

    Raises:
        NotYourBooks: the person is not in finance.
        WordsMissing: it has no reason, or too long a one.
        NoSuchDiscrepancy: there is none, or it has ended.
        CannotResolve: it cannot end so.
        ProposedBefore: another proposal waits.
    """
    _require(maker)
    reason = _words(reason)
    with judging():
        found = _open(discrepancy_id)
        against = _against(found, how, against)
        standing = Resolution.objects.filter(discrepancy=found, state=Resolution.State.PROPOSED).first()
        if standing is not None:
            if (standing.maker_id, standing.how, standing.against, standing.reason) == (maker.pk, how, against, reason):
                return standing
            raise ProposedBefore
        made = Resolution.objects.create(
            discrepancy=found,
            how=how,
            against=against,
            amount_cents=abs(found.effect_cents),
            reason=reason,
            maker=maker,
            proposed_at=now,
        )
        note(found, f"Proposed: {made.get_how_display()} {against} – {reason}", by=maker, now=now)
        return made


def approve(*, resolution_id: int, decider: User, now: datetime) -> Resolution:
    """A second person agrees: it is booked, and the discrepancy ends, in one transaction or not at all. Approving twice is
    approving once.

    Raises:
        NotYourBooks, NoSuchDiscrepancy: as for `propose`.
        OwnResolution: the decider made it.
        ResolutionDecided: somebody decided before.
        django.db.IntegrityError: the database refused, for instance because the account does not hold so much.
    """
    _require(decider)
    with judging():
        made = _made(resolution_id)
        if made.maker_id == decider.pk:
            raise OwnResolution
        if (made.state, made.decider_id) == (Resolution.State.APPROVED, decider.pk):
            return made
        if made.state != Resolution.State.PROPOSED:
            raise ResolutionDecided
        found = _open(made.discrepancy_id)
        made.entry_key = _book(found, made, now)
        made.state, made.decider, made.decided_at = Resolution.State.APPROVED, decider, now
        made.save(update_fields=["entry_key", "state", "decider", "decided_at"])
        end({found: f"Resolved: {made.get_how_display()} – {made.reason}"}, State.RESOLVED, now=now, by=decider)
        return made


def refuse(*, resolution_id: int, decider: User, remark: str, now: datetime) -> Resolution:
    """A second person disagrees and says why; another proposal may be made.

    Raises:
        NotYourBooks, NoSuchDiscrepancy, OwnResolution, ResolutionDecided: as for `approve`.
        WordsMissing: the remark is missing or too long.
    """
    _require(decider)
    remark = _words(remark)
    with judging():
        made = _made(resolution_id)
        if made.maker_id == decider.pk:
            raise OwnResolution
        if (made.state, made.decider_id) == (Resolution.State.REFUSED, decider.pk):
            return made
        if made.state != Resolution.State.PROPOSED:
            raise ResolutionDecided
        made.state, made.decider, made.decided_at, made.remark = Resolution.State.REFUSED, decider, now, remark
        made.save(update_fields=["state", "decider", "decided_at", "remark"])
        note(made.discrepancy, f"Refused: {remark}", by=decider, now=now)
        return made


def assign(*, discrepancy_id: int, owner: User, by: User, now: datetime) -> None:
    """Somebody looks after it from now on.

    Raises:
        NotYourBooks: either is not in finance.
        NoSuchDiscrepancy: it has ended.
    """
    _require(by)
    _require(owner)
    with judging():
        found = _open(discrepancy_id)
        found.owner = owner
        found.save(update_fields=["owner"])
        note(found, f"{owner} looks after it.", by=by, now=now)


def _require(person: User) -> None:
    if not may(person, RELEASE_MONEY):
        raise NotYourBooks


def _words(reason: str) -> str:
    reason = " ".join(reason.replace("\0", "").split())
    if not 3 <= len(reason) <= REASON_LENGTH:
        raise WordsMissing(REASON_LENGTH)
    return reason


def _open(discrepancy_id: int) -> Discrepancy:
    found = Discrepancy.objects.select_for_update().filter(pk=discrepancy_id, state=State.OPEN).first()
    if found is None:
        raise NoSuchDiscrepancy
    return found


def _made(resolution_id: int) -> Resolution:
    made = (
        Resolution.objects.select_for_update(of=("self",))
        .select_related("discrepancy")
        .filter(pk=resolution_id)
        .first()
    )
    if made is None:
        raise NoSuchDiscrepancy
    return made


def _against(found: Discrepancy, how: Resolution.How, against: str) -> str:
    """The account on the other side, if the discrepancy can end so."""
    if how == How.ACCEPT:
        if found.effect_cents:
            raise CannotResolve("Books and statement differ by it, so something has to be booked.")
        if found.refund_id is not None and is_reversed(found.receipt):
            raise CannotResolve("M-PESA took this payment back. The refund must not be paid a second time.")
        return ""
    if not found.effect_cents:
        raise CannotResolve("Books and statement agree about the money, so there is nothing to book. Accept it.")
    if how == How.RETURN:
        if found.effect_cents > 0 or found.code != accounts.mpesa(CONFIGURATION.mpesa_shortcode):
            raise CannotResolve("Only money that customers paid in can be sent back.")
        return ""
    if how == How.WRITE_OFF:
        most = CONFIGURATION.write_off_limit
        if abs(found.effect_cents) > most * 100:
            raise CannotResolve(f"More than {format_kes(most * 100)} is not written off. Find out what it is.")
        return accounts.WRITE_OFF
    if how == How.RECLASSIFY and against not in OURS:
        raise CannotResolve(f"Choose one of {', '.join(OURS)}.")
    if how == How.ALLOCATE and not (
        against == accounts.UNMATCHED or (against.startswith(OTHERS) and Account.objects.filter(code=against).exists())
    ):
        raise CannotResolve("Choose unmatched, or an order's, a refund's or a seller's account that exists.")
    return against


def _book(found: Discrepancy, made: Resolution, now: datetime) -> str:
    """The entry that brings our books to what M-PESA says; its key. Who accepts a doubt about a refund lets it go on."""
    if made.how == How.ACCEPT:
        if found.refund_id is not None:
            moving.free([found.refund_id])
            moving.reconcile({found.receipt: "statement"}, now=now)
        return ""
    if made.against.startswith("refunds:"):
        refund = _refund_paid_by(found, made.against)
        moving.reconcile({refund.receipt: "statement"}, now=now)
        moving.sent([refund.pk])
        moving.paid({refund.pk: found.happened_at})
    cents = found.effect_cents
    other = accounts.UNMATCHED if made.how == How.RETURN else made.against
    key = f"discrepancy:{found.pk}"
    legs = (
        (debit(other, cents), credit(found.code, cents))
        if cents > 0
        else (debit(found.code, -cents), credit(other, -cents))
    )
    memo = f"{found.get_kind_display()}, {found.receipt}: {made.reason}"
    book([Draft(key, f"resolved-{made.how}", found.happened_at, legs, memo[:200])])
    _tie(found, key)
    if made.how == How.RETURN:
        _give_back(found, now)
    return key


def _tie(found: Discrepancy, key: str) -> None:
    """The new posting is the line's, if a line had none; else it sets off what differed."""
    (posting,) = fetch(
        """
        SELECT posting.id FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = posting.entry_id
        JOIN ledger_account account ON account.id = posting.account_id AND account.code = %s WHERE entry.key = %s
        """,
        [found.code, key],
    )[0]
    if found.key.startswith("line:"):
        fetch(
            "INSERT INTO reconciliation_verdict (line, posting, shape, how, crosses)"
            " VALUES (%s, %s, '1:1', 'people', false)",
            [found.line_id, posting],
        )
        return
    lonely = [posting, found.posting] if found.key.startswith("posting:") else [posting]
    fetch(
        "INSERT INTO reconciliation_verdict (posting, discrepancy_id, shape, how, crosses)"
        " SELECT posting, %s, '0:1', 'people', false FROM unnest(%b::bigint[]) AS posting",
        [found.pk, lonely],
    )
    fetch("DELETE FROM reconciliation_waiting WHERE posting = ANY (%b)", [lonely])


def _give_back(found: Discrepancy, now: datetime) -> None:
    line = found.line
    owe(
        [
            Debt(
                key=f"discrepancy:{found.pk}",
                cause=Refund.Cause.UNKNOWN_ACCOUNT,
                purchase_id=None,
                receipt=found.receipt,
                amount_cents=-found.effect_cents,
                msisdn=line.msisdn if line else "",
                from_account=accounts.UNMATCHED,
                happened_at=now,
            )
        ],
        now=now,
    )
