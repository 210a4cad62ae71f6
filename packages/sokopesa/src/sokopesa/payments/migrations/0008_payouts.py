"""Results of what we pay out come through the same door, and are claimed by another room."""

from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("stk", "How a prompt ended"),
    ("confirmation", "A payment to the paybill, by prompt or by hand"),
    ("result", "The status of a transaction that we enquired about"),
    ("payout", "What became of money that we paid out"),
]


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_language")]
    operations = [
        migrations.AlterField(
            "inboxmessage", "kind", models.CharField(choices=KINDS, default="stk", max_length=12)
        ),
        migrations.AddIndex(
            "inboxmessage",
            models.Index(fields=["id"], name="inbox_payouts", condition=Q(settled_at=None, kind="payout")),
        ),
    ]
