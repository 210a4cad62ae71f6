"""Settlement's own statements without settlement: rows prepared beforehand, no message read, nothing judged.

What this reaches is the limit that the database sets; the rest of the market's time goes into reading and judging.
"""

from __future__ import annotations

import threading

import psycopg

from benchmarks.planting import SHORTCODE

_PREPARE = """
CREATE UNLOGGED TABLE bare_told (message_id bigint PRIMARY KEY, token_digest bytea, told payments_told);
INSERT INTO bare_told
SELECT message.id, message.token_digest, ROW(
    planted.receipt, prompt.id, NULL, prompt.amount_cents, date_trunc('second', now()), 'callback', '', '', 1500,
    'tariff'
)::payments_told
FROM payments_inboxmessage message
JOIN payments_prompt prompt USING (token_digest)
JOIN planted ON planted.n = prompt.purchase_id
WHERE message.settled_at IS NULL;
ANALYZE bare_told;

CREATE FUNCTION bare_settle(size integer) RETURNS integer LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    messages bigint[];
    digests bytea[];
    payments payments_told[];
BEGIN
    messages := ARRAY(
        SELECT id FROM payments_inboxmessage WHERE settled_at IS NULL
        ORDER BY id LIMIT size FOR NO KEY UPDATE SKIP LOCKED
    );
    SELECT array_agg(token_digest), array_agg(told) INTO digests, payments
    FROM bare_told WHERE message_id = ANY (messages);
    IF payments IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM id, amount_cents, msisdn, checkout_request_id, state FROM payments_prompt
        WHERE token_digest = ANY (digests) ORDER BY id FOR NO KEY UPDATE;
    PERFORM code FROM payments_receipt WHERE prompt_id IN (SELECT payment.prompt_id FROM unnest(payments) AS payment);
    PERFORM code FROM payments_credit(payments, '{shortcode}', now());
    UPDATE payments_inboxmessage message SET settled_at = now(), verdict = 'paid', prompt_id = (told.told).prompt_id
    FROM bare_told told WHERE message.id = told.message_id AND message.id = ANY (messages);
    RETURN cardinality(messages);
END $$;
"""


def prepare(url: str) -> None:
    """Know beforehand what each waiting callback says."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PREPARE.replace("{shortcode}", SHORTCODE))


def settle_all(url: str, *, connections: int, size: int) -> None:
    """Settle every prepared callback over so many connections at once, ``size`` in a transaction."""
    threads = [threading.Thread(target=_settle, args=(url, size)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _settle(url: str, size: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT bare_settle(%s)", [size]).fetchone() != (0,):
            pass
