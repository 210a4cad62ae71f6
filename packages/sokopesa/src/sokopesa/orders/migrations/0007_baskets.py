"""Baskets, and checkouts of many lines and parcels. What an open checkout was about becomes its one line."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CARRY_OVER = """
INSERT INTO orders_checkoutline (checkout_id, offer_id, quantity)
SELECT id, offer_id, quantity FROM orders_checkout WHERE purchase_id IS NULL AND quantity <= 20;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_variants"),
        ("orders", "0006_life"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Basket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("changed_at", models.DateTimeField()),
                ("buyer", models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="basket", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="BasketItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveSmallIntegerField()),
                ("seen_unit_cents", models.BigIntegerField()),
                ("added_at", models.DateTimeField()),
                ("basket", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="items", to="orders.basket")),
                ("method", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="catalog.shippingmethod")),
                ("offer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.offer")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("basket", "offer"), name="basket_item_once"),
                    models.CheckConstraint(condition=models.Q(quantity__gte=1, quantity__lte=20), name="basket_item_pieces"),
                    models.CheckConstraint(condition=models.Q(seen_unit_cents__gt=0), name="basket_item_price"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckoutLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveSmallIntegerField()),
                ("checkout", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.checkout")),
                ("offer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.offer")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("checkout", "offer"), name="checkout_line_once"),
                    models.CheckConstraint(condition=models.Q(quantity__gte=1, quantity__lte=20), name="checkout_line_pieces"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckoutParcel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checkout", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="parcels", to="orders.checkout")),
                ("method", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.shippingmethod")),
                ("profile", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.shippingprofile")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("checkout", "profile"), name="checkout_parcel_once")]},
        ),
        migrations.AddField("checkout", "from_basket", models.BooleanField(db_default=False)),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
    ]
