"""Finding the goods of a list: those that words and filters leave, counted, sorted, with what could narrow them.

However many goods match, the work is bounded. Counting stops at `ENOUGH`. Up to so many are sorted as they are; of
more, the list is read in its order, by an index, until the page is full, and pages end earlier. How well words match
is weighed for the newest `CANDIDATES` only, those with the words in their titles first.
"""
# ruff: noqa: S608 - every statement is put together from texts of our own, and what shoppers send goes beside it

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sokopesa.catalog.filters import DAYS_TO_CHOOSE, Filters, Sort, slowness_within
from sokopesa.kernel.database import fetch

PAGE_SIZE = 24
ENOUGH = 10_000
"""Matches are counted up to here; from here on it is "10,000+". What could be narrowed by is counted among so many."""
CANDIDATES = 960
CANDIDATES_OF_MANY = 240
BRANDS_SHOWN = 12
PRICE_STEPS_CENTS = (50_000, 200_000, 500_000, 2_000_000)
"""Where one of the price ranges that are offered ends and the next begins."""

_NARROW = "product_id, is_buyable, slowness, price_cents, created_at"
_ORDERS = {
    Sort.BEST: "is_buyable DESC, created_at DESC, product_id",
    Sort.NEWEST: "is_buyable DESC, created_at DESC, product_id",
    Sort.CHEAPEST: "is_buyable DESC, price_cents, product_id",
    Sort.SOONEST: "is_buyable DESC, slowness, price_cents, product_id",
}


@dataclass(frozen=True)
class Request:
    """What is asked of the list. ``words`` and ``titled`` are texts of a tsquery: the words anywhere, and in titles. On
    a shelf's own page ``words`` is the shelf's mark, and nothing is weighed."""

    words: str
    titled: str
    filters: Filters
    sort: Sort


@dataclass(frozen=True)
class Counted:
    """How many goods there are, exactly below `ENOUGH`."""

    total: int

    @property
    def is_many(self) -> bool:
        """Whether there are at least `ENOUGH`, so that ``total`` says no more than that."""
        return self.total >= ENOUGH

    @property
    def pages(self) -> int:
        """How many pages can be turned."""
        most = CANDIDATES_OF_MANY if self.is_many else CANDIDATES
        return max(1, -(-min(self.total, most) // PAGE_SIZE))


@dataclass(frozen=True)
class Facets:
    """How many goods each choice would leave, all other filters applied, of the ``seen`` ones that match the words.
    These are all unless there are `ENOUGH`.

    ``shelves`` by the shelf's id, ``brands`` the commonest first, ``prices`` by range of `PRICE_STEPS_CENTS`, ``days``
    by `DAYS_TO_CHOOSE`.
    """

    shelves: dict[int, int]
    brands: dict[str, int]
    prices: tuple[int, ...]
    days: dict[int, int]
    from_kenya: int
    in_stock: int
    seen: int

    @property
    def is_sample(self) -> bool:
        """Whether more goods may match the words than were looked at."""
        return self.seen >= ENOUGH


def page(request: Request, counted: Counted, number: int, *, on: date) -> list[int]:
    """The ids of the products on that page, counted from 1, in order. One query."""
    parameters = _parameters(request, on=on) | {"offset": (number - 1) * PAGE_SIZE}
    where, order = request.filters.condition(), _ORDERS[request.sort]
    if request.sort == Sort.BEST:
        statement = _weighed(counted, where)
    elif counted.is_many:
        statement = _in_order("words", where, order)
    else:
        statement = (
            f"WITH found AS MATERIALIZED ({_found('words', where)}) SELECT {_NARROW} FROM found ORDER BY {order}"
        )
    return [row[0] for row in fetch(f"{statement} LIMIT {PAGE_SIZE} OFFSET %(offset)s", parameters)]


def survey(request: Request, *, on: date) -> tuple[Counted, Facets]:
    """How many there are, and what they could be narrowed by. One query."""
    within = {f"within_{days}": slowness_within(days, on=on) for days in DAYS_TO_CHOOSE}
    parameters = _parameters(request, on=on) | within | {"steps": list(PRICE_STEPS_CENTS)}
    [row] = fetch(_survey(request), parameters)
    shelves, brands, prices, (*days, kenya, stock, seen), total = row
    return Counted(total), Facets(
        shelves={int(pk): n for pk, n in (shelves or {}).items()},
        brands=dict(brands or ()),
        prices=tuple((prices or {}).get(str(step), 0) for step in range(len(PRICE_STEPS_CENTS) + 1)),
        days=dict(zip(DAYS_TO_CHOOSE, days, strict=True)),
        from_kenya=kenya,
        in_stock=stock,
        seen=seen,
    )


def _survey(request: Request) -> str:
    """Looks at what the words alone find, up to enough, and asks anew what passes all filters only where that was not
    all."""
    where = request.filters.condition()
    passes = {name: request.filters.condition(without=name) for name in ("", "shelf", "brand", "price", "days")}
    flags = ", ".join(f"coalesce({condition}, false) AS but_{name or 'none'}" for name, condition in passes.items())
    days = ", ".join(
        f"count(*) FILTER (WHERE but_days AND slowness <= (%(within_{days})s::smallint[])[leaves_after + 1])"
        for days in DAYS_TO_CHOOSE
    )
    passing = f"(SELECT count(*) FROM ({_found('words', where)} LIMIT {ENOUGH}) AS passing)"
    total = (
        f"CASE WHEN count(*) < {ENOUGH} THEN count(*) FILTER (WHERE but_none) ELSE {passing} END"
        if request.filters.active
        else "count(*)"
    )
    return f"""
        WITH found AS MATERIALIZED (
            SELECT category_id, brand, price_cents, slowness, leaves_after, is_buyable, ships_from_kenya, {flags}
            FROM catalog_listedproduct WHERE search @@ %(said)s::tsquery LIMIT {ENOUGH}
        )
        SELECT
            (SELECT json_object_agg(category_id, n) FROM (
                SELECT category_id, count(*) AS n FROM found WHERE but_shelf GROUP BY 1) AS shelves),
            (SELECT json_agg(json_build_array(brand, n) ORDER BY n DESC, brand) FROM (
                SELECT brand, count(*) AS n FROM found WHERE but_brand GROUP BY 1
                ORDER BY n DESC, brand LIMIT {BRANDS_SHOWN}) AS brands),
            (SELECT json_object_agg(step, n) FROM (
                SELECT width_bucket(price_cents, %(steps)s::bigint[]) AS step, count(*) AS n FROM found
                WHERE but_price AND is_buyable GROUP BY 1) AS prices),
            (SELECT json_build_array({days}, count(*) FILTER (WHERE but_none AND ships_from_kenya),
                count(*) FILTER (WHERE but_none AND is_buyable), count(*)) FROM found),
            (SELECT {total} FROM found)
    """


def _weighed(counted: Counted, where: str) -> str:
    """The statement for the best matches first: which are weighed is settled before, by their titles and their age."""
    if not counted.is_many:
        chosen = f"""
            WITH found AS MATERIALIZED (
                SELECT {_NARROW}, search @@ %(titled)s::tsquery AS is_titled FROM catalog_listedproduct
                WHERE search @@ %(words)s::tsquery AND {where})
            SELECT product_id FROM found
            ORDER BY is_buyable DESC, is_titled DESC, created_at DESC, product_id LIMIT {CANDIDATES}"""
    else:
        best = _ORDERS[Sort.BEST]
        chosen = f"""
            WITH titled AS MATERIALIZED ({_found("titled", where)} ORDER BY {best} LIMIT {CANDIDATES_OF_MANY}),
            others AS MATERIALIZED ({_in_order("words", where, best)} LIMIT {CANDIDATES_OF_MANY})
            SELECT product_id FROM (
                SELECT product_id, is_buyable, true AS is_titled, created_at FROM titled
                UNION ALL SELECT product_id, is_buyable, false, created_at FROM others
                WHERE product_id NOT IN (SELECT product_id FROM titled)) AS candidates
            ORDER BY is_buyable DESC, is_titled DESC, created_at DESC, product_id LIMIT {CANDIDATES_OF_MANY}"""
    return f"""
        SELECT product_id FROM catalog_listedproduct WHERE product_id IN (SELECT product_id FROM ({chosen}) AS chosen)
        ORDER BY is_buyable DESC, ts_rank(search, %(said)s::tsquery) DESC, created_at DESC, product_id"""


def _in_order(query: str, where: str, order: str) -> str:
    """Goods read in their order by its index. A function stands where an operator might, for the planner is not to look
    the words up: there are many with them."""
    return (
        f"SELECT {_NARROW} FROM catalog_listedproduct WHERE ts_match_vq(search, %({query})s::tsquery) AND {where}"
        f" ORDER BY {order}"
    )


def _parameters(request: Request, *, on: date) -> dict[str, Any]:
    marks = request.filters.marks()
    return request.filters.parameters(on=on) | {
        "words": " & ".join([f"({request.words})", *marks]),
        "titled": " & ".join([f"({request.titled})", *marks]),
        "said": request.words,
    }


def _found(query: str, where: str) -> str:
    return f"SELECT {_NARROW} FROM catalog_listedproduct WHERE search @@ %({query})s::tsquery AND {where}"
