-- The products {first} to {last} of a shop, see catalogue.sql.
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT n, shelf, kind, swahili, pg_temp.name_of(floor(3000 * pg_temp.luck(n, 1) ^ 2)::bigint, 100, 2) AS brand,
    pg_temp.name_of(n, 200, 3) AS model,
    pg_temp.one_of(ARRAY['red', 'blue', 'black', 'white', 'green', 'grey', 'brown', 'pink'], pg_temp.luck(n, 3)) AS colour,
    pg_temp.one_of(ARRAY['strong', 'light', 'portable', 'large', 'small', 'foldable', 'waterproof', 'wireless', 'classic',
        'modern', 'double', 'heavy'], pg_temp.luck(n, 4)) AS manner,
    pg_temp.one_of(ARRAY['for the home', 'for school', 'for travel', 'for the farm', 'for the office', 'for every day'],
        pg_temp.luck(n, 5)) AS purpose
FROM generate_series({first}::bigint, {last}::bigint) AS n
JOIN kinds ON kinds.place = floor(60 * pg_temp.luck(n, 2) ^ 2)::bigint;

INSERT INTO catalog_product (id, slug, title, description, category_id, brand, keywords, details, picture, created_at)
SELECT n, 'goods-' || n, initcap(brand) || ' ' || model || ' ' || kind || ', ' || manner || ', ' || colour,
    'A ' || manner || ' ' || kind || ' of good quality ' || purpose || '. ' || pg_temp.one_of(ARRAY[
        'It lasts for years and is easy to clean.', 'Charges quickly from a socket or the sun.',
        'Comes with everything in the box.', 'Made of steel that does not rust.', 'Soft, warm and easy to wash.',
        'Tested by hand before it leaves the workshop.'], pg_temp.luck(n, 6)) || ' Delivered anywhere in Kenya.',
    shelf, brand, swahili, jsonb_build_array(jsonb_build_array('Colour', colour), jsonb_build_array('Warranty', '12 months')),
    'storefront/logo.svg', now() - interval '1 minute' * ({total} - n)
FROM made;

INSERT INTO catalog_variant (id, product_id, name, options, picture, position)
SELECT n, n, '', '[]', '', 0 FROM made;

INSERT INTO catalog_offer (product_id, variant_id, seller_id, profile_id, price_minor, currency, stock, is_live)
SELECT n, n, seller.id, seller.id,
    greatest(5000, exp(9 + 6 * pg_temp.luck(n, 7)) * (1 + place * 0.05))::bigint
        / CASE profile.currency WHEN 'USD' THEN 120 ELSE 1 END + 1,
    profile.currency, CASE WHEN pg_temp.luck(n, 8 + place) < 0.12 THEN 0 ELSE 20 END, true
FROM made CROSS JOIN LATERAL generate_series(0, CASE WHEN n % 5 = 0 THEN 2 WHEN n % 5 = 1 THEN 1 ELSE 0 END) AS place
JOIN people_seller AS seller ON seller.id = 1 + (n * 31 + place * 677) % 2000
JOIN catalog_shippingprofile AS profile ON profile.id = seller.id;
