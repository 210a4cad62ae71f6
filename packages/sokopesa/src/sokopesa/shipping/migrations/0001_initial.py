"""Parcels, what couriers say of them, and requests for more time. What left stays written as it left."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

TRACKING_KINDS = [
    ("accepted", "Handed to the courier"),
    ("in_transit", "On its way"),
    ("customs", "With customs"),
    ("out_for_delivery", "Out for delivery"),
    ("delivered", "Delivered"),
    ("returned", "Going back to the sender"),
    ("lost", "Lost"),
]
EXTENSION_KINDS = [("ship_time", "More time to ship"), ("protection", "Longer protection")]
EXTENSION_STATES = [
    ("asked", "Waits for an answer"),
    ("granted", "Granted"),
    ("refused", "Refused"),
    ("unanswered", "Not answered in time"),
    ("settled", "No longer needed"),
]

GUARDS = """
CREATE FUNCTION shipping_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was shipped, scanned or agreed is not changed or deleted' USING ERRCODE = 'check_violation';
END $$;

-- A parcel stays what left; that it was delivered is added once.
CREATE TRIGGER shipping_shipment_stays_as_it_left
    BEFORE UPDATE OF id, order_id, carrier, tracking_number, shipped_at, shipped_by_id, key
    ON shipping_shipment FOR EACH STATEMENT EXECUTE FUNCTION shipping_refuse_change();
CREATE TRIGGER shipping_shipment_is_delivered_once BEFORE UPDATE OF delivered_at ON shipping_shipment
    FOR EACH ROW WHEN (OLD.delivered_at IS NOT NULL AND OLD.delivered_at IS DISTINCT FROM NEW.delivered_at)
    EXECUTE FUNCTION shipping_refuse_change();
CREATE TRIGGER shipping_shipment_stays BEFORE DELETE OR TRUNCATE ON shipping_shipment
    FOR EACH STATEMENT EXECUTE FUNCTION shipping_refuse_change();
CREATE TRIGGER shipping_shipmentline_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON shipping_shipmentline
    FOR EACH STATEMENT EXECUTE FUNCTION shipping_refuse_change();

-- An event whose parcel nobody had registered finds it once.
CREATE TRIGGER shipping_trackingevent_stays_as_it_was
    BEFORE UPDATE OF id, carrier, tracking_number, at, learned_at, kind, place, text, key
    ON shipping_trackingevent FOR EACH STATEMENT EXECUTE FUNCTION shipping_refuse_change();
CREATE TRIGGER shipping_trackingevent_finds_its_parcel_once BEFORE UPDATE OF shipment_id ON shipping_trackingevent
    FOR EACH ROW WHEN (OLD.shipment_id IS NOT NULL) EXECUTE FUNCTION shipping_refuse_change();
CREATE TRIGGER shipping_trackingevent_stays BEFORE DELETE OR TRUNCATE ON shipping_trackingevent
    FOR EACH STATEMENT EXECUTE FUNCTION shipping_refuse_change();

CREATE TRIGGER shipping_extension_stays_as_it_was
    BEFORE UPDATE OF id, order_id, kind, days, why, asked_by_id, asked_at
    ON shipping_extension FOR EACH STATEMENT EXECUTE FUNCTION shipping_refuse_change();
CREATE TRIGGER shipping_extension_is_decided_once BEFORE UPDATE ON shipping_extension
    FOR EACH ROW WHEN (OLD.state <> 'asked') EXECUTE FUNCTION shipping_refuse_change();
CREATE TRIGGER shipping_extension_stays BEFORE DELETE OR TRUNCATE ON shipping_extension
    FOR EACH STATEMENT EXECUTE FUNCTION shipping_refuse_change();

-- A parcel holds pieces of its own order, and of a line no more than the line says was shipped.
CREATE FUNCTION shipping_check_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    packed bigint;
    line orders_orderline;
    parcel_order bigint;
BEGIN
    SELECT * INTO line FROM orders_orderline WHERE id = NEW.line_id;
    SELECT order_id INTO parcel_order FROM shipping_shipment WHERE id = NEW.shipment_id;
    IF line.order_id IS DISTINCT FROM parcel_order THEN
        RAISE EXCEPTION 'line % is of another order than its parcel', NEW.line_id USING ERRCODE = 'check_violation';
    END IF;
    SELECT sum(quantity) INTO packed FROM shipping_shipmentline WHERE line_id = NEW.line_id;
    IF packed <> line.shipped_quantity THEN
        RAISE EXCEPTION 'line % says that % were shipped, its parcels say %', NEW.line_id, line.shipped_quantity, packed
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER shipping_shipmentline_fits AFTER INSERT ON shipping_shipmentline
    FOR EACH ROW EXECUTE FUNCTION shipping_check_line();
"""

UNDO = """
DROP TRIGGER shipping_shipmentline_fits ON shipping_shipmentline;
DROP FUNCTION shipping_check_line;
DROP TRIGGER shipping_extension_stays ON shipping_extension;
DROP TRIGGER shipping_extension_is_decided_once ON shipping_extension;
DROP TRIGGER shipping_extension_stays_as_it_was ON shipping_extension;
DROP TRIGGER shipping_trackingevent_stays ON shipping_trackingevent;
DROP TRIGGER shipping_trackingevent_finds_its_parcel_once ON shipping_trackingevent;
DROP TRIGGER shipping_trackingevent_stays_as_it_was ON shipping_trackingevent;
DROP TRIGGER shipping_shipmentline_stays ON shipping_shipmentline;
DROP TRIGGER shipping_shipment_stays ON shipping_shipment;
DROP TRIGGER shipping_shipment_is_delivered_once ON shipping_shipment;
DROP TRIGGER shipping_shipment_stays_as_it_left ON shipping_shipment;
DROP FUNCTION shipping_refuse_change;
"""


def _id():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _to(model, related_name, **options):
    return models.ForeignKey(to=model, related_name=related_name, on_delete=django.db.models.deletion.PROTECT, **options)


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("orders", "0006_life"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", _id()),
                ("name", models.CharField(max_length=200, unique=True)),
                ("cursor", models.CharField(blank=True, max_length=500)),
                ("read_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Shipment",
            fields=[
                ("id", _id()),
                ("carrier", models.CharField(blank=True, help_text="Empty where the seller named none.", max_length=40)),
                ("tracking_number", models.CharField(blank=True, help_text="Capitals and digits, without spaces.", max_length=40)),
                ("shipped_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(null=True)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("order", _to("orders.order", "shipments")),
                ("shipped_by", _to(settings.AUTH_USER_MODEL, "+")),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        name="shipment_tracked_once",
                        fields=("tracking_number", "carrier"),
                        condition=~Q(tracking_number=""),
                    ),
                    models.CheckConstraint(
                        name="shipment_tracking_number",
                        condition=Q(tracking_number="")
                        | (Q(tracking_number__regex=r"^[A-Z0-9]{5,40}$") & ~Q(carrier="")),
                    ),
                    models.CheckConstraint(
                        name="shipment_delivered_after_shipping",
                        condition=Q(delivered_at=None) | Q(delivered_at__gte=F("shipped_at")),
                    ),
                    models.CheckConstraint(name="shipment_has_a_key", condition=~Q(key="")),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShipmentLine",
            fields=[
                ("id", _id()),
                ("quantity", models.PositiveSmallIntegerField()),
                ("line", _to("orders.orderline", "shipped")),
                ("shipment", _to("shipping.shipment", "lines")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="shipment_line_once", fields=("shipment", "line")),
                    models.CheckConstraint(name="shipment_line_of_something", condition=Q(quantity__gte=1)),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackingEvent",
            fields=[
                ("id", _id()),
                ("carrier", models.CharField(blank=True, max_length=40)),
                ("tracking_number", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("learned_at", models.DateTimeField()),
                ("kind", models.CharField(choices=TRACKING_KINDS, max_length=16)),
                ("place", models.CharField(blank=True, max_length=80)),
                ("text", models.CharField(blank=True, max_length=200)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("shipment", _to("shipping.shipment", "events", null=True)),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [
                    models.Index(fields=["tracking_number"], name="tracking_of_nobodys", condition=Q(shipment=None)),
                ],
                "constraints": [
                    models.CheckConstraint(
                        name="tracking_event_says_something",
                        condition=~Q(tracking_number="")
                        & ~Q(key="")
                        & Q(
                            kind__in=[
                                "accepted",
                                "in_transit",
                                "customs",
                                "out_for_delivery",
                                "delivered",
                                "returned",
                                "lost",
                            ]
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", _id()),
                ("kind", models.CharField(choices=EXTENSION_KINDS, max_length=12)),
                ("days", models.PositiveSmallIntegerField()),
                ("why", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("state", models.CharField(choices=EXTENSION_STATES, default="asked", max_length=12)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", _to(settings.AUTH_USER_MODEL, "+", null=True)),
                ("asked_by", _to(settings.AUTH_USER_MODEL, "+")),
                ("order", _to("orders.order", "extensions")),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        name="extension_asked_once", fields=("order", "kind"), condition=Q(state="asked")
                    ),
                    models.CheckConstraint(name="extension_days", condition=Q(days__gte=1, days__lte=30)),
                    models.CheckConstraint(
                        name="extension_is_decided_at_a_time",
                        condition=Q(state="asked", answered_at=None, answered_by=None)
                        | Q(state__in=["granted", "refused"], answered_at__isnull=False, answered_by__isnull=False)
                        | Q(state__in=["unanswered", "settled"], answered_at__isnull=False, answered_by=None),
                    ),
                    models.CheckConstraint(
                        name="extension_kind_is_known", condition=Q(kind__in=["ship_time", "protection"])
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
