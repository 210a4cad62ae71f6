"""Discrepancies of one kind that end together: each with its own entry, by two people; what fails is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from told import DAY, MIDNIGHT, Statements, Told

from sokopesa.ledger.accounts import BANK, UNMATCHED
from sokopesa.ledger.models import Entry
from sokopesa.ledger.queries import balance_cents
from sokopesa.people.models import User
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import matching, resolving, together
from sokopesa.reconciliation.models import Discrepancy, JointResolution, Note, Resolution, Verdict
from sokopesa.reconciliation.refusals import (
    CannotResolve,
    NothingWaits,
    NotOfOneKind,
    NotTheTotal,
    NotYourBooks,
    OwnResolution,
    TooFewOrMany,
)

pytestmark = pytest.mark.usefixtures("committing")

NOON, EVENING = MIDNIGHT + timedelta(hours=12), MIDNIGHT + 2 * DAY
How = Resolution.How


@pytest.fixture
def people() -> tuple[User, User]:
    one, two = (add_staff(phone=f"25471190000{n}", role=Role("finance"), name=f"Finance {n}") for n in (1, 2))
    return one, two


@pytest.fixture
def all_found(market: Any) -> list[Discrepancy]:
    """Three payments in and two out that our books do not have."""
    market.now = MIDNIGHT - DAY
    market.purchase()
    sums = 2_000, 3_050, 4_000, -1_000, -1_500
    Statements().take_in(*[Told(cents, NOON + n * timedelta(minutes=1), "Odd") for n, cents in enumerate(sums)])
    matching.run(now=EVENING)
    return list(Discrepancy.objects.order_by("happened_at", "pk"))


@pytest.fixture
def found(all_found: list[Discrepancy]) -> list[Discrepancy]:
    """What came in: of one kind."""
    return all_found[:3]


@pytest.fixture
def left(all_found: list[Discrepancy]) -> list[Discrepancy]:
    """What went out: of another."""
    return all_found[3:]


def propose(
    found: list[Discrepancy], maker: User, how: Resolution.How = How.RECLASSIFY, **more: Any
) -> JointResolution:
    facts: dict[str, Any] = {"against": BANK if how == How.RECLASSIFY else "", "reason": "Moved by hand.", **more}
    return together.propose(ids=[one.pk for one in found], how=how, maker=maker, now=EVENING, **facts)


def test_each_is_booked_by_itself(found: list[Discrepancy], people: tuple[User, User]) -> None:
    maker, decider = people
    joint = propose(found, maker)
    assert (joint.count, joint.total_cents) == (3, 9_050)
    assert propose(found, maker) == joint, "sent twice, it is one"
    assert balance_cents(BANK) == 0
    with pytest.raises(OwnResolution):
        together.approve(joint_id=joint.pk, decider=maker, typed_cents=9_050, now=EVENING)
    with pytest.raises(NotTheTotal):
        together.approve(joint_id=joint.pk, decider=decider, typed_cents=None, now=EVENING)
    decided = together.approve(joint_id=joint.pk, decider=decider, typed_cents=9_050, now=EVENING)
    assert (len(decided.done), decided.failed) == (3, {})
    keys = {f"discrepancy:{one.pk}" for one in found}
    assert set(Entry.objects.filter(key__in=keys).values_list("key", flat=True)) == keys
    assert balance_cents(BANK) == -9_050
    assert Discrepancy.objects.filter(state="resolved").count() == 3
    assert Verdict.objects.filter(how="people").count() == 3
    assert Note.objects.filter(text__startswith="Proposed with 2 others").count() == 3
    with pytest.raises(NothingWaits):
        together.approve(joint_id=joint.pk, decider=decider, typed_cents=0, now=EVENING)
    assert matching.run(now=EVENING) is not None
    assert balance_cents(BANK) == -9_050


def test_what_fails_is_named_and_can_be_done_later(
    found: list[Discrepancy], left: list[Discrepancy], people: tuple[User, User]
) -> None:
    """There is enough in the account for the first alone."""
    maker, decider = people

    def allocate(one: Discrepancy) -> None:
        facts = {"how": How.ALLOCATE, "against": UNMATCHED, "reason": "It came in.", "maker": maker, "now": EVENING}
        made = resolving.propose(discrepancy_id=one.pk, **facts)
        resolving.approve(resolution_id=made.pk, decider=decider, now=EVENING)

    allocate(found[0])
    joint = propose(left, maker, How.ALLOCATE, against=UNMATCHED)
    decided = together.approve(joint_id=joint.pk, decider=decider, typed_cents=2_500, now=EVENING)
    assert [made.discrepancy for made in decided.done] == left[:1]
    assert decided.failed == {left[1]: together.BOOKS_REFUSE}
    assert balance_cents(UNMATCHED) == -1_000
    allocate(found[1])
    again = together.approve(joint_id=joint.pk, decider=decider, typed_cents=1_500, now=EVENING)
    assert [made.discrepancy for made in again.done] == left[1:]
    assert balance_cents(UNMATCHED) == -2_550


def test_all_of_them_or_none_are_proposed(
    found: list[Discrepancy], left: list[Discrepancy], people: tuple[User, User]
) -> None:
    maker, decider = people
    with pytest.raises(TooFewOrMany):
        propose(found[:1], maker)
    with pytest.raises(CannotResolve, match="Allocate to it by itself"):
        propose(found, maker, How.ALLOCATE, against="refunds:1")
    with pytest.raises(CannotResolve, match=f"{found[0].receipt}, .*something has to be booked"):
        propose(found, maker, How.ACCEPT)
    with pytest.raises(
        CannotResolve, match=f"^{left[0].receipt}, {left[1].receipt}: Only money that customers paid in"
    ):
        propose(left, maker, How.RETURN)
    with pytest.raises(NotOfOneKind):
        propose([*found, *left], maker)
    resolving.propose(discrepancy_id=found[1].pk, how=How.WRITE_OFF, reason="It is little.", maker=decider, now=EVENING)
    with pytest.raises(CannotResolve, match=f"already: {found[1].receipt}"):
        propose(found, maker)
    with pytest.raises(NotOfOneKind):
        together.propose(ids=[1, 999_999], how=How.ACCEPT, reason="None.", maker=maker, now=EVENING)
    with pytest.raises(NotYourBooks):
        propose(found, add_staff(phone="254711900009", role=Role("support"), name="Support"))
    assert not JointResolution.objects.exists()
    assert Resolution.objects.count() == 1


def test_all_that_wait_are_refused_together(found: list[Discrepancy], people: tuple[User, User]) -> None:
    maker, decider = people
    joint = propose(found, maker)
    with pytest.raises(OwnResolution):
        together.refuse(joint_id=joint.pk, decider=maker, remark="No.", now=EVENING)
    assert together.refuse(joint_id=joint.pk, decider=decider, remark="Ask the bank.", now=EVENING) == 3
    assert set(Discrepancy.objects.values_list("state", flat=True)) == {"open"}
    assert propose(found, maker).pk != joint.pk


def test_two_who_approve_at_once_book_each_once(
    found: list[Discrepancy], people: tuple[User, User], all_at_once: Callable[..., list[Any]]
) -> None:
    maker, decider = people
    joint = propose(found, maker)
    decided = all_at_once(
        *[lambda: together.approve(joint_id=joint.pk, decider=decider, typed_cents=9_050, now=EVENING)] * 2
    )
    assert all(isinstance(one, together.Decided | NothingWaits | NotTheTotal) for one in decided)
    assert balance_cents(BANK) == -9_050
    assert Resolution.objects.filter(state="approved").count() == 3


def test_the_database_keeps_what_was_proposed_together(found: list[Discrepancy], people: tuple[User, User]) -> None:
    maker, decider = people
    joint = propose(found[:2], maker)
    made = joint.resolutions.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        JointResolution.objects.update(total_cents=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Resolution.objects.filter(pk=made.pk).update(joint=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Resolution.objects.create(
            discrepancy=found[2], joint=joint, how="write_off", against="write-off", amount_cents=1_000,
            reason=joint.reason, maker=decider, proposed_at=EVENING,
        )  # fmt: skip
