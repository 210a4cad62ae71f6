"""Where sellers are paid, and the runs in which they are; nobody changes either afterwards, or skips a number."""

import django.db.models.deletion
import django.db.models.functions.math
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION settlements_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'where and how much sellers are paid is not changed or deleted' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER settlements_payee_stays_as_it_was
    BEFORE UPDATE OF id, seller_id, kind, number, reference, asked_by_id, asked_at ON settlements_payee
    FOR EACH STATEMENT EXECUTE FUNCTION settlements_refuse_change();
CREATE TRIGGER settlements_payee_stays BEFORE DELETE OR TRUNCATE ON settlements_payee
    FOR EACH STATEMENT EXECUTE FUNCTION settlements_refuse_change();
CREATE TRIGGER settlements_run_stays_as_it_was
    BEFORE UPDATE OF id, number, count, total_cents, maker_id, prepared_at ON settlements_run
    FOR EACH STATEMENT EXECUTE FUNCTION settlements_refuse_change();
CREATE TRIGGER settlements_run_stays BEFORE DELETE OR TRUNCATE ON settlements_run
    FOR EACH STATEMENT EXECUTE FUNCTION settlements_refuse_change();
CREATE TRIGGER settlements_settlement_stays_as_it_was
    BEFORE UPDATE OF id, number, run_id, seller_id, payee_id, balance_cents, amount_cents ON settlements_settlement
    FOR EACH STATEMENT EXECUTE FUNCTION settlements_refuse_change();
CREATE TRIGGER settlements_settlement_stays BEFORE DELETE OR TRUNCATE ON settlements_settlement
    FOR EACH STATEMENT EXECUTE FUNCTION settlements_refuse_change();

CREATE FUNCTION settlements_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_ARGV[0], OLD.state, NEW.state) NOT IN (
        ('payee', 'asked', 'current'), ('payee', 'asked', 'refused'), ('payee', 'current', 'replaced'),
        ('run', 'prepared', 'approved'), ('run', 'prepared', 'cancelled'), ('run', 'approved', 'done'),
        ('settlement', 'prepared', 'approved'), ('settlement', 'prepared', 'cancelled'),
        ('settlement', 'approved', 'paid'), ('settlement', 'approved', 'returned')
    ) THEN
        RAISE EXCEPTION 'a % that is % cannot become %', TG_ARGV[0], OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER settlements_payee_moves BEFORE UPDATE OF state ON settlements_payee
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION settlements_check_move('payee');
CREATE TRIGGER settlements_run_moves BEFORE UPDATE OF state ON settlements_run
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION settlements_check_move('run');
CREATE TRIGGER settlements_settlement_moves BEFORE UPDATE OF state ON settlements_settlement
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION settlements_check_move('settlement');

CREATE FUNCTION settlements_check_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM settlements_run) THEN
        RAISE EXCEPTION 'runs are numbered without gaps' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER settlements_run_numbered BEFORE INSERT ON settlements_run
    FOR EACH ROW EXECUTE FUNCTION settlements_check_number();
"""

UNDO = """
DROP TRIGGER settlements_run_numbered ON settlements_run;
DROP TRIGGER settlements_settlement_moves ON settlements_settlement;
DROP TRIGGER settlements_run_moves ON settlements_run;
DROP TRIGGER settlements_payee_moves ON settlements_payee;
DROP TRIGGER settlements_settlement_stays ON settlements_settlement;
DROP TRIGGER settlements_settlement_stays_as_it_was ON settlements_settlement;
DROP TRIGGER settlements_run_stays ON settlements_run;
DROP TRIGGER settlements_run_stays_as_it_was ON settlements_run;
DROP TRIGGER settlements_payee_stays ON settlements_payee;
DROP TRIGGER settlements_payee_stays_as_it_was ON settlements_payee;
DROP FUNCTION settlements_check_number, settlements_check_move, settlements_refuse_change;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('payouts', '0001_initial'),
        ('people', '0004_email_confirmed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Payee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('phone', 'M-PESA number'), ('paybill', 'Paybill'), ('till', 'Till (Buy Goods)')], max_length=7)),
                ('number', models.CharField(help_text='An MSISDN, or the shortcode of a paybill or till.', max_length=12)),
                ('reference', models.CharField(blank=True, default='', help_text='The account number of a paybill.', max_length=13)),
                ('state', models.CharField(choices=[('asked', 'Waits for approval'), ('current', 'In use'), ('refused', 'Refused'), ('replaced', 'Replaced')], default='asked', max_length=8)),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('remark', models.CharField(blank=True, default='', help_text='Why it was refused.', max_length=300)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payees', to='people.seller')),
            ],
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('state', models.CharField(choices=[('prepared', 'Waits for approval'), ('approved', 'Being paid'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='prepared', max_length=9)),
                ('count', models.PositiveIntegerField(help_text='How many sellers are paid.')),
                ('total_cents', models.BigIntegerField()),
                ('prepared_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('decider', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(help_text='What people read out.', max_length=11, unique=True)),
                ('balance_cents', models.BigIntegerField(help_text='What the seller had earned when the run was prepared.')),
                ('amount_cents', models.BigIntegerField()),
                ('state', models.CharField(choices=[('prepared', 'Waits for approval'), ('approved', 'On its way'), ('paid', 'Paid'), ('returned', 'Came back'), ('cancelled', 'Cancelled')], default='prepared', max_length=9)),
                ('paid_cents', models.BigIntegerField(default=0, help_text='What M-PESA has confirmed of it.')),
                ('ended_at', models.DateTimeField(null=True)),
                ('remark', models.CharField(blank=True, default='', help_text='Why it came back.', max_length=200)),
                ('payee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='settlements.payee')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='settlements.run')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='people.seller')),
            ],
        ),
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('transfer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='settlement_part', to='payouts.transfer')),
                ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='settlements.settlement')),
            ],
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'current')), fields=('seller',), name='payee_one_in_use'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('seller',), name='payee_one_asked_for'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='payee_by_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'phone'), ('number__regex', '^254[17][0-9]{8}$'), ('reference', '')), models.Q(('kind', 'paybill'), ('number__regex', '^[0-9]{5,7}$'), models.Q(('reference', ''), _negated=True)), models.Q(('kind', 'till'), ('number__regex', '^[0-9]{5,7}$'), ('reference', '')), _connector='OR'), name='payee_can_be_paid'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('remark', ''), ('state', 'asked')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('remark', ''), ('state__in', ['current', 'replaced'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state', 'refused'), models.Q(('remark', ''), _negated=True)), _connector='OR'), name='payee_is_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'prepared')), fields=('state',), name='run_one_waits', violation_error_message='A run waits for approval.'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('count__gt', 0), ('total_cents__gt', 0)), name='run_pays_somebody'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('decider', None), ('state', 'cancelled'), models.Q(('decider', models.F('maker')), _negated=True), _connector='OR'), name='run_by_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decider', None), ('state', 'prepared')), models.Q(models.Q(('state', 'prepared'), _negated=True), ('decided_at__isnull', False), ('decider__isnull', False)), _connector='OR'), name='run_is_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('done_at', None)), _connector='OR'), name='run_done_when_done'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(fields=['seller', '-id'], name='settlement_of_seller'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['prepared', 'approved'])), fields=('seller',), name='settlement_one_open'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('run', 'seller'), name='settlement_once_a_run'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('number__regex', '^S[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{10}$')), name='settlement_number'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0), ('balance_cents__gte', models.F('amount_cents')), django.db.models.lookups.Exact(django.db.models.functions.math.Mod(models.F('amount_cents'), 100), 0)), name='settlement_amount'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('paid_cents__gte', 0), models.Q(models.Q(('paid_cents', models.F('amount_cents')), ('state', 'paid')), models.Q(models.Q(('state', 'paid'), _negated=True), ('paid_cents__lt', models.F('amount_cents'))), _connector='OR')), name='settlement_paid_in_full'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state__in', ['prepared', 'approved'])), models.Q(('ended_at__isnull', False), ('state__in', ['paid', 'returned', 'cancelled'])), _connector='OR'), name='settlement_ended_when_over'),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
