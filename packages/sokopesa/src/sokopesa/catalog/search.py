"""Finding goods by the words that shoppers type, with PostgreSQL's full-text search."""

from __future__ import annotations

import re
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import (
    CombinedSearchQuery,
    SearchQuery,
    SearchQueryCombinable,
    SearchRank,
    SearchVector,
)
from django.db.models import F, Q, QuerySet

from sokopesa.catalog.models import Category, Product

MAX_WORDS = 8
"""Words beyond this many are passed over: nobody describes goods at such length, but attackers do."""

_WORD = re.compile(r"[^\W_]{1,40}")


def words_of(text: str) -> list[str]:
    """The words to look for, without signs that mean something to a query, each once, at most `MAX_WORDS`."""
    return list(dict.fromkeys(_WORD.findall(text.casefold())))[:MAX_WORDS]


def with_all_words(words: list[str]) -> QuerySet[Product]:
    """Products that speak of every word or of its beginning, the best match first, then those that only stand on a
    shelf of that name. ``words`` must not be empty."""
    query = _every(words, "english") | _every(words, "simple")
    shelves = Category.objects.annotate(said=SearchVector("name", config="english")).filter(said=query)
    return _best_first(Product.objects.filter(Q(search=query) | Q(category__in=shelves)), query)


def with_any_word(words: list[str]) -> QuerySet[Product]:
    """Products that speak of one word at least, the best match first. ``words`` must not be empty."""
    query = reduce(or_, [_begins(word, config) for word in words for config in ("english", "simple")])
    return _best_first(Product.objects.filter(search=query), query)


def _every(words: list[str], config: str) -> SearchQueryCombinable:
    return reduce(and_, [_begins(word, config) for word in words])


def _begins(word: str, config: str) -> SearchQuery:
    return SearchQuery(f"'{word}':*", config=config, search_type="raw")


def _best_first(products: QuerySet[Product], query: SearchQueryCombinable) -> QuerySet[Product]:
    assert isinstance(query, SearchQuery | CombinedSearchQuery)
    return products.alias(rank=SearchRank(F("search"), query)).order_by("-rank", "-created_at", "id")
