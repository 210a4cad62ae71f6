"""A program of a buyer's."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from sokopesa.catalog.models import Offer
from sokopesa.faces.api import tokens
from sokopesa.kernel import clock
from sokopesa.people.models import User


class Program:
    """Speaks JSON in the name of one buyer."""

    def __init__(self, buyer: User) -> None:
        self.buyer = buyer
        self.token = tokens.issue(buyer, now=clock.now())
        self._client = Client(headers={"Authorization": f"Bearer {self.token}"}, raise_request_exception=False)

    def get(self, path: str) -> HttpResponse:
        return self._client.get(f"/api/v1/{path}")

    def send(self, method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        return self._client.generic(
            method, f"/api/v1/{path}", _json(body), content_type="application/json", headers=headers
        )

    def begin(self, *offers: Offer, address: int, quantity: int = 1) -> dict[str, Any]:
        """A checkout of so many pieces of each offer."""
        for offer in offers:
            put = self.send("POST", "basket/items", {"offer": offer.pk, "quantity": quantity})
            assert put.status_code == 201, put.content
        begun = self.send("POST", "checkouts", {"address": address})
        assert begun.status_code == 201, begun.content
        return begun.json()

    def ready(self, *offers: Offer, address: int, quantity: int = 1) -> dict[str, Any]:
        """A checkout that only waits to be placed."""
        begun = self.begin(*offers, address=address, quantity=quantity)
        ways = [{"profile": parcel["profile"], "method": parcel["ways"][0]["method"]} for parcel in begun["parcels"]]
        assert self.send("PUT", f"checkouts/{begun['id']}/shipping", {"ways": ways}).status_code == 200
        paid = self.send("PUT", f"checkouts/{begun['id']}/payment", {"method": "mpesa", "msisdn": self.buyer.phone})
        assert paid.status_code == 204, paid.content
        return begun

    def place(self, begun: dict[str, Any], *, key: str = "", total_cents: int | None = None) -> HttpResponse:
        agreed = begun["total_cents"] if total_cents is None else total_cents
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.send("POST", f"checkouts/{begun['id']}/place", {"agreed_total_cents": agreed}, **headers)


def _json(body: object) -> bytes:
    return b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def program(market: Any) -> Program:
    return Program(market.buyer())


@pytest.fixture
def other_program(market: Any) -> Program:
    return Program(market.buyer())
