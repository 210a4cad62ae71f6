"""Who acts for a shop, and a group of staff that rules on disputes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PERMISSIONS = {
    "see_desk": "See the operators' desk",
    "release_money": "Propose and approve where unmatched money goes",
    "rule_disputes": "Rule on disputes between buyers and sellers",
}


def make_mediators(apps, schema_editor):
    user_type = apps.get_model("contenttypes", "ContentType").objects.get(app_label="people", model="user")
    permissions = apps.get_model("auth", "Permission").objects
    rule, _ = permissions.get_or_create(
        codename="rule_disputes", content_type=user_type, defaults={"name": PERMISSIONS["rule_disputes"]}
    )
    see = permissions.get(codename="see_desk", content_type=user_type)
    apps.get_model("auth", "Group").objects.get_or_create(name="mediator")[0].permissions.set([see, rule])


def remove_mediators(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name="mediator").delete()


class Migration(migrations.Migration):
    dependencies = [("people", "0002_staff_groups")]
    operations = [
        migrations.AlterModelOptions(name="user", options={"permissions": list(PERMISSIONS.items())}),
        migrations.CreateModel(
            name="SellerMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seller", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="members", to="people.seller")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name="sellermember",
            constraint=models.UniqueConstraint(fields=("seller", "user"), name="member_once"),
        ),
        migrations.RunPython(make_mediators, remove_mediators),
    ]
