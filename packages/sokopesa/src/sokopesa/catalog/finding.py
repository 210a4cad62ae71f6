"""Finding the goods of a list: those that words and filters leave, counted, sorted, with what could narrow them.

However many goods match, the work is bounded. Counting stops at `ENOUGH`. Up to so many are sorted as they are, in the
statement that counts them; of more, the list is read in its order, by an index, until the page is full, and pages end
earlier. How well words match is weighed for the newest `CANDIDATES` only, those with the words in their titles first.
"""
# ruff: noqa: S608 - every statement is put together from texts of our own, and what shoppers send goes beside it

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sokopesa.catalog.filters import DAYS_TO_CHOOSE, Filters, Sort, slowness_within
from sokopesa.kernel.database import fetch

PAGE_SIZE = 24
ENOUGH = 5_000
"""Matches are counted up to here; from here on it is "5,000+". What could narrow them is counted among so many."""
PAGES = 40
PAGES_OF_MANY = 10
CANDIDATES = PAGES * PAGE_SIZE
CANDIDATES_OF_MANY = 120
MOSTLY = 0.3
"""What a share of at least so much is true of is found quickly by trying one after the other."""
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
    a shelf's own page ``words`` is the shelf's mark, and nothing is weighed. ``page`` is counted from 1."""

    words: str
    titled: str
    filters: Filters
    sort: Sort
    page: int


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


@dataclass(frozen=True)
class Page:
    """The ids of one page's products, in order. ``total`` is how many there are, exactly below `ENOUGH`."""

    ids: list[int]
    number: int
    pages: int
    total: int
    facets: Facets


def find(request: Request, *, on: date) -> Page:
    """The page that is asked for, or the last one where there are not so many. One query, two where there are many."""
    within = {f"within_{days}": slowness_within(days, on=on) for days in DAYS_TO_CHOOSE}
    parameters = _parameters(request, on=on)
    [row] = fetch(_survey(request), parameters | within | {"steps": list(PRICE_STEPS_CENTS)})
    shelves, brands, prices, (*days, kenya, stock, seen), total, titled, ids = row
    facets = Facets(
        shelves={int(pk): n for pk, n in (shelves or {}).items()},
        brands=dict(brands or ()),
        prices=tuple((prices or {}).get(str(step), 0) for step in range(len(PRICE_STEPS_CENTS) + 1)),
        days=dict(zip(DAYS_TO_CHOOSE, days, strict=True)),
        from_kenya=kenya,
        in_stock=stock,
        seen=seen,
    )
    pages = _pages(total, request.sort)
    number = min(request.page, pages)
    if total >= ENOUGH:
        statement = _of_many(request, is_titled=titled >= MOSTLY * total)
        ids = [pk for (pk, *_) in fetch(statement, parameters | {"offset": (number - 1) * PAGE_SIZE})]
    return Page(ids or [], number, pages, total, facets)


def _pages(total: int, sort: Sort) -> int:
    """How many pages can be turned."""
    if total < ENOUGH:
        return max(1, min(PAGES, -(-total // PAGE_SIZE)))
    return CANDIDATES_OF_MANY // PAGE_SIZE if sort == Sort.BEST else PAGES_OF_MANY


def _survey(request: Request) -> str:
    """Looks at what the words alone find, up to enough, and asks anew what passes all filters only where that was not
    all; then takes the page, unless too many pass."""
    where = request.filters.condition()
    passes = {name: request.filters.condition(without=name) for name in ("", "shelf", "brand", "price", "days")}
    flags = ", ".join(f"coalesce({condition}, false) AS but_{name or 'none'}" for name, condition in passes.items())
    days = ", ".join(
        f"count(*) FILTER (WHERE but_days AND slowness <= (%(within_{days})s::smallint[])[leaves_after + 1])"
        for days in DAYS_TO_CHOOSE
    )
    is_titled = "search @@ %(titled)s::tsquery" if request.sort == Sort.BEST else "false"
    return f"""
        WITH found AS MATERIALIZED (
            SELECT {_NARROW}, category_id, brand, leaves_after, ships_from_kenya, {is_titled} AS is_titled, {flags}
            FROM catalog_listedproduct WHERE search @@ %(said)s::tsquery LIMIT {ENOUGH}
        ), seen AS MATERIALIZED (
            SELECT count(*) AS n, count(*) FILTER (WHERE but_none) AS passing FROM found
        ), passing AS MATERIALIZED (
            {_passing(request, where, is_titled)}
        ), total AS MATERIALIZED (
            SELECT count(*) AS n, count(*) FILTER (WHERE is_titled) AS titled FROM passing
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
            total.n, total.titled,
            CASE WHEN total.n < {ENOUGH} THEN ARRAY({_of_few(request)}) END
        FROM total
    """


def _passing(request: Request, where: str, is_titled: str) -> str:
    """What passes all filters: of what was found, if that was all. Where a good part of it passes, more is best looked
    up by the words alone, so the planner is shown no range that an index has; else the planner knows best."""
    if not request.filters.active:
        return f"SELECT {_NARROW}, is_titled FROM found"
    hidden = where.replace("price_cents", "(price_cents + 0)").replace(" slowness", " (slowness + 0)")
    more, passing = f"(SELECT n FROM seen) >= {ENOUGH}", "(SELECT passing FROM seen)"
    anew = f"SELECT {_NARROW}, {is_titled} FROM catalog_listedproduct WHERE search @@ %(words)s::tsquery AND {more}"
    return f"""
        SELECT {_NARROW}, is_titled FROM found WHERE but_none AND NOT {more}
        UNION ALL ({anew} AND {passing} >= {ENOUGH * MOSTLY:.0f} AND {hidden} LIMIT {ENOUGH})
        UNION ALL ({anew} AND {passing} < {ENOUGH * MOSTLY:.0f} AND {where} LIMIT {ENOUGH})"""


def _of_few(request: Request) -> str:
    """The page of those that pass, all of which are in hand."""
    last = f"greatest(0, least({PAGES}, (total.n + {PAGE_SIZE} - 1) / {PAGE_SIZE}) - 1)"
    limit = f"LIMIT {PAGE_SIZE} OFFSET (SELECT least(%(page)s::bigint - 1, {last}) * {PAGE_SIZE} FROM total)"
    if request.sort != Sort.BEST:
        return f"SELECT product_id FROM passing ORDER BY {_ORDERS[request.sort]} {limit}"
    chosen = f"SELECT product_id FROM passing ORDER BY {_TITLED_FIRST} LIMIT {CANDIDATES}"
    return f"{_weighed(chosen)} {limit}"


def _of_many(request: Request, *, is_titled: bool) -> str:
    """The page of those that pass, too many to be looked at."""
    where, order = request.filters.condition(), _ORDERS[request.sort]
    limit = f"LIMIT {PAGE_SIZE} OFFSET %(offset)s::bigint"
    if request.sort != Sort.BEST:
        return f"{_in_order('words', where, order)} {limit}"
    if is_titled:
        chosen = f"{_in_order('titled', where, order)} LIMIT {CANDIDATES_OF_MANY}"
    else:
        chosen = f"""
            WITH titled AS MATERIALIZED (
                SELECT {_NARROW} FROM catalog_listedproduct WHERE search @@ %(titled)s::tsquery AND {where}
                ORDER BY {order} LIMIT {CANDIDATES_OF_MANY}),
            others AS MATERIALIZED ({_in_order("words", where, order)} LIMIT {CANDIDATES_OF_MANY})
            SELECT product_id, is_buyable, true AS is_titled, created_at FROM titled
            UNION ALL SELECT product_id, is_buyable, false, created_at FROM others
            WHERE product_id NOT IN (SELECT product_id FROM titled)
            ORDER BY {_TITLED_FIRST} LIMIT {CANDIDATES_OF_MANY}"""
    return f"{_weighed(f'SELECT product_id FROM ({chosen}) AS candidates')} {limit}"


_TITLED_FIRST = "is_buyable DESC, is_titled DESC, created_at DESC, product_id"


def _weighed(chosen: str) -> str:
    """The best matches first, of those chosen before by their titles and their age."""
    return f"""
        SELECT product_id FROM catalog_listedproduct WHERE product_id IN ({chosen})
        ORDER BY is_buyable DESC, ts_rank(search, %(said)s::tsquery) DESC, created_at DESC, product_id"""


def _in_order(query: str, where: str, order: str) -> str:
    """Goods read in their order by its index. A function stands where an operator might, for the planner is not to look
    the words up: there are many with them."""
    return (
        f"SELECT {_NARROW} FROM catalog_listedproduct WHERE ts_match_vq(search, %({query})s::tsquery) AND {where}"
        f" ORDER BY {order}"
    )


def _parameters(request: Request, *, on: date) -> dict[str, object]:
    marks = request.filters.marks()
    return request.filters.parameters(on=on) | {
        "words": " & ".join([f"({request.words})", *marks]),
        "titled": " & ".join([f"({request.titled})", *marks]),
        "said": request.words,
        "page": request.page,
    }
