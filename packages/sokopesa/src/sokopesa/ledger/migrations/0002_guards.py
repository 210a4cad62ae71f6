"""What the database itself refuses, whoever asks: unbalanced entries, changed history, balances written by hand."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_posting_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- A balance is written only by ledger_post, that is, from inside another trigger; an account begins at zero.
CREATE TRIGGER ledger_balance_is_not_written_by_hand BEFORE UPDATE ON ledger_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_begins_at_zero BEFORE INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.balance_cents <> 0) EXECUTE FUNCTION ledger_refuse_change();

CREATE FUNCTION ledger_post() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
    touched bigint[];
    updated bigint;
BEGIN
    SELECT string_agg(DISTINCT fresh.entry_id::text, ', ') INTO wrong
    FROM fresh LEFT JOIN ledger_entry entry ON entry.id = fresh.entry_id AND entry.made_in = txid_current()
    WHERE entry.id IS NULL;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'postings may only join an entry made in the same transaction (entries %)', wrong
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    SELECT string_agg(entry_id::text, ', ') INTO wrong
    FROM (SELECT entry_id FROM fresh GROUP BY entry_id HAVING sum(amount_cents) <> 0) AS unbalanced;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'an entry must sum to zero (entries %)', wrong USING ERRCODE = 'check_violation';
    END IF;

    SELECT array_agg(DISTINCT account_id) INTO touched FROM fresh;
    -- Accounts are locked in one order by everybody, so that bookings queue and never deadlock.
    PERFORM 1 FROM ledger_account WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
    UPDATE ledger_account SET balance_cents = balance_cents + moved.cents
    FROM (SELECT account_id, sum(amount_cents)::bigint AS cents FROM fresh GROUP BY account_id) AS moved
    WHERE id = moved.account_id;
    GET DIAGNOSTICS updated = ROW_COUNT;
    IF updated <> cardinality(touched) THEN
        RAISE EXCEPTION 'a posting names an account that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_posting_is_guarded AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_post();

-- Entry and postings come in one statement, at whose end this runs: an entry without two legs cannot stay.
CREATE FUNCTION ledger_require_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(key, ', ') INTO wrong
    FROM (
        SELECT fresh.key FROM fresh LEFT JOIN ledger_posting posting ON posting.entry_id = fresh.id
        GROUP BY fresh.id, fresh.key HAVING count(posting.id) < 2
    ) AS bare;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'an entry needs at least two postings (%)', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entry_has_postings AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_postings();
"""

UNDO = """
DROP TRIGGER ledger_entry_has_postings ON ledger_entry;
DROP TRIGGER ledger_posting_is_guarded ON ledger_posting;
DROP TRIGGER ledger_account_begins_at_zero ON ledger_account;
DROP TRIGGER ledger_balance_is_not_written_by_hand ON ledger_account;
DROP TRIGGER ledger_account_stays ON ledger_account;
DROP TRIGGER ledger_posting_is_append_only ON ledger_posting;
DROP TRIGGER ledger_entry_is_append_only ON ledger_entry;
DROP FUNCTION ledger_require_postings, ledger_post, ledger_refuse_change;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
