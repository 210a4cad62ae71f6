"""Questions to M-PESA are paced for all workers together, and receipts that doubtful messages named are enquired about."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_releases")]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("kind", models.CharField(choices=[("query", "How a prompt ended"), ("list", "The list of payments"), ("status", "What became of a receipt")], max_length=8, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
                ("taken", models.BigIntegerField(default=0, help_text="Turns that were taken, ever.")),
            ],
        ),
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("receipt", models.CharField(max_length=10)),
                ("token_digest", models.BinaryField(null=True, unique=True)),
                ("asked", models.PositiveSmallIntegerField(default=0)),
                ("next_ask_at", models.DateTimeField(null=True)),
                ("prompt", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="enquiries", to="payments.prompt")),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("next_ask_at", None), _negated=True), fields=["next_ask_at"], name="enquiry_to_ask")],
                "constraints": [
                    models.UniqueConstraint(fields=("prompt", "receipt"), name="enquiry_once"),
                    models.CheckConstraint(condition=models.Q(("receipt__regex", "^[0-9A-Z]{10}$")), name="enquiry_receipt"),
                ],
            },
        ),
        migrations.AlterField(
            model_name="receipt",
            name="learned_from",
            field=models.CharField(choices=[("callback", "the prompt's callback"), ("confirmation", "a paybill confirmation"), ("pull", "pulled transactions"), ("status", "a transaction's status")], max_length=12),
        ),
        migrations.AlterField(
            model_name="inboxmessage",
            name="kind",
            field=models.CharField(choices=[("stk", "How a prompt ended"), ("confirmation", "A payment to the paybill, by prompt or by hand"), ("result", "The status of a transaction that we enquired about")], default="stk", max_length=12),
        ),
    ]
