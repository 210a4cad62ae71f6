"""A key by which a program places a checkout once, however often it asks and from however many checkouts."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_checkout_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            "checkout",
            "place_key",
            models.CharField(
                db_default="", help_text="By which a program knows its wish to place this again.", max_length=80
            ),
        ),
        migrations.AddConstraint(
            "checkout",
            models.UniqueConstraint(
                condition=~models.Q(place_key=""), fields=("buyer", "place_key"), name="checkout_place_key"
            ),
        ),
    ]
