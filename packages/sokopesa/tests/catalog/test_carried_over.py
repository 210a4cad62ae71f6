"""What offers said of their shipping before there were profiles is kept, by profiles and methods."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from sokopesa.embedded_postgres import EmbeddedPostgres

OLD = ("catalog", "0002_rate_source")
NEW = ("catalog", "0003_variants")


@pytest.fixture
def old(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, postgres: EmbeddedPostgres
) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own, as it stood before."""
    with psycopg.connect(postgres.url(), autocommit=True) as server:
        server.execute("CREATE DATABASE before_variants")
    settings = deepcopy(connections["default"].settings_dict) | {"NAME": "before_variants"}
    connections.databases["old"] = settings
    with django_db_blocker.unblock():
        MigrationExecutor(connections["old"]).migrate([OLD])
        yield connections["old"]
        connections["old"].close()
    del connections["old"]
    del connections.databases["old"]
    with psycopg.connect(postgres.url(), autocommit=True) as server:
        server.execute("DROP DATABASE before_variants")


class OldShop:
    """Writes what the old models wrote."""

    def __init__(self, state: Any) -> None:
        self.models = {
            name: state.get_model(room, name)
            for room, name in (
                ("catalog", "Category"),
                ("catalog", "Product"),
                ("catalog", "Offer"),
                ("people", "Seller"),
            )
        }
        self.numbers = count(1)
        self.shelf = self._make("Category", slug="a", name="A", blurb="A", position=1, picture="a.svg")

    def _make(self, model: str, **values: Any) -> Any:
        return self.models[model].objects.using("old").create(**values)

    def seller(self) -> Any:
        n = next(self.numbers)
        return self._make("Seller", name=f"Shop {n}", slug=f"shop-{n}", town="Voi", joined_on="2024-01-01")

    def offer(self, seller: Any, **values: Any) -> Any:
        n = next(self.numbers)
        product = self._make(
            "Product",
            slug=f"p-{n}",
            title="Lamp",
            description="Bright.",
            category=self.shelf,
            brand="B",
            picture="a.svg",
            created_at="2026-03-02T09:00Z",
        )
        terms = {
            "shipping_minor": 20_000,
            "ships_from": "Voi",
            "ships_from_country": "KE",
            "min_days": 1,
            "max_days": 3,
        }
        offer = {"price_minor": 90_000, "currency": "KES", "stock": 5, "day_rule": "business", **terms, **values}
        return self._make("Offer", product=product, seller=seller, **offer)


def test_each_way_of_sending_becomes_a_profile_that_all_offers_sent_alike_share(old: BaseDatabaseWrapper) -> None:
    shop = OldShop(MigrationExecutor(old).loader.project_state([OLD]).apps)
    first, second = shop.seller(), shop.seller()
    same = [shop.offer(first), shop.offer(first)]
    heavy = shop.offer(first, shipping_minor=90_000, max_days=9)
    abroad = shop.offer(
        second, currency="USD", ships_from="Yiwu, China", ships_from_country="CN", day_rule="calendar", stock=0
    )
    MigrationExecutor(old).migrate([NEW])
    offers = MigrationExecutor(old).loader.project_state([NEW]).apps.get_model("catalog", "Offer")
    found = {
        each.pk: each
        for each in offers.objects.using("old")
        .select_related("variant", "profile")
        .prefetch_related("profile__methods")
    }
    assert {each.variant.product_id == each.product_id and each.variant.name == "" for each in found.values()} == {True}
    assert {each.profile.seller_id == each.seller_id and each.profile.handling_days == 1 for each in found.values()}
    assert found[same[0].pk].profile == found[same[1].pk].profile
    assert [found[each.pk].profile.name for each in (same[0], heavy, abroad)] == ["Standard", "Standard 2", "Standard"]
    assert (found[abroad.pk].profile.ships_from, found[abroad.pk].stock) == ("Yiwu, China", 0)
    assert [_method(found[each.pk]) for each in (same[0], heavy, abroad)] == [
        (20_000, "KES", 0, 2, "business"),
        (90_000, "KES", 0, 8, "business"),
        (20_000, "USD", 0, 2, "calendar"),
    ]


def _method(offer: Any) -> tuple[object, ...]:
    (only,) = offer.profile.methods.all()
    assert (only.is_live, only.to_po_box) == (True, True)
    return only.cost_minor, only.currency, only.min_days, only.max_days, only.day_rule
