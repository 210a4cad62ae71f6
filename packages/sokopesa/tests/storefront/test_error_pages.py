"""What is shown when something is wrong, in the shop's own design and without leaning on what failed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory

from sokopesa.faces.storefront.views.errors import failed, forbidden

Shop = Any


@pytest.mark.django_db
def test_an_unknown_address_answers_404_with_a_way_on(client: Client) -> None:
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    html = answer.content.decode()
    assert "We can't find that page" in html
    assert "To the market" in html


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_in_words(shop: Shop) -> None:
    answer = Client(enforce_csrf_checks=True).post("/buy/", {"offer": shop.offer().pk, "quantity": 1})
    assert answer.status_code == 403
    assert "nothing was charged" in answer.content.decode()


def test_our_own_failure_needs_no_database() -> None:
    answer = failed(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "it is not your money" in answer.content.decode()


@pytest.mark.django_db
def test_forbidden_is_told_in_words(client: Client) -> None:
    request = client.get("/").wsgi_request
    answer = forbidden(request, PermissionError())
    assert answer.status_code == 403
    assert "You may not do this." in answer.content.decode()
