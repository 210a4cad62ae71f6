"""Disputes about lines of orders: claims, plans, rulings, appeals, their timelines; and reports to support."""

import django.db.models.deletion
import django.db.models.functions.math
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

GUARDS = """
-- A dispute begins with its claim, moves only as its table says, and is about what was shipped of an order of its own.
CREATE FUNCTION aftersale_check_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'awaiting_seller' THEN
            RAISE EXCEPTION 'a dispute begins with a claim, not as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
        SELECT line.shipped_quantity * line.unit_cents + owner.shipping_cents INTO paid
        FROM orders_orderline AS line JOIN orders_order AS owner ON owner.id = line.order_id
        WHERE line.id = NEW.line_id AND owner.id = NEW.order_id AND owner.state IN ('partly_shipped', 'shipped', 'delivered');
        IF paid IS NULL OR NEW.whole_cents > paid THEN
            RAISE EXCEPTION 'a dispute is about what was shipped of its order' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.number, OLD.key, OLD.order_id, OLD.line_id, OLD.whole_cents, OLD.opened_at) IS DISTINCT FROM
       (NEW.id, NEW.number, NEW.key, NEW.order_id, NEW.line_id, NEW.whole_cents, NEW.opened_at) THEN
        RAISE EXCEPTION 'what dispute % is about is not changed', OLD.number USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'closed' THEN
        RAISE EXCEPTION 'dispute % is closed', OLD.number USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('awaiting_seller', 'negotiating'), ('awaiting_seller', 'sending_back'), ('awaiting_seller', 'closed'),
        ('negotiating', 'sending_back'), ('negotiating', 'with_mediator'), ('negotiating', 'closed'),
        ('sending_back', 'coming_back'), ('sending_back', 'closed'),
        ('coming_back', 'with_mediator'), ('coming_back', 'closed'),
        ('with_mediator', 'ruled'), ('with_mediator', 'sending_back'), ('with_mediator', 'closed'),
        ('ruled', 'appealed'), ('ruled', 'sending_back'), ('ruled', 'closed'),
        ('appealed', 'sending_back'), ('appealed', 'closed')
    ) THEN
        RAISE EXCEPTION 'a dispute that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.refund_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM refunds_refund
        WHERE id = NEW.refund_id AND order_id = NEW.order_id AND amount_cents = NEW.refunded_cents
    ) THEN
        RAISE EXCEPTION 'dispute % does not give back what its refund says', OLD.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER aftersale_dispute_is_guarded BEFORE INSERT OR UPDATE ON aftersale_dispute
    FOR EACH ROW EXECUTE FUNCTION aftersale_check_dispute();

-- Nobody proposes more than was paid.
CREATE FUNCTION aftersale_check_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount_cents > (SELECT whole_cents FROM aftersale_dispute WHERE id = NEW.dispute_id) THEN
        RAISE EXCEPTION 'a plan gives back more than was paid for the goods' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER aftersale_plan_within_the_line BEFORE INSERT ON aftersale_plan
    FOR EACH ROW EXECUTE FUNCTION aftersale_check_plan();

-- Who decides is neither buyer nor of the shop; who decides an appeal is not who decided before.
CREATE FUNCTION aftersale_check_ruling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM aftersale_dispute AS dispute
        JOIN orders_order AS owner ON owner.id = dispute.order_id
        JOIN orders_purchase AS purchase ON purchase.id = owner.purchase_id
        WHERE dispute.id = NEW.dispute_id AND (purchase.buyer_id = NEW.mediator_id OR EXISTS (
            SELECT FROM people_sellermember WHERE seller_id = owner.seller_id AND user_id = NEW.mediator_id
        ))
    ) THEN
        RAISE EXCEPTION 'a party rules on its own dispute' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM aftersale_appeal AS appeal JOIN aftersale_ruling AS ruling ON ruling.id = appeal.ruling_id
        WHERE appeal.id = NEW.appeal_id AND ruling.mediator_id = NEW.mediator_id
    ) THEN
        RAISE EXCEPTION 'an appeal is decided by another mediator' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM aftersale_plan
        WHERE id = NEW.plan_id AND dispute_id = NEW.dispute_id AND side = 'market' AND by_id = NEW.mediator_id
    ) OR EXISTS (SELECT FROM aftersale_appeal WHERE id = NEW.appeal_id AND dispute_id <> NEW.dispute_id) THEN
        RAISE EXCEPTION 'a ruling is a plan of its own mediator for its own dispute' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER aftersale_ruling_is_impartial BEFORE INSERT ON aftersale_ruling
    FOR EACH ROW EXECUTE FUNCTION aftersale_check_ruling();

-- What was said stays said.
CREATE FUNCTION aftersale_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was said in a dispute is not changed or deleted' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER aftersale_dispute_stays BEFORE DELETE OR TRUNCATE ON aftersale_dispute
    FOR EACH STATEMENT EXECUTE FUNCTION aftersale_refuse_change();
CREATE TRIGGER aftersale_plan_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON aftersale_plan
    FOR EACH STATEMENT EXECUTE FUNCTION aftersale_refuse_change();
CREATE TRIGGER aftersale_ruling_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON aftersale_ruling
    FOR EACH STATEMENT EXECUTE FUNCTION aftersale_refuse_change();
CREATE TRIGGER aftersale_appeal_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON aftersale_appeal
    FOR EACH STATEMENT EXECUTE FUNCTION aftersale_refuse_change();
CREATE TRIGGER aftersale_disputeevent_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON aftersale_disputeevent
    FOR EACH STATEMENT EXECUTE FUNCTION aftersale_refuse_change();
"""

UNDO = """
DROP TRIGGER aftersale_disputeevent_stays ON aftersale_disputeevent;
DROP TRIGGER aftersale_appeal_stays ON aftersale_appeal;
DROP TRIGGER aftersale_ruling_stays ON aftersale_ruling;
DROP TRIGGER aftersale_plan_stays ON aftersale_plan;
DROP TRIGGER aftersale_dispute_stays ON aftersale_dispute;
DROP TRIGGER aftersale_ruling_is_impartial ON aftersale_ruling;
DROP TRIGGER aftersale_plan_within_the_line ON aftersale_plan;
DROP TRIGGER aftersale_dispute_is_guarded ON aftersale_dispute;
DROP FUNCTION aftersale_refuse_change, aftersale_check_ruling, aftersale_check_plan, aftersale_check_dispute;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('aftersale', '0001_cancelling'),
        ('orders', '0006_life'),
        ('refunds', '0004_of_orders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(help_text='What people read out.', max_length=11, unique=True)),
                ('key', models.UUIDField(help_text='Of the form that opened it, so that pressing twice opens one.', unique=True)),
                ('kind', models.CharField(choices=[('return', 'Return Goods'), ('refund_only', 'Refund Only'), ('nothing', 'No refund')], max_length=12)),
                ('reason', models.CharField(max_length=20)),
                ('received', models.BooleanField(help_text='Whether the buyer has the goods; the reason says so.')),
                ('amount_cents', models.BigIntegerField(help_text='What the buyer claims.')),
                ('whole_cents', models.BigIntegerField()),
                ('details', models.CharField(max_length=2000)),
                ('state', models.CharField(choices=[('awaiting_seller', 'The seller has to answer'), ('negotiating', 'Buyer and seller have to agree'), ('sending_back', 'The buyer has to send the goods back'), ('coming_back', 'The goods are on their way back'), ('with_mediator', 'The market decides'), ('ruled', 'Decided; an appeal is possible'), ('appealed', 'Appealed; the market decides again'), ('closed', 'Closed')], default='awaiting_seller', max_length=16)),
                ('outcome', models.CharField(blank=True, choices=[('withdrawn', 'The buyer withdrew it'), ('agreed', 'Buyer and seller agreed'), ('unanswered', 'The seller did not answer, so the claim was granted'), ('returned', 'The goods came back'), ('no_address', 'The seller named no address to send the goods to'), ('not_returned', 'The goods were not sent back in time'), ('ruled', 'The market decided')], default='', max_length=12)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('protection_left', models.DurationField(help_text="What was left of the order's protection; it rests.", null=True)),
                ('return_to', models.CharField(blank=True, default='', help_text='Where the goods go back to.', max_length=300)),
                ('return_carrier', models.CharField(blank=True, default='', max_length=60)),
                ('return_tracking', models.CharField(blank=True, default='', max_length=60)),
                ('sent_back_at', models.DateTimeField(null=True)),
                ('came_back_at', models.DateTimeField(help_text='When the courier delivered them to the seller.', null=True)),
                ('refunded_cents', models.BigIntegerField(default=0)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='orders.orderline')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='orders.order')),
                ('refund', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dispute', to='refunds.refund')),
            ],
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('buyer', 'Buyer'), ('seller', 'Seller'), ('market', 'The market')], max_length=8)),
                ('words', models.CharField(max_length=2000)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='appeal', to='aftersale.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='DisputeDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answers', models.JSONField()),
                ('saved_at', models.DateTimeField()),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.orderline')),
            ],
        ),
        migrations.CreateModel(
            name='DisputeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(choices=[('buyer', 'Buyer'), ('seller', 'Seller'), ('market', 'The market')], max_length=8)),
                ('text', models.CharField(max_length=300)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='aftersale.dispute')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('buyer', 'Buyer'), ('seller', 'Seller'), ('market', 'The market')], max_length=8)),
                ('kind', models.CharField(choices=[('return', 'Return Goods'), ('refund_only', 'Refund Only'), ('nothing', 'No refund')], max_length=12)),
                ('amount_cents', models.BigIntegerField()),
                ('words', models.CharField(max_length=2000)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='aftersale.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='Ruling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ruled_at', models.DateTimeField()),
                ('appeal', models.OneToOneField(help_text='What it answers.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='aftersale.appeal')),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='aftersale.dispute')),
                ('mediator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ruling', to='aftersale.plan')),
            ],
        ),
        migrations.AddField(
            model_name='appeal',
            name='ruling',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='appealed', to='aftersale.ruling'),
        ),
        migrations.CreateModel(
            name='SupportReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=11, unique=True)),
                ('key', models.UUIDField(unique=True)),
                ('about', models.CharField(blank=True, help_text='What the person searched for.', max_length=120)),
                ('words', models.CharField(max_length=2000)),
                ('at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('state', 'closed'), _negated=True), fields=['opened_at'], name='dispute_live'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('number__regex', '^D[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{10}$')), name='dispute_number'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', 'withdrawn'), _negated=True), fields=('line',), name='dispute_one_of_a_line'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_cents', models.F('whole_cents')), ('kind', 'return'), ('received', True)), models.Q(('amount_cents', models.F('whole_cents')), ('kind', 'refund_only'), ('received', False)), models.Q(('amount_cents__gte', 1000), ('kind', 'refund_only'), ('received', True)), models.Q(('amount_cents', models.F('whole_cents')), ('kind', 'refund_only'), ('received', True)), _connector='OR'), name='dispute_claims_what_can_be'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0), ('amount_cents__lte', models.F('whole_cents')), ('refunded_cents__gte', 0), ('refunded_cents__lte', models.F('whole_cents'))), name='dispute_within_the_line'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('amount_cents', 100), 0), name='dispute_in_whole_shillings'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('details', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='dispute_says_why'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state', 'closed'), models.Q(('outcome', ''), _negated=True)), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at', None), ('outcome', '')), _connector='OR'), name='dispute_ends_with_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refund', None), ('refunded_cents', 0)), models.Q(('refund__isnull', False), ('refunded_cents__gt', 0), ('state', 'closed'), models.Q(('outcome__in', ['withdrawn', 'not_returned']), _negated=True)), _connector='OR'), name='dispute_refunds_when_closed'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('return_tracking', ''), ('sent_back_at', None), models.Q(('state', 'coming_back'), _negated=True)), models.Q(('sent_back_at__isnull', False), models.Q(('return_tracking', ''), _negated=True)), _connector='OR'), name='dispute_goods_on_their_way_back'),
        ),
        migrations.AddConstraint(
            model_name='disputedraft',
            constraint=models.UniqueConstraint(fields=('buyer', 'line'), name='draft_one_of_a_line'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['buyer', 'seller', 'market'])), name='plan_side_is_known'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_cents', 0), ('kind', 'nothing')), models.Q(('amount_cents__gt', 0), ('kind__in', ['return', 'refund_only'])), _connector='OR'), name='plan_is_a_plan'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('amount_cents', 100), 0), name='plan_in_whole_shillings'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='plan_says_why'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'nothing'), ('side', 'buyer'), _negated=True), name='plan_of_a_buyer_asks'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['buyer', 'seller'])), name='appeal_by_a_party'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='appeal_says_why'),
        ),
        migrations.AddIndex(
            model_name='supportreport',
            index=models.Index(condition=models.Q(('answered_at', None)), fields=['id'], name='report_to_answer'),
        ),
        migrations.AddConstraint(
            model_name='supportreport',
            constraint=models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='report_says_something'),
        ),
        migrations.AddConstraint(
            model_name='supportreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', None)), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='report_answered_by_somebody'),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
