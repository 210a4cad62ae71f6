"""Two groups of staff: support sees the desk; finance also proposes and approves where unmatched money goes."""

from django.db import migrations

PERMISSIONS = {
    "see_desk": "See the operators' desk",
    "release_money": "Propose and approve where unmatched money goes",
}
GROUPS = {"support": ["see_desk"], "finance": ["see_desk", "release_money"]}


def make_groups(apps, schema_editor):
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    groups = apps.get_model("auth", "Group").objects
    user_type, _ = content_types.get_or_create(app_label="people", model="user")
    made = {
        codename: permissions.get_or_create(codename=codename, content_type=user_type, defaults={"name": name})[0]
        for codename, name in PERMISSIONS.items()
    }
    for name, codenames in GROUPS.items():
        groups.get_or_create(name=name)[0].permissions.set([made[codename] for codename in codenames])


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.AlterModelOptions(name="user", options={"permissions": list(PERMISSIONS.items())}),
        migrations.RunPython(make_groups, remove_groups),
    ]
