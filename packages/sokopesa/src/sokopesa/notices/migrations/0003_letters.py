"""E-mails wait in an outbox of their own, posted by ``notices_post``; people say what they want to be told, and how."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

GROUPS = ["codes", "money", "orders", "cancelling", "disputes", "deadlines", "selling", "messages"]

POST = """
CREATE FUNCTION notices_post(
    keys text[], kinds text[], recipients text[], subjects text[], texts text[], urgent bool
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- As in notices_send: in the order of their keys, so that two who tell of the same events never deadlock.
    INSERT INTO notices_letter (key, kind, "to", subject, text, urgent, next_try_at, attempts, last_error)
    SELECT told.key, told.kind, told.recipient, told.subject, told.words, notices_post.urgent, statement_timestamp(), 0, ''
    FROM unnest(keys, kinds, recipients, subjects, texts) AS told(key, kind, recipient, subject, words)
    ORDER BY told.key
    ON CONFLICT (key) DO NOTHING;
    IF FOUND THEN
        PERFORM pg_notify('letters', '');
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("notices", "0002_outbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=96)),
                ("kind", models.CharField(max_length=32)),
                ("urgent", models.BooleanField(db_default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("next_try_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(default=0, help_text="How often it was claimed to be sent."),
                ),
                ("last_error", models.CharField(blank=True, default="", max_length=200)),
                ("to", models.CharField(max_length=254)),
                ("subject", models.CharField(max_length=120)),
                ("text", models.CharField(max_length=4000)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["urgent", "next_try_at"], name="letter_due", condition=Q(next_try_at__isnull=False)
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(name="letter_told_once", fields=["key"]),
                    models.CheckConstraint(
                        name="letter_to_one_address", condition=Q(to__regex=r"^[^\s@,;<>]+@[^\s@,;<>]+$")
                    ),
                    models.CheckConstraint(name="letter_subject_is_a_line", condition=Q(subject__regex=r"^[^\r\n]+$")),
                    models.CheckConstraint(name="letter_says_something", condition=~Q(text="")),
                    models.CheckConstraint(
                        name="letter_sent_waits_no_more", condition=Q(sent_at=None) | Q(next_try_at=None)
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_group", models.CharField(choices=[(group, group) for group in GROUPS], max_length=16)),
                ("sms", models.BooleanField(default=True)),
                ("email", models.BooleanField(default=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notice_preferences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="preference_once_for_a_group", fields=["user", "event_group"]),
                    models.CheckConstraint(name="preference_for_a_group", condition=Q(event_group__in=GROUPS)),
                    models.CheckConstraint(
                        name="preference_cannot_silence_money",
                        condition=~Q(event_group__in=["codes", "money"]) | Q(sms=True),
                    ),
                ]
            },
        ),
        migrations.RunSQL(POST, "DROP FUNCTION notices_post(text[], text[], text[], text[], text[], bool)"),
    ]
