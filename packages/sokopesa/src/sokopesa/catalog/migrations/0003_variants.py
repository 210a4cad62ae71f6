"""Goods come in variants, and are sent by shipping profiles with methods to choose from.

What an offer said of its shipping becomes a profile with one method. One business day of the old estimate becomes the
handling, so that nobody is promised a parcel much earlier or later than before. There is no way back once offers exist.
"""

import django.db.models.deletion
from django.db import migrations, models

CURRENCIES = [("KES", "Kenyan shilling"), ("USD", "US dollar")]
DAY_RULES = [("calendar", "days"), ("business", "business days")]

CARRY_OVER = """
INSERT INTO catalog_variant (product_id, name, options, picture, position)
SELECT id, '', '[]', '', 0 FROM catalog_product ORDER BY id;

CREATE TEMPORARY TABLE terms ON COMMIT DROP AS
SELECT seller_id, ships_from, ships_from_country, currency, shipping_minor, min_days, max_days, day_rule,
    row_number() OVER (PARTITION BY seller_id ORDER BY count(*) DESC, min(id)) AS place
FROM catalog_offer
GROUP BY seller_id, ships_from, ships_from_country, currency, shipping_minor, min_days, max_days, day_rule;

INSERT INTO catalog_shippingprofile (seller_id, name, ships_from, ships_from_country, handling_days, currency)
SELECT seller_id, CASE place WHEN 1 THEN 'Standard' ELSE 'Standard ' || place END, ships_from, ships_from_country, 1,
    currency
FROM terms ORDER BY seller_id, place;

ALTER TABLE terms ADD profile_id bigint;
UPDATE terms SET profile_id = profile.id FROM catalog_shippingprofile AS profile
WHERE profile.seller_id = terms.seller_id
    AND profile.name = CASE place WHEN 1 THEN 'Standard' ELSE 'Standard ' || place END;

INSERT INTO catalog_shippingmethod (
    profile_id, name, cost_minor, currency, min_days, max_days, day_rule, is_tracked, to_po_box, is_live, position)
SELECT profile_id, 'Standard delivery', shipping_minor, currency, greatest(min_days - 1, 0),
    least(greatest(max_days - 1, 0), 120), day_rule, false, true, true, 0
FROM terms ORDER BY profile_id;

UPDATE catalog_offer AS offer SET variant_id = variant.id, profile_id = terms.profile_id
FROM catalog_variant AS variant, terms
WHERE variant.product_id = offer.product_id
    AND (terms.seller_id, terms.ships_from, terms.ships_from_country, terms.currency, terms.shipping_minor,
        terms.min_days, terms.max_days, terms.day_rule)
    = (offer.seller_id, offer.ships_from, offer.ships_from_country, offer.currency, offer.shipping_minor,
        offer.min_days, offer.max_days, offer.day_rule);

-- The tables are altered next, which PostgreSQL refuses while foreign keys wait to be checked.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""

TIE = """
ALTER TABLE catalog_offer
    ADD CONSTRAINT offer_variant_of_its_product FOREIGN KEY (variant_id, product_id)
        REFERENCES catalog_variant (id, product_id),
    ADD CONSTRAINT offer_profile_of_its_seller FOREIGN KEY (profile_id, seller_id, currency)
        REFERENCES catalog_shippingprofile (id, seller_id, currency);
ALTER TABLE catalog_shippingmethod
    ADD CONSTRAINT method_in_its_profiles_currency FOREIGN KEY (profile_id, currency)
        REFERENCES catalog_shippingprofile (id, currency);
"""

UNTIE = """
ALTER TABLE catalog_shippingmethod DROP CONSTRAINT method_in_its_profiles_currency;
ALTER TABLE catalog_offer
    DROP CONSTRAINT offer_profile_of_its_seller,
    DROP CONSTRAINT offer_variant_of_its_product;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("catalog", "0002_rate_source")]

    operations = [
        migrations.CreateModel(
            name="Variant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, default="", max_length=80)),
                ("options", models.JSONField(blank=True, default=list)),
                ("picture", models.CharField(blank=True, default="", max_length=120)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="variants", to="catalog.product"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=["product", "name"], name="variant_once_per_product"),
                    models.UniqueConstraint(fields=["id", "product"], name="variant_and_product"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShippingProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("ships_from", models.CharField(max_length=60)),
                ("ships_from_country", models.CharField(max_length=2)),
                ("handling_days", models.PositiveSmallIntegerField(default=3)),
                ("currency", models.CharField(choices=CURRENCIES, default="KES", max_length=3)),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shipping_profiles",
                        to="people.seller",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=["seller", "name"], name="profile_once_per_seller"),
                    models.UniqueConstraint(fields=["id", "currency"], name="profile_and_currency"),
                    models.UniqueConstraint(fields=["id", "seller", "currency"], name="profile_and_seller"),
                    models.CheckConstraint(condition=~models.Q(name=""), name="profile_has_a_name"),
                    models.CheckConstraint(
                        condition=models.Q(handling_days__gte=1, handling_days__lte=20), name="profile_handling_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(currency__in=["KES", "USD"]), name="profile_currency_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(ships_from_country__regex="^[A-Z]{2}$") & ~models.Q(ships_from=""),
                        name="profile_origin_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShippingMethod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("cost_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(choices=CURRENCIES, default="KES", max_length=3)),
                ("min_days", models.PositiveSmallIntegerField()),
                ("max_days", models.PositiveSmallIntegerField()),
                ("day_rule", models.CharField(choices=DAY_RULES, max_length=8)),
                ("is_tracked", models.BooleanField(default=False)),
                ("to_po_box", models.BooleanField(default=False)),
                ("is_live", models.BooleanField(default=True)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="methods",
                        to="catalog.shippingprofile",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=["profile", "name"], name="method_once_per_profile"),
                    models.CheckConstraint(condition=~models.Q(name=""), name="method_has_a_name"),
                    models.CheckConstraint(condition=models.Q(cost_minor__gte=0), name="method_cost_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(max_days__gte=models.F("min_days"), max_days__lte=120),
                        name="method_window",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(day_rule__in=["calendar", "business"]), name="method_day_rule_known"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="offer",
            name="variant",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="catalog.variant",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="profile",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="catalog.shippingprofile",
            ),
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="offer",
            name="variant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="catalog.variant"
            ),
        ),
        migrations.AlterField(
            model_name="offer",
            name="profile",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="catalog.shippingprofile"
            ),
        ),
        migrations.RemoveConstraint(model_name="offer", name="offer_once_per_seller"),
        migrations.RemoveConstraint(model_name="offer", name="offer_shipping_not_negative"),
        migrations.RemoveConstraint(model_name="offer", name="offer_delivery_window"),
        migrations.RemoveConstraint(model_name="offer", name="offer_day_rule_known"),
        migrations.RemoveConstraint(model_name="offer", name="offer_origin_known"),
        migrations.RemoveField(model_name="offer", name="shipping_minor"),
        migrations.RemoveField(model_name="offer", name="ships_from"),
        migrations.RemoveField(model_name="offer", name="ships_from_country"),
        migrations.RemoveField(model_name="offer", name="min_days"),
        migrations.RemoveField(model_name="offer", name="max_days"),
        migrations.RemoveField(model_name="offer", name="day_rule"),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(fields=["variant", "seller"], name="offer_once_per_seller"),
        ),
        migrations.RunSQL(TIE, UNTIE),
    ]
