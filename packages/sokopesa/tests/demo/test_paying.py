"""The accounts that pay hold the same by M-PESA's books and by ours, however often the demo starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from sokopesa.demo import paying
from sokopesa.demo.people import STAFF, shops
from sokopesa.disbursement.models import InstantRule
from sokopesa.kernel.clock import now
from sokopesa.ledger.models import Account
from sokopesa.people.sellers import add_member
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation.models import Discrepancy
from sokopesa.settlements.models import Payee

pytestmark = pytest.mark.django_db
Market = Any

WHOLE = paying.FLOAT_SHILLINGS * 100


def ours() -> dict[str, int]:
    codes = {"bank", f"mpesa:b2c:{paying.SHORTCODE}", f"mpesa:{paying.SHORTCODE}:working"}
    return dict(Account.objects.filter(code__in=codes).values_list("code", "balance_cents"))


def start(network: httpx.Client) -> None:
    simulator = str(network.base_url).removesuffix("/simulator/v1/")
    paying.fill(simulator)
    paying.take_in_statements(simulator, now=now())


def test_money_from_the_bank_is_booked_from_mpesas_statement_once(network: httpx.Client) -> None:
    for _ in range(2):
        start(network)
        assert ours() == {
            "bank": -2 * WHOLE,
            f"mpesa:b2c:{paying.SHORTCODE}": WHOLE,
            f"mpesa:{paying.SHORTCODE}:working": WHOLE,
        }
    told = network.get(f"/organisations/{paying.SHORTCODE}").json()["balances"]
    assert (float(told["utility"]), float(told["working"])) == (paying.FLOAT_SHILLINGS, paying.FLOAT_SHILLINGS)
    assert not Discrepancy.objects.exists()


def test_what_two_people_agreed_on_is_agreed_once(market: Market) -> None:
    for phone, role, name in STAFF:
        add_staff(phone=phone, role=Role(role), name=name)
    for _ in range(paying.PAID_SHOPS + 1):
        market.offer()
    for phone, shop in shops():
        add_member(seller=shop, phone=phone)
    paying.agree(now=now())
    rules = InstantRule.objects.filter(state="approved")
    assert {rule.cause for rule in rules} == {"cancelled_order", "unshipped", "further_payment", "late_payment"}
    assert all(rule.maker_id != rule.decider_id for rule in rules)
    assert Payee.objects.filter(state="current").count() == paying.PAID_SHOPS
    paying.agree(now=now())
    assert (InstantRule.objects.count(), Payee.objects.count()) == (4, paying.PAID_SHOPS)


def test_mpesas_certificate_lies_where_the_settings_say(network: httpx.Client, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    paying.fetch_certificate(str(network.base_url).removesuffix("/simulator/v1/"), certificate)
    assert certificate.read_text(encoding="utf-8").startswith("-----BEGIN CERTIFICATE-----")
    assert paying.settings(certificate)["SOKOPESA_MPESA_CERTIFICATE"] == str(certificate)
