"""The tables of a dispute agree with each other, with the page in the docs, and with what people can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from sokopesa.aftersale import dispute_page
from sokopesa.aftersale.deadlines import CARRIED_OUT_BY
from sokopesa.aftersale.disputes import words
from sokopesa.aftersale.disputes.life import CLOCK_OF, RULES, Step
from sokopesa.aftersale.disputes.models import Dispute, Kind
from sokopesa.aftersale.disputes.reasons import REASONS
from sokopesa.orders.clocks import MEANINGS
from sokopesa.orders.models import Order, Purchase

DOCS = Path(__file__).parents[5] / "docs"


def test_the_page_in_the_docs_is_made_from_the_tables() -> None:
    assert (DOCS / "dispute-life.md").read_text() == dispute_page.page()


def test_every_step_has_one_rule_and_every_open_state_one_deadline_with_an_effect() -> None:
    assert [rule.step for rule in RULES] == list(dict.fromkeys(rule.step for rule in RULES))
    assert {rule.step for rule in RULES} == set(Step)
    assert set(CLOCK_OF) == set(Dispute.State) - {Dispute.State.CLOSED}
    for kind in CLOCK_OF.values():
        assert kind in CARRIED_OUT_BY
        assert MEANINGS[kind].otherwise


def test_every_state_is_reached_and_left() -> None:
    reached = {state for after in Dispute.MOVES.values() for state in after}
    assert reached == set(Dispute.State) - {Dispute.State.AWAITING_SELLER}
    assert [state for state, after in Dispute.MOVES.items() if not after] == [Dispute.State.CLOSED]


@pytest.mark.parametrize("outcome", Dispute.Outcome.values)
@pytest.mark.parametrize("kind", [Kind.RETURN, Kind.REFUND_ONLY])
def test_what_is_noted_fits_its_line(kind: Kind, outcome: str) -> None:
    order = Order(number="8" * 16 + "-99", purchase=Purchase())
    dispute = Dispute(number="D" + "W" * 10, order=order, kind=kind, outcome=outcome, amount_cents=24_999_900)
    for reason in REASONS:
        dispute.reason = reason.code
        for text in (words.opened(dispute), words.changed(dispute), words.closed(dispute, 24_999_900)):
            assert len(text) <= 300
