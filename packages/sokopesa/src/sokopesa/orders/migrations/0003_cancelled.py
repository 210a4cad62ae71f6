"""Purchases that their buyer cancels, and the table of a purchase's moves, held by the database."""

from django.db import migrations, models

MOVES = """
-- What awaits payment may become anything else; only the other moves need to be looked at.
CREATE FUNCTION orders_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('lapsed', 'paid'), ('cancelled', 'paid')) THEN
        RAISE EXCEPTION 'a purchase that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_purchase_moves BEFORE UPDATE OF state ON orders_purchase
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND OLD.state <> 'awaiting_payment') EXECUTE FUNCTION orders_check_move();
"""

UNDO = """
DROP TRIGGER orders_purchase_moves ON orders_purchase;
DROP FUNCTION orders_check_move;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0002_marking_paid'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='purchase',
            name='purchase_paid_at_a_time',
        ),
        migrations.AlterField(
            model_name='order',
            name='state',
            field=models.CharField(choices=[('awaiting_payment', 'Awaiting payment'), ('awaiting_shipment', 'Awaiting shipment'), ('lapsed', 'Not paid in time'), ('cancelled', 'Cancelled')], default='awaiting_payment', max_length=20),
        ),
        migrations.AlterField(
            model_name='purchase',
            name='state',
            field=models.CharField(choices=[('awaiting_payment', 'Awaiting payment'), ('paid', 'Paid'), ('lapsed', 'Not paid in time'), ('cancelled', 'Cancelled')], default='awaiting_payment', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid_at', None), ('state__in', ['awaiting_payment', 'lapsed', 'cancelled'])), models.Q(('paid_at__isnull', False), ('state', 'paid')), _connector='OR'), name='purchase_paid_at_a_time'),
        ),
        migrations.RunSQL(MOVES, UNDO),
    ]
