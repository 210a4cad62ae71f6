"""What callbacks do to the books: each receipt once, nothing on a forger's word, every shilling accounted for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger.accounts import escrow, mpesa
from sokopesa.ledger.queries import balance_cents, discrepancies, total_cents
from sokopesa.notices.models import Notice
from sokopesa.orders.models import Order, Purchase
from sokopesa.payments.models import InboxMessage, Prompt, Receipt
from sokopesa.payments.settlement import settle
from sokopesa.refunds.models import Refund
from sokopesa.refunds.queries import owed_cents

pytestmark = pytest.mark.django_db
Market = Callbacks = Any
PAYBILL = mpesa("174379")


def verdicts() -> list[str]:
    return list(InboxMessage.objects.order_by("id").values_list("verdict", flat=True))


def nothing_happened(purchase: Purchase) -> bool:
    purchase.refresh_from_db()
    return (purchase.state, Receipt.objects.count(), balance_cents(PAYBILL)) == ("awaiting_payment", 0, 0)


def test_a_success_pays_the_order_books_the_money_and_tells_the_buyer(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase(total_cents=125_000)
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))

    assert settle(now=market.now) == 1
    purchase.refresh_from_db()
    prompt.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (purchase.state, prompt.state) == ("paid", "paid")
    assert purchase.paid_at is not None
    assert purchase.paid_at.isoformat() == "2026-11-23T09:05:00+00:00"
    assert [order.state for order in Order.objects.all()] == ["awaiting_shipment"]
    assert (receipt.code, receipt.purchase, receipt.charge_cents) == ("UKN1AAAAAA", purchase, 1_500)
    assert balance_cents(escrow(purchase.orders.get().pk)) == -125_000
    assert balance_cents(PAYBILL) == 125_000
    assert [event.kind for event in purchase.events.all()] == ["placed", "paid"]
    assert "UKN1AAAAAA" in Notice.objects.get().text
    assert len(Notice.objects.get().text) <= 160
    assert settle(now=market.now) == 0


def test_the_same_callback_three_times_has_one_effect(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    for _ in range(2):
        callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    settle(now=market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    settle(now=market.now)
    assert verdicts() == ["paid", "repeated", "repeated"]
    assert balance_cents(PAYBILL) == 125_000
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"Amount": 1.0}, "cents"),
        ({"Amount": 1250.5}, "cents"),
        ({"PhoneNumber": 254711999999}, "another phone"),
        ({"MpesaReceiptNumber": None}, "receipt"),
    ],
)
def test_a_success_that_does_not_fit_books_nothing_and_has_mpesa_asked(
    market: Market, callbacks: Callbacks, other: dict[str, Any], word: str
) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    Prompt.objects.filter(pk=prompt.pk).update(next_ask_at=market.now + timedelta(hours=1))
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1FORGED", **other))
    settle(now=market.now)
    prompt.refresh_from_db()
    message = InboxMessage.objects.get()
    assert nothing_happened(purchase)
    assert message.verdict == "doubtful"
    assert word in message.remark
    assert prompt.next_ask_at == market.now


def test_another_prompts_identifier_at_this_prompts_address_is_doubted(market: Market, callbacks: Callbacks) -> None:
    mine, token = callbacks.sent(market.purchase(), market.now)
    other, _ = callbacks.sent(market.purchase(), market.now)
    callbacks.arrive(token, callbacks.paid(other, "UKN1AAAAAA", PhoneNumber=int(mine.msisdn)))
    settle(now=market.now)
    assert verdicts() == ["doubtful"]
    assert nothing_happened(mine.purchase)


def test_strangers_untrusted_and_unreadable_messages_are_kept_and_do_nothing(
    market: Market, callbacks: Callbacks
) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive("guessed-token", callbacks.paid(prompt, "UKN1FORGED"))
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1FORGED"), trusted=False)
    for body in (b"", b"{}", b"<html>", b'{"Body": 3}', b'{"Body":{"stkCallback":{"ResultCode":0}}}', b"\xff\x00"):
        callbacks.arrive(token, body)
    settle(now=market.now)
    assert verdicts()[:2] == ["stranger", "untrusted"]
    assert set(verdicts()[2:]) <= {"unreadable", "doubtful"}
    assert nothing_happened(purchase)
    assert bytes(InboxMessage.objects.order_by("id")[0].body) == callbacks.paid(prompt, "UKN1FORGED")


@pytest.mark.parametrize(("code", "state"), [(1032, "refused"), (2001, "refused"), (1, "refused"), (1037, "unknown")])
def test_failures_end_the_prompt_but_an_unreachable_phone_is_asked_about_first(
    market: Market, callbacks: Callbacks, code: int, state: str
) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.ended(prompt, code))
    settle(now=market.now)
    prompt.refresh_from_db()
    assert (prompt.state, prompt.code) == (state, str(code))
    assert (prompt.next_ask_at is None) is (state == "refused")
    assert nothing_happened(purchase)


def test_money_after_a_failure_still_pays_the_order(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.ended(prompt, 1032))
    settle(now=market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    settle(now=market.now)
    purchase.refresh_from_db()
    prompt.refresh_from_db()
    assert (purchase.state, prompt.state) == ("paid", "paid")


def test_a_failure_after_the_money_changes_nothing(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    callbacks.arrive(token, callbacks.ended(prompt, 1032))
    settle(now=market.now)
    purchase.refresh_from_db()
    prompt.refresh_from_db()
    assert (purchase.state, prompt.state) == ("paid", "paid")
    assert verdicts() == ["paid", "repeated"]


@pytest.mark.parametrize("together", [True, False])
def test_a_second_payment_is_kept_apart_told_and_reported(market: Market, callbacks: Callbacks, together: bool) -> None:
    purchase = market.purchase()
    first, first_token = callbacks.sent(purchase, market.now)
    callbacks.arrive(first_token, callbacks.ended(first, 1032))
    settle(now=market.now)
    second, second_token = callbacks.sent(purchase, market.now)
    callbacks.arrive(second_token, callbacks.paid(second, "UKN1BBBBBB"))
    if not together:
        settle(now=market.now)
    callbacks.arrive(first_token, callbacks.paid(first, "UKN1AAAAAA"))
    settle(now=market.now)
    assert balance_cents(escrow(purchase.orders.get().pk)) == -125_000
    assert owed_cents() == 125_000
    assert Refund.objects.get().cause == "further_payment"
    assert balance_cents(PAYBILL) == 250_000
    assert Receipt.objects.filter(purchase=None).get().unplaced.startswith("A further payment")
    assert Notice.objects.filter(text__contains="We owe you KES 1,250").count() == 1
    assert [event.kind for event in purchase.events.all()].count("refund-owed") == 1
    assert discrepancies() == []


@pytest.mark.parametrize("together", [True, False])
def test_a_second_receipt_for_one_prompt_is_not_believed(market: Market, callbacks: Callbacks, together: bool) -> None:
    """A prompt is paid once. Whoever learned its address could invent more; if it is real, M-PESA's list has it."""
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    if not together:
        settle(now=market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1FORGED"))
    settle(now=market.now)
    assert verdicts() == ["paid", "doubtful"]
    assert balance_cents(PAYBILL) == 125_000


def test_a_callback_that_overtakes_the_acknowledgement_is_believed(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    body = callbacks.paid(prompt, "UKN1AAAAAA")
    Prompt.objects.filter(pk=prompt.pk).update(checkout_request_id="")
    callbacks.arrive(token, body)
    settle(now=market.now)
    prompt.refresh_from_db()
    assert prompt.state == "paid"
    assert prompt.checkout_request_id.startswith("ws_CO_")


def test_the_database_refuses_a_second_live_prompt_and_any_move_back(market: Market, callbacks: Callbacks) -> None:
    purchase = market.purchase()
    prompt, token = callbacks.sent(purchase, market.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        callbacks.sent(purchase, market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1AAAAAA"))
    settle(now=market.now)
    for state in ("sent", "refused", "unknown"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Prompt.objects.filter(pk=prompt.pk).update(state=state, ended_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.update(amount_cents=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.all()._raw_delete("default")


def test_a_message_that_nobody_was_prepared_for_holds_up_no_other(market: Market, callbacks: Callbacks) -> None:
    """A payment that claims to be of a time for which no tariff is known stands for any fault of our own."""
    good, odd = market.purchase(), market.purchase()
    odd_prompt, odd_token = callbacks.sent(odd, market.now)
    callbacks.arrive(odd_token, callbacks.paid(odd_prompt, "UKN1AAAAAA", TransactionDate=20070306120000))
    prompt, token = callbacks.sent(good, market.now)
    callbacks.arrive(token, callbacks.paid(prompt, "UKN1BBBBBB"))
    CONFIGURATION.operator_phone = "254711000200"
    assert settle(now=market.now) == 2
    CONFIGURATION.operator_phone = ""
    good.refresh_from_db()
    assert good.state == "paid"
    assert verdicts() == ["set-aside", "paid"]
    assert "tariff" in InboxMessage.objects.order_by("id")[0].remark
    assert Notice.objects.filter(kind="operator").count() == 1
    assert balance_cents(PAYBILL) == 125_000
    assert settle(now=market.now) == 0


MESSAGES = ["paid", "paid again", "cancelled", "unreachable", "wrong amount", "stranger", "rubbish"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(st.tuples(st.sampled_from(MESSAGES), st.integers(0, 1)), min_size=1, max_size=12),
    batches=st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_any_messages_in_any_order_and_batches_end_in_the_same_books(
    market: Market, callbacks: Callbacks, events: list[tuple[str, int]], batches: list[int]
) -> None:
    """What counts is which prompts M-PESA said were paid; order, repeats, noise and batch sizes count for nothing."""
    with transaction.atomic():
        purchase = market.purchase()
        early, early_token = callbacks.sent(purchase, market.now)
        Prompt.objects.filter(pk=early.pk).update(state="refused", code="1032", ended_at=market.now, next_ask_at=None)
        late, late_token = callbacks.sent(purchase, market.now)
        prompts = [(early, early_token, "UKN1AAAAAA"), (late, late_token, "UKN1BBBBBB")]
        for what, which in events:
            prompt, token, receipt = prompts[which]
            bodies = {
                "paid": callbacks.paid(prompt, receipt),
                "paid again": callbacks.paid(prompt, receipt),
                "cancelled": callbacks.ended(prompt, 1032),
                "unreachable": callbacks.ended(prompt, 1037),
                "wrong amount": callbacks.paid(prompt, "UKN1FORGED", Amount=1.0),
            }
            callbacks.arrive(token if what != "stranger" else "x", bodies.get(what, b"rubbish"))
        for size in [*batches, 100, 100]:
            settle(now=market.now, limit=size)

        paid = {which for what, which in events if what.startswith("paid")}
        purchase.refresh_from_db()
        assert (purchase.state == "paid") is bool(paid)
        assert balance_cents(PAYBILL) == 125_000 * len(paid)
        assert balance_cents(escrow(purchase.orders.get().pk)) == (-125_000 if paid else 0)
        assert owed_cents() == 125_000 * max(0, len(paid) - 1)
        assert total_cents() == 0
        assert discrepancies() == []
        transaction.set_rollback(True)
