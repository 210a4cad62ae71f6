"""The table of a prompt's moves, held by the database: what is paid stays paid, what ended never comes alive again."""

from django.db import migrations

MOVES = """
CREATE FUNCTION payments_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('requested', 'sent'), ('requested', 'unknown'), ('requested', 'paid'), ('requested', 'refused'),
        ('sent', 'unknown'), ('sent', 'paid'), ('sent', 'refused'),
        ('unknown', 'paid'), ('unknown', 'refused'),
        ('refused', 'paid')
    ) THEN
        RAISE EXCEPTION 'a prompt that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payments_prompt_moves BEFORE UPDATE OF state ON payments_prompt
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION payments_check_move();

CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a receipt is M-PESA''s word and is not changed or deleted' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER payments_receipt_amount_stays BEFORE UPDATE OF code, amount_cents, paid_at ON payments_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_receipt_stays BEFORE DELETE ON payments_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
"""

UNDO = """
DROP TRIGGER payments_receipt_stays ON payments_receipt;
DROP TRIGGER payments_receipt_amount_stays ON payments_receipt;
DROP TRIGGER payments_prompt_moves ON payments_prompt;
DROP FUNCTION payments_refuse_change, payments_check_move;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunSQL(MOVES, UNDO)]
