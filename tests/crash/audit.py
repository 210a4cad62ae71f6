"""An auditor's look at the market's books once it is quiet, past all of its code.

Each question lists what is wrong. If none lists anything, nothing acknowledged was lost and nothing was booked twice.
"""

from __future__ import annotations

import psycopg
from tests.crash import expectations
from tests.crash.traffic import Traffic

QUESTIONS: dict[str, str] = {
    "A message was acknowledged and is not kept": """
        SELECT told.kind, coalesce(told.receipt, ''), told.times, count(kept.id) FROM told
        LEFT JOIN payments_inboxmessage kept
            ON kept.token_digest = told.digest AND kept.kind = told.kind AND kept.body = told.body
        GROUP BY told.kind, told.receipt, told.digest, told.body, told.times HAVING count(kept.id) < told.times
    """,
    "A message is kept that nobody sent": """
        SELECT kept.id FROM payments_inboxmessage kept WHERE NOT EXISTS (
            SELECT 1 FROM told WHERE (told.digest, told.kind, told.body) = (kept.token_digest, kept.kind, kept.body))
    """,
    "A message is not settled": "SELECT id FROM payments_inboxmessage WHERE settled_at IS NULL",
    "A message was misjudged": """
        SELECT id, verdict, remark FROM payments_inboxmessage WHERE verdict NOT IN ('paid', 'ended', 'repeated', '')
    """,
    "A message took effect other than once": """
        SELECT told.prompt_id, count(*) FILTER (WHERE kept.verdict IN ('paid', 'ended')) FROM told
        JOIN payments_inboxmessage kept
            ON (told.digest, told.kind, told.body) = (kept.token_digest, kept.kind, kept.body)
        GROUP BY told.prompt_id HAVING count(*) FILTER (WHERE kept.verdict IN ('paid', 'ended')) <> 1
    """,
    "A receipt is missing or says something else": """
        SELECT sale.receipt, receipt.amount_cents FROM sale
        LEFT JOIN payments_receipt receipt ON receipt.code = sale.receipt
        LEFT JOIN orders_purchase purchase ON purchase.id = receipt.purchase_id
        WHERE sale.receipt IS NOT NULL AND (receipt.amount_cents, receipt.prompt_id, purchase.number)
            IS DISTINCT FROM (sale.cents, sale.prompt_id, sale.number::varchar)
    """,
    "A receipt stands that nobody was given": """
        SELECT code FROM payments_receipt WHERE code NOT IN (SELECT receipt FROM sale WHERE receipt IS NOT NULL)
    """,
    "A receipt is not booked exactly once with its amount": """
        SELECT sale.receipt, count(posting.id), sum(posting.amount_cents) FROM sale
        LEFT JOIN ledger_entry entry ON entry.key = 'receipt:' || sale.receipt
        LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id AND posting.amount_cents > 0
        WHERE sale.receipt IS NOT NULL
        GROUP BY sale.receipt, sale.cents HAVING count(posting.id) <> 1 OR sum(posting.amount_cents) <> sale.cents
    """,
    "An entry is booked for no receipt": """
        SELECT key FROM ledger_entry WHERE key NOT IN (SELECT 'receipt:' || receipt FROM sale WHERE receipt IS NOT NULL)
    """,
    "M-PESA's account does not hold what the receipts brought": """
        SELECT paid, booked FROM (SELECT coalesce(sum(cents), 0) AS paid FROM sale WHERE receipt IS NOT NULL) AS theirs,
            (SELECT coalesce(sum(balance_cents), 0) AS booked FROM ledger_account WHERE code LIKE 'mpesa:%') AS ours
        WHERE paid <> booked
    """,
    "A purchase is not as M-PESA's word leaves it": """
        SELECT sale.number, purchase.state FROM sale LEFT JOIN orders_purchase purchase USING (number)
        WHERE purchase.state IS DISTINCT FROM CASE WHEN receipt IS NULL THEN 'awaiting_payment' ELSE 'paid' END
    """,
    "An order's state and its money in escrow do not agree": """
        SELECT orders.number, orders.state, account.balance_cents FROM sale
        JOIN orders_purchase purchase USING (number)
        JOIN orders_order orders ON orders.purchase_id = purchase.id
        LEFT JOIN ledger_account account ON account.code = 'escrow:' || orders.id
        WHERE CASE WHEN receipt IS NULL
            THEN orders.state <> 'awaiting_payment' OR coalesce(account.balance_cents, 0) <> 0
            ELSE orders.state <> 'awaiting_shipment' OR account.balance_cents IS DISTINCT FROM -orders.total_cents END
    """,
    "A purchase stands wrongly among those that await payment, or is missing there": """
        SELECT number FROM orders_purchase LEFT JOIN orders_awaitingpayment open ON open.purchase_id = id
        WHERE (state = 'awaiting_payment') <> (open.purchase_id IS NOT NULL)
    """,
    "A prompt stands wrongly among the live ones, or is missing there": """
        SELECT id FROM payments_prompt LEFT JOIN payments_liveprompt live ON live.prompt_id = id
        WHERE (state IN ('requested', 'sent', 'unknown')) <> (live.prompt_id IS NOT NULL)
    """,
    "A prompt did not end as M-PESA said": """
        SELECT sale.number, prompt.state, prompt.code FROM sale
        LEFT JOIN payments_prompt prompt ON prompt.id = sale.prompt_id
        WHERE (prompt.state, prompt.code) IS DISTINCT FROM (
            (CASE WHEN NOT spoken_of THEN 'sent' WHEN receipt IS NULL THEN 'refused' ELSE 'paid' END)::varchar,
            (CASE WHEN NOT spoken_of THEN '' WHEN receipt IS NULL THEN '1032' ELSE '0' END)::varchar)
    """,
    "The timeline does not tell of a payment exactly once": """
        SELECT sale.number, count(event.id) FROM sale
        JOIN orders_purchase purchase USING (number)
        LEFT JOIN orders_event event
            ON event.purchase_id = purchase.id AND event.kind IN ('paid', 'not-paid', 'surplus')
        GROUP BY sale.number, sale.spoken_of HAVING count(event.id) <> sale.spoken_of::int
    """,
    "A receipt is not told to its buyer exactly once": """
        SELECT sale.receipt, count(notice.id) FROM sale
        LEFT JOIN notices_notice notice ON notice.key = 'receipt:' || sale.receipt AND notice.to = sale.msisdn
        WHERE sale.receipt IS NOT NULL GROUP BY sale.receipt HAVING count(notice.id) <> 1
    """,
    "A notice tells of nothing that happened": """
        SELECT key FROM notices_notice
        WHERE key NOT IN (SELECT 'receipt:' || receipt FROM sale WHERE receipt IS NOT NULL)
    """,
    "An account's balance is not the sum of its postings": """
        SELECT code, balance_cents, sum(amount_cents) FROM ledger_account account
        LEFT JOIN ledger_posting posting ON posting.account_id = account.id
        GROUP BY account.id HAVING balance_cents <> coalesce(sum(amount_cents), 0)
    """,
    "An entry does not sum to zero": """
        SELECT entry.key, sum(amount_cents) FROM ledger_entry entry
        LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id
        GROUP BY entry.id HAVING coalesce(sum(amount_cents), 0) <> 0 OR count(posting.id) < 2
    """,
}


def audit(connection: psycopg.Connection[tuple[object, ...]], traffic: Traffic) -> list[str]:
    """A sentence for each question that is answered by more than nothing. The market must be quiet."""
    findings = []
    with connection.transaction(force_rollback=True):
        expectations.write(connection, traffic)
        for question, query in QUESTIONS.items():
            if rows := connection.execute(query.encode()).fetchall():
                findings.append(f"{question}: {len(rows):,} in all, such as {rows[0]}")
    return findings
