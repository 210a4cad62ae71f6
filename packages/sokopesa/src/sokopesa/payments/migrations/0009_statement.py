"""Payments that only M-PESA's statement told us of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_payouts")]
    operations = [
        migrations.AlterField(
            model_name="receipt",
            name="learned_from",
            field=models.CharField(
                choices=[
                    ("callback", "the prompt's callback"),
                    ("confirmation", "a paybill confirmation"),
                    ("pull", "pulled transactions"),
                    ("status", "a transaction's status"),
                    ("statement", "M-PESA's statement"),
                ],
                max_length=12,
            ),
        ),
    ]
