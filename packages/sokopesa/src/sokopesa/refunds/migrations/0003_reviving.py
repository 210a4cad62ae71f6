"""A purchase that was over becomes paid only by a refund of its own, used to the shilling."""

from django.db import migrations

GUARD = """
CREATE FUNCTION refunds_check_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM refunds_refund
        WHERE purchase_id = NEW.id AND state = 'used' AND amount_cents = NEW.total_cents
            AND cause IN ('late_payment', 'cancelled_payment')
    ) THEN
        RAISE EXCEPTION 'a purchase that is % becomes paid only by a refund of its own', OLD.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refunds_purchase_revived BEFORE UPDATE OF state ON orders_purchase
    FOR EACH ROW WHEN (OLD.state IN ('lapsed', 'cancelled') AND NEW.state = 'paid')
    EXECUTE FUNCTION refunds_check_revival();
"""

UNDO = """
DROP TRIGGER refunds_purchase_revived ON orders_purchase;
DROP FUNCTION refunds_check_revival;
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0002_guards"), ("orders", "0003_cancelled")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
