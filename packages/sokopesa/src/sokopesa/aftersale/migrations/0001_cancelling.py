"""Requests to cancel paid orders: one at a time, never changed, answered once, never deleted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

STATES = [
    ("pending", "Waits for the seller"),
    ("approved", "Approved by the seller"),
    ("expired_approved", "Approved: the seller did not answer"),
    ("overdue", "Cancelled: delivery is over 30 days late"),
    ("refused", "Refused by the seller"),
    ("withdrawn", "Withdrawn by the buyer"),
    ("overtaken", "Ended by itself"),
]
REASONS = [
    ("changed_mind", "I changed my mind"),
    ("wrong_variant", "I chose the wrong size, colour or quantity"),
    ("wrong_address", "The delivery address is wrong"),
    ("duplicate_order", "I ordered it twice"),
    ("found_cheaper", "I found it cheaper"),
    ("delivery_too_long", "Delivery takes too long"),
    ("payment_problem", "Something went wrong with the payment"),
    ("levies_too_high", "Taxes or levies would be too high"),
    ("seller_out_of_stock", "The seller does not have it"),
    ("seller_price_change", "The seller wants more money"),
    ("seller_cannot_ship", "The seller cannot ship to my address"),
    ("seller_asked", "The seller asked me to cancel"),
    ("seller_no_reply", "The seller does not reply"),
    ("other", "Another reason"),
]

GUARDS = """
-- What was asked stays as it was, what is answered is never answered again, and nothing is deleted.
CREATE FUNCTION aftersale_guard_cancel_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a request to cancel is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' THEN
            RAISE EXCEPTION 'a request to cancel begins as pending, not as %', NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'pending' THEN
        RAISE EXCEPTION 'request % to cancel is answered already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.id, OLD.order_id, OLD.asked_by_id, OLD.reason, OLD.words, OLD.asked_at, OLD.answer_by) IS DISTINCT FROM
       (NEW.id, NEW.order_id, NEW.asked_by_id, NEW.reason, NEW.words, NEW.asked_at, NEW.answer_by) THEN
        RAISE EXCEPTION 'what request % to cancel asks for is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER aftersale_cancel_request_is_guarded BEFORE INSERT OR UPDATE OR DELETE ON aftersale_cancelrequest
    FOR EACH ROW EXECUTE FUNCTION aftersale_guard_cancel_request();

-- Its lines are of the same order, no more than was bought, and come with the request.
CREATE FUNCTION aftersale_guard_cancel_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'what a request to cancel asks for is not changed' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM aftersale_cancelrequest request
        JOIN orders_orderline line ON line.order_id = request.order_id
        WHERE request.id = NEW.request_id AND request.state = 'pending'
            AND line.id = NEW.line_id AND line.quantity >= NEW.quantity
    ) THEN
        RAISE EXCEPTION 'line % is not the order''s of request %, or has fewer pieces', NEW.line_id, NEW.request_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER aftersale_cancel_line_is_guarded BEFORE INSERT OR UPDATE OR DELETE ON aftersale_cancelline
    FOR EACH ROW EXECUTE FUNCTION aftersale_guard_cancel_line();
"""

UNDO = """
DROP TRIGGER aftersale_cancel_line_is_guarded ON aftersale_cancelline;
DROP TRIGGER aftersale_cancel_request_is_guarded ON aftersale_cancelrequest;
DROP FUNCTION aftersale_guard_cancel_line, aftersale_guard_cancel_request;
"""

ANSWERED = (
    Q(state="pending", answered_at=None, answered_by=None, answer_words="")
    | Q(state__in=["approved", "withdrawn"], answered_at__isnull=False, answered_by__isnull=False)
    | (Q(state="refused", answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer_words=""))
    | Q(state__in=["expired_approved", "overdue", "overtaken"], answered_at__isnull=False, answered_by=None)
)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("orders", "0006_life"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="CancelRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(choices=REASONS, max_length=20)),
                ("words", models.CharField(blank=True, default="", max_length=500)),
                ("state", models.CharField(choices=STATES, default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("answer_by", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer_words", models.CharField(blank=True, default="", max_length=500)),
                ("answered_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("order", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="cancel_requests", to="orders.order")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=Q(state="pending"), fields=("order",), name="cancel_request_one_pending"),
                    models.CheckConstraint(condition=Q(reason__in=[code for code, _ in REASONS]), name="cancel_request_reason"),
                    models.CheckConstraint(condition=~Q(reason="other") | ~Q(words=""), name="cancel_request_other_in_words"),
                    models.CheckConstraint(condition=Q(answer_by__gt=F("asked_at")), name="cancel_request_has_time"),
                    models.CheckConstraint(condition=ANSWERED, name="cancel_request_is_answered"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CancelLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveSmallIntegerField()),
                ("line", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline")),
                ("request", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="aftersale.cancelrequest")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("request", "line"), name="cancel_line_once"),
                    models.CheckConstraint(condition=Q(quantity__gte=1), name="cancel_line_of_pieces"),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
