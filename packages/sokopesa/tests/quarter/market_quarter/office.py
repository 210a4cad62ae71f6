"""The market's finance office: two people who do on each business day what only people may do, by the same verbs that
the desk's pages call. They fill the float, take in statements, close days, pay, and look after what waits."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import httpx
from market_day.mpesa import SHORTCODE

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement import batching, returned
from sokopesa.disbursement import schedule as disbursing
from sokopesa.disbursement.errors import NothingToPay
from sokopesa.kernel.calendar import is_business_day
from sokopesa.kernel.clock import EAT, nairobi_date
from sokopesa.kernel.errors import Refusal
from sokopesa.payments import releases
from sokopesa.payments.unmatched import unmatched
from sokopesa.payouts import payers
from sokopesa.payouts.errors import FloatTooLow
from sokopesa.payouts.models import Payer
from sokopesa.people.models import Seller
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import closing, matching
from sokopesa.reconciliation.errors import StatementRefused
from sokopesa.reconciliation.importing import import_statement
from sokopesa.refunds.models import Refund
from sokopesa.settlements import payees, running
from sokopesa.settlements import schedule as paydays
from sokopesa.settlements.models import Payee

if TYPE_CHECKING:
    from market_quarter.quarter import Quarter

FLOAT_KES = 400_000
"""The float is filled up to this much each week."""

B2C_ACCOUNTS = ("utility", "working", "charges")
LOOKS_BACK = timedelta(days=3)
"""A statement is asked for with the days before it, so that what M-PESA shows late is not missed."""


class Office:
    """Works in Nairobi's mornings."""

    def __init__(self, quarter: Quarter) -> None:
        self._quarter = quarter
        self.one = add_staff(phone="254711000901", role=Role.FINANCE, name="Finance One")
        self.two = add_staff(phone="254711000902", role=Role.FINANCE, name="Finance Two")
        self.refused: list[str] = []
        self.opened_on = nairobi_date(quarter.now)

    def night(self) -> None:
        """After midnight: yesterday's statements are fetched and judged."""
        day = nairobi_date(self._now) - timedelta(days=1)
        first = max(self.opened_on, day - LOOKS_BACK)
        wanted = [(SHORTCODE, "utility"), *((CONFIGURATION.mpesa_b2c_shortcode, account) for account in B2C_ACCOUNTS)]
        for shortcode, account in wanted:
            self._take_in(shortcode, account, first, day)
        matching.run(now=self._now)

    def morning(self) -> None:
        """What is due on this day, if it is a business day."""
        today = nairobi_date(self._now)
        if not is_business_day(today):
            return
        self._resume()
        self._close_days(today)
        self._release_unmatched()
        self._look_after_returned()
        if disbursing.batch_day(today) == today:
            self._pay_refunds()
        if paydays.next_payday(today) == today:
            self._pay_sellers()

    def fill_float(self) -> None:
        """From the bank, at M-PESA's counter."""
        self._quarter.mpesa.network.organisation(CONFIGURATION.mpesa_b2c_shortcode, balances={"utility": FLOAT_KES})

    @property
    def _now(self) -> datetime:
        return self._quarter.now

    def _take_in(self, shortcode: str, account: str, first: date, last: date) -> None:
        url = f"{self._quarter.mpesa.network.base_url}/simulator/v1/statements/{shortcode}.csv"
        query = {"account": account, "from": first.isoformat(), "to": last.isoformat()}
        body = httpx.get(url, params=query, timeout=60).raise_for_status().content
        name = f"{shortcode}-{account}-{last}.csv"
        try:
            imported = import_statement(io.BytesIO(body), name=name, by=self.one, now=self._now)
        except StatementRefused as refusal:
            self.refused += [f"{name}: {fault}" for fault in refusal.faults[:2]]
        else:
            self._quarter.note("statement", f"{name} {imported}")

    def _close_days(self, today: date) -> None:
        """Day by day; an account that begins late, with its first line, catches up by itself."""
        while (day := closing.next_day()) is not None and day < today:
            try:
                closed = closing.close(day=day, by=self.one, now=self._now)
            except Refusal as refusal:
                self._quarter.note("day not closed", f"{day} {refusal}")
                return
            for each in closed:
                if each.open_count:
                    closing.countersign(close_id=each.pk, by=self.two, now=self._now)

    def _resume(self) -> None:
        """Payments that were stopped for our set-up go on, once somebody has looked at it."""
        for payer in Payer.objects.exclude(stopped_at=None):
            self._quarter.note("stopped", payer.stopped_for)
            payers.resume(payer.pk, now=self._now)

    def _release_unmatched(self) -> None:
        """Money that has lain without a home for two days goes back to whoever paid."""
        old = unmatched().filter(paid_at__lt=self._now - timedelta(days=2), releases=None)
        for receipt in list(old.order_by("code")):
            try:
                asked = releases.propose(
                    receipt=receipt.code, purchase=None, reason="Nobody claims it", maker=self.one, now=self._now
                )
                releases.approve(release_id=asked.pk, decider=self.two, now=self._now)
            except Refusal as refusal:
                self._quarter.note("refused", type(refusal).__name__)

    def _look_after_returned(self) -> None:
        """What came back is tried again when it has waited for two days; what M-PESA said decides nothing else here."""
        for refund in Refund.objects.exclude(waits_for="").exclude(state__in=["paid", "used", "sent"]).order_by("pk"):
            if refund.waits_for in (Refund.Wait.PHONE, Refund.Wait.MINIMUM):
                continue
            try:
                returned.retry(refund_id=refund.pk, by=self.one, now=self._now)
            except Refusal as refusal:
                self._quarter.note("refused", type(refusal).__name__)

    def _pay_refunds(self) -> None:
        try:
            batch = batching.prepare(maker=self.one, now=self._now)
        except NothingToPay:
            return
        try:
            batching.approve(
                batch_id=batch.pk, approver=self.two, typed_total=str(batch.total_cents // 100), now=self._now
            )
        except FloatTooLow:
            batching.cancel(batch_id=batch.pk, by=self.one, reason="The float is too low", now=self._now)
            self._quarter.note("float too low")
        else:
            self._quarter.note("disbursement", f"{batch.number} {batch.lines} {batch.total_cents}")

    def _pay_sellers(self) -> None:
        for seller in Seller.objects.filter(payees=None).order_by("pk"):
            member = add_member(seller=seller, phone="254711600001")
            asked = payees.ask(
                seller=seller,
                kind=Payee.Kind.PHONE,
                number=f"2547093{seller.pk:05d}",
                reference="",
                by=member,
                now=self._now,
            )
            self._quarter.mpesa.sim(asked.number, shillings=0)
            payees.approve(asked.pk, by=self.two, now=self._now)
        try:
            run = running.prepare(maker=self.one, now=self._now)
            running.approve(run.number, decider=self.two, typed_cents=run.total_cents, now=self._now)
        except Refusal as refusal:
            self._quarter.note("sellers not paid", type(refusal).__name__)
        else:
            self._quarter.note("sellers paid", f"{run.count} {run.total_cents}")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """That hour of the day in Nairobi."""
    return datetime.combine(day, time(hour, minute), tzinfo=EAT)
