"""Buyers are thanked for a payment in their own language. Crediting joins them already, so it costs no query more."""

from importlib import import_module

from django.db import migrations

CREDITING = import_module("sokopesa.payments.migrations.0003_crediting").CREDITING

BEGIN = """
ALTER TYPE payments_fresh ADD ATTRIBUTE language text;

-- `sokopesa.kernel.phone.masked`: 0712 ***678. NULL if there is no number.
CREATE FUNCTION payments_masked(msisdn text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '0' || substr(nullif(msisdn, ''), 4, 3) || ' ***' || right(msisdn, 3)
$$;
"""

SPEAKING = """
-- Money and orders: books every payment, marks what is paid and says thanks, to each buyer in their language:
-- the words of ``ORDER_PAID`` in `sokopesa.notices.words.money`.
CREATE OR REPLACE FUNCTION payments_place(payments payments_fresh[], shortcode text) RETURNS void
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
            CASE payment.language
                WHEN 'sw' THEN 'Asante. Tumepokea ' || payments_kes(payment.cents)
                    || coalesce(' kutoka ' || payments_masked(payment.msisdn), '')
                    || ' kwa oda ' || payment.number || ', risiti ya M-PESA ' || payment.code || '.'
                ELSE 'Thank you. We received ' || payments_kes(payment.cents)
                    || coalesce(' from ' || payments_masked(payment.msisdn), '')
                    || ' for order ' || payment.number || ', M-PESA receipt ' || payment.code || '.'
            END
        ),
        false
    ) FROM unnest(payments) AS payment WHERE payment.pays HAVING count(*) > 0;
END $$;

-- Books every payment whose receipt is new, each receipt named once, and returns those. A purchase that awaits payment
-- is paid by the first that covers it; other money, and what is over, goes to *unmatched* under the cause given.
CREATE OR REPLACE FUNCTION payments_credit(told payments_told[], shortcode text, moment timestamptz)
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
        SELECT payment.*, purchase.id AS home, purchase.number, buyer.phone, buyer.language,
            purchase.total_cents AS total, purchase.state, coalesce(nullif(payment.msisdn, ''), prompt.msisdn, '') AS payer,
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
        coalesce(pays, false), cents - CASE WHEN pays THEN total ELSE 0 END, language
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
            pays, surplus, language
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

UNDO = """
DROP FUNCTION payments_credit, payments_place, payments_masked;
ALTER TYPE payments_fresh DROP ATTRIBUTE language;
""" + CREDITING[CREDITING.index("-- Money and orders") :]


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_status")]
    operations = [migrations.RunSQL(BEGIN + SPEAKING, UNDO)]
