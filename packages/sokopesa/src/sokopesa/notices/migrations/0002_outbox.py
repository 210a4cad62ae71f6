"""The notice's row becomes its own place in the queue; other rooms' functions send by ``notices_send``."""

import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import Q

# The unique index that was there goes on under a name; only its twin for LIKE, which nobody asks, is dropped.
ONE_INDEX_ON_KEYS = """
ALTER TABLE notices_notice RENAME CONSTRAINT notices_notice_key_key TO notice_told_once;
DROP INDEX notices_notice_key_e6f8d5bc_like;
"""

TWO_INDEXES_ON_KEYS = """
ALTER TABLE notices_notice RENAME CONSTRAINT notice_told_once TO notices_notice_key_key;
CREATE INDEX notices_notice_key_e6f8d5bc_like ON notices_notice (key varchar_pattern_ops);
"""

# Background jobs carried notices until now. What they gave up stays given up; the rest is due.
QUEUE = """
UPDATE notices_notice SET next_try_at = created_at WHERE sent_at IS NULL AND attempts < 10;
DO $$
BEGIN
    IF to_regclass('procrastinate_jobs') IS NOT NULL THEN
        DELETE FROM procrastinate_jobs WHERE task_name = 'notices.deliver';
    END IF;
END $$;
"""

SEND = """
CREATE FUNCTION notices_send(keys text[], kinds text[], recipients text[], texts text[], urgent bool)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- In the order of their keys, so that two who tell of the same events wait for each other and never deadlock.
    INSERT INTO notices_notice (key, kind, "to", text, urgent, next_try_at, attempts, last_error)
    SELECT told.key, told.kind, told.recipient, told.words, notices_send.urgent, statement_timestamp(), 0, ''
    FROM unnest(keys, kinds, recipients, texts) AS told(key, kind, recipient, words)
    ORDER BY told.key
    ON CONFLICT (key) DO NOTHING;
    IF FOUND THEN
        PERFORM pg_notify('notices', '');
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        migrations.AddField("notice", "urgent", models.BooleanField(db_default=False)),
        migrations.AddField("notice", "next_try_at", models.DateTimeField(null=True)),
        migrations.RunSQL(QUEUE, migrations.RunSQL.noop),
        migrations.AddIndex(
            "notice",
            models.Index(fields=["urgent", "next_try_at"], name="notice_due", condition=Q(next_try_at__isnull=False)),
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(name="notice_sent_waits_no_more", condition=Q(sent_at=None) | Q(next_try_at=None)),
        ),
        migrations.AlterField(
            "notice",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="How often it was claimed to be sent."),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ONE_INDEX_ON_KEYS, TWO_INDEXES_ON_KEYS)],
            state_operations=[
                migrations.AlterField("notice", "key", models.CharField(max_length=96)),
                migrations.AddConstraint("notice", models.UniqueConstraint(name="notice_told_once", fields=["key"])),
            ],
        ),
        migrations.RunSQL(
            SEND, "DROP FUNCTION notices_send(text[], text[], text[], text[], bool)"
        ),
    ]
