"""When a person showed that they read what is sent to their e-mail address; nothing is sent there before."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("people", "0003_seller_members")]

    operations = [
        migrations.AddField("user", "email_confirmed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(
                name="user_confirmed_an_email", condition=Q(email_confirmed_at=None) | Q(email__isnull=False)
            ),
        ),
    ]
