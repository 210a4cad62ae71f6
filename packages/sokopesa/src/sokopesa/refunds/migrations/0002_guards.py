"""What is owed stays owed as it was: no other amount, no way back, never more than the receipt brought."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION refunds_check_beginning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'owed' THEN
        RAISE EXCEPTION 'a refund begins as owed, not as %', NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.promised_from <= (NEW.owed_at AT TIME ZONE 'Africa/Nairobi')::date THEN
        RAISE EXCEPTION 'a refund is promised for a later day than it is owed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refunds_refund_begins BEFORE INSERT ON refunds_refund
    FOR EACH ROW EXECUTE FUNCTION refunds_check_beginning();

CREATE FUNCTION refunds_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('owed', 'used')) THEN
        RAISE EXCEPTION 'a refund that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refunds_refund_moves BEFORE UPDATE OF state ON refunds_refund
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION refunds_check_move();

CREATE FUNCTION refunds_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is owed is not changed or deleted' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER refunds_refund_stays_as_it_was
    BEFORE UPDATE OF id, number, key, cause, purchase_id, receipt, received_cents, amount_cents, owed_at
    ON refunds_refund FOR EACH STATEMENT EXECUTE FUNCTION refunds_refuse_change();
CREATE TRIGGER refunds_refund_stays BEFORE DELETE OR TRUNCATE ON refunds_refund
    FOR EACH STATEMENT EXECUTE FUNCTION refunds_refuse_change();

-- Whoever owes out of the same receipt waits here, and then sees what was owed before.
CREATE FUNCTION refunds_check_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('refunds of ' || receipt, 0))
    FROM (SELECT DISTINCT receipt FROM fresh ORDER BY receipt) AS touched;

    SELECT string_agg(receipt, ', ') INTO wrong
    FROM (
        SELECT receipt FROM refunds_refund
        WHERE receipt IN (SELECT receipt FROM fresh) AND state <> 'used'
        GROUP BY receipt HAVING sum(amount_cents) > min(received_cents)
    ) AS overdrawn;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'more would be owed than these receipts brought: %', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER refunds_refund_within_receipts AFTER INSERT ON refunds_refund
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION refunds_check_receipts();
"""

UNDO = """
DROP TRIGGER refunds_refund_within_receipts ON refunds_refund;
DROP TRIGGER refunds_refund_stays ON refunds_refund;
DROP TRIGGER refunds_refund_stays_as_it_was ON refunds_refund;
DROP TRIGGER refunds_refund_moves ON refunds_refund;
DROP TRIGGER refunds_refund_begins ON refunds_refund;
DROP FUNCTION refunds_check_receipts, refunds_refuse_change, refunds_check_move, refunds_check_beginning;
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
