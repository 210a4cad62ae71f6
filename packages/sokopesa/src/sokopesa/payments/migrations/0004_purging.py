"""An index over the messages that are not kept for ever, and over no others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_crediting")]

    operations = [
        migrations.AddIndex(
            model_name="inboxmessage",
            index=models.Index(
                fields=["received_at"],
                name="inbox_to_purge",
                condition=models.Q(verdict__in=["stranger", "untrusted", "unreadable"], prompt=None),
            ),
        ),
    ]
