"""By the tail of its reference a purchase is found although somebody mistyped the head."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_quote")]
    operations = [
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                django.db.models.functions.text.Right("reference", 5), name="purchase_reference_tail"
            ),
        ),
    ]
