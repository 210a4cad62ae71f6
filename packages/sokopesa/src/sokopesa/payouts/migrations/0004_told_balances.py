"""What M-PESA told of the accounts that pay, point by point."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_receipts")]
    operations = [
        migrations.CreateModel(
            name="ToldBalance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(help_text="As M-PESA calls it.", max_length=60)),
                ("cents", models.BigIntegerField()),
                ("told_at", models.DateTimeField(help_text="When that was so, by M-PESA's clock.")),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="told", to="payouts.payer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("payer", "account", "told_at"), name="balance_told_of_a_moment")
                ]
            },
        ),
    ]
