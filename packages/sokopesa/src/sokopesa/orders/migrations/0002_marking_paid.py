"""What payments need by the thousand: marking purchases paid in one call, and tables that let a payment touch no index.

A purchase is paid once and read for years. While it awaits payment a row of `orders_awaitingpayment` says so, kept by a
trigger; so ``state`` is in no index of the large table, and paying changes the row in place.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

MARKING = """
-- Nobody looks these up by their beginnings but buyers, who search among their own.
DROP INDEX orders_purchase_number_3ec2b3ee_like, orders_purchase_reference_f31083f0_like, orders_order_number_abc9e0f2_like;
ALTER TABLE orders_purchase SET (fillfactor = 50);
ALTER TABLE orders_order SET (fillfactor = 50);

CREATE FUNCTION orders_follow_awaiting() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    over bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO orders_awaitingpayment (purchase_id, placed_at)
        SELECT id, placed_at FROM fresh WHERE state = 'awaiting_payment';
    ELSE
        over := ARRAY(SELECT id FROM fresh WHERE state <> 'awaiting_payment');
        DELETE FROM orders_awaitingpayment WHERE purchase_id = ANY (over);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_purchase_begins_to_await AFTER INSERT ON orders_purchase
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION orders_follow_awaiting();
CREATE TRIGGER orders_purchase_ceases_to_await AFTER UPDATE ON orders_purchase
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION orders_follow_awaiting();

-- Foreign keys of the timeline are checked a statement at a time, and purchases and orders are for ever.
CREATE FUNCTION orders_check_event() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    purchases bigint[] := ARRAY(SELECT DISTINCT purchase_id FROM fresh);
    orders bigint[] := ARRAY(SELECT DISTINCT order_id FROM fresh WHERE order_id IS NOT NULL);
BEGIN
    IF (SELECT count(*) FROM orders_purchase WHERE id = ANY (purchases)) <> cardinality(purchases)
        OR (SELECT count(*) FROM orders_order WHERE id = ANY (orders)) <> cardinality(orders) THEN
        RAISE EXCEPTION 'an event belongs to a purchase and perhaps an order' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_event_is_of_something AFTER INSERT ON orders_event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION orders_check_event();

CREATE FUNCTION orders_refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept for ever', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER orders_purchase_stays BEFORE DELETE ON orders_purchase
    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_deletion();
CREATE TRIGGER orders_order_stays BEFORE DELETE ON orders_order
    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_deletion();

-- Marks those of the purchases paid that await payment, with the timeline's sentence for each, and returns their ids.
-- Callers book the money in the same transaction.
CREATE FUNCTION orders_mark_paid(ids bigint[], moments timestamptz[], sentences text[]) RETURNS SETOF bigint
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    marked bigint[];
BEGIN
    PERFORM 1 FROM orders_purchase WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    WITH now_paid AS (
        UPDATE orders_purchase purchase SET state = 'paid', paid_at = told.moment
        FROM unnest(ids, moments) AS told(id, moment)
        WHERE purchase.id = told.id AND purchase.state = 'awaiting_payment'
        RETURNING purchase.id
    )
    SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO marked FROM now_paid;
    UPDATE orders_order SET state = 'awaiting_shipment'
    WHERE purchase_id = ANY (marked) AND state = 'awaiting_payment';
    INSERT INTO orders_event (purchase_id, at, kind, text)
    SELECT told.id, told.moment, 'paid', told.sentence
    FROM unnest(ids, moments, sentences) AS told(id, moment, sentence)
    WHERE told.id = ANY (marked) ORDER BY told.id;
    RETURN QUERY SELECT unnest(marked);
END $$;
"""

UNDO = """
DROP FUNCTION orders_mark_paid;
DROP TRIGGER orders_order_stays ON orders_order;
DROP TRIGGER orders_purchase_stays ON orders_purchase;
DROP TRIGGER orders_event_is_of_something ON orders_event;
DROP TRIGGER orders_purchase_ceases_to_await ON orders_purchase;
DROP TRIGGER orders_purchase_begins_to_await ON orders_purchase;
DROP FUNCTION orders_refuse_deletion, orders_check_event, orders_follow_awaiting;
ALTER TABLE orders_order RESET (fillfactor);
ALTER TABLE orders_purchase RESET (fillfactor);
CREATE INDEX orders_purchase_number_3ec2b3ee_like ON orders_purchase (number varchar_pattern_ops);
CREATE INDEX orders_purchase_reference_f31083f0_like ON orders_purchase (reference varchar_pattern_ops);
CREATE INDEX orders_order_number_abc9e0f2_like ON orders_order (number varchar_pattern_ops);
"""

AWAITING_NOW = """
INSERT INTO orders_awaitingpayment (purchase_id, placed_at)
SELECT id, placed_at FROM orders_purchase WHERE state = 'awaiting_payment';
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="AwaitingPayment",
            fields=[
                ("purchase", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="awaiting", serialize=False, to="orders.purchase")),
                ("placed_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL(AWAITING_NOW, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="purchase", name="purchase_unpaid"),
        migrations.AlterField(
            model_name="event",
            name="order",
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="orders.order"),
        ),
        migrations.AlterField(
            model_name="event",
            name="purchase",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="orders.purchase"),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="buyer",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="purchases", to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunSQL(MARKING, UNDO),
    ]
