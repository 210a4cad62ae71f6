"""``docs/dispute-life.md``, written from the tables that the market itself goes by:

python -m sokopesa.aftersale.dispute_page > docs/dispute-life.md
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import django

HEAD = """\
# The life of a dispute

Made by `python -m sokopesa.aftersale.dispute_page` from the tables that the market itself goes by:
`aftersale/disputes/life.py` (who may do what), `Dispute.MOVES` (what may become what) and `orders/clocks.py`
(deadlines). Change those, then make this page again; a test compares it with them.

A dispute is about one line of an order that was shipped. While it is open the order's protection rests and the seller
is not paid; when it closes, money goes back by `aftersale.giving_back.give_back`, or the protection runs on for what
was left of it, three days at least. A dispute that was withdrawn may be followed by another, up to three in all; one
that ended with a result may not.
"""

MOVES = """\
## What may become what

The database refuses every other move, also any change of what is closed.
"""

STEPS = """\
## Who may do what

**B** the buyer, **S** the seller, **M** the market: a mediator, or the clock where a deadline is named. Whoever acts
holds the order's lock. Once a deadline has passed, what was announced for it comes first, even where no worker has
carried it out yet.
"""

DEADLINES = """\
## Whose turn it is

In every state but *closed* exactly one deadline runs.
"""

RULES = """\
## Amounts

- *Return Goods* claims all that was paid for the line: its pieces, and their share of the shipping by value.
- *Refund Only* claims all of it where the goods did not come, which can be said from the midnight that ends the last
  promised day in Nairobi; where they came, a part of it, in whole shillings, KES 10 at least.
- A seller offers less than the claim, or all of it against the goods. A mediator decides anything up to all of it.
- Nobody proposes, and no dispute gives back, more than was paid for the line: the database refuses it.

## Who decides

A mediator is neither the buyer nor of the shop. Either side may appeal once within seven days; another mediator
decides, and that is final. The database sees to both.
"""


def page() -> str:
    """The whole page, in Markdown. It asks no database."""
    return "\n".join([HEAD, MOVES, _moves(), STEPS, _steps(), DEADLINES, _deadlines(), RULES])


def _moves() -> str:
    from sokopesa.aftersale.disputes.models import Dispute

    return _table(
        ("from", "to"),
        (
            (f"**{Dispute.State(before).label}**", "<br>".join(Dispute.State(state).label for state in after) or "–")
            for before, after in Dispute.MOVES.items()
        ),
    )


def _steps() -> str:
    from sokopesa.aftersale.disputes.life import RULES as STEP_RULES
    from sokopesa.aftersale.disputes.models import Dispute

    states = [state for state in Dispute.State if state != Dispute.State.CLOSED]
    head = ("step", *(state.value.replace("_", "<br>") for state in states), "by a deadline")
    rows = []
    for rule in STEP_RULES:
        letters = "".join(actor.value[0].upper() for actor in rule.actors)
        cells = [letters if state in rule.states else "" for state in states]
        rows.append(
            (f"{rule.step.label}<br>`{rule.step.value}`", *cells, f"`{rule.clock.value}`" if rule.clock else "")
        )
    return _table(head, rows)


def _deadlines() -> str:
    from sokopesa.aftersale.disputes.life import CLOCK_OF
    from sokopesa.aftersale.disputes.models import Dispute
    from sokopesa.orders.clocks import MEANINGS

    rows = []
    for state, kind in CLOCK_OF.items():
        meaning = MEANINGS[kind]
        owner = str(meaning.owner.label).removeprefix("the ")
        rows.append((Dispute.State(state).label, owner, meaning.to_do, meaning.otherwise, f"`{kind.value}`"))
    return _table(("state", "whose turn", "what is awaited", "if not", "deadline"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    django.setup()
    print(page(), end="")  # noqa: T201 - its output is the page
