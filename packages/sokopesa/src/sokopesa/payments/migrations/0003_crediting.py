"""Crediting payments by the thousand: one call of the database from receipts to paid orders.

The tables are arranged so that a payment writes what is new and changes large rows in place: what is still open stands
in a small table of its own (`payments_liveprompt`, kept by triggers), foreign keys are checked a statement at a time.
"""

import django.db.models.deletion
from django.db import migrations, models

import sokopesa.kernel.ids

LIVE = """
-- Nobody looks receipts up by their beginnings.
DROP INDEX payments_receipt_code_2bee8303_like;
ALTER TABLE payments_prompt SET (fillfactor = 50);

CREATE FUNCTION payments_follow_live() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    over uuid[];
    live uuid[];
    times timestamptz[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO payments_liveprompt (prompt_id, purchase_id, next_ask_at)
        SELECT id, purchase_id, next_ask_at FROM fresh WHERE state IN ('requested', 'sent', 'unknown');
        RETURN NULL;
    END IF;
    over := ARRAY(SELECT id FROM fresh WHERE state IN ('paid', 'refused'));
    DELETE FROM payments_liveprompt WHERE prompt_id = ANY (over);
    SELECT array_agg(id), array_agg(next_ask_at) INTO live, times
    FROM fresh WHERE state IN ('requested', 'sent', 'unknown');
    IF live IS NOT NULL THEN
        UPDATE payments_liveprompt SET next_ask_at = asking.at FROM unnest(live, times) AS asking(id, at)
        WHERE prompt_id = asking.id AND next_ask_at IS DISTINCT FROM asking.at;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_prompt_begins AFTER INSERT ON payments_prompt
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_follow_live();
CREATE TRIGGER payments_prompt_goes_on AFTER UPDATE ON payments_prompt
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_follow_live();
"""

LIVE_NOW = """
INSERT INTO payments_liveprompt (prompt_id, purchase_id, next_ask_at)
SELECT id, purchase_id, next_ask_at FROM payments_prompt WHERE state IN ('requested', 'sent', 'unknown');
"""

UNDO_LIVE = """
CREATE INDEX payments_receipt_code_2bee8303_like ON payments_receipt (code varchar_pattern_ops);
DROP TRIGGER payments_prompt_goes_on ON payments_prompt;
DROP TRIGGER payments_prompt_begins ON payments_prompt;
DROP FUNCTION payments_follow_live;
ALTER TABLE payments_prompt RESET (fillfactor);
"""

GUARDS = """
CREATE FUNCTION payments_check_receipt() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    prompts uuid[] := ARRAY(SELECT prompt_id FROM fresh WHERE prompt_id IS NOT NULL);
    purchases bigint[] := ARRAY(SELECT purchase_id FROM fresh WHERE purchase_id IS NOT NULL);
BEGIN
    IF (SELECT count(*) FROM payments_prompt WHERE id = ANY (prompts)) <> cardinality(prompts)
        OR (SELECT count(*) FROM orders_purchase WHERE id = ANY (purchases)) <> cardinality(purchases) THEN
        RAISE EXCEPTION 'a receipt names a prompt or a purchase that does not exist'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_receipt_is_of_something AFTER INSERT ON payments_receipt
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_check_receipt();
CREATE TRIGGER payments_receipt_stays_of_something AFTER UPDATE ON payments_receipt
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_check_receipt();

CREATE FUNCTION payments_refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept for ever', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER payments_prompt_stays BEFORE DELETE ON payments_prompt
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_deletion();
"""

UNDO_GUARDS = """
DROP TRIGGER payments_prompt_stays ON payments_prompt;
DROP TRIGGER payments_receipt_stays_of_something ON payments_receipt;
DROP TRIGGER payments_receipt_is_of_something ON payments_receipt;
DROP FUNCTION payments_refuse_deletion, payments_check_receipt;
"""

CREDITING = """
-- M-PESA's word that somebody paid us: `sokopesa.payments.crediting.Payment`, with the payer's charge.
CREATE TYPE payments_told AS (
    code text, prompt_id uuid, purchase_id bigint, cents bigint, paid_at timestamptz, source text, msisdn text,
    account text, charge_cents bigint, tariff text
);

-- One whose receipt is new, numbered from 1, with what it is for. ``pays`` where it pays the purchase; ``opens`` where
-- it is the first that answers its prompt.
CREATE TYPE payments_fresh AS (
    place integer, code text, cents bigint, paid_at timestamptz, msisdn text, account text, prompt_id uuid, opens boolean,
    purchase_id bigint, number text, buyer text, total bigint, state text, pays boolean, surplus bigint
);

CREATE FUNCTION payments_kes(cents bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'KES ' || to_char(cents / 100, 'FM999,999,999,990')
        || CASE WHEN cents % 100 = 0 THEN '' ELSE to_char(cents % 100, '"."FM00') END
$$;

-- Tells whoever watches these purchases, once the transaction is committed. A payload holds up to 8,000 bytes.
CREATE FUNCTION payments_changed(numbers text[]) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('purchase', string_agg(number, ' '))
    FROM (SELECT number, row_number() OVER () / 400 AS page FROM unnest(numbers) AS number) AS paged GROUP BY page
$$;

-- Why there is money without a home, for operators to read and for `sokopesa.refunds` to give back.
CREATE FUNCTION payments_surplus(payment payments_fresh, OUT cause text, OUT reason text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE
        WHEN payment.purchase_id IS NULL THEN
            cause := 'unknown_account';
            reason := format('The account number “%s” is no order''s reference', payment.account);
        WHEN payment.pays THEN
            cause := 'over_payment'; reason := '';
        WHEN payment.state = 'lapsed' THEN
            cause := 'late_payment';
            reason := format('A payment for %s, which was not paid in time', payment.number);
        WHEN payment.state = 'cancelled' THEN
            cause := 'cancelled_payment';
            reason := format('A payment for %s, which was cancelled', payment.number);
        WHEN payment.state = 'awaiting_payment' AND payment.cents < payment.total THEN
            cause := 'under_payment';
            reason := format('%s came for %s, which costs %s', payments_kes(payment.cents), payment.number,
                payments_kes(payment.total));
        ELSE
            cause := 'further_payment';
            reason := format('A further payment for %s, which is paid already', payment.number);
    END CASE;
END $$;

-- Money and orders: books every payment, marks what is paid and says thanks.
CREATE FUNCTION payments_place(payments payments_fresh[], shortcode text) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    leg_of integer[];
    leg_accounts text[];
    leg_cents bigint[];
BEGIN
    SELECT array_agg(leg.place), array_agg(leg.account), array_agg(leg.amount) INTO leg_of, leg_accounts, leg_cents
    FROM (
        SELECT payment.place, 'mpesa:' || shortcode AS account, payment.cents AS amount FROM unnest(payments) AS payment
        UNION ALL
        SELECT payment.place, 'escrow:' || ordered.id, -ordered.total_cents
        FROM unnest(payments) AS payment JOIN orders_order ordered ON ordered.purchase_id = payment.purchase_id
        WHERE payment.pays
        UNION ALL
        SELECT payment.place, 'unmatched', -payment.surplus FROM unnest(payments) AS payment WHERE payment.surplus > 0
    ) AS leg;
    PERFORM ledger_book(
        array_agg('receipt:' || payment.code),
        array_agg(CASE WHEN payment.pays THEN 'payment' ELSE 'unmatched-payment' END),
        array_agg('M-PESA receipt ' || payment.code),
        array_agg(payment.paid_at), leg_of, leg_accounts, leg_cents
    ) FROM unnest(payments) AS payment;
    PERFORM orders_mark_paid(
        array_agg(payment.purchase_id),
        array_agg(payment.paid_at),
        array_agg('M-PESA confirmed ' || payments_kes(payment.cents) || ', receipt ' || payment.code || '.')
    ) FROM unnest(payments) AS payment WHERE payment.pays HAVING count(*) > 0;
    PERFORM notices_send(
        array_agg('receipt:' || payment.code),
        array_agg('payment'::text),
        array_agg(payment.buyer),
        array_agg(
            'Thank you. We received ' || payments_kes(payment.cents)
            || coalesce(' from 0' || substr(nullif(payment.msisdn, ''), 4, 3) || ' ***' || right(payment.msisdn, 3), '')
            || ' for order ' || payment.number || ', M-PESA receipt ' || payment.code || '.'
        ),
        false
    ) FROM unnest(payments) AS payment WHERE payment.pays HAVING count(*) > 0;
END $$;

-- Books every payment whose receipt is new, each receipt named once, and returns those. A purchase that awaits payment
-- is paid by the first that covers it; other money, and what is over, goes to *unmatched* under the cause given.
CREATE FUNCTION payments_credit(told payments_told[], shortcode text, moment timestamptz)
RETURNS TABLE (
    code text, cause text, surplus bigint, purchase_id bigint, number text, msisdn text, cents bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    payments payments_fresh[];
    stored text[];
BEGIN
    -- Everybody locks prompts before purchases, both in the order of their ids.
    PERFORM 1 FROM payments_prompt WHERE id IN (SELECT payment.prompt_id FROM unnest(told) AS payment)
    ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM orders_purchase WHERE id IN (
        SELECT coalesce(prompt.purchase_id, payment.purchase_id)
        FROM unnest(told) AS payment LEFT JOIN payments_prompt prompt ON prompt.id = payment.prompt_id
    ) ORDER BY id FOR NO KEY UPDATE;

    -- The paybill's confirmation came before the prompt's callback: now we learn which prompt that payment answered.
    WITH learned AS (
        UPDATE payments_receipt receipt SET prompt_id = prompt.id, msisdn = prompt.msisdn
        FROM (
            SELECT DISTINCT ON (payment.prompt_id) payment.code, payment.prompt_id FROM unnest(told) AS payment
            WHERE payment.prompt_id IS NOT NULL ORDER BY payment.prompt_id, payment.code
        ) AS payment
        JOIN payments_prompt prompt ON prompt.id = payment.prompt_id AND prompt.state <> 'paid'
        WHERE receipt.code = payment.code AND receipt.prompt_id IS NULL AND receipt.amount_cents = prompt.amount_cents
        RETURNING prompt.id
    )
    UPDATE payments_prompt prompt SET state = 'paid', code = '0', ended_at = coalesce(ended_at, moment), next_ask_at = NULL
    FROM learned WHERE prompt.id = learned.id;

    WITH candidate AS (
        SELECT payment.*, purchase.id AS home, purchase.number, buyer.phone, purchase.total_cents AS total,
            purchase.state, coalesce(nullif(payment.msisdn, ''), prompt.msisdn, '') AS payer,
            CASE WHEN prompt.amount_cents = payment.cents THEN prompt.id END AS answered,
            purchase.state = 'awaiting_payment' AND payment.cents >= purchase.total_cents AS covers
        FROM unnest(told) AS payment
        LEFT JOIN payments_receipt known ON known.code = payment.code
        LEFT JOIN payments_prompt prompt ON prompt.id = payment.prompt_id
        LEFT JOIN orders_purchase purchase ON purchase.id = coalesce(prompt.purchase_id, payment.purchase_id)
        LEFT JOIN people_user buyer ON buyer.id = purchase.buyer_id
        WHERE known.code IS NULL
    ), chosen AS (
        -- Who pays to the shilling comes before who pays more.
        SELECT candidate.*, covers AND row_number() OVER (
            PARTITION BY home, covers ORDER BY cents <> total, code) = 1 AS pays
        FROM candidate
    ), ranked AS (
        SELECT chosen.*, row_number() OVER (ORDER BY code)::integer AS place,
            answered IS NOT NULL AND row_number() OVER (PARTITION BY answered ORDER BY pays DESC, code) = 1
                AND NOT EXISTS (SELECT FROM payments_receipt taken WHERE taken.prompt_id = answered) AS opens,
            CASE WHEN bool_or(pays) OVER (PARTITION BY home) THEN 'paid' ELSE state END AS then_state
        FROM chosen
    )
    SELECT array_agg(ROW(
        place, code, cents, paid_at, payer, account, answered, opens, home, number, phone, total, then_state,
        coalesce(pays, false), cents - CASE WHEN pays THEN total ELSE 0 END
    )::payments_fresh ORDER BY place) INTO payments FROM ranked;
    IF payments IS NULL THEN RETURN; END IF;

    -- Whoever stores a receipt books it: another worker may be about to store the same.
    WITH kept AS (
        INSERT INTO payments_receipt (
            code, prompt_id, purchase_id, shortcode, msisdn, account, amount_cents, charge_cents, tariff, paid_at, learned_at,
            learned_from, unplaced)
        SELECT payment.code, CASE WHEN payment.opens THEN payment.prompt_id END,
            CASE WHEN payment.pays THEN payment.purchase_id END, shortcode, payment.msisdn, payment.account, payment.cents,
            heard.charge_cents, heard.tariff, payment.paid_at, moment, heard.source,
            CASE WHEN payment.surplus > 0 THEN (payments_surplus(payment)).reason ELSE '' END
        FROM unnest(payments) AS payment JOIN unnest(told) AS heard ON heard.code = payment.code
        ORDER BY payment.code
        ON CONFLICT (code) DO NOTHING RETURNING payments_receipt.code
    )
    SELECT array_agg(kept.code) INTO stored FROM kept;
    IF cardinality(stored) IS DISTINCT FROM cardinality(payments) THEN
        SELECT array_agg(ROW(
            place_now, code, cents, paid_at, msisdn, account, prompt_id, opens, purchase_id, number, buyer, total, state,
            pays, surplus
        )::payments_fresh ORDER BY place) INTO payments
        FROM (
            SELECT payment.*, row_number() OVER (ORDER BY payment.place)::integer AS place_now
            FROM unnest(payments) AS payment WHERE payment.code = ANY (stored)
        ) AS mine;
        IF payments IS NULL THEN RETURN; END IF;
    END IF;

    PERFORM payments_place(payments, shortcode);
    UPDATE payments_prompt prompt SET state = 'paid', code = '0', ended_at = coalesce(ended_at, moment), next_ask_at = NULL
    FROM unnest(payments) AS payment WHERE prompt.id = payment.prompt_id AND prompt.state <> 'paid';
    PERFORM payments_changed(array_agg(DISTINCT payment.number))
    FROM unnest(payments) AS payment WHERE payment.number IS NOT NULL HAVING count(*) > 0;
    RETURN QUERY SELECT payment.code, CASE WHEN payment.surplus > 0 THEN (payments_surplus(payment)).cause ELSE '' END,
            payment.surplus, payment.purchase_id, payment.number, payment.msisdn, payment.cents
        FROM unnest(payments) AS payment;
END $$;
"""

UNDO_CREDITING = """
DROP FUNCTION payments_credit, payments_place, payments_surplus, payments_changed, payments_kes;
DROP TYPE payments_fresh, payments_told;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_booking"),
        ("notices", "0002_outbox"),
        ("orders", "0002_marking_paid"),
        ("people", "0001_initial"),
        ("payments", "0002_moves"),
    ]
    operations = [
        migrations.CreateModel(
            name="LivePrompt",
            fields=[
                ("prompt", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="live", serialize=False, to="payments.prompt")),
                ("purchase", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="live_prompt", to="orders.purchase")),
                ("next_ask_at", models.DateTimeField(db_index=True, null=True)),
            ],
        ),
        migrations.RunSQL(LIVE_NOW, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="prompt", name="prompt_one_live_per_purchase"),
        migrations.RemoveIndex(model_name="prompt", name="prompt_to_ask_about"),
        migrations.AlterField(
            model_name="prompt",
            name="id",
            field=models.UUIDField(default=sokopesa.kernel.ids.time_ordered_uuid, editable=False, primary_key=True, serialize=False),
        ),
        migrations.AddField(
            model_name="receipt",
            name="account",
            field=models.CharField(blank=True, default="", help_text="The account number as it was typed; empty for a prompt.", max_length=20),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="prompt",
            field=models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="payments.prompt"),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="purchase",
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="orders.purchase"),
        ),
        migrations.AlterField(
            model_name="inboxmessage",
            name="prompt",
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="payments.prompt"),
        ),
        migrations.AddIndex(
            model_name="inboxmessage",
            index=models.Index(condition=models.Q(("prompt", None), _negated=True), fields=["prompt"], name="inbox_of_prompt"),
        ),
        migrations.AlterField(
            model_name="prompt",
            name="purchase",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="prompts", to="orders.purchase"),
        ),
        migrations.RunSQL(LIVE, UNDO_LIVE),
        migrations.RunSQL(GUARDS, UNDO_GUARDS),
        migrations.RunSQL(CREDITING, UNDO_CREDITING),
    ]
