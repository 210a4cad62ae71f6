"""What M-PESA's statements say: whole imports and their lines, which stay as they came."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION reconciliation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what M-PESA stated is not changed or deleted' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER reconciliation_statementimport_stays BEFORE UPDATE OR DELETE OR TRUNCATE
    ON reconciliation_statementimport FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER reconciliation_statementline_stays BEFORE UPDATE OR DELETE OR TRUNCATE
    ON reconciliation_statementline FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();

-- A line is of its import's account. A foreign key would ask for each row of millions.
CREATE FUNCTION reconciliation_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT statement_import_id, shortcode, account FROM fresh) AS named
        WHERE NOT EXISTS (
            SELECT FROM reconciliation_statementimport AS whole
            WHERE whole.id = named.statement_import_id
                AND (whole.shortcode, whole.account) = (named.shortcode, named.account)
        )
    ) THEN
        RAISE EXCEPTION 'a line of a statement is not of its account' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reconciliation_statementline_is_of_its_import AFTER INSERT ON reconciliation_statementline
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_check_lines();
"""

UNDO = """
DROP TRIGGER reconciliation_statementline_is_of_its_import ON reconciliation_statementline;
DROP TRIGGER reconciliation_statementline_stays ON reconciliation_statementline;
DROP TRIGGER reconciliation_statementimport_stays ON reconciliation_statementimport;
DROP FUNCTION reconciliation_check_lines, reconciliation_refuse_change;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='StatementImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shortcode', models.CharField(max_length=7)),
                ('account', models.CharField(choices=[('utility', 'Utility Account'), ('working', 'Working Account'), ('charges', 'Charges Paid Account'), ('merchant', 'Merchant Account'), ('float', 'Float Account'), ('settlement', 'Organization Settlement Account'), ('pulled', 'Pulled transactions')], max_length=10)),
                ('source', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'Excel'), ('pull', "M-PESA's list")], max_length=4)),
                ('file_name', models.CharField(blank=True, default='', max_length=200)),
                ('sha256', models.CharField(blank=True, default='', help_text='Of the file, in hexadecimal.', max_length=64)),
                ('period_from', models.DateTimeField(help_text='The first second that it tells of.')),
                ('period_until', models.DateTimeField(help_text='The last second that it tells of.')),
                ('opening_cents', models.BigIntegerField(null=True)),
                ('closing_cents', models.BigIntegerField(null=True)),
                ('line_count', models.PositiveIntegerField()),
                ('known_count', models.PositiveIntegerField(default=0)),
                ('passed_over', models.PositiveIntegerField(default=0)),
                ('break_count', models.PositiveIntegerField(default=0)),
                ('imported_at', models.DateTimeField()),
                ('imported_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='StatementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line_number', models.PositiveIntegerField(help_text="In the file, counted from 1; in M-PESA's list, its place.")),
                ('shortcode', models.CharField(max_length=7)),
                ('account', models.CharField(choices=[('utility', 'Utility Account'), ('working', 'Working Account'), ('charges', 'Charges Paid Account'), ('merchant', 'Merchant Account'), ('float', 'Float Account'), ('settlement', 'Organization Settlement Account'), ('pulled', 'Pulled transactions')], max_length=10)),
                ('receipt', models.CharField(db_collation='C', max_length=16)),
                ('reason', models.CharField(db_collation='C', help_text="M-PESA's Reason Type: Pay Bill, …", max_length=80)),
                ('occurrence', models.PositiveSmallIntegerField(default=1)),
                ('completed_at', models.DateTimeField(help_text="By M-PESA's clock, to the second.")),
                ('initiated_at', models.DateTimeField()),
                ('paid_in_cents', models.BigIntegerField()),
                ('withdrawn_cents', models.BigIntegerField()),
                ('balance_cents', models.BigIntegerField(null=True)),
                ('details', models.CharField(blank=True, max_length=300)),
                ('other_party', models.CharField(blank=True, help_text='As it was told, often masked.', max_length=200)),
                ('msisdn', models.CharField(blank=True, help_text="The other party's; empty where M-PESA hid it.", max_length=12)),
                ('linked', models.CharField(blank=True, max_length=16)),
                ('reference', models.CharField(blank=True, help_text='The account number as the payer typed it.', max_length=80)),
                ('statement_import', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='reconciliation.statementimport')),
            ],
        ),
        migrations.AddIndex(
            model_name='statementimport',
            index=models.Index(fields=['shortcode', 'account', 'period_from'], name='statement_by_period'),
        ),
        migrations.AddConstraint(
            model_name='statementimport',
            constraint=models.UniqueConstraint(condition=models.Q(('sha256', ''), _negated=True), fields=('shortcode', 'account', 'sha256'), name='statement_taken_in_once'),
        ),
        migrations.AddConstraint(
            model_name='statementimport',
            constraint=models.CheckConstraint(condition=models.Q(('shortcode__regex', '^[0-9]{5,7}$')), name='statement_shortcode'),
        ),
        migrations.AddConstraint(
            model_name='statementimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__in', ['utility', 'working', 'charges', 'merchant', 'float', 'settlement']), ('source__in', ['csv', 'xlsx'])), models.Q(('account', 'pulled'), ('source', 'pull')), _connector='OR'), name='statement_account_is_known'),
        ),
        migrations.AddConstraint(
            model_name='statementimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sha256', ''), ('source', 'pull')), models.Q(models.Q(('file_name', ''), _negated=True), ('sha256__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='statement_file_is_known'),
        ),
        migrations.AddConstraint(
            model_name='statementimport',
            constraint=models.CheckConstraint(condition=models.Q(('period_until__gte', models.F('period_from'))), name='statement_period'),
        ),
        migrations.AddConstraint(
            model_name='statementimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closing_cents', None), ('opening_cents', None)), models.Q(('closing_cents__isnull', False), ('opening_cents__isnull', False)), _connector='OR'), name='statement_opens_as_it_closes'),
        ),
        migrations.AddIndex(
            model_name='statementline',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['statement_import', 'completed_at'], name='statement_line_when', pages_per_range=32),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.UniqueConstraint(fields=('receipt', 'shortcode', 'account', 'reason', 'occurrence'), name='statement_line_once'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid_in_cents__gte', 0), ('withdrawn_cents', 0)), models.Q(('paid_in_cents', 0), ('withdrawn_cents__gt', 0)), _connector='OR'), name='statement_line_one_direction'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('receipt', ''), _negated=True), models.Q(('reason', ''), _negated=True), ('occurrence__gte', 1)), name='statement_line_says_what'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account', 'pulled'), ('balance_cents', None)), models.Q(models.Q(('account', 'pulled'), _negated=True), models.Q(('balance_cents', None), _negated=True)), _connector='OR'), name='statement_line_has_a_balance'),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
