"""Questions about receipts that customers' money came with; and old questions are found by their age, to be purged."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payouts", "0002_telling")]
    operations = [
        migrations.AddField(
            model_name="question",
            name="receipt",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
        migrations.AddIndex(
            model_name="question",
            index=models.Index(fields=["asked_at"], name="question_by_age"),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("transfer", None), ("receipt", ""), _connector="OR"),
                name="question_about_one_thing",
            ),
        ),
    ]
