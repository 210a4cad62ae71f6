"""Questions to M-PESA are paced for all workers together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_purging")]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("kind", models.CharField(choices=[("query", "How a prompt ended"), ("list", "The list of payments")], max_length=8, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
                ("taken", models.BigIntegerField(default=0, help_text="Turns that were taken, ever.")),
            ],
        ),
    ]
