"""The hash chain: its blocks, append-only as the entries they seal, and the order in which entries are sealed."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]
    operations = [
        migrations.CreateModel(
            name="Block",
            fields=[
                ("number", models.BigIntegerField(help_text="1, 2, 3 and so on, without gaps.", primary_key=True, serialize=False)),
                ("previous_hash", models.CharField(help_text="Unique, so the chain never forks.", max_length=64, unique=True)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("sealed_at", models.DateTimeField()),
                ("entry_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("seals", models.BinaryField(help_text="One seal after another, in the order of entry_ids.")),
                ("accounts", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), help_text="How each account that these entries touch was described.", size=None)),
                ("sealed_to_transaction", models.BigIntegerField(help_text="Database transaction that made the last of the entries.")),
                ("sealed_to_entry", models.BigIntegerField(help_text="Id of the last of the entries.")),
                ("after_entry", models.BigIntegerField(default=0, help_text="Above 0 once restored from a dump: transactions are counted anew for entries after it.")),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="ledger_block_numbers_from_one")],
            },
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["made_in", "id"], name="ledger_entry_made_in"),
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER ledger_block_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_block
                FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
            """,
            "DROP TRIGGER ledger_block_is_append_only ON ledger_block",
        ),
    ]
