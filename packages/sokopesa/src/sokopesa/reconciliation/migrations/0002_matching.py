"""What we make of M-PESA's statements: verdicts, discrepancies, resolutions by two people, and closed days."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

GUARDS = """
-- The receipt that an entry is about: in its key, or in its memo.
CREATE FUNCTION reconciliation_receipt(key text, memo text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT coalesce(
        (regexp_match(split_part(key, ':', 2), '^[A-Z]{2}[0-9A-Z]{8}$'))[1],
        (regexp_match(memo, '\\m[A-Z]{2}[0-9A-Z]{8}\\M'))[1],
        ''
    )
$$;

-- Entries are written in the order in which we learn of them, which is nearly that in which money moved; so little tells
-- where a day's are.
CREATE INDEX ledger_entry_happened ON ledger_entry USING brin (happened_at) WITH (pages_per_range = 32);

-- Which payments M-PESA took back.
CREATE INDEX reconciliation_statementline_reversal ON reconciliation_statementline (linked)
    WHERE linked <> '' AND withdrawn_cents > 0 AND reason ILIKE '%reversal%';

CREATE FUNCTION reconciliation_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was judged, said or decided is not changed or deleted: % on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER reconciliation_verdict_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_verdict
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_rewriting();
CREATE TRIGGER reconciliation_note_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_note
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_rewriting();
CREATE TRIGGER reconciliation_reading_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_reading
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_rewriting();
CREATE TRIGGER reconciliation_discrepancy_is_kept BEFORE DELETE OR TRUNCATE ON reconciliation_discrepancy
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_rewriting();
CREATE TRIGGER reconciliation_resolution_is_kept BEFORE DELETE OR TRUNCATE ON reconciliation_resolution
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_rewriting();
CREATE TRIGGER reconciliation_dayclose_is_kept BEFORE DELETE OR TRUNCATE ON reconciliation_dayclose
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_rewriting();

-- What was found stays as it was found; what has ended has ended; only two people resolve.
CREATE FUNCTION reconciliation_guard_discrepancy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.key, OLD.code, OLD.line_id, OLD.posting, OLD.entry, OLD.receipt, OLD.refund_id, OLD.amount_cents,
            OLD.effect_cents, OLD.happened_at, OLD.evidence, OLD.opened_at)
        IS DISTINCT FROM
       (NEW.key, NEW.code, NEW.line_id, NEW.posting, NEW.entry, NEW.receipt, NEW.refund_id, NEW.amount_cents,
            NEW.effect_cents, NEW.happened_at, NEW.evidence, NEW.opened_at)
    THEN
        RAISE EXCEPTION 'what discrepancy % found is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'open' AND (OLD.state, OLD.kind, OLD.ended_at, OLD.ended_by)
        IS DISTINCT FROM (NEW.state, NEW.kind, NEW.ended_at, NEW.ended_by) THEN
        RAISE EXCEPTION 'discrepancy % has ended', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'open' AND NEW.state = 'resolved' AND NOT EXISTS (
        SELECT FROM reconciliation_resolution WHERE discrepancy_id = NEW.id AND state = 'approved'
    ) THEN
        RAISE EXCEPTION 'discrepancy % was resolved by nobody', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_discrepancy_is_guarded BEFORE UPDATE ON reconciliation_discrepancy
    FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_discrepancy();

-- As with releases: what was proposed stays, what is decided is decided once, by somebody else.
CREATE FUNCTION reconciliation_guard_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a resolution begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'resolution % is decided already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.discrepancy_id, OLD.how, OLD.against, OLD.amount_cents, OLD.reason, OLD.maker_id, OLD.proposed_at)
        IS DISTINCT FROM
       (NEW.discrepancy_id, NEW.how, NEW.against, NEW.amount_cents, NEW.reason, NEW.maker_id, NEW.proposed_at)
    THEN
        RAISE EXCEPTION 'what resolution % proposes is not changed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'approved' AND NEW.entry_key <> ''
        AND NOT EXISTS (SELECT FROM ledger_entry WHERE key = NEW.entry_key) THEN
        RAISE EXCEPTION 'resolution % is approved, but nothing is booked', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_resolution_is_guarded BEFORE INSERT OR UPDATE ON reconciliation_resolution
    FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_resolution();

-- Days are closed one after another, and a closed day gets nothing but its second signature, once.
CREATE FUNCTION reconciliation_guard_close() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last date;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT max(day) INTO last FROM reconciliation_dayclose WHERE code = NEW.code;
        IF last IS NOT NULL AND NEW.day <> last + 1 THEN
            RAISE EXCEPTION 'after % comes the close of %, not of %', last, last + 1, NEW.day
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.countersigned_by_id IS NOT NULL OR to_jsonb(OLD) - '{countersigned_by_id,countersigned_at}'::text[]
        <> to_jsonb(NEW) - '{countersigned_by_id,countersigned_at}'::text[] THEN
        RAISE EXCEPTION 'the close of % is not changed', OLD.day USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_dayclose_is_guarded BEFORE INSERT OR UPDATE ON reconciliation_dayclose
    FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_close();
"""

UNDO = """
DROP TRIGGER reconciliation_dayclose_is_guarded ON reconciliation_dayclose;
DROP TRIGGER reconciliation_resolution_is_guarded ON reconciliation_resolution;
DROP TRIGGER reconciliation_discrepancy_is_guarded ON reconciliation_discrepancy;
DROP TRIGGER reconciliation_dayclose_is_kept ON reconciliation_dayclose;
DROP TRIGGER reconciliation_resolution_is_kept ON reconciliation_resolution;
DROP TRIGGER reconciliation_discrepancy_is_kept ON reconciliation_discrepancy;
DROP TRIGGER reconciliation_reading_stays ON reconciliation_reading;
DROP TRIGGER reconciliation_note_stays ON reconciliation_note;
DROP TRIGGER reconciliation_verdict_stays ON reconciliation_verdict;
DROP INDEX ledger_entry_happened, reconciliation_statementline_reversal;
DROP FUNCTION reconciliation_guard_close, reconciliation_guard_resolution, reconciliation_guard_discrepancy,
    reconciliation_refuse_rewriting, reconciliation_receipt;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('reconciliation', '0001_statements'),
        ('ledger', '0005_tying_out'),
        ('payouts', '0001_initial'),
        ('refunds', '0005_way_back'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Beginning',
            fields=[
                ('code', models.CharField(help_text='The account in our ledger.', max_length=64, primary_key=True, serialize=False)),
                ('shortcode', models.CharField(max_length=7)),
                ('account', models.CharField(choices=[('utility', 'Utility Account'), ('working', 'Working Account'), ('charges', 'Charges Paid Account'), ('merchant', 'Merchant Account'), ('float', 'Float Account'), ('settlement', 'Organization Settlement Account'), ('pulled', 'Pulled transactions')], max_length=10)),
                ('begins_at', models.DateTimeField()),
                ('balance_cents', models.BigIntegerField(help_text="M-PESA's, before the first line that is compared.")),
                ('booked_cents', models.BigIntegerField(help_text='Ours at that moment, once it was looked up.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('shortcode', 'account'), name='beginning_of_one_account')],
            },
        ),
        migrations.CreateModel(
            name='Discrepancy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='For instance line:17: why it exists, once.', max_length=96, unique=True)),
                ('kind', models.CharField(choices=[('missing_in_statement', "Not in M-PESA's statement"), ('missing_in_ledger', 'Not in our books'), ('amount_over', 'Our books say more'), ('amount_under', 'Our books say less'), ('duplicate_at_mpesa', "Twice in M-PESA's statement"), ('duplicate_in_ledger', 'Twice in our books'), ('unresolved_group', 'Several that do not add up'), ('wrong_reference', 'Another account number'), ('late', 'Much later or earlier than booked'), ('reversed', 'Taken back by M-PESA'), ('fee_difference', "Another charge than the tariff's"), ('forged_callback', 'Told by a message, and M-PESA knows nothing of it'), ('unknown_payout', 'A payment out whose end nobody knows'), ('unconfirmed_refund', 'A refund whose payment M-PESA shows otherwise'), ('opening', 'A balance from before the first statement'), ('statement_defect', "M-PESA's statement does not add up")], max_length=20)),
                ('code', models.CharField(help_text='The account in our ledger.', max_length=64)),
                ('posting', models.BigIntegerField(help_text='In our ledger.', null=True)),
                ('entry', models.BigIntegerField(null=True)),
                ('receipt', models.CharField(blank=True, db_collation='C', max_length=16)),
                ('amount_cents', models.BigIntegerField(help_text='What it is about; never negative.')),
                ('effect_cents', models.BigIntegerField(help_text='What it adds to books less statement.')),
                ('happened_at', models.DateTimeField(help_text="By M-PESA's clock, or ours where M-PESA knows nothing.")),
                ('evidence', models.CharField(help_text='What is known, in words.', max_length=300)),
                ('proposals', models.JSONField(default=list, help_text='What may explain it: {to, words, score}, best first.')),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'Open'), ('cleared', 'Explained by itself'), ('resolved', 'Resolved')], default='open', max_length=8)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.BigIntegerField(help_text='The note that tells of its end.', null=True)),
                ('line', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='discrepancies', to='reconciliation.statementline')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('refund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='refunds.refund')),
            ],
            options={
                'verbose_name_plural': 'discrepancies',
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('text', models.CharField(max_length=500)),
                ('by', models.ForeignKey(help_text='Empty: the market.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('discrepancy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='reconciliation.discrepancy')),
            ],
        ),
        migrations.CreateModel(
            name='Progress',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('entry', models.BigIntegerField(default=0, help_text='The last entry that was there.')),
                ('snapshot', models.TextField(default='1:1:', help_text="PostgreSQL's own word for what was committed by then.")),
                ('listed_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='progress_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read_at', models.DateTimeField()),
                ('statement_import', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reading', to='reconciliation.statementimport')),
            ],
        ),
        migrations.CreateModel(
            name='Resolution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('how', models.CharField(choices=[('allocate', 'It belongs to this account'), ('return', 'Send it back to the payer'), ('write_off', 'Write it off'), ('reclassify', 'Book it to another account of ours'), ('accept', 'It is as it is; nothing is booked')], max_length=10)),
                ('against', models.CharField(blank=True, help_text='The ledger account on the other side.', max_length=64)),
                ('amount_cents', models.BigIntegerField()),
                ('reason', models.CharField(max_length=300)),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('proposed', 'Waits for a second person'), ('approved', 'Approved'), ('refused', 'Refused')], default='proposed', max_length=8)),
                ('decided_at', models.DateTimeField(null=True)),
                ('remark', models.CharField(blank=True, default='', help_text='Why it was refused.', max_length=300)),
                ('entry_key', models.CharField(blank=True, default='', help_text='What approving booked.', max_length=96)),
                ('decider', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('discrepancy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resolutions', to='reconciliation.discrepancy')),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.BigIntegerField(null=True)),
                ('posting', models.BigIntegerField()),
                ('shape', models.CharField(choices=[('1:1', 'One line, one posting'), ('1:n', 'One line, several postings'), ('n:1', 'Several lines, one posting'), ('0:1', 'Set off by a resolution')], max_length=3)),
                ('how', models.CharField(choices=[('receipt', 'By its receipt'), ('reference', 'By the receipt that our entry names'), ('people', 'By two people')], max_length=9)),
                ('crosses', models.BooleanField(default=False, help_text='Whether line and posting are of different days in Nairobi.')),
                ('discrepancy', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reconciliation.discrepancy')),
            ],
        ),
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('posting', models.BigIntegerField(primary_key=True, serialize=False)),
                ('entry', models.BigIntegerField()),
                ('code', models.CharField(max_length=64)),
                ('key', models.CharField(max_length=96)),
                ('cents', models.BigIntegerField()),
                ('happened_at', models.DateTimeField()),
                ('receipt', models.CharField(blank=True, db_collation='C', help_text='That key or memo names.', max_length=16)),
            ],
            options={
                'indexes': [models.Index(fields=['code', 'happened_at'], name='waiting_by_time'), models.Index(condition=models.Q(('receipt', ''), _negated=True), fields=['receipt'], name='waiting_by_receipt')],
            },
        ),
        migrations.CreateModel(
            name='DayClose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64)),
                ('day', models.DateField(help_text='In Nairobi.')),
                ('opening_cents', models.BigIntegerField(help_text='By our books.')),
                ('in_cents', models.BigIntegerField()),
                ('out_cents', models.BigIntegerField()),
                ('closing_cents', models.BigIntegerField()),
                ('stated_opening_cents', models.BigIntegerField(help_text="By M-PESA's statement.")),
                ('stated_in_cents', models.BigIntegerField()),
                ('stated_out_cents', models.BigIntegerField()),
                ('stated_closing_cents', models.BigIntegerField()),
                ('items', models.JSONField(help_text='What is between them, each {kind, cents, receipt, words, discrepancy}.')),
                ('open_count', models.PositiveIntegerField(help_text='Discrepancies among the items.')),
                ('ledger_head', models.CharField(max_length=64)),
                ('files', models.JSONField(help_text="SHA-256 of the statement's files, by name.")),
                ('signed_at', models.DateTimeField()),
                ('countersigned_at', models.DateTimeField(null=True)),
                ('knew', models.JSONField(help_text='The last entry, verdict, discrepancy, note and reading, and the snapshot.')),
                ('countersigned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['-day'], name='close_by_day')],
                'constraints': [models.UniqueConstraint(fields=('code', 'day'), name='close_of_a_day_once'), models.CheckConstraint(condition=models.Q(models.Q(('countersigned_at', None), ('countersigned_by', None)), models.Q(('countersigned_at__isnull', False), models.Q(('countersigned_by', models.F('signed_by')), _negated=True)), _connector='OR'), name='close_by_four_eyes'), models.CheckConstraint(condition=models.Q(('closing_cents', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('opening_cents'), '+', models.F('in_cents')), '-', models.F('out_cents'))), ('in_cents__gte', 0), ('out_cents__gte', 0), ('stated_in_cents__gte', 0), ('stated_out_cents__gte', 0)), name='close_adds_up')],
            },
        ),
        migrations.AddIndex(
            model_name='discrepancy',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['opened_at', 'id'], name='discrepancy_open'),
        ),
        migrations.AddIndex(
            model_name='discrepancy',
            index=models.Index(condition=models.Q(('receipt', ''), _negated=True), fields=['receipt'], name='discrepancy_by_receipt'),
        ),
        migrations.AddIndex(
            model_name='discrepancy',
            index=models.Index(condition=models.Q(('posting', None), _negated=True), fields=['posting'], name='discrepancy_by_posting'),
        ),
        migrations.AddIndex(
            model_name='discrepancy',
            index=models.Index(condition=models.Q(('ended_by', None), _negated=True), fields=['ended_by'], name='discrepancy_by_end'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gte', 0)), name='discrepancy_amount'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['missing_in_statement', 'missing_in_ledger', 'amount_over', 'amount_under', 'duplicate_at_mpesa', 'duplicate_in_ledger', 'unresolved_group', 'wrong_reference', 'late', 'reversed', 'fee_difference', 'forged_callback', 'unknown_payout', 'unconfirmed_refund', 'opening', 'statement_defect'])), name='discrepancy_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='discrepancy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None), ('state', 'open')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('state__in', ['cleared', 'resolved'])), _connector='OR'), name='discrepancy_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='note_says_something'),
        ),
        migrations.AddIndex(
            model_name='resolution',
            index=models.Index(condition=models.Q(('state', 'proposed')), fields=['id'], name='resolution_to_decide'),
        ),
        migrations.AddConstraint(
            model_name='resolution',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'approved'])), fields=('discrepancy',), name='resolution_one_stands'),
        ),
        migrations.AddConstraint(
            model_name='resolution',
            constraint=models.CheckConstraint(condition=models.Q(('decider', None), models.Q(('decider', models.F('maker')), _negated=True), _connector='OR'), name='resolution_by_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='resolution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('against', ''), ('how__in', ['accept', 'return'])), models.Q(('how__in', ['allocate', 'write_off', 'reclassify']), models.Q(('against', ''), _negated=True)), _connector='OR'), name='resolution_books_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='resolution',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='resolution_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='resolution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decider', None), ('remark', ''), ('state', 'proposed')), models.Q(('decided_at__isnull', False), ('decider__isnull', False), ('remark', ''), ('state', 'approved')), models.Q(('decided_at__isnull', False), ('decider__isnull', False), ('state', 'refused'), models.Q(('remark', ''), _negated=True)), _connector='OR'), name='resolution_is_decided_by_somebody'),
        ),
        migrations.AddIndex(
            model_name='verdict',
            index=models.Index(condition=models.Q(('crosses', True)), fields=['id'], name='verdict_across_days'),
        ),
        migrations.AddIndex(
            model_name='verdict',
            index=models.Index(condition=models.Q(('shape', '1:n')), fields=['line'], name='verdict_of_split_lines'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.UniqueConstraint(fields=('posting', 'line'), name='verdict_line_and_posting'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.UniqueConstraint(condition=models.Q(('shape', '1:n'), _negated=True), fields=('line',), name='verdict_one_of_a_line'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.UniqueConstraint(condition=models.Q(('shape__in', ['1:n', '0:1'])), fields=('posting',), name='verdict_one_of_a_posting'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('discrepancy', None), ('line__isnull', False), ('shape__in', ['1:1', '1:n', 'n:1'])), models.Q(('discrepancy__isnull', False), ('shape', '0:1')), _connector='OR'), name='verdict_shape'),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
