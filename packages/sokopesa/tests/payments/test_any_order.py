"""Whatever M-PESA says, in whatever order, as often as it likes and however late: the books end the same. What counts
is which receipts M-PESA issued, for what and how much, and whether the order was over when we first heard of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

import daraja
from daraja.reply import Reply
from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.errors import Refusal
from sokopesa.ledger.accounts import UNMATCHED, mpesa
from sokopesa.ledger.queries import discrepancies, trial_balance
from sokopesa.notices.models import Notice
from sokopesa.orders.cancelling import cancel_unpaid
from sokopesa.orders.models import Purchase
from sokopesa.payments import gateway, janitor, lapsing, listing, prompts
from sokopesa.payments.models import InboxMessage, Prompt, Receipt
from sokopesa.payments.settlement import settle

pytestmark = pytest.mark.django_db
Market = Callbacks = Any
SECRET = "paybill-secret"
OURS = "174379"
FURTHEST = timedelta(hours=36)
"""No story goes on for longer, for M-PESA's list remembers two days."""


@dataclass
class Payment:
    """One that M-PESA took: its receipt, for which account number, from which phone."""

    receipt: str
    cents: int
    reference: str
    msisdn: str
    at: datetime


@dataclass
class Rung:
    """A prompt as M-PESA knows it. ``code`` is how it ended, empty where M-PESA never took the request."""

    checkout_request_id: str
    code: str
    token: str
    payment: Payment | None = None
    prompt: Prompt | None = None


FATES = {
    "paid": ("0", True),
    "paid, answer lost": ("0", False),
    "cancelled": ("1032", True),
    "cancelled, answer lost": ("1032", False),
    "unreachable": ("1037", True),
    "never arrived": ("", False),
    "paid after all": ("1032", True),
}
"""How M-PESA ends a prompt, and whether the answer to our request reached us."""


@dataclass
class Story:
    """What M-PESA knows, what of it has been told, and the market's moves in between."""

    callbacks: Callbacks
    purchases: list[Purchase]
    now: datetime
    payments: list[Payment] = field(default_factory=list)
    rung: list[list[Rung]] = field(default_factory=lambda: [[], []])
    listed: int = 0
    lie: str = ""
    fate: str = "paid"
    over: set[int] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def press_pay(self, which: int, fate: str) -> None:
        self.fate = fate
        purchase, began_at = self.purchases[which], self.now
        with suppress(Refusal):
            prompt = prompts.ask(purchase=purchase, msisdn=purchase.buyer.phone, now=began_at)
            if prompt.sent_at is None:
                prompts.send(prompt_id=prompt.id, clock=lambda: began_at)
                self.rung[which][-1].prompt = prompt

    def try_twice(self, which: int, first: str, second: str) -> None:
        """Cancelled, as M-PESA says and we hear, and asked for anew."""
        self.press_pay(which, first)
        self.call_back(which, 0)
        settle(now=self.now)
        self.press_pay(which, second)

    def push(self, request: daraja.StkPush) -> daraja.StkAck:
        """M-PESA takes the request, or does not, and its answer comes, or does not."""
        code, answered = FATES[self.fate]
        number = next(self._numbers)
        which = [purchase.reference for purchase in self.purchases].index(request.account_reference)
        rung = Rung(f"ws_CO_{number:020d}", code, request.callback_url.rpartition("/")[2])
        if code == "0" or self.fate == "paid after all":
            rung.payment = self._issue(request.amount * 100, request.account_reference, request.msisdn)
        self.rung[which].append(rung)
        if not answered:
            raise daraja.OutcomeUnknown("The answer was lost.")
        return daraja.StkAck(merchant_request_id="m", checkout_request_id=rung.checkout_request_id, raw={})

    def query(self, request: daraja.StkQuery) -> daraja.StkStatus:
        rung = next(
            one for one in itertools.chain(*self.rung) if one.checkout_request_id == request.checkout_request_id
        )
        if self.lie == "no answer":
            raise daraja.OutcomeUnknown("Nobody answers.")
        if self.lie == "unknown":
            error = {"errorCode": "400.002.02", "errorMessage": "Bad Request - Invalid CheckoutRequestID"}
            return request.answer(Reply(400, json.dumps(error).encode()))
        told = {"ResponseCode": "0", "ResultCode": self.lie or rung.code, "ResultDesc": "told"}
        return request.answer(Reply(200, json.dumps(told).encode()))

    def pull(self, request: daraja.PullTransactions) -> daraja.PulledPage:
        shown = [one for one in self.payments[: self.listed] if request.start <= one.at <= request.end]
        rows = [
            {
                "transactionId": one.receipt,
                "trxDate": f"{one.at.astimezone(daraja.EAT):%Y-%m-%dT%H:%M:%S}Z",
                "msisdn": int(one.msisdn),
                "billreference": one.reference,
                "amount": f"{one.cents / 100:.2f}",
            }
            for one in shown[request.offset :]
        ]
        return request.answer(Reply(200, json.dumps({"ResponseCode": "1000", "Response": [rows]}).encode()))

    def pay_by_hand(self, which: int, kind: str) -> None:
        """M-PESA takes it, whatever it is: it was not asked to ask us."""
        purchase = self.purchases[which]
        cents = {"little": purchase.total_cents - 100, "much": purchase.total_cents + 700}
        reference = "WRONG" if kind == "stray" else purchase.reference
        self._issue(cents.get(kind, purchase.total_cents), reference, purchase.buyer.phone)

    def _issue(self, cents: int, reference: str, msisdn: str) -> Payment:
        payment = Payment(f"UKN1{next(self._numbers):06d}", cents, reference, msisdn, self.now)
        self.payments.append(payment)
        return payment

    def call_back(self, which: int, number: int) -> None:
        """M-PESA's word about one of the prompts. What it first calls cancelled may turn out to be paid."""
        if rung := self._rung(which, number):
            self.callbacks.arrive(rung.token, self._body(rung))
            if rung.payment:
                rung.code = "0"

    def forge(self, which: int, number: int) -> None:
        """A success that cannot be true of the prompt: another amount than it asked for."""
        if rung := self._rung(which, number):
            assert rung.prompt is not None
            forged = self.callbacks.paid(rung.prompt, "UFORGED001", Amount=1.0)
            self.callbacks.arrive(rung.token, forged)

    def _rung(self, which: int, number: int) -> Rung | None:
        known = [rung for rung in self.rung[which] if rung.code]
        return known[number % len(known)] if known else None

    def _body(self, rung: Rung) -> bytes:
        assert rung.prompt is not None
        prompt = Prompt(
            checkout_request_id=rung.checkout_request_id,
            msisdn=rung.prompt.msisdn,
            amount_cents=rung.prompt.amount_cents,
        )
        if rung.payment is None or rung.code != "0":
            return bytes(self.callbacks.ended(prompt, int(rung.code)))
        at = int(f"{rung.payment.at.astimezone(daraja.EAT):%Y%m%d%H%M%S}")
        return bytes(self.callbacks.paid(prompt, rung.payment.receipt, TransactionDate=at))

    def confirm(self, number: int) -> None:
        """M-PESA's word about one of the payments to the paybill; the phone is masked in it."""
        if not self.payments:
            return
        payment = self.payments[number % len(self.payments)]
        told = {
            "TransactionType": "Pay Bill",
            "TransID": payment.receipt,
            "TransTime": f"{payment.at.astimezone(daraja.EAT):%Y%m%d%H%M%S}",
            "TransAmount": f"{payment.cents / 100:.2f}",
            "BusinessShortCode": OURS,
            "BillRefNumber": payment.reference,
            "MSISDN": f"{payment.msisdn[:4]} ***** {payment.msisdn[-3:]}",
        }
        InboxMessage.objects.create(
            kind="confirmation",
            token_digest=daraja.token_digest(SECRET),
            source="127.0.0.1",
            trusted=True,
            headers={},
            body=json.dumps(told).encode(),
        )

    def sweep(self) -> None:
        listing.sweep(now=self.now + timedelta(seconds=1), back=listing.LONGEST_MEMORY)

    def wait(self, length: timedelta) -> None:
        self.now = min(self.now + length, self.purchases[0].placed_at + FURTHEST)

    def cancel(self, which: int) -> None:
        with suppress(Refusal):
            cancel_unpaid(self.purchases[which], now=self.now)

    def note_what_is_over(self) -> None:
        """An order that ended unpaid stays so; money for it that was not known until then goes back."""
        for which, purchase in enumerate(self.purchases):
            purchase.refresh_from_db()
            if purchase.state in ("lapsed", "cancelled"):
                if which not in self.over:
                    assert not Receipt.objects.filter(purchase=purchase).exists()
                self.over.add(which)


FEW = st.integers(0, 3)
ACTS = st.one_of(
    st.tuples(st.just("press pay"), st.integers(0, 1), st.sampled_from([*FATES])),
    st.tuples(st.just("call back"), st.integers(0, 1), FEW),
    st.tuples(st.just("call back"), st.integers(0, 1), FEW),
    st.tuples(st.just("forge"), st.integers(0, 1), FEW),
    st.tuples(st.just("confirm"), FEW),
    st.tuples(st.just("by hand"), st.integers(0, 1), st.sampled_from(["exact", "little", "much", "stray"])),
    st.tuples(st.just("settle"), st.integers(1, 3)),
    st.tuples(st.just("settle"), st.just(50)),
    st.tuples(st.just("janitor")),
    st.tuples(st.just("list shows all")),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("lie"), st.sampled_from(["", "0", "1032", "4999", "unknown", "no answer"])),
    st.tuples(st.just("wait"), st.sampled_from([15, 300, 300, 25 * 3_600])),
    st.tuples(st.just("lapse")),
    st.tuples(st.just("cancel"), st.integers(0, 1)),
)
TRIES = st.tuples(
    st.just("try twice"),
    st.integers(0, 1),
    st.sampled_from(["cancelled", "paid after all"]),
    st.sampled_from(["paid", "paid, answer lost", "cancelled", "paid after all"]),
)
"""How trouble begins."""
Act = tuple[Any, ...]


def play(story: Story, act: Act) -> None:
    moves: dict[str, Callable[..., object]] = {
        "press pay": story.press_pay,
        "try twice": story.try_twice,
        "call back": story.call_back,
        "forge": story.forge,
        "confirm": story.confirm,
        "by hand": story.pay_by_hand,
        "settle": lambda limit: settle(now=story.now, limit=limit),
        "janitor": lambda: janitor.ask_due(now=story.now, clock=lambda: story.now),
        "list shows all": lambda: setattr(story, "listed", len(story.payments)),
        "sweep": story.sweep,
        "lie": lambda lie: setattr(story, "lie", lie),
        "wait": lambda seconds: story.wait(timedelta(seconds=seconds)),
        "cancel": story.cancel,
        "lapse": lambda: lapsing.lapse_due(now=story.now),
    }
    name, *about = act
    moves[name](*about)
    story.note_what_is_over()


def tell_all_at_last(story: Story) -> None:
    """The lies end, the list shows everything, and the worker goes on for some hours."""
    story.lie, story.listed = "", len(story.payments)
    for hours in (0, 1, 5):
        story.now += timedelta(hours=hours)
        while settle(now=story.now):
            pass
        janitor.ask_due(now=story.now, clock=lambda: story.now)
        story.sweep()
        story.note_what_is_over()


def assert_books_follow_from_the_facts(story: Story) -> None:
    balances = trial_balance()
    came = sum(payment.cents for payment in story.payments)
    held, unknown = 0, sum(payment.cents for payment in story.payments if payment.reference == "WRONG")
    for which, purchase in enumerate(story.purchases):
        covering = [
            payment.receipt
            for payment in story.payments
            if payment.reference == purchase.reference and payment.cents >= purchase.total_cents
        ]
        paid = which not in story.over and bool(covering)
        assert (purchase.state == "paid") is paid, (purchase.state, covering, story.over)
        assert purchase.state != "awaiting_payment" or not covering
        receipts = list(Receipt.objects.filter(purchase=purchase).values_list("code", flat=True))
        assert len(receipts) == paid
        assert set(receipts) <= set(covering)
        held += purchase.total_cents * paid
    assert dict(Receipt.objects.values_list("code", "amount_cents")) == {
        payment.receipt: payment.cents for payment in story.payments
    }
    by_word: dict[str, int] = {}
    for code, cents in balances.items():
        by_word[code.split(":")[0]] = by_word.get(code.split(":")[0], 0) + cents
    assert balances.get(mpesa(OURS), 0) == came
    assert by_word.get("escrow", 0) == -held
    assert by_word.get("refunds", 0) + balances.get(UNMATCHED, 0) == held - came
    assert balances.get(UNMATCHED, 0) == -unknown
    assert discrepancies() == []
    assert not InboxMessage.objects.filter(verdict__in=["", "set-aside"]).exists()
    assert not Prompt.objects.filter(state__in=Prompt.LIVE).exists()


@pytest.fixture
def begin(market: Market, callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Story]]:
    """Begin a story of two orders of one buyer that cost the same, to be paid from one phone. Its M-PESA answers us."""
    monkeypatch.setattr(CONFIGURATION, "mpesa_paybill_token", SecretStr(SECRET))
    for name in ("mpesa_passkey", "mpesa_consumer_key", "mpesa_consumer_secret"):
        monkeypatch.setattr(CONFIGURATION, name, SecretStr("any"))
    buyer = market.buyer()
    twins = [market.purchase(buyer=buyer), market.purchase(buyer=buyer)]

    def begin_story() -> Story:
        story = Story(callbacks, twins, market.now)
        monkeypatch.setattr(daraja.Client, "authenticate", lambda client: None)
        monkeypatch.setattr(daraja.Client, "stk_push", lambda client, request: story.push(request))
        monkeypatch.setattr(daraja.Client, "stk_query", lambda client, request: story.query(request))
        monkeypatch.setattr(daraja.Client, "pull_transactions", lambda client, request: story.pull(request))
        return story

    gateway.hang_up()
    yield begin_story
    gateway.hang_up()


Begin = Callable[[], Story]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tries=st.lists(TRIES, max_size=2), acts=st.lists(ACTS, min_size=2, max_size=14))
def test_anything_in_any_order_ends_in_the_books_that_follow_from_the_facts(
    begin: Begin, tries: list[Act], acts: list[Act]
) -> None:
    with transaction.atomic():
        story = begin()
        for act in [*tries, *acts]:
            play(story, act)
        tell_all_at_last(story)
        assert_books_follow_from_the_facts(story)
        transaction.set_rollback(True)


TELLINGS = {
    "callbacks": [("call back", 0, 0), ("call back", 1, 0)],
    "callbacks, the later first": [("call back", 1, 0), ("call back", 0, 0)],
    "confirmations": [("confirm", 0), ("confirm", 1)],
    "one by each": [("call back", 1, 0), ("confirm", 0)],
    "everything twice": [("confirm", 1), ("call back", 0, 0), ("confirm", 0), ("call back", 1, 0)] * 2,
    "nothing": [],
}


@pytest.mark.parametrize("settled", ["one by one", "together"])
@pytest.mark.parametrize("telling", TELLINGS)
@pytest.mark.parametrize("second", ["press pay", "by hand"])
def test_two_orders_that_look_alike_are_never_called_duplicates(
    begin: Begin, telling: str, settled: str, second: str
) -> None:
    """One buyer, one phone, one amount, a minute apart: each payment is its own order's, and nothing is surplus."""
    story = begin()
    play(story, ("press pay", 0, "paid"))
    play(story, ("wait", 60))
    play(story, (second, 1, "paid" if second == "press pay" else "exact"))
    for act in TELLINGS[telling]:
        play(story, act)
        if settled == "one by one":
            play(story, ("settle", 1))
    tell_all_at_last(story)
    assert_books_follow_from_the_facts(story)
    assert [purchase.state for purchase in story.purchases] == ["paid", "paid"]
    paid_by = [Receipt.objects.get(purchase=purchase).code for purchase in story.purchases]
    assert paid_by == [payment.receipt for payment in story.payments]
    assert not Notice.objects.filter(kind__in=["operator", "refund"]).exists()
    assert Notice.objects.filter(kind="payment", text__startswith="Thank you").count() == 2
