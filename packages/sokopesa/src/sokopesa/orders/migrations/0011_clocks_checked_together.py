"""What a deadline belongs to is checked a statement at a time: orders open by the thousand.

Row by row, PostgreSQL would look each order and shop up again and lock them; orders are for ever, and so are their
shops.
"""

import django.db.models.deletion
from django.db import migrations, models

CHECK = """
CREATE FUNCTION orders_check_clock() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    orders bigint[] := ARRAY(SELECT order_id FROM fresh);
    sellers bigint[] := ARRAY(SELECT seller_id FROM fresh);
BEGIN
    IF (
        SELECT count(*) FROM unnest(orders, sellers) AS clock(order_id, seller_id)
        JOIN orders_order ordered ON ordered.id = clock.order_id AND ordered.seller_id = clock.seller_id
    ) <> cardinality(orders) THEN
        RAISE EXCEPTION 'a deadline belongs to an order and its shop' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_clock_is_of_something AFTER INSERT ON orders_clock
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION orders_check_clock();
CREATE TRIGGER orders_clock_stays_of_something AFTER UPDATE ON orders_clock
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION orders_check_clock();
"""

UNDO = """
DROP TRIGGER orders_clock_stays_of_something ON orders_clock;
DROP TRIGGER orders_clock_is_of_something ON orders_clock;
DROP FUNCTION orders_check_clock;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_place_keys"), ("people", "0005_factor_use")]
    operations = [
        migrations.AlterField(
            "clock",
            "order",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clocks",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            "clock",
            "seller",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.seller",
            ),
        ),
        migrations.RunSQL(CHECK, UNDO),
    ]
