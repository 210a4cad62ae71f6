"""A shop with as many products as one likes, planted by SQL: see catalogue.sql."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg

SLICE = 20_000
LANES = 2
_SHOP = (Path(__file__).parent / "catalogue.sql").read_text(encoding="utf-8")
_FUNCTIONS, _ = _SHOP.split("CREATE UNLOGGED TABLE", 1)
_SLICE = (Path(__file__).parent / "catalogue_slice.sql").read_text(encoding="utf-8")

_LIST = """
INSERT INTO catalog_listedproduct (product_id, category_id, brand, created_at, is_buyable, ships_from_kenya, search)
SELECT product.id, category_id, brand, created_at, false, false, catalog_said(product, shelf.name)
FROM catalog_product AS product JOIN catalog_category AS shelf ON shelf.id = product.category_id
WHERE product.id BETWEEN {first} AND {last} ORDER BY product.id;
SELECT catalog_list_terms(ARRAY(SELECT generate_series({first}, {last})::bigint));
"""
_LEARN = """
INSERT INTO catalog_knownword (word, products, is_name)
SELECT said.word, ndoc, titled.word IS NOT NULL
FROM ts_stat('SELECT search FROM catalog_listedproduct') AS said LEFT JOIN titled ON titled.word = said.word
WHERE left(said.word, 1) NOT IN ('=', '~');
INSERT INTO catalog_wordslip (slip, word_id)
SELECT slip, word FROM catalog_slips(ARRAY(
    SELECT word FROM catalog_knownword WHERE is_name AND length(word) >= 4 AND word !~ '[0-9]'));
"""
_TITLED = """
CREATE TEMPORARY TABLE titled AS
SELECT word
FROM ts_stat('SELECT to_tsvector(''simple'', concat_ws('' '', title, keywords, brand)) FROM catalog_product');
ANALYZE titled;
"""


def plant(url: str, *, products: int) -> None:
    """Fill an empty database: the goods as if sellers had listed them one by one, triggers spared, foreign keys true by
    construction. The dictionary is counted at the end, once for all."""
    lanes = [threading.Thread(target=_plant_slices, args=(url, products, lane)) for lane in range(LANES)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = 'catalog_listedproduct' AND indexname LIKE 'listed_%'"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute(_SHOP.format(products=products))
        connection.execute(
            "INSERT INTO catalog_exchangerate (currency, kes_per_unit, as_of, source)"
            " SELECT 'USD', 129.30, (now() AT TIME ZONE 'Africa/Nairobi')::date, 'the benchmarks'"
        )
        connection.execute("INSERT INTO catalog_listedrate (currency, kes_per_unit) VALUES ('USD', 129.30)")
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        connection.execute("SET maintenance_work_mem = '1GB'")
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute(_TITLED)
        connection.execute(_LEARN)
        connection.execute("SELECT setval(pg_get_serial_sequence('catalog_variant', 'id'), %s)", [products])
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _plant_slices(url: str, products: int, lane: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '64MB'")
        connection.execute(_FUNCTIONS)
        connection.commit()
        for first in range(1 + lane * SLICE, products + 1, LANES * SLICE):
            last = min(first + SLICE - 1, products)
            connection.execute(_SLICE.format(first=first, last=last, total=products))
            connection.execute("ANALYZE catalog_offer")
            connection.execute(_LIST.format(first=first, last=last))
            connection.commit()
