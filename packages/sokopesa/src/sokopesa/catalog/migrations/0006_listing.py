"""One row for each product, by which lists, filters and searches go, and a dictionary of the catalogue's words.

Both are kept by the database: whoever changes goods, offers, stock, shipping or a shelf's name changes the lists in the
same transaction, whatever code did it. Exchange rates alone are followed by a verb, in steps
(`sokopesa.catalog.listed.follow_rates`), for a new one changes every foreign price.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

GOODS = """
-- Marks of the shelf, of the brand, and of the words of the title, in the vector beside the words themselves. Nobody can
-- type their first characters, so no word is mistaken for one.
CREATE FUNCTION catalog_marks(category_id bigint, brand text, title text) RETURNS tsvector IMMUTABLE LANGUAGE sql AS $$
    SELECT array_to_tsvector(ARRAY['=c' || category_id, '=b' || lower(brand)] || ARRAY(
        SELECT '~' || lexeme FROM unnest(to_tsvector('english', title) || to_tsvector('simple', title))))
$$;

-- Everything said about goods: stems, the title weighing most, and the words of title, brand, keywords and shelf as they
-- are written.
CREATE FUNCTION catalog_said(product catalog_product, shelf text) RETURNS tsvector STABLE LANGUAGE sql AS $$
    SELECT setweight(to_tsvector('english', product.title), 'A')
        || setweight(to_tsvector('simple', product.title || ' ' || product.keywords), 'A')
        || setweight(to_tsvector('english', product.brand || ' ' || product.keywords || ' ' || shelf), 'B')
        || setweight(to_tsvector('simple', product.brand || ' ' || shelf), 'B')
        || setweight(to_tsvector('english', product.description), 'C')
        || setweight(to_tsvector('english', product.details), 'D')
        || catalog_marks(product.category_id, product.brand, product.title)
$$;

-- How words may be mistyped: what is left of their first eight letters without any one of them or, in words of eight
-- letters or more, any two. A typed word and the right one have one of these in common. `catalog/slips.py` says the same.
CREATE FUNCTION catalog_slips(words text[]) RETURNS TABLE (slip text, word text) IMMUTABLE LANGUAGE sql AS $$
    WITH beginning AS (SELECT given, left(given, 8) AS start FROM unnest(words) AS given),
    one AS (
        SELECT given, left(start, n - 1) || substr(start, n + 1) AS left_over
        FROM beginning, generate_series(1, length(start)) AS n
    )
    SELECT start, given FROM beginning
    UNION SELECT left_over, given FROM one
    UNION SELECT left(left_over, n - 1) || substr(left_over, n + 1), given
        FROM one, generate_series(1, length(left_over)) AS n WHERE length(given) >= 8
$$;

-- Learns words: those of names may be suggested to who mistypes them. Counts come later, see catalog_recount_words.
CREATE FUNCTION catalog_learn(products bigint[]) RETURNS void LANGUAGE sql AS $$
    WITH said AS (
        SELECT lexeme AS word, false AS is_name FROM catalog_listedproduct, unnest(search)
        WHERE product_id = ANY (products) AND left(lexeme, 1) NOT IN ('=', '~')
        UNION ALL
        SELECT lexeme, true FROM catalog_product AS product JOIN catalog_category AS shelf ON shelf.id = category_id,
            unnest(to_tsvector('simple', title || ' ' || keywords || ' ' || brand || ' ' || shelf.name))
        WHERE product.id = ANY (products)
    ), heard AS (
        SELECT word, bool_or(is_name) AS is_name FROM said WHERE length(word) <= 40 GROUP BY word
    ), learnt AS (
        INSERT INTO catalog_knownword (word, products, is_name)
        SELECT word, 1, is_name FROM heard
        WHERE NOT EXISTS (SELECT FROM catalog_knownword AS known WHERE known.word = heard.word AND known.is_name >= heard.is_name)
        ORDER BY word
        ON CONFLICT (word) DO UPDATE SET is_name = true WHERE excluded.is_name AND NOT catalog_knownword.is_name
        RETURNING word, is_name
    )
    INSERT INTO catalog_wordslip (slip, word_id)
    SELECT slip, word FROM catalog_slips(ARRAY(
        SELECT word FROM learnt WHERE is_name AND length(word) >= 4 AND word !~ '[0-9]'))
    ON CONFLICT DO NOTHING
$$;

-- In how many products each word is now; words that are in none are forgotten. Goods with new words wait until it is done.
CREATE FUNCTION catalog_recount_words() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE catalog_knownword IN SHARE ROW EXCLUSIVE MODE;
    CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
        SELECT word, ndoc FROM ts_stat('SELECT search FROM catalog_listedproduct') WHERE left(word, 1) NOT IN ('=', '~');
    ANALYZE counted;
    DELETE FROM catalog_wordslip WHERE word_id IN (
        SELECT word FROM catalog_knownword WHERE NOT EXISTS (SELECT FROM counted WHERE counted.word = catalog_knownword.word));
    DELETE FROM catalog_knownword WHERE NOT EXISTS (SELECT FROM counted WHERE counted.word = catalog_knownword.word);
    UPDATE catalog_knownword AS known SET products = ndoc FROM counted
    WHERE counted.word = known.word AND products <> ndoc;
    DROP TABLE counted;
END $$;

-- Lists what is said about these goods. What they cost is another matter, see catalog_list_terms.
CREATE FUNCTION catalog_list_goods(products bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_listedproduct (product_id, category_id, brand, created_at, is_buyable, ships_from_kenya, search)
    SELECT product.id, category_id, brand, created_at, false, false, catalog_said(product, shelf.name)
    FROM catalog_product AS product JOIN catalog_category AS shelf ON shelf.id = product.category_id
    WHERE product.id = ANY (products) ORDER BY product.id
    ON CONFLICT (product_id) DO UPDATE SET (category_id, brand, created_at, search)
        = (excluded.category_id, excluded.brand, excluded.created_at, excluded.search);
    PERFORM catalog_learn(products);
END $$;

CREATE FUNCTION catalog_follow_goods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM catalog_list_goods(ARRAY(SELECT id FROM fresh));
    ELSE
        PERFORM catalog_list_goods(ARRAY(
            SELECT fresh.id FROM fresh JOIN past USING (id)
            WHERE (fresh.title, fresh.description, fresh.category_id, fresh.brand, fresh.keywords, fresh.details, fresh.created_at)
                IS DISTINCT FROM
                (past.title, past.description, past.category_id, past.brand, past.keywords, past.details, past.created_at)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_product_is_listed AFTER INSERT ON catalog_product
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_goods();
CREATE TRIGGER catalog_product_is_listed_anew AFTER UPDATE ON catalog_product
    REFERENCING NEW TABLE AS fresh OLD TABLE AS past FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_goods();

CREATE FUNCTION catalog_follow_shelves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_list_goods(ARRAY(
        SELECT product.id FROM catalog_product AS product JOIN fresh ON fresh.id = category_id
        JOIN past ON past.id = fresh.id
        WHERE fresh.name <> past.name));
    RETURN NULL;
END $$;
"""

CATEGORY = """
CREATE TRIGGER catalog_category_is_listed_anew AFTER UPDATE ON catalog_category
    REFERENCING NEW TABLE AS fresh OLD TABLE AS past FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_shelves();
"""

TERMS = """
-- What these goods cost with delivery, how soon they come and from where, by the offers that can be bought now, each sent
-- by its default method. Whoever changes offers of the same goods waits for the other here, and then sees what was changed.
CREATE FUNCTION catalog_list_terms(products bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM FROM catalog_listedproduct WHERE product_id = ANY (products) ORDER BY product_id FOR NO KEY UPDATE;
    WITH buyable AS (
        SELECT product_id, ships_from_country = 'KE' AS at_home,
            (ceil(price_minor * kes_per_minor) + ceil(cost_minor * kes_per_minor)) * 100 AS total_cents,
            7 * handling_days + CASE day_rule WHEN 'business' THEN 7 ELSE 5 END * max_days AS slowness,
            CASE day_rule WHEN 'business' THEN 0 ELSE handling_days END AS leaves_after
        FROM catalog_offer AS offer
        JOIN catalog_shippingprofile AS profile ON profile.id = offer.profile_id
        JOIN LATERAL (
            SELECT cost_minor, max_days, day_rule FROM catalog_shippingmethod
            WHERE profile_id = profile.id AND is_live
            ORDER BY cost_minor, max_days * CASE day_rule WHEN 'business' THEN 7 ELSE 5 END,
                min_days * CASE day_rule WHEN 'business' THEN 7 ELSE 5 END, position, id
            LIMIT 1
        ) AS method ON true
        JOIN LATERAL (
            SELECT 0.01 AS kes_per_minor WHERE offer.currency = 'KES'
            UNION ALL
            SELECT kes_per_unit / 100 FROM catalog_listedrate AS rate
            WHERE rate.currency = offer.currency AND kes_per_unit IS NOT NULL
        ) AS rate ON true
        WHERE product_id = ANY (products) AND offer.is_live AND stock > 0
    ), soonest AS (
        SELECT DISTINCT ON (product_id) product_id, slowness, leaves_after FROM buyable
        ORDER BY product_id, slowness, leaves_after
    ), terms AS (
        SELECT id AS product_id, min(total_cents) AS price_cents, coalesce(bool_or(at_home), false) AS ships_from_kenya
        FROM unnest(products) AS id LEFT JOIN buyable ON buyable.product_id = id GROUP BY id
    )
    UPDATE catalog_listedproduct AS listed
    SET is_buyable = terms.price_cents IS NOT NULL, price_cents = terms.price_cents, slowness = soonest.slowness,
        leaves_after = soonest.leaves_after, ships_from_kenya = terms.ships_from_kenya
    FROM terms LEFT JOIN soonest USING (product_id)
    WHERE listed.product_id = terms.product_id
        AND (listed.price_cents, listed.slowness, listed.leaves_after, listed.ships_from_kenya)
            IS DISTINCT FROM (terms.price_cents, soonest.slowness, soonest.leaves_after, terms.ships_from_kenya);
END $$;

-- Pieces sold change nothing here until the last one goes or the first one comes back.
CREATE FUNCTION catalog_follow_offers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    products bigint[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        products := ARRAY(
            SELECT unnest(ARRAY[fresh.product_id, past.product_id]) FROM fresh JOIN past USING (id)
            WHERE (fresh.product_id, fresh.profile_id, fresh.price_minor, fresh.currency, fresh.is_live, fresh.stock > 0)
                IS DISTINCT FROM
                (past.product_id, past.profile_id, past.price_minor, past.currency, past.is_live, past.stock > 0));
    ELSIF TG_OP = 'INSERT' THEN
        products := ARRAY(SELECT product_id FROM fresh);
    ELSE
        products := ARRAY(SELECT product_id FROM past);
    END IF;
    IF products <> '{}' THEN
        PERFORM catalog_list_terms(products);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_offer_is_listed AFTER INSERT ON catalog_offer
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_offers();
CREATE TRIGGER catalog_offer_is_listed_anew AFTER UPDATE ON catalog_offer
    REFERENCING NEW TABLE AS fresh OLD TABLE AS past FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_offers();
CREATE TRIGGER catalog_offer_is_no_longer_listed AFTER DELETE ON catalog_offer
    REFERENCING OLD TABLE AS past FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_offers();

CREATE FUNCTION catalog_follow_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_list_terms(ARRAY(
        SELECT DISTINCT product_id FROM catalog_offer AS offer JOIN fresh ON fresh.id = profile_id
        JOIN past ON past.id = fresh.id
        WHERE (fresh.handling_days, fresh.ships_from_country) IS DISTINCT FROM (past.handling_days, past.ships_from_country)));
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_profile_is_listed_anew AFTER UPDATE ON catalog_shippingprofile
    REFERENCING NEW TABLE AS fresh OLD TABLE AS past FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_profiles();

CREATE FUNCTION catalog_follow_methods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_list_terms(ARRAY(
        SELECT DISTINCT product_id FROM catalog_offer WHERE profile_id IN (SELECT profile_id FROM changed)));
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_method_is_listed AFTER INSERT ON catalog_shippingmethod
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_methods();
CREATE TRIGGER catalog_method_is_listed_anew AFTER UPDATE ON catalog_shippingmethod
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_methods();
CREATE TRIGGER catalog_method_is_no_longer_listed AFTER DELETE ON catalog_shippingmethod
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalog_follow_methods();
"""

# Goods that are there already; foreign prices follow when the worker first looks at the rates.
LIST_ALL = """
SELECT catalog_list_goods(ARRAY(SELECT id FROM catalog_product));
SELECT catalog_list_terms(ARRAY(SELECT id FROM catalog_product));
SELECT catalog_recount_words();
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""

FORGET = """
DROP TRIGGER catalog_product_is_listed ON catalog_product;
DROP TRIGGER catalog_product_is_listed_anew ON catalog_product;
DROP TRIGGER catalog_category_is_listed_anew ON catalog_category;
DROP TRIGGER catalog_offer_is_listed ON catalog_offer;
DROP TRIGGER catalog_offer_is_listed_anew ON catalog_offer;
DROP TRIGGER catalog_offer_is_no_longer_listed ON catalog_offer;
DROP TRIGGER catalog_profile_is_listed_anew ON catalog_shippingprofile;
DROP TRIGGER catalog_method_is_listed ON catalog_shippingmethod;
DROP TRIGGER catalog_method_is_listed_anew ON catalog_shippingmethod;
DROP TRIGGER catalog_method_is_no_longer_listed ON catalog_shippingmethod;
DROP FUNCTION catalog_follow_methods, catalog_follow_profiles, catalog_follow_offers, catalog_list_terms,
    catalog_follow_shelves, catalog_follow_goods, catalog_list_goods, catalog_recount_words, catalog_learn, catalog_slips,
    catalog_said, catalog_marks;
"""

CURRENCIES = [("KES", "Kenyan shilling"), ("USD", "US dollar")]


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_variants")]

    operations = [
        migrations.RemoveIndex(model_name="product", name="product_search"),
        migrations.RemoveField(model_name="product", name="search"),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("currency", "KES"), _negated=True),
                fields=["currency", "product"],
                name="offer_in_foreign_money",
            ),
        ),
        migrations.CreateModel(
            name="ListedRate",
            fields=[
                ("currency", models.CharField(choices=CURRENCIES, max_length=3, primary_key=True, serialize=False)),
                ("kes_per_unit", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("done_to", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ListedProduct",
            fields=[
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="listed",
                        serialize=False,
                        to="catalog.product",
                    ),
                ),
                ("price_cents", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.category",
                    ),
                ),
                ("slowness", models.SmallIntegerField(null=True)),
                ("leaves_after", models.SmallIntegerField(null=True)),
                ("is_buyable", models.BooleanField(default=False)),
                ("ships_from_kenya", models.BooleanField(default=False)),
                ("brand", models.CharField(max_length=60)),
                ("search", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["search"], name="listed_search"),
                    models.Index(
                        models.OrderBy(models.F("is_buyable"), descending=True),
                        models.F("price_cents"),
                        models.F("product"),
                        name="listed_by_price",
                    ),
                    models.Index(
                        models.OrderBy(models.F("is_buyable"), descending=True),
                        models.F("slowness"),
                        models.F("price_cents"),
                        models.F("product"),
                        name="listed_by_slowness",
                    ),
                    models.Index(
                        models.OrderBy(models.F("is_buyable"), descending=True),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.F("product"),
                        name="listed_by_age",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            is_buyable=True,
                            price_cents__isnull=False,
                            slowness__isnull=False,
                            leaves_after__isnull=False,
                        )
                        | models.Q(
                            is_buyable=False,
                            price_cents__isnull=True,
                            slowness__isnull=True,
                            leaves_after__isnull=True,
                            ships_from_kenya=False,
                        ),
                        name="listed_with_terms_or_none",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KnownWord",
            fields=[
                (
                    "word",
                    models.CharField(db_collation="C", max_length=40, primary_key=True, serialize=False),
                ),
                ("products", models.IntegerField()),
                ("is_name", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="WordSlip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slip", models.CharField(db_collation="C", max_length=8)),
                (
                    "word",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="slips", to="catalog.knownword"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["slip", "word"], name="slip_once_per_word")],
            },
        ),
        migrations.RunSQL(GOODS + CATEGORY + TERMS, FORGET),
        migrations.RunSQL(LIST_ALL, migrations.RunSQL.noop),
    ]
