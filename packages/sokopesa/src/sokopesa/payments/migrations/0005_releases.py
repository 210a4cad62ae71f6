"""Releases of money without a home by two people, and the indexes by which operators look."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
-- What was proposed stays as it was; what is decided is never decided again; approving means that the money has moved.
CREATE FUNCTION payments_guard_release() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    home bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a release is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    SELECT purchase_id INTO home FROM payments_receipt WHERE code = NEW.receipt_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a release begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        IF home IS NOT NULL THEN
            RAISE EXCEPTION 'receipt % has a home already', NEW.receipt_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'release % is decided already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.id, OLD.receipt_id, OLD.kind, OLD.purchase_id, OLD.unplaced, OLD.reason, OLD.maker_id, OLD.proposed_at)
        IS DISTINCT FROM
       (NEW.id, NEW.receipt_id, NEW.kind, NEW.purchase_id, NEW.unplaced, NEW.reason, NEW.maker_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'what release % proposes is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'approved' AND home IS DISTINCT FROM NEW.purchase_id THEN
        RAISE EXCEPTION 'release % is approved, but its receipt is elsewhere', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payments_release_is_guarded BEFORE INSERT OR UPDATE OR DELETE ON payments_release
    FOR EACH ROW EXECUTE FUNCTION payments_guard_release();
"""

UNDO = """
DROP TRIGGER payments_release_is_guarded ON payments_release;
DROP FUNCTION payments_guard_release;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_reference_tail'),
        ('payments', '0004_purging'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('place', 'Pay an order with it'), ('refund', 'Send it back to the payer')], max_length=6)),
                ('unplaced', models.CharField(help_text='Why the money had no home when this was proposed.', max_length=120)),
                ('reason', models.CharField(help_text="Why it belongs there, in the maker's words.", max_length=300)),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('proposed', 'Waits for a second person'), ('approved', 'Approved'), ('refused', 'Refused')], default='proposed', max_length=8)),
                ('decided_at', models.DateTimeField(null=True)),
                ('remark', models.CharField(blank=True, default='', help_text='Why it was refused.', max_length=300)),
            ],
        ),
        migrations.AddIndex(
            model_name='inboxmessage',
            index=models.Index(condition=models.Q(('verdict__in', ['', 'paid', 'ended', 'repeated']), _negated=True), fields=['verdict', 'id'], name='inbox_out_of_the_ordinary'),
        ),
        migrations.AddIndex(
            model_name='inboxmessage',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['received_at'], name='inbox_received', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='prompt',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['ended_at'], name='prompt_ended', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(condition=models.Q(('purchase', None)), fields=['paid_at', 'code'], name='receipt_without_home'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['learned_at'], name='receipt_learned', pages_per_range=32),
        ),
        migrations.AddField(
            model_name='release',
            name='decider',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='release',
            name='maker',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='release',
            name='purchase',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='orders.purchase'),
        ),
        migrations.AddField(
            model_name='release',
            name='receipt',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='payments.receipt'),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(condition=models.Q(('state', 'proposed')), fields=['id'], name='release_to_decide'),
        ),
        migrations.AddIndex(
            model_name='release',
            index=models.Index(condition=models.Q(('state', 'proposed'), _negated=True), fields=['-decided_at'], name='release_decided'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'approved'])), fields=('receipt',), name='release_one_of_a_receipt'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.CheckConstraint(condition=models.Q(('decider', None), models.Q(('decider', models.F('maker')), _negated=True), _connector='OR'), name='release_by_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'place'), ('purchase__isnull', False)), models.Q(('kind', 'refund'), ('purchase', None)), _connector='OR'), name='release_goes_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('unplaced', ''), _negated=True)), name='release_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decider', None), ('remark', ''), ('state', 'proposed')), models.Q(('decided_at__isnull', False), ('decider__isnull', False), ('remark', ''), ('state', 'approved')), models.Q(('decided_at__isnull', False), ('decider__isnull', False), ('state', 'refused'), models.Q(('remark', ''), _negated=True)), _connector='OR'), name='release_is_decided_by_somebody'),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
