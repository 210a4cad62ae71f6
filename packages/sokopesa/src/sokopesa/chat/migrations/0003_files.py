"""Photos, videos and PDFs with a message: their author's own, ready, as many as the message says, and for good."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

GUARDS = """
CREATE FUNCTION chat_check_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM chat_message JOIN media_upload ON media_upload.owner_id = chat_message.author_id
        WHERE chat_message.id = NEW.message_id AND media_upload.id = NEW.upload_id
          AND media_upload.state = 'ready' AND media_upload.purpose = 'chat' AND NEW.position < chat_message.file_count
    ) THEN
        RAISE EXCEPTION 'file % does not belong to message %', NEW.upload_id, NEW.message_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER chat_messagefile_is_its_authors BEFORE INSERT ON chat_messagefile
    FOR EACH ROW EXECUTE FUNCTION chat_check_file();
CREATE TRIGGER chat_messagefile_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON chat_messagefile
    FOR EACH STATEMENT EXECUTE FUNCTION chat_refuse_change();

-- At the commit a message has all the files that it counts; more have no place.
CREATE FUNCTION chat_check_file_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM chat_messagefile WHERE message_id = NEW.id) <> NEW.file_count THEN
        RAISE EXCEPTION 'message % lacks files', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER chat_message_has_its_files AFTER INSERT ON chat_message
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.file_count > 0) EXECUTE FUNCTION chat_check_file_count();
"""

UNDO = """
DROP TRIGGER chat_message_has_its_files ON chat_message;
DROP TRIGGER chat_messagefile_stays ON chat_messagefile;
DROP TRIGGER chat_messagefile_is_its_authors ON chat_messagefile;
DROP FUNCTION chat_check_file_count, chat_check_file;
"""


class Migration(migrations.Migration):
    dependencies = [("chat", "0002_guards"), ("media", "0001_initial")]

    operations = [
        migrations.AddField("message", "file_count", models.PositiveSmallIntegerField(db_default=0)),
        migrations.RemoveConstraint("message", "message_says_something"),
        migrations.AddConstraint(
            "message",
            models.CheckConstraint(name="message_says_something", condition=~Q(text="") | Q(file_count__gt=0)),
        ),
        migrations.CreateModel(
            name="MessageFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="chat.message",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="media.upload"
                    ),
                ),
            ],
            options={"ordering": ["position"]},
        ),
        migrations.AddConstraint(
            "messagefile",
            models.UniqueConstraint(name="message_file_in_its_place", fields=["message", "position"]),
        ),
        migrations.AddConstraint(
            "messagefile", models.UniqueConstraint(name="message_file_once", fields=["message", "upload"])
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
