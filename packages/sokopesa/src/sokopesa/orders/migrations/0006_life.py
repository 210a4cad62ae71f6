"""The life of an order after payment: states and their moves, deadlines, overlays, and what a payment leaves to do."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

STATES = [
    ("awaiting_payment", "Awaiting payment"),
    ("awaiting_shipment", "Awaiting shipment"),
    ("partly_shipped", "Partly shipped"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("completed", "Completed"),
    ("refunded", "Refunded"),
    ("lapsed", "Not paid in time"),
    ("cancelled", "Cancelled"),
]
KINDS = [
    ("ship", "Ship"),
    ("answer_cancel", "Answer the request to cancel"),
    ("answer_ship_time", "Answer the seller's request for time"),
    ("deliver", "Deliver"),
    ("protection", "Confirm, or open a dispute"),
    ("answer_protection", "Answer the request for longer protection"),
    ("answer_dispute", "Answer the dispute"),
    ("answer_offer", "Agree, or ask the market to decide"),
    ("send_back", "Send the goods back"),
    ("take_back", "Confirm that the goods came back"),
    ("rule", "Rule on the dispute"),
    ("appeal", "Appeal against the ruling"),
]
OWNERS = [
    ("buyer", "the buyer"),
    ("seller", "the seller"),
    ("either", "buyer or seller"),
    ("carrier", "the courier"),
    ("market", "the market"),
]

GUARDS = """
-- A payment moves what awaits payment by the thousand; only other moves are looked at, one by one.
CREATE FUNCTION orders_check_order_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('awaiting_shipment', 'partly_shipped'), ('awaiting_shipment', 'shipped'), ('awaiting_shipment', 'cancelled'),
        ('partly_shipped', 'shipped'), ('partly_shipped', 'refunded'),
        ('shipped', 'delivered'), ('shipped', 'completed'), ('shipped', 'refunded'),
        ('delivered', 'completed'), ('delivered', 'refunded'),
        ('lapsed', 'awaiting_shipment'), ('cancelled', 'awaiting_shipment')
    ) THEN
        RAISE EXCEPTION 'an order that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state IN ('lapsed', 'cancelled') AND NEW.refunded_cents > 0 THEN
        RAISE EXCEPTION 'an order whose money was given back is not revived' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_order_moves BEFORE UPDATE OF state ON orders_order FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND NOT (
        OLD.state = 'awaiting_payment' AND NEW.state IN ('awaiting_shipment', 'lapsed', 'cancelled')
    )) EXECUTE FUNCTION orders_check_order_move();

-- What is given back stays given back.
CREATE FUNCTION orders_check_refunded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was given back of an order grows only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER orders_order_refunded_grows BEFORE UPDATE OF refunded_cents ON orders_order FOR EACH ROW
    WHEN (NEW.refunded_cents < OLD.refunded_cents) EXECUTE FUNCTION orders_check_refunded();

-- As before, and what is paid leaves a row for whoever starts its deadlines.
CREATE OR REPLACE FUNCTION orders_follow_awaiting() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    over bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO orders_awaitingpayment (purchase_id, placed_at)
        SELECT id, placed_at FROM fresh WHERE state = 'awaiting_payment';
    ELSE
        over := ARRAY(SELECT id FROM fresh WHERE state <> 'awaiting_payment');
        DELETE FROM orders_awaitingpayment WHERE purchase_id = ANY (over);
        INSERT INTO orders_newlypaid (purchase_id) SELECT id FROM fresh WHERE state = 'paid'
        ON CONFLICT (purchase_id) DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION orders_follow_awaiting() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
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
DROP TRIGGER orders_order_refunded_grows ON orders_order;
DROP TRIGGER orders_order_moves ON orders_order;
DROP FUNCTION orders_check_refunded, orders_check_order_move;
"""

PAID_BEFORE = """
INSERT INTO orders_newlypaid (purchase_id) SELECT id FROM orders_purchase WHERE state = 'paid';
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_reference_tail"), ("people", "0003_seller_members")]
    operations = [
        migrations.CreateModel(
            name="NewlyPaid",
            fields=[
                ("purchase", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="+", serialize=False, to="orders.purchase")),
            ],
        ),
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=20)),
                ("subject", models.BigIntegerField(db_default=0)),
                ("owner", models.CharField(choices=OWNERS, max_length=8)),
                ("due_at", models.DateTimeField()),
                ("reminded", models.PositiveSmallIntegerField(db_default=0, help_text="How many reminders were sent.")),
                ("order", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="clocks", to="orders.order")),
                ("seller", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.seller")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["due_at", "id"], name="clock_due"),
                    models.Index(fields=["seller", "kind", "due_at"], name="clock_of_seller"),
                ],
                "constraints": [models.UniqueConstraint(fields=("order", "kind", "subject"), name="clock_once")],
            },
        ),
        migrations.AlterField("order", "state", models.CharField(choices=STATES, default="awaiting_payment", max_length=20)),
        migrations.AddField("order", "handling_days", models.PositiveSmallIntegerField(db_default=3, help_text="Business days from payment within which the seller ships.")),
        migrations.AddField("order", "shipping_name", models.CharField(db_default="", max_length=60)),
        migrations.AddField("order", "is_tracked", models.BooleanField(db_default=False)),
        migrations.AddField("order", "shipped_at", models.DateTimeField(help_text="When the last parcel left.", null=True)),
        migrations.AddField("order", "delivered_at", models.DateTimeField(help_text="When the last parcel came, or the buyer confirmed.", null=True)),
        migrations.AddField("order", "completed_at", models.DateTimeField(null=True)),
        migrations.AddField("order", "refunded_cents", models.BigIntegerField(db_default=0)),
        migrations.AddField("order", "cancel_asked", models.BooleanField(db_default=False)),
        migrations.AddField("order", "disputed", models.BooleanField(db_default=False)),
        migrations.AddField("order", "ship_time_asked", models.BooleanField(db_default=False)),
        migrations.AddField("order", "protection_asked", models.BooleanField(db_default=False)),
        migrations.AddField("orderline", "shipped_quantity", models.PositiveSmallIntegerField(db_default=0)),
        migrations.AddField("orderline", "cancelled_quantity", models.PositiveSmallIntegerField(db_default=0)),
        migrations.AddField("event", "by", models.CharField(db_default="", help_text="buyer, seller, carrier, market, or nobody in particular.", max_length=8)),
        migrations.AddConstraint(
            "order",
            models.CheckConstraint(
                name="order_refunded_within_total",
                condition=Q(refunded_cents__gte=0, refunded_cents__lte=F("total_cents")),
            ),
        ),
        migrations.AddConstraint(
            "order",
            models.CheckConstraint(
                name="order_times",
                condition=(~Q(state__in=["shipped", "delivered", "completed"]) | Q(shipped_at__isnull=False))
                & (~Q(state="delivered") | Q(delivered_at__isnull=False))
                & (~Q(state="completed") | Q(completed_at__isnull=False)),
            ),
        ),
        migrations.AddConstraint(
            "order",
            models.CheckConstraint(
                name="order_refunded_whole", condition=~Q(state="refunded") | Q(refunded_cents=F("total_cents"))
            ),
        ),
        migrations.AddConstraint(
            "orderline",
            models.CheckConstraint(
                name="order_line_pieces_go_once",
                condition=Q(
                    shipped_quantity__gte=0,
                    cancelled_quantity__gte=0,
                    quantity__gte=F("shipped_quantity") + F("cancelled_quantity"),
                ),
            ),
        ),
        migrations.RunSQL(GUARDS, UNDO),
        migrations.RunSQL(PAID_BEFORE, migrations.RunSQL.noop),
    ]
