"""What a hostile or careless request, an old picture or a proxy must not break, and what logs must not hold."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from sokopesa.logs import logging_settings
from sokopesa.orders.models import OrderLine

pytestmark = pytest.mark.django_db
Market = Any
ENDLESS = "9" * 5_000


@pytest.mark.parametrize("number", [ENDLESS, "٣", "-1", "0x10", "1e3", "\x00", "9" * 19])
def test_numbers_that_nobody_means_break_nothing(market: Market, client: Client, number: str) -> None:
    purchase = market.purchase()
    client.force_login(purchase.buyer)
    slug = purchase.orders.get().lines.get().offer.product.slug
    product = reverse("storefront:product", args=[slug])
    assert client.get(product, {"offer": number, "quantity": number}).status_code == 200
    assert client.get(reverse("storefront:orders"), {"page": number}).status_code == 200
    assert client.post(reverse("storefront:buy"), {"offer": number, "quantity": "1"}).status_code == 404
    checkout = market.checkout(buyer=purchase.buyer)
    offer = {"offer": checkout.lines.get().offer_id, "quantity": number}
    assert client.post(reverse("storefront:buy"), offer).status_code == 302
    pay = reverse("storefront:pay", args=[checkout.pk])
    assert client.post(pay, {"agreed_total_cents": number}).status_code == 302
    assert client.post(reverse("storefront:address", args=[checkout.pk]), {"address": number}).status_code == 200


def test_an_old_order_whose_picture_is_gone_is_still_shown(market: Market, client: Client, tmp_path: Path) -> None:
    purchase = market.purchase()
    line = OrderLine.objects.get()
    OrderLine.objects.update(snapshot={**line.snapshot, "picture": "catalog/pictures/of-long-ago.svg"})
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "sokopesa.static_files.StaticFiles"},
    }
    client.force_login(purchase.buyer)
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        for page in (reverse("storefront:orders"), reverse("storefront:order", args=[purchase.number])):
            assert client.get(page).status_code == 200


def test_a_fault_is_logged_without_the_secrets_that_were_at_hand() -> None:
    handler = logging_settings(debug=False)
    formatter = handler["formatters"]["line"]
    built = formatter.pop("()")(**formatter)
    callback_token = "the-secret-of-this-attempt"
    try:
        callback_token.index("?")
    except ValueError:
        record = logging.LogRecord("sokopesa", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    line = built.format(record)
    assert json.loads(line)["event"] == "it failed"
    assert "ValueError" in line
    assert callback_token not in line


def test_behind_a_proxy_that_speaks_https_the_shop_is_served_and_not_redirected_for_ever() -> None:
    """Settings are read at the start, so a fresh process shows them."""
    script = (
        "import django; django.setup()\n"
        "from django.test import RequestFactory\n"
        "print(RequestFactory().get('/', headers={'x-forwarded-proto': 'https'}).is_secure())"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sokopesa.settings",
        "SOKOPESA_SECURE": "true",
        "SOKOPESA_TRUSTED_PROXIES": "1",
    }
    shown = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "True"
