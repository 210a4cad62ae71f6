"""Room beside each account for its next balance, so that a booking need not touch the indexes again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_tying_out")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE ledger_account SET (fillfactor = 50)", "ALTER TABLE ledger_account RESET (fillfactor)"
        )
    ]
