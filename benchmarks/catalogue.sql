-- A shop of {products} products, as plausible as arithmetic can make one: kinds of goods, some far commoner than others, a
-- few thousand brands, a name for each model, one to three sellers, at home and abroad. Triggers are off: see catalogue.py.
CREATE FUNCTION pg_temp.luck(n bigint, about int) RETURNS float IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    'SELECT (hashint8extended(n, about) & 4294967295)::float / 4294967296';
CREATE FUNCTION pg_temp.one_of(words text[], luck float) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    'SELECT words[1 + floor(luck * cardinality(words))::int]';
-- Names that nobody uses: two to four syllables, by number.
CREATE FUNCTION pg_temp.name_of(n bigint, about int, syllables int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT initcap(string_agg(pg_temp.one_of(ARRAY['ba', 'ko', 'mi', 'ren', 'sul', 'ta', 'vo', 'li', 'dan', 'ze', 'pa', 'nor',
        'ki', 'lum', 'sa', 'fe', 'gor', 'ma', 'ti', 'ru', 'wen', 'dor', 'lak', 'bri', 'mo', 'che', 'nda', 'sho', 'pe', 'zur', 'hil',
        'cor', 'ne', 'vak', 'tsu', 'gra'], pg_temp.luck(n, about + place)), '' ORDER BY place))
    FROM generate_series(1, syllables) AS place
$$;

CREATE UNLOGGED TABLE kinds AS
SELECT row_number() OVER () - 1 AS place, shelf, kind, swahili FROM (VALUES
    (1, 'smartphone', 'simu'), (1, 'phone case', 'kava simu'), (1, 'phone charger', 'chaja'), (1, 'power bank', 'betri'),
    (1, 'earphones', 'masikioni'), (1, 'screen protector', 'kioo simu'), (2, 'laptop', 'kompyuta'), (2, 'keyboard', 'kibodi'),
    (2, 'wireless mouse', 'kipanya'), (2, 'router', 'mtandao'), (3, 'solar lantern', 'taa sola'), (3, 'solar panel', 'sola'),
    (3, 'floodlight', 'taa'), (3, 'light bulb', 'balbu'), (4, 'television', 'runinga'), (4, 'radio', 'redio'),
    (4, 'speaker', 'spika'), (5, 'kettle', 'birika'), (5, 'blender', 'mashine'), (5, 'frying pan', 'kikaango'),
    (5, 'cooking pot', 'sufuria'), (5, 'knife set', 'visu'), (5, 'gas cooker', 'jiko gesi'), (6, 'blanket', 'blanketi'),
    (6, 'mattress', 'godoro'), (6, 'curtain', 'pazia'), (6, 'bed sheets', 'shuka'), (7, 'dress', 'gauni'), (7, 'shirt', 'shati'),
    (7, 'trousers', 'suruali'), (7, 'jacket', 'koti'), (8, 'running shoes', 'viatu'), (8, 'sandals', 'ndala'),
    (8, 'school shoes', 'viatu shule'), (9, 'handbag', 'mkoba'), (9, 'backpack', 'begi'), (9, 'wristwatch', 'saa'),
    (10, 'face cream', 'mafuta uso'), (10, 'hair dryer', 'nywele'), (10, 'perfume', 'manukato'), (11, 'baby carrier', 'mtoto'),
    (11, 'toy car', 'gari toy'), (11, 'building blocks', 'michezo'), (12, 'hoe', 'jembe'), (12, 'sprayer', 'pampu dawa'),
    (12, 'water tank', 'tangi'), (12, 'garden hose', 'bomba'), (12, 'chicken feeder', 'kuku'), (13, 'hammer', 'nyundo'),
    (13, 'drill', 'drili'), (13, 'spanner set', 'spana'), (13, 'padlock', 'kufuli'), (14, 'bicycle', 'baiskeli'),
    (14, 'motorcycle helmet', 'helmeti'), (14, 'car tyre', 'tairi'), (14, 'football', 'mpira'), (15, 'notebook', 'daftari'),
    (15, 'school bag', 'begi shule'), (15, 'calculator', 'kikokotoo'), (15, 'ballpoint pens', 'kalamu')
) AS kinds(shelf, kind, swahili);

INSERT INTO catalog_category (id, slug, name, blurb, position, picture)
SELECT n, 'shelf-' || n, (ARRAY['Phones', 'Computers', 'Solar and lighting', 'Sound and pictures', 'Kitchen', 'Bedroom',
    'Clothes', 'Footwear', 'Bags and watches', 'Beauty', 'Children', 'Farm and garden', 'Tools', 'Vehicles and sport',
    'School and office'])[n], 'Of the benchmarks', n, 'storefront/logo.svg'
FROM generate_series(1, 15) AS n;

INSERT INTO people_seller (id, name, slug, about, town, country, joined_on)
SELECT n, 'Seller ' || n, 'seller-' || n, '', 'Nairobi', CASE WHEN n % 3 = 0 THEN 'CN' ELSE 'KE' END, current_date
FROM generate_series(1, 2000) AS n;

INSERT INTO catalog_shippingprofile (id, seller_id, name, ships_from, ships_from_country, handling_days, currency)
SELECT id, id, 'Standard', CASE country WHEN 'KE' THEN 'Nairobi' ELSE 'Shenzhen' END, country, 1 + id % 4,
    CASE country WHEN 'KE' THEN 'KES' ELSE 'USD' END FROM people_seller;

INSERT INTO catalog_shippingmethod (
    profile_id, name, cost_minor, currency, min_days, max_days, day_rule, is_tracked, to_po_box, is_live, position)
SELECT id, way, CASE currency WHEN 'KES' THEN kes ELSE 0 END, currency, least_days, most_days + id % 5,
    CASE currency WHEN 'KES' THEN 'business' ELSE 'calendar' END, true, true, true, place
FROM catalog_shippingprofile, LATERAL (VALUES
    ('Standard', 15000 + id % 10 * 1000, CASE currency WHEN 'KES' THEN 1 ELSE 9 END, CASE currency WHEN 'KES' THEN 2 ELSE 16 END, 0),
    ('Express', 45000, 0, CASE currency WHEN 'KES' THEN 1 ELSE 7 END, 1)) AS way(way, kes, least_days, most_days, place);
