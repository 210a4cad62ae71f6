"""The audit of a day: the market's database against the network's own books, past the market's code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

import daraja
from market_day.day import Day
from market_day.mpesa import SHORTCODE, Asked, Paid
from sokopesa.ledger.queries import discrepancies
from sokopesa.ledger.verification import verify

LIVE = ("requested", "sent", "unknown")
SHELF = 1_000
"""Pieces of each offer at the beginning."""
LATE_WORKER = timedelta(minutes=10)
LAPSES_AFTER = timedelta(hours=24, minutes=10)


def audit(day: Day) -> list[str]:
    """What is wrong, each finding with the number of the rule that it breaks; none is what an auditor wants to see."""
    payments, asked = day.mpesa.payments(), _asked(day)
    checks = (
        _books_add_up(day),
        _receipts_tie_out(day, payments),
        _nothing_forged(day, payments),
        _purchases_are_paid_by_what_is_held(payments),
        _surplus_is_owed(payments),
        _nothing_acknowledged_is_lost(day, payments, asked),
        _nobody_is_asked_twice(asked, payments),
        _cancelled_is_refunded(),
        _every_order_goes_on(day),
        _nothing_is_left_open(day),
    )
    return [finding for check in checks for finding in check]


def audit_calm(day: Day) -> list[str]:
    """On a day without faults healers have nothing to heal; what they find then is a fault of our own.

    A phone that was off or left unanswered is the exception: M-PESA's word for it (1037) settles nothing, so the
    janitor asks on.
    """
    unanswered = {ask.id for ask in _asked(day) if ask.code == "1037"}
    ended = _rows("SELECT checkout_request_id FROM payments_prompt WHERE id = ANY(%s)", [list(day.ended_by_janitor)])
    healed = [
        f"I11 the janitor ended {name}, of which M-PESA had told us" for (name,) in ended if name not in unanswered
    ]
    doubted = _rows(
        "SELECT remark FROM payments_inboxmessage WHERE verdict NOT IN ('paid', 'ended', 'unclear', 'repeated')"
    )
    return [
        *healed,
        *(f"I11 only the list told of {receipt}" for receipt in sorted(day.swept)),
        *(f"I15 we doubted M-PESA's own word: {remark}" for (remark,) in doubted),
    ]


def needing_people(day: Day) -> Counter[str]:
    """What was left for an operator, by reason."""
    why: Counter[str] = Counter()
    for code, unplaced in _rows("SELECT code, unplaced FROM payments_receipt WHERE unplaced <> ''"):
        named = unplaced.startswith("The account number")
        why["money for no known order" if named else "money that its order did not need"] += bool(code)
    for (key,) in _rows("SELECT key FROM notices_notice WHERE kind = 'operator'"):
        why[f"alert: {key.removeprefix('operator:').rsplit('-', 1)[0].split('-')[0]}"] += 1
    for (remark,) in _rows("SELECT remark FROM payments_inboxmessage WHERE verdict = 'set-aside'"):
        why[f"set aside: {remark[:60]}"] += 1
    return why


def verdicts() -> dict[str, int]:
    """What settlement made of the messages."""
    return dict(_rows("SELECT verdict, count(*) FROM payments_inboxmessage GROUP BY verdict ORDER BY verdict"))


def _books_add_up(day: Day) -> Iterator[str]:
    yield from (f"I2 {one.what}: kept {one.kept_cents}, is {one.recomputed_cents}" for one in discrepancies())
    report = verify(anchor=day.anchor)
    yield from (f"I13 {finding}" for finding in report.findings)
    if report.anchored_at is None:
        yield "I13 the head that was written down is not in the chain"
    ((total,),) = _rows("SELECT coalesce(sum(amount_cents), 0) FROM ledger_posting")
    if total:
        yield f"I1 all postings sum to {total}"


def _receipts_tie_out(day: Day, payments: list[Paid]) -> Iterator[str]:
    issued = {payment.receipt: payment.cents for payment in payments}
    kept = dict(_rows("SELECT code, amount_cents FROM payments_receipt"))
    yield from _differences("I10 receipts", issued, kept)
    booked = Counter[str]()
    entries = Counter[str]()
    for receipt, cents in _rows(
        """
        SELECT substr(entry.key, 9), sum(posting.amount_cents)::bigint FROM ledger_entry entry
        JOIN ledger_posting posting ON posting.entry_id = entry.id
        JOIN ledger_account account ON account.id = posting.account_id
        WHERE entry.key LIKE 'receipt:%%' AND account.code = %s GROUP BY entry.id
        """,
        [f"mpesa:{SHORTCODE}"],
    ):
        booked[receipt] += cents
        entries[receipt] += 1
    yield from _differences("I3 entries", issued, dict(booked))
    yield from (f"I3 {receipt} was booked {times} times" for receipt, times in entries.items() if times > 1)
    ((ours,),) = _rows(
        "SELECT coalesce(sum(balance_cents), 0) FROM ledger_account WHERE code = %s", [f"mpesa:{SHORTCODE}"]
    )
    if ours != day.mpesa.balance_cents():
        yield f"I10 our M-PESA account says {ours} cents, M-PESA {day.mpesa.balance_cents()}"


def _differences(what: str, issued: dict[str, int], kept: dict[str, int]) -> Iterator[str]:
    for receipt in sorted(issued.keys() | kept.keys()):
        if issued.get(receipt) != kept.get(receipt):
            yield f"{what}: M-PESA has {receipt} with {issued.get(receipt)} cents, we with {kept.get(receipt)}"


def _nothing_forged(day: Day, payments: list[Paid]) -> Iterator[str]:
    issued = {payment.receipt for payment in payments}
    for code, source in _rows("SELECT code, learned_from FROM payments_receipt"):
        if code not in issued:
            forged = "a forgery" if code in day.attacker.forged else "nobody"
            yield f"I6 {code} was credited by a {source}; M-PESA never issued it, {forged} did"


def _purchases_are_paid_by_what_is_held(payments: list[Paid]) -> Iterator[str]:
    references = {payment.receipt: payment.reference.upper().replace(" ", "").replace("O", "0") for payment in payments}
    held = dict(_rows("SELECT code, -balance_cents FROM ledger_account WHERE code LIKE 'escrow:%%'"))
    for number, reference, state, total, back, order_ids, receipt, cents in _rows(
        """
        SELECT purchase.number, reference, purchase.state, purchase.total_cents,
               (SELECT sum(refunded_cents)::bigint FROM orders_order placed WHERE placed.purchase_id = purchase.id),
               array(SELECT id::text FROM orders_order placed WHERE placed.purchase_id = purchase.id),
               receipt.code, receipt.amount_cents
        FROM orders_purchase purchase LEFT JOIN payments_receipt receipt ON receipt.purchase_id = purchase.id
        """
    ):
        in_escrow = sum(held.pop(f"escrow:{name}", 0) for name in (number, *order_ids))
        if in_escrow != (total - back if state == "paid" else 0):
            yield f"I4 {number} is {state} and costs {total}, of which {back} went back; held for it are {in_escrow}"
        if (state == "paid") != (receipt is not None and cents >= total):
            yield f"I4 {number} is {state} and costs {total}, receipt {receipt} paid {cents}"
        if receipt and references.get(receipt) != reference:
            yield f"I4 {receipt} paid {reference}, M-PESA says {references.get(receipt)}"
    yield from (f"I4 {code} holds {cents} for no purchase" for code, cents in held.items() if cents)
    yield from (
        f"I4 order {number} is {state} in a purchase that is {whole}"
        for number, state, whole in _rows(
            """
            SELECT placed.number, placed.state, purchase.state FROM orders_order placed
            JOIN orders_purchase purchase ON purchase.id = placed.purchase_id
            WHERE (placed.state IN ('awaiting_payment', 'lapsed')
                   OR (placed.state = 'cancelled' AND placed.refunded_cents < placed.total_cents))
                  = (purchase.state = 'paid')
            """
        )
    )


def _surplus_is_owed(payments: list[Paid]) -> Iterator[str]:
    """What no purchase costs is owed, and what was cancelled after it was paid: to a buyer, or to somebody whom an
    operator must find."""
    ((back,),) = _rows("SELECT coalesce(sum(refunded_cents), 0)::bigint FROM orders_order")
    ((due,),) = _rows("SELECT coalesce(sum(total_cents), 0) FROM orders_purchase WHERE state = 'paid'")
    ((owed,),) = _rows(
        "SELECT coalesce(-sum(balance_cents), 0) FROM ledger_account WHERE code = 'unmatched' OR code LIKE 'refunds:%%'"
    )
    surplus = sum(payment.cents for payment in payments) - due + back
    if owed != surplus:
        yield f"I5 {surplus} cents came that no order needs, {owed} are owed back or unplaced"


def _nothing_acknowledged_is_lost(day: Day, payments: list[Paid], asked: list[Asked]) -> Iterator[str]:
    acknowledged = Counter(day.attacker.posted)
    for about in [*(payment.receipt for payment in payments), *(ask.id for ask in asked)]:
        acknowledged.update((one.url, one.body) for one in day.mpesa.posted(about) if one.state == "delivered")
    kept = Counter(
        (bytes(digest), bytes(body)) for digest, body in _rows("SELECT token_digest, body FROM payments_inboxmessage")
    )
    for (url, body), times in acknowledged.items():
        token = urlsplit(url).path.rpartition("/")[2]
        stored = kept[daraja.token_digest(token), body.encode()]
        if stored < times:
            yield f"I7 acknowledged {times} times and kept {stored} times: {body[:120]}"


def _nobody_is_asked_twice(asked: list[Asked], payments: list[Paid]) -> Iterator[str]:
    """By M-PESA's own record: no prompt for a purchase rang while an earlier one was alive or paid."""
    paid_at = {payment.receipt: payment.at for payment in payments}
    for (reference,) in _rows("SELECT reference FROM orders_purchase"):
        prompts = sorted((ask for ask in asked if reference in ask.text), key=lambda ask: ask.at)
        for number, later in enumerate(prompts):
            for earlier in prompts[:number]:
                if earlier.ended_at is None or earlier.ended_at > later.at:
                    yield f"I8 {reference} was asked for at {later.at:%d %H:%M:%S} while {earlier.id} was alive"
                elif earlier.receipt and paid_at[earlier.receipt] <= later.at:
                    yield f"I8 {reference} was asked for at {later.at:%d %H:%M:%S}, {earlier.id} had paid it"


def _cancelled_is_refunded() -> Iterator[str]:
    """By the pieces: what was cancelled of a paid order was given back once, to the cent, and is on its shelf again."""
    for number, state, pieces_cents, refunded, owed in _rows(
        """
        SELECT placed.number, placed.state,
               (sum(unit_cents * cancelled_quantity)
                + CASE WHEN bool_and(cancelled_quantity = quantity) THEN placed.shipping_cents ELSE 0 END)::bigint,
               placed.refunded_cents,
               (SELECT coalesce(sum(amount_cents), 0)::bigint FROM refunds_refund WHERE order_id = placed.id)
        FROM orders_order placed JOIN orders_orderline line ON line.order_id = placed.id GROUP BY placed.id
        """
    ):
        if not pieces_cents == refunded == owed:
            yield f"I16 {number} is {state}: cancelled for {pieces_cents}, given back {refunded}, owed {owed}"
    for offer, stock, sold in _rows(
        """
        SELECT offer.id, offer.stock, coalesce(sum(line.quantity - line.cancelled_quantity), 0)::bigint
        FROM catalog_offer offer
        JOIN orders_orderline line ON line.offer_id = offer.id
        JOIN orders_order placed ON placed.id = line.order_id
        JOIN orders_purchase purchase ON purchase.id = placed.purchase_id
        WHERE purchase.state IN ('awaiting_payment', 'paid') GROUP BY offer.id
        """
    ):
        if stock + sold != SHELF:
            yield f"I17 of offer {offer} {stock} are on the shelf and {sold} sold, together not {SHELF}"


def _every_order_goes_on(day: Day) -> Iterator[str]:
    """No living order without a deadline, and none whose deadline has passed."""
    living = _rows(
        """
        SELECT placed.number, placed.state, min(clock.due_at) FROM orders_order placed
        LEFT JOIN orders_clock clock
            ON clock.order_id = placed.id AND clock.kind IN ('ship', 'answer_cancel', 'protection')
        WHERE placed.state IN ('awaiting_shipment', 'partly_shipped', 'shipped', 'delivered') GROUP BY placed.id
        """
    )
    for number, state, due in living:
        if due is None or due < day.now - LATE_WORKER:
            yield f"I18 {number} is {state}, and its next deadline {due or 'is missing'}"
    over = _rows(
        """
        SELECT placed.number, placed.state
        FROM orders_clock clock JOIN orders_order placed ON placed.id = clock.order_id
        WHERE placed.state NOT IN ('awaiting_shipment', 'partly_shipped', 'shipped', 'delivered')
        """
    )
    yield from (f"I18 {number} is {state} and still has a deadline" for number, state in over)


def _nothing_is_left_open(day: Day) -> Iterator[str]:
    live = _rows("SELECT id, state, code, requested_at, asked FROM payments_prompt WHERE state = ANY(%s)", [list(LIVE)])
    for prompt, state, code, since, asked in live:
        yield f"I9 prompt {prompt} of {since:%d %H:%M:%S} is still {state} (code {code!r}) after {asked} questions"
    for (many,) in _rows("SELECT count(*) FROM payments_inboxmessage WHERE settled_at IS NULL HAVING count(*) > 0"):
        yield f"I9 {many} messages wait"
    overdue = day.now - LAPSES_AFTER
    for (number,) in _rows(
        "SELECT number FROM orders_purchase WHERE state = 'awaiting_payment' AND placed_at < %s", [overdue]
    ):
        yield f"I9 {number} neither paid nor lapsed"


def _asked(day: Day) -> list[Asked]:
    phones = [msisdn for (msisdn,) in _rows("SELECT DISTINCT msisdn FROM payments_prompt ORDER BY msisdn")]
    return [ask for msisdn in phones for ask in day.mpesa.prompts(msisdn)]


def _rows(query: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or [])
        return list(cursor.fetchall())
