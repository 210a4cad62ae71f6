"""Instructions to pay out, and what the database refuses: another payee or amount, a way back, more than is owed."""

import django.db.models.deletion
import django.db.models.functions.math
import django.db.models.lookups
import sokopesa.kernel.ids
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION payouts_check_beginning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'prepared' THEN
        RAISE EXCEPTION 'a transfer begins as prepared, not as %', NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payouts_transfer_begins BEFORE INSERT ON payouts_transfer
    FOR EACH ROW EXECUTE FUNCTION payouts_check_beginning();

CREATE FUNCTION payouts_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('prepared', 'released'), ('prepared', 'withdrawn'),
        ('released', 'sent'), ('released', 'withdrawn'),
        ('sent', 'unknown'), ('sent', 'paid'), ('sent', 'returned'),
        ('unknown', 'paid'), ('unknown', 'returned')
    ) THEN
        RAISE EXCEPTION 'a transfer that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payouts_transfer_moves BEFORE UPDATE OF state ON payouts_transfer
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION payouts_check_move();

CREATE FUNCTION payouts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a transfer pays is not changed or deleted' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER payouts_transfer_stays_as_it_was
    BEFORE UPDATE OF id, key, purpose, via, account, refund_id, seller_id, shortcode, payee, payee_reference,
        original_receipt, amount_cents, part, attempt
    ON payouts_transfer FOR EACH STATEMENT EXECUTE FUNCTION payouts_refuse_change();
CREATE TRIGGER payouts_transfer_stays BEFORE DELETE OR TRUNCATE ON payouts_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION payouts_refuse_change();

-- Whoever prepares for the same refund waits here, and then sees what was prepared before.
CREATE FUNCTION payouts_check_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM FROM refunds_refund WHERE id IN (SELECT refund_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;

    SELECT string_agg(refund.number, ', ') INTO wrong
    FROM refunds_refund refund
    WHERE refund.id IN (SELECT refund_id FROM fresh) AND refund.amount_cents < (
        SELECT sum(transfer.amount_cents) FROM payouts_transfer transfer
        WHERE transfer.refund_id = refund.id AND transfer.state NOT IN ('returned', 'withdrawn')
    );
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'more would be paid out than is owed by these refunds: %', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER payouts_transfer_within_refunds AFTER INSERT ON payouts_transfer
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payouts_check_refunds();
"""

UNDO = """
DROP TRIGGER payouts_transfer_within_refunds ON payouts_transfer;
DROP TRIGGER payouts_transfer_stays ON payouts_transfer;
DROP TRIGGER payouts_transfer_stays_as_it_was ON payouts_transfer;
DROP TRIGGER payouts_transfer_moves ON payouts_transfer;
DROP TRIGGER payouts_transfer_begins ON payouts_transfer;
DROP FUNCTION payouts_check_refunds, payouts_refuse_change, payouts_check_move, payouts_check_beginning;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0004_email_confirmed'),
        ('refunds', '0005_way_back'),
    ]

    operations = [
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.UUIDField(default=sokopesa.kernel.ids.time_ordered_uuid, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(help_text='For instance refund:17:1:1: why it exists, once.', max_length=80, unique=True)),
                ('purpose', models.CharField(choices=[('refund', 'Refund'), ('settlement', 'Payout to a seller')], max_length=10)),
                ('via', models.CharField(choices=[('b2c', 'To a phone'), ('reversal', 'By reversing the payment'), ('b2b', 'To a paybill or till'), ('portal', "By a file for M-PESA's portal")], max_length=8)),
                ('account', models.CharField(help_text='The ledger account whose money it pays out.', max_length=64)),
                ('shortcode', models.CharField(help_text='Ours, that pays.', max_length=7)),
                ('payee', models.CharField(help_text='An MSISDN; by B2B a shortcode.', max_length=12)),
                ('payee_reference', models.CharField(blank=True, default='', help_text='The account number, by B2B.', max_length=13)),
                ('original_receipt', models.CharField(blank=True, default='', help_text='What a reversal reverses.', max_length=16)),
                ('amount_cents', models.BigIntegerField()),
                ('part', models.PositiveSmallIntegerField(default=1, help_text='1, 2, … of what M-PESA does not move at once.')),
                ('attempt', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('prepared', 'Waits for approval'), ('released', 'May be sent'), ('sent', 'Sent to M-PESA'), ('unknown', 'M-PESA has not said how it ended'), ('paid', 'Paid'), ('returned', 'Not paid'), ('withdrawn', 'Never sent')], default='prepared', max_length=9)),
                ('code', models.CharField(blank=True, default='', help_text="M-PESA's result code, or our own word.", max_length=16)),
                ('remark', models.CharField(blank=True, default='', max_length=200)),
                ('receipt', models.CharField(blank=True, default='', help_text="M-PESA's, for what it paid.", max_length=16)),
                ('conversation_id', models.CharField(blank=True, default='', max_length=64)),
                ('token_digest', models.BinaryField(help_text='SHA-256 of the secret in its result address.', null=True, unique=True)),
                ('prepared_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(help_text='When we began to hand it to M-PESA.', null=True)),
                ('ended_at', models.DateTimeField(help_text="By M-PESA's clock where it paid.", null=True)),
                ('asked', models.PositiveSmallIntegerField(default=0)),
                ('next_ask_at', models.DateTimeField(null=True)),
                ('refund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='refunds.refund')),
                ('seller', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='people.seller')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'released')), fields=['released_at', 'id'], name='transfer_to_send'), models.Index(condition=models.Q(('next_ask_at', None), _negated=True), fields=['next_ask_at'], name='transfer_to_ask')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('purpose', 'refund'), models.Q(('state__in', ['returned', 'withdrawn']), _negated=True)), fields=('account', 'part'), name='transfer_one_live_part'), models.UniqueConstraint(condition=models.Q(('receipt', ''), _negated=True), fields=('receipt',), name='transfer_receipt'), models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'refund'), ('refund__isnull', False), ('seller', None)), models.Q(('purpose', 'settlement'), ('refund', None), ('seller__isnull', False)), _connector='OR'), name='transfer_pays_somebody'), models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0), ('amount_cents__lte', 25000000), models.Q(('amount_cents__gte', 1000), ('via', 'reversal'), _connector='OR'), django.db.models.lookups.Exact(django.db.models.functions.math.Mod(models.F('amount_cents'), 100), 0)), name='transfer_amount_mpesa_can_move'), models.CheckConstraint(condition=models.Q(models.Q(('payee__regex', '^[0-9]{5,7}$'), ('via', 'b2b')), models.Q(models.Q(('via', 'b2b'), _negated=True), ('payee__regex', '^254[0-9]{9}$')), _connector='OR'), name='transfer_payee'), models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'refund'), ('via', 'reversal'), models.Q(('original_receipt', ''), _negated=True)), models.Q(models.Q(('via', 'reversal'), _negated=True), ('original_receipt', '')), _connector='OR'), name='transfer_reverses_a_receipt'), models.CheckConstraint(condition=models.Q(('attempt__gte', 1), ('part__gte', 1)), name='transfer_counts_from_one'), models.CheckConstraint(condition=models.Q(('state__in', ['prepared', 'withdrawn']), ('released_at__isnull', False), _connector='OR'), name='transfer_released_before_sent'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at', None), ('state__in', ['prepared', 'released', 'withdrawn'])), models.Q(('sent_at__isnull', False), ('state__in', ['sent', 'unknown', 'paid', 'returned'])), _connector='OR'), name='transfer_sent_when_sent'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state__in', ['prepared', 'released', 'sent', 'unknown'])), models.Q(('ended_at__isnull', False), ('next_ask_at', None), ('state__in', ['paid', 'returned', 'withdrawn'])), _connector='OR'), name='transfer_ended_when_over'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), models.Q(('receipt', ''), _negated=True)), models.Q(models.Q(('state', 'paid'), _negated=True), ('receipt', '')), _connector='OR'), name='transfer_receipt_when_paid'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'returned'), _negated=True), models.Q(('code', ''), _negated=True), _connector='OR'), name='transfer_returned_for_a_reason')],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
