"""Goodwill begins as ready to be paid, for nobody confirms it; and what we add to refunds that M-PESA pays out no more."""

from django.db import migrations, models
from django.db.models import F, Q

BEGINNING = """
CREATE OR REPLACE FUNCTION refunds_check_beginning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> (CASE NEW.cause WHEN 'goodwill' THEN 'reconciled' ELSE 'owed' END) OR NEW.topped_up_cents <> 0 THEN
        RAISE EXCEPTION 'a refund for % does not begin as %', NEW.cause, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.promised_from <= (NEW.owed_at AT TIME ZONE 'Africa/Nairobi')::date THEN
        RAISE EXCEPTION 'a refund is promised for a later day than it is owed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION refunds_check_beginning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'owed' THEN
        RAISE EXCEPTION 'a refund begins as owed, not as %', NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.promised_from <= (NEW.owed_at AT TIME ZONE 'Africa/Nairobi')::date THEN
        RAISE EXCEPTION 'a refund is promised for a later day than it is owed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0005_way_back")]
    operations = [
        migrations.AddField(
            "refund",
            "topped_up_cents",
            models.BigIntegerField(
                db_default=0, help_text="What we add, by four eyes, because M-PESA pays out no less than KES 10."
            ),
        ),
        migrations.AlterField(
            "refund",
            "reconciled_from",
            models.CharField(
                blank=True,
                choices=[
                    ("statement", "the statement"),
                    ("list", "M-PESA's list"),
                    ("status", "the transaction's status"),
                    ("ours", "nothing: it is our own money"),
                ],
                default="",
                help_text="Which record of M-PESA's shows the payment.",
                max_length=9,
            ),
        ),
        migrations.RemoveConstraint("refund", "refund_cause_is_known"),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_cause_is_known",
                condition=Q(
                    cause__in=["further_payment", "late_payment", "cancelled_payment", "over_payment", "under_payment"],
                    purchase__isnull=False,
                    order=None,
                )
                | Q(
                    cause__in=["cancelled_order", "unshipped", "dispute"],
                    purchase__isnull=False,
                    order__isnull=False,
                )
                | Q(cause="goodwill", purchase__isnull=False, order=None)
                | Q(cause="unknown_account", purchase=None, order=None),
            ),
        ),
        migrations.RemoveConstraint("refund", "refund_reconciled_before_it_leaves"),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_reconciled_before_it_leaves",
                condition=(
                    ~Q(cause="goodwill")
                    & (
                        Q(state__in=["owed", "used"])
                        | Q(reconciled_at__isnull=False, reconciled_from__in=["statement", "list", "status"])
                    )
                )
                | (
                    Q(cause="goodwill", reconciled_at__isnull=False, reconciled_from="ours")
                    & ~Q(state__in=["owed", "used"])
                ),
            ),
        ),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_topped_up_to_the_least",
                condition=Q(topped_up_cents=0)
                | Q(topped_up_cents__gte=100, topped_up_cents=1000 - F("amount_cents")),
            ),
        ),
        migrations.RunSQL(BEGINNING, UNDO),
    ]
