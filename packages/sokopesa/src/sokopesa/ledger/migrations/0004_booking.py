"""Booking as one call of the database, for rooms that book by the thousand from inside their own statements.

`sokopesa.ledger.actions.book` calls the same function: there is one way in.
"""

from django.db import migrations

BOOKING = """
-- The chart of accounts by the first word of a code. An unknown word is an error, not a new kind of account.
CREATE FUNCTION ledger_describe(code text, OUT kind text, OUT guarded boolean) LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    CASE split_part(code, ':', 1)
        WHEN 'escrow', 'refunds', 'unmatched' THEN kind := 'liability'; guarded := true;
        WHEN 'seller' THEN kind := 'liability'; guarded := false;
        WHEN 'mpesa' THEN kind := 'asset'; guarded := false;
        WHEN 'commission' THEN kind := 'income'; guarded := false;
        WHEN 'mpesa-charges' THEN kind := 'expense'; guarded := false;
        ELSE RAISE EXCEPTION 'the chart of accounts has no %', code USING ERRCODE = 'check_violation';
    END CASE;
END $$;

-- Books entries whose keys are new and returns those keys. ``leg_of`` says to which entry, counted from 1, each leg
-- belongs. Every array is known when the statement is planned, so joins are chosen by its real size.
CREATE FUNCTION ledger_book(
    keys text[], kinds text[], memos text[], moments timestamptz[],
    leg_of integer[], accounts text[], cents bigint[]
) RETURNS SETOF text LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    ids bigint[];
    account_ids bigint[];
BEGIN
    IF (SELECT count(DISTINCT key) FROM unnest(keys) AS key) <> cardinality(keys) THEN
        RAISE EXCEPTION 'a key is named twice in one booking' USING ERRCODE = 'unique_violation';
    END IF;

    INSERT INTO ledger_account (code, kind, guarded, balance_cents)
    SELECT missing.code, described.kind, described.guarded, 0
    FROM (
        SELECT DISTINCT leg.code FROM unnest(accounts) AS leg(code)
        WHERE NOT EXISTS (SELECT FROM ledger_account account WHERE account.code = leg.code)
        ORDER BY leg.code
    ) AS missing, ledger_describe(missing.code) AS described
    ON CONFLICT (code) DO NOTHING;

    account_ids := ARRAY(
        SELECT account.id FROM unnest(accounts) WITH ORDINALITY AS leg(code, place)
        JOIN ledger_account account USING (code) ORDER BY leg.place
    );
    ids := ARRAY(SELECT nextval('ledger_entry_id_seq') FROM generate_series(1, cardinality(keys)));

    -- Entries and postings in one statement, so that the guards see both whole.
    RETURN QUERY
    WITH fresh AS (
        INSERT INTO ledger_entry (id, key, kind, memo, happened_at)
        SELECT * FROM unnest(ids, keys, kinds, memos, moments)
        ON CONFLICT (key) DO NOTHING
        RETURNING ledger_entry.id, ledger_entry.key
    ), posted AS (
        INSERT INTO ledger_posting (entry_id, account_id, amount_cents)
        SELECT leg.entry_id, leg.account_id, leg.amount_cents
        FROM (
            SELECT ids[draft] AS entry_id, account_id, amount_cents
            FROM unnest(leg_of, account_ids, cents) AS leg(draft, account_id, amount_cents)
        ) AS leg
        WHERE leg.entry_id IN (SELECT fresh.id FROM fresh)
    )
    SELECT fresh.key::text FROM fresh;
END $$;

-- As in 0002_guards, for batches of thousands: what a statement brought is gathered once, and every lookup is planned for
-- the number of rows that it has to find. A plan kept from a small beginning would walk whole tables later.
CREATE OR REPLACE FUNCTION ledger_post() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    entries bigint[];
    unbalanced text;
    touched bigint[];
    moved bigint[];
    updated bigint;
BEGIN
    SELECT array_agg(entry_id), string_agg(entry_id::text, ', ') FILTER (WHERE total <> 0) INTO entries, unbalanced
    FROM (SELECT entry_id, sum(amount_cents) AS total FROM fresh GROUP BY entry_id) AS entry;
    IF (SELECT count(*) FROM ledger_entry WHERE id = ANY (entries) AND made_in = txid_current())
        <> cardinality(entries) THEN
        RAISE EXCEPTION 'postings may only join an entry made in the same transaction'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'an entry must sum to zero (entries %)', unbalanced USING ERRCODE = 'check_violation';
    END IF;

    SELECT array_agg(account_id), array_agg(cents) INTO touched, moved
    FROM (SELECT account_id, sum(amount_cents)::bigint AS cents FROM fresh GROUP BY account_id) AS account;
    -- Accounts are locked in one order by everybody, so that bookings queue and never deadlock.
    PERFORM 1 FROM ledger_account WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
    UPDATE ledger_account account SET balance_cents = balance_cents + change.cents
    FROM unnest(touched, moved) AS change(id, cents) WHERE account.id = change.id;
    GET DIAGNOSTICS updated = ROW_COUNT;
    IF updated <> cardinality(touched) THEN
        RAISE EXCEPTION 'a posting names an account that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_require_postings() RETURNS trigger
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    entries bigint[] := ARRAY(SELECT id FROM fresh);
BEGIN
    IF (
        SELECT count(*) FROM (
            SELECT FROM ledger_posting WHERE entry_id = ANY (entries) GROUP BY entry_id HAVING count(*) > 1
        ) AS whole
    ) <> cardinality(entries) THEN
        RAISE EXCEPTION 'an entry needs at least two postings' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- Nobody looks keys and codes up by their beginnings.
DROP INDEX ledger_entry_key_b3fe1ea3_like, ledger_account_code_e0a3af95_like;
"""

UNDO = """
CREATE INDEX ledger_entry_key_b3fe1ea3_like ON ledger_entry (key varchar_pattern_ops);
CREATE INDEX ledger_account_code_e0a3af95_like ON ledger_account (code varchar_pattern_ops);
DROP FUNCTION ledger_book, ledger_describe;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_chain")]
    operations = [migrations.RunSQL(BOOKING, UNDO)]
