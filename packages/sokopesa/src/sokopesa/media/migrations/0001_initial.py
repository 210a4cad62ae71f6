"""Files that people send. What one is never changes once it was looked at."""

import django.db.models.deletion
import sokopesa.kernel.ids
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE FUNCTION media_guard_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.state, NEW.received_size) <> ('receiving', 0) THEN
            RAISE EXCEPTION 'an upload begins with nothing received' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.owner_id, OLD.purpose, OLD.name, OLD.declared_size, OLD.created_at)
        IS DISTINCT FROM (NEW.id, NEW.owner_id, NEW.purpose, NEW.name, NEW.declared_size, NEW.created_at)
    THEN
        RAISE EXCEPTION 'upload % stays what it was announced as', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'receiving' THEN
        IF NEW.received_size < OLD.received_size THEN
            RAISE EXCEPTION 'what upload % has received stays', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    -- Ready or refused, it may only be kept longer, or for good.
    IF (OLD.received_size, OLD.state, OLD.kind, OLD.content_type, OLD.sha256, OLD.size, OLD.refused_why)
        IS DISTINCT FROM
       (NEW.received_size, NEW.state, NEW.kind, NEW.content_type, NEW.sha256, NEW.size, NEW.refused_why)
    THEN
        RAISE EXCEPTION 'upload % is % and stays as it is', OLD.id, OLD.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER media_upload_is_guarded BEFORE INSERT OR UPDATE ON media_upload
    FOR EACH ROW EXECUTE FUNCTION media_guard_upload();
"""

UNDO = """
DROP TRIGGER media_upload_is_guarded ON media_upload;
DROP FUNCTION media_guard_upload;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=sokopesa.kernel.ids.time_ordered_uuid, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('evidence', 'Evidence in a dispute'), ('chat', 'A message')], max_length=8)),
                ('name', models.CharField(max_length=100)),
                ('declared_size', models.PositiveIntegerField()),
                ('received_size', models.PositiveIntegerField(default=0)),
                ('state', models.CharField(choices=[('receiving', 'On its way'), ('ready', 'Ready'), ('refused', 'Refused')], default='receiving', max_length=9)),
                ('kind', models.CharField(blank=True, choices=[('image', 'Photo'), ('video', 'Video'), ('pdf', 'PDF')], default='', max_length=5)),
                ('content_type', models.CharField(blank=True, default='', help_text='Of what we keep.', max_length=20)),
                ('sha256', models.CharField(blank=True, default='', help_text='Of what we keep, in hexadecimal.', max_length=64)),
                ('size', models.PositiveIntegerField(default=0, help_text='Of what we keep.')),
                ('refused_why', models.CharField(blank=True, default='', help_text='As its owner is told.', max_length=200)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='Deleted from then on unless something refers to it; empty once something was seen to.', null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='upload_expires'), models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['owner'], name='upload_unused')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['receiving', 'ready', 'refused'])), name='upload_state_is_known'), models.CheckConstraint(condition=models.Q(('purpose__in', ['evidence', 'chat'])), name='upload_purpose_is_known'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='upload_has_a_name'), models.CheckConstraint(condition=models.Q(('declared_size__gt', 0), ('declared_size__lte', 31457280)), name='upload_size_within_limits'), models.CheckConstraint(condition=models.Q(('received_size__lte', models.F('declared_size'))), name='upload_received_no_more_than_declared'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(('received_size', models.F('declared_size')), ('sha256__regex', '^[0-9a-f]{64}$'), ('size__gt', 0), ('kind__in', ['image', 'video', 'pdf']), models.Q(('content_type', ''), _negated=True)), _connector='OR'), name='upload_ready_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), models.Q(('refused_why', ''), _negated=True)), models.Q(models.Q(('state', 'refused'), _negated=True), ('refused_why', '')), _connector='OR'), name='upload_refused_says_why')],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
