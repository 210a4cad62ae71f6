"""Discrepancies of one kind that end together: each with its own entry, by two people; what fails is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from told import DAY, MIDNIGHT, Statements, Told

from sokopesa.ledger.accounts import BANK
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
def found(market: Any) -> list[Discrepancy]:
    """Three payments in and one out that our books do not have."""
    market.now = MIDNIGHT - DAY
    market.purchase()
    sums = 2_000, 3_050, 4_000, -1_000
    Statements().take_in(*[Told(cents, NOON + n * timedelta(minutes=1), "Odd") for n, cents in enumerate(sums)])
    matching.run(now=EVENING)
    return list(Discrepancy.objects.order_by("happened_at", "pk"))


def propose(
    found: list[Discrepancy], maker: User, how: Resolution.How = How.RECLASSIFY, **more: Any
) -> JointResolution:
    facts: dict[str, Any] = {"against": BANK if how == How.RECLASSIFY else "", "reason": "Moved by hand.", **more}
    return together.propose(ids=[one.pk for one in found], how=how, maker=maker, now=EVENING, **facts)


def test_each_is_booked_by_itself(found: list[Discrepancy], people: tuple[User, User]) -> None:
    maker, decider = people
    joint = propose(found, maker)
    assert (joint.count, joint.total_cents) == (4, 10_050)
    assert propose(found, maker) == joint, "sent twice, it is one"
    assert balance_cents(BANK) == 0
    with pytest.raises(OwnResolution):
        together.approve(joint_id=joint.pk, decider=maker, typed_cents=10_050, now=EVENING)
    with pytest.raises(NotTheTotal):
        together.approve(joint_id=joint.pk, decider=decider, typed_cents=None, now=EVENING)
    decided = together.approve(joint_id=joint.pk, decider=decider, typed_cents=10_050, now=EVENING)
    assert (len(decided.done), decided.failed) == (4, {})
    keys = {f"discrepancy:{one.pk}" for one in found}
    assert set(Entry.objects.filter(key__in=keys).values_list("key", flat=True)) == keys
    assert balance_cents(BANK) == -8_050
    assert set(Discrepancy.objects.values_list("state", flat=True)) == {"resolved"}
    assert Verdict.objects.filter(how="people").count() == 4
    assert Note.objects.filter(text__startswith="Proposed with 3 others").count() == 4
    with pytest.raises(NothingWaits):
        together.approve(joint_id=joint.pk, decider=decider, typed_cents=0, now=EVENING)
    assert matching.run(now=EVENING) is not None
    assert balance_cents(BANK) == -8_050


def test_what_fails_is_named_and_can_be_done_later(found: list[Discrepancy], people: tuple[User, User]) -> None:
    """The seller's account does not hold what went out."""
    maker, decider = people
    joint = propose(found, maker, How.ALLOCATE, against="unmatched")
    only_out = found[3]
    for made in joint.resolutions.exclude(discrepancy=only_out):
        resolving.refuse(resolution_id=made.pk, decider=decider, remark="Not these.", now=EVENING)
    decided = together.approve(joint_id=joint.pk, decider=decider, typed_cents=1_000, now=EVENING)
    assert decided.done == []
    assert decided.failed == {only_out: together.BOOKS_REFUSE}
    assert balance_cents("unmatched") == 0
    resolving.approve(
        resolution_id=resolving.propose(
            discrepancy_id=found[0].pk,
            how=How.ALLOCATE,
            against="unmatched",
            reason="In first.",
            maker=maker,
            now=EVENING,
        ).pk,
        decider=decider,
        now=EVENING,
    )
    again = together.approve(joint_id=joint.pk, decider=decider, typed_cents=1_000, now=EVENING)
    assert [made.discrepancy for made in again.done] == [only_out]
    assert balance_cents("unmatched") == -1_000


def test_all_of_them_or_none_are_proposed(found: list[Discrepancy], people: tuple[User, User]) -> None:
    maker, decider = people
    with pytest.raises(TooFewOrMany):
        propose(found[:1], maker)
    with pytest.raises(CannotResolve, match="Allocate to it by itself"):
        propose(found, maker, How.ALLOCATE, against="refunds:1")
    with pytest.raises(CannotResolve, match=f"{found[0].receipt}, .*something has to be booked"):
        propose(found, maker, How.ACCEPT)
    with pytest.raises(CannotResolve, match=f"^{found[3].receipt}: Only money that customers paid in"):
        propose(found, maker, How.RETURN)
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
    assert together.refuse(joint_id=joint.pk, decider=decider, remark="Ask the bank.", now=EVENING) == 4
    assert set(Discrepancy.objects.values_list("state", flat=True)) == {"open"}
    assert propose(found, maker).pk != joint.pk


def test_two_who_approve_at_once_book_each_once(
    found: list[Discrepancy], people: tuple[User, User], all_at_once: Callable[..., list[Any]]
) -> None:
    maker, decider = people
    joint = propose(found, maker)
    decided = all_at_once(
        *[lambda: together.approve(joint_id=joint.pk, decider=decider, typed_cents=10_050, now=EVENING)] * 2
    )
    assert all(isinstance(one, together.Decided | NothingWaits | NotTheTotal) for one in decided)
    assert balance_cents(BANK) == -8_050
    assert Resolution.objects.filter(state="approved").count() == 4


def test_the_database_keeps_what_was_proposed_together(found: list[Discrepancy], people: tuple[User, User]) -> None:
    maker, decider = people
    joint = propose(found[:3], maker)
    made = joint.resolutions.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        JointResolution.objects.update(total_cents=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Resolution.objects.filter(pk=made.pk).update(joint=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Resolution.objects.create(
            discrepancy=found[3], joint=joint, how="write_off", against="write-off", amount_cents=1_000,
            reason=joint.reason, maker=decider, proposed_at=EVENING,
        )  # fmt: skip
