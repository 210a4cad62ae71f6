"""Accounts for what ties our books to M-PESA's: money between own accounts, the bank, goodwill and write-offs."""

from django.db import migrations

CHART = """
CREATE OR REPLACE FUNCTION ledger_describe(code text, OUT kind text, OUT guarded boolean)
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    CASE split_part(code, ':', 1)
        WHEN 'escrow', 'refunds', 'unmatched' THEN kind := 'liability'; guarded := true;
        WHEN 'seller' THEN kind := 'liability'; guarded := false;
        WHEN 'mpesa', 'in-transit', 'bank' THEN kind := 'asset'; guarded := false;
        WHEN 'commission' THEN kind := 'income'; guarded := false;
        WHEN 'mpesa-charges', 'goodwill', 'write-off' THEN kind := 'expense'; guarded := false;
        ELSE RAISE EXCEPTION 'the chart of accounts has no %', code USING ERRCODE = 'check_violation';
    END CASE;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION ledger_describe(code text, OUT kind text, OUT guarded boolean)
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    CASE split_part(code, ':', 1)
        WHEN 'escrow', 'refunds', 'unmatched' THEN kind := 'liability'; guarded := true;
        WHEN 'seller' THEN kind := 'liability'; guarded := false;
        WHEN 'mpesa' THEN kind := 'asset'; guarded := false;
        WHEN 'commission' THEN kind := 'income'; guarded := false;
        WHEN 'mpesa-charges' THEN kind := 'expense'; guarded := false;
        ELSE RAISE EXCEPTION 'the chart of accounts has no %', code USING ERRCODE = 'check_violation';
    END CASE;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_booking")]
    operations = [migrations.RunSQL(CHART, UNDO)]
