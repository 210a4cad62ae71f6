"""``docs/order-life.md``, written from the tables that the market itself goes by:

python -m sokopesa.orders.life_page > docs/order-life.md
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta

import django

HEAD = """\
# The life of an order

Made by `python -m sokopesa.orders.life_page` from the tables that the market itself goes by: `orders/life.py` (who
may do what), `Order.MOVES` (what may become what) and `orders/clocks.py` (deadlines). Change those, then make this
page again; a test compares it with them.

An order is one seller's share of a purchase, with the promise made to its buyer. After payment the market holds its
money until the buyer is safe, gives it back, or pays the seller. At every moment of that time it is somebody's
turn, until a moment that both sides can read, and what happens then is known beforehand.
"""

MOVES = """\
## What may become what

The database refuses every other move.
"""

ACTIONS = """\
## Who may do what

**B** the buyer, **S** the seller, **C** the courier by its tracking events, **M** the market by the clock. Where a
letter is missing the action is refused, in words that name the right way on. Whoever acts holds the order's lock,
so of two who come together the second finds what the first made of it.
"""

PENDING = """\
What can be pending beside the state:
"""

DEADLINES = """\
## Deadlines

A deadline is a moment, and what happens at it is recorded with that moment, however late the worker comes. Once it
has passed nobody can still do what it was for. If several passed while no worker ran, they are carried out in their
order. Whose turn it is, is reminded 48 hours, 24 hours and 2 hours before.
"""

CANCELLING = """\
## Cancelling what is paid

Before payment the buyer cancels at once. Afterwards the buyer asks, for single pieces or for everything that is
still to be shipped, with a reason; the seller agrees or refuses within 72 hours, and silence counts as agreed.
*Ship* and *approve* wait for each other, and the first wins: what was shipped is not cancelled, and what was
cancelled is not shipped. If delivery is more than 30 days late, the buyer cancels what is not shipped without
asking anybody.

What is cancelled goes back to the shelf, and its price to the phone that paid; the shipping cost too, if nothing of
the order is sent. The refund is promised for the 3rd to the 20th Kenyan business day after it was decided: after
the seller's word, or after the deadline that decided.
"""


def page() -> str:
    """The whole page, in Markdown. It asks no database."""
    parts = [HEAD, MOVES, _moves(), ACTIONS, _actions(), PENDING, _pending(), DEADLINES, _deadlines(), CANCELLING]
    return "\n".join(parts)


def _moves() -> str:
    from sokopesa.orders.models import Order

    rows = []
    for before, after in Order.MOVES.items():
        label = Order.State(before).label
        rows.append((f"**{label}**", ", ".join(_lower(Order.State(state).label) for state in after) or "stays so"))
    return _table(("from", "to"), rows)


def _actions() -> str:
    from sokopesa.orders.life import RULES
    from sokopesa.orders.models import Order

    states = [state for state in Order.State if any(state in rule.states for rule in RULES)]
    head = ("action", *(state.label.replace(" ", "<br>", 1) for state in states), "only if, or unless, pending")
    rows = []
    for rule in RULES:
        letter = rule.actor.value[0].upper()
        pending = [f"if *{_short(each)}*" for each in sorted(rule.needs)]
        pending += [f"unless *{_short(each)}*" for each in sorted(rule.without)]
        cells = [letter if state in rule.states else "" for state in states]
        rows.append((f"{rule.action.label}<br>`{rule.action.value}`", *cells, ", ".join(pending)))
    return _table(head, rows)


def _pending() -> str:
    from sokopesa.orders.life import Overlay

    return "".join(f"- *{_short(each)}*: {each.label}\n" for each in sorted(Overlay))


def _deadlines() -> str:
    from sokopesa.orders.clocks import MEANINGS
    from sokopesa.orders.models import Clock

    lasts = _lasts()
    rows = []
    for kind, meaning in MEANINGS.items():
        owner = Clock.Owner(meaning.owner).label.removeprefix("the ")
        rows.append((meaning.to_do, owner, lasts[kind], meaning.otherwise))
    return _table(("what is awaited", "whose turn", "how long", "if not"), rows)


def _lasts() -> dict[str, str]:
    from sokopesa.orders import clocks

    kind = clocks.Kind
    return {
        kind.SHIP: "the order's business days for handling, from payment",
        kind.ANSWER_CANCEL: _span(clocks.ANSWER_CANCEL),
        kind.ANSWER_SHIP_TIME: _span(clocks.ANSWER_EXTENSION),
        kind.DELIVER: "until the end of the last promised day",
        kind.PROTECTION: f"{_span(clocks.PROTECTION)} from delivery, or from the end of the last promised day; if only "
        f"the courier says that it was delivered, at least {clocks.AFTER_PROMISE.days} days from that end",
        kind.ANSWER_PROTECTION: _span(clocks.ANSWER_EXTENSION),
        kind.ANSWER_DISPUTE: _span(clocks.ANSWER_DISPUTE),
        kind.ANSWER_OFFER: f"until {_span(clocks.NEGOTIATE)} after the dispute was opened",
        kind.SEND_BACK: _span(clocks.SEND_BACK),
        kind.TAKE_BACK: f"{_span(clocks.TAKE_BACK_DELIVERED)} after they were delivered, or "
        f"{_span(clocks.TAKE_BACK)} after they were sent",
        kind.RULE: _span(clocks.RULE_WITHIN),
        kind.APPEAL: _span(clocks.APPEAL),
    }


def _span(span: timedelta) -> str:
    """A span as people say it: ``72 hours``, ``15 days``."""
    hours = int(span.total_seconds()) // 3600
    return f"{hours} hours" if hours <= 72 else f"{span.days} days"


def _short(overlay: str) -> str:
    return overlay.replace("_", " ")


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    django.setup()
    print(page(), end="")  # noqa: T201 - its output is the page
