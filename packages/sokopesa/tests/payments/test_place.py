"""A worker's place in the inbox: it hurries past what is settled, and leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sokopesa.payments import settlement
from sokopesa.payments.models import InboxMessage
from sokopesa.payments.place import MARGIN, WHOLE_EVERY, Place

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Hand:
    """A clock that moves when it is told to."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_begins_at_the_front_then_a_little_before_where_it_was() -> None:
    place = Place(Hand())
    assert place.floor() == 0
    place.saw_all(took=0.001)
    place.was_at(1_000_000)
    assert place.floor() == 1_000_000 - MARGIN


def test_it_looks_at_everything_again_after_a_while_and_less_often_where_that_takes_long() -> None:
    hand = Hand()
    place = Place(hand)
    place.was_at(1_000_000)
    place.saw_all(took=0.001)
    hand.seconds += WHOLE_EVERY
    assert place.floor() == 0
    place.saw_all(took=2.0)
    hand.seconds += 39
    assert place.floor()
    hand.seconds += 1
    assert place.floor() == 0


def keep(message_id: int) -> InboxMessage:
    return InboxMessage.objects.create(
        id=message_id, token_digest=b"x", source="127.0.0.1", trusted=True, headers={}, body=b"not a message"
    )


@pytest.mark.django_db
def test_a_message_that_was_committed_late_or_let_go_by_a_worker_that_died_is_not_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand = Hand()
    monkeypatch.setattr(settlement, "_place", Place(hand))
    keep(1_000_000)
    assert settlement.settle(now=NOW) == 1
    keep(1_000_000 - MARGIN)
    assert settlement.settle(now=NOW) == 1, "numbered before, committed a little later"
    left = keep(7)
    assert settlement.settle(now=NOW) == 0, "far behind: it waits for the next look at everything"
    hand.seconds += WHOLE_EVERY
    assert settlement.settle(now=NOW) == 1
    left.refresh_from_db()
    assert left.settled_at == NOW
