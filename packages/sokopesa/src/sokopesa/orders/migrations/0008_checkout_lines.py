"""What a checkout is about stands in its lines alone. There is no way back once checkouts exist."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_baskets")]
    operations = [
        migrations.RemoveConstraint("checkout", "checkout_of_something"),
        migrations.RemoveField("checkout", "offer"),
        migrations.RemoveField("checkout", "quantity"),
    ]
