"""Refunds of orders that were paid for: cancelled, not shipped in time, disputed."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

CAUSES = [
    ("further_payment", "Paid again"),
    ("late_payment", "Paid too late"),
    ("cancelled_payment", "Paid after cancelling"),
    ("over_payment", "Paid too much"),
    ("under_payment", "Paid too little"),
    ("unknown_account", "Paid to an unknown account number"),
    ("cancelled_order", "Cancelled"),
    ("unshipped", "Not shipped in time"),
    ("dispute", "Refunded after a dispute"),
]

GUARDS = """
DROP TRIGGER refunds_refund_stays_as_it_was ON refunds_refund;
CREATE TRIGGER refunds_refund_stays_as_it_was
    BEFORE UPDATE OF id, number, key, cause, purchase_id, order_id, receipt, received_cents, amount_cents, owed_at
    ON refunds_refund FOR EACH STATEMENT EXECUTE FUNCTION refunds_refuse_change();
"""

UNDO = """
DROP TRIGGER refunds_refund_stays_as_it_was ON refunds_refund;
CREATE TRIGGER refunds_refund_stays_as_it_was
    BEFORE UPDATE OF id, number, key, cause, purchase_id, receipt, received_cents, amount_cents, owed_at
    ON refunds_refund FOR EACH STATEMENT EXECUTE FUNCTION refunds_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0003_reviving"), ("orders", "0006_life")]
    operations = [
        migrations.AddField(
            "refund",
            "order",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="orders.order"),
        ),
        migrations.AlterField("refund", "cause", models.CharField(choices=CAUSES, max_length=20)),
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
                | Q(cause="unknown_account", purchase=None, order=None),
            ),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
