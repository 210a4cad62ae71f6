-- What settlement left of the payments {first} to {last} of {total}, one order each, spread over {days} days.
CREATE TEMPORARY TABLE past ON COMMIT DROP AS
SELECT
    n,
    now() - interval '1 day' * ({days} + 1 - {days} * n::float / {total}) AS at,
    -- Numbers, tokens and phones lie all over their indexes, receipts and identifiers follow the time: as in life.
    '9' || lpad((n::numeric * 61803398874989 % 100000000000000)::text, 14, '0') || '0' AS number,
    ('01900000-' || lpad(to_hex(n >> 16), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS prompt_id,
    lpad(to_hex(n * {days} / {total}), 2, '0') || upper(lpad(to_hex(n * 2654435761 % 4294967296), 8, '0')) AS receipt
FROM generate_series({first}::bigint, {last}::bigint) AS n;

INSERT INTO orders_purchase (
    id, number, reference, buyer_id, state, goods_cents, shipping_cents, total_cents, placed_at, paid_at)
SELECT n, number, 'H' || lpad(to_hex(n), 9, '0'), 1 + n % 20000, 'paid', 100000, 0, 100000, at, at FROM past;

INSERT INTO orders_order (
    id, purchase_id, number, seller_id, state, goods_cents, shipping_cents, total_cents, deliver_to, deliver_phone,
    promised_from, promised_until)
SELECT n, n, number || '-1', 1 + n % 2000, 'awaiting_shipment', 100000, 0, 100000,
    '["Asha Wanjiru", "Plot 5", "Moi Avenue", "Nairobi"]', '254712345678', current_date, current_date
FROM past;

INSERT INTO orders_event (purchase_id, at, kind, text)
SELECT n, at, 'paid', 'M-PESA confirmed KES 1,000, receipt ' || receipt || '.' FROM past;

INSERT INTO payments_prompt (
    id, purchase_id, attempt, msisdn, amount_cents, state, code, token_digest, merchant_request_id, checkout_request_id,
    requested_at, sent_at, ended_at, asked)
SELECT prompt_id, n, 1, '2547' || lpad((n % 20000)::text, 8, '0'), 100000, 'paid', '0', sha256(('past ' || n)::bytea),
    '2654-4b64-97ff-b827b542' || n, 'ws_CO_1' || lpad(n::text, 16, '0'), at, at, at, 0
FROM past;

INSERT INTO payments_receipt (
    code, prompt_id, purchase_id, shortcode, msisdn, account, amount_cents, charge_cents, tariff, paid_at, learned_at,
    learned_from, unplaced)
SELECT receipt, prompt_id, n, '{shortcode}', '254712345678', '', 100000, 1000, 'paybill-2023-07-29', at, at, 'callback', ''
FROM past;

INSERT INTO ledger_account (id, code, kind, guarded, balance_cents)
SELECT n + 1000, 'escrow:' || n, 'liability', true, -100000 FROM past;

INSERT INTO ledger_entry (id, key, kind, memo, happened_at)
SELECT n, 'receipt:' || receipt, 'payment', 'M-PESA receipt ' || receipt, at FROM past;

INSERT INTO ledger_posting (entry_id, account_id, amount_cents)
SELECT n, account_id, cents FROM past, LATERAL (VALUES (1, 100000), (n + 1000, -100000)) AS leg(account_id, cents);

INSERT INTO notices_notice (key, kind, "to", text, sent_at, attempts, last_error)
SELECT 'receipt:' || receipt, 'payment', '254712345678', 'Thank you. We received KES 1,000 from 0712 ***678 for order '
    || number || ', M-PESA receipt ' || receipt || '.', at, 1, ''
FROM past;

INSERT INTO payments_inboxmessage (
    received_at, kind, token_digest, source, trusted, headers, body, settled_at, verdict, remark, prompt_id)
SELECT at, 'stk', sha256(('past ' || n)::bytea), '196.201.214.200', true, '{{"content-type": "application/json"}}',
    convert_to(repeat(receipt, 43), 'UTF8'), at, 'paid', '', prompt_id
FROM past;
