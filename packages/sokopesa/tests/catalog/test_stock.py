"""The last piece goes to one buyer, whoever else asks at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from sokopesa.catalog.errors import SoldOut
from sokopesa.catalog.models import Offer
from sokopesa.catalog.stock import release, require, reserve


def left(offer: Offer) -> int:
    return Offer.objects.values_list("stock", flat=True).get(pk=offer.pk)


@pytest.mark.django_db
def test_reserving_takes_and_releasing_puts_back(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer(stock=5)
    reserve(offer_id=offer.pk, quantity=3)
    assert left(offer) == 2
    release(offer_id=offer.pk, quantity=3)
    assert left(offer) == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stock", "asked", "words"),
    [
        (0, 1, "“Solar lantern” from Seller 1 is sold out."),
        (1, 2, "Only 1 piece of “Solar lantern” is left at Seller 1."),
        (4, 10**12, "Only 4 pieces of “Solar lantern” are left at Seller 1."),
    ],
)
def test_too_many_are_refused_with_what_is_left(
    make_offer: Callable[..., Offer], stock: int, asked: int, words: str
) -> None:
    offer = make_offer(stock=stock)
    with pytest.raises(SoldOut) as refusal:
        reserve(offer_id=offer.pk, quantity=asked)
    assert str(refusal.value) == words
    assert refusal.value.left == stock
    assert left(offer) == stock


@pytest.mark.django_db
def test_a_withdrawn_offer_sells_nothing(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer(is_live=False)
    with pytest.raises(SoldOut, match="Seller 1 no longer sells “Solar lantern”"):
        reserve(offer_id=offer.pk, quantity=1)
    assert left(offer) == 5


@pytest.mark.django_db
def test_looking_takes_nothing(make_offer: Callable[..., Offer]) -> None:
    offer = make_offer(stock=2)
    require(offer, 2)
    with pytest.raises(SoldOut):
        require(offer, 3)
    assert left(offer) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_is_one_or_more(make_offer: Callable[..., Offer], quantity: int) -> None:
    offer = make_offer()
    for verb in (reserve, release):
        with pytest.raises(ValueError, match="1 or more"):
            verb(offer_id=offer.pk, quantity=quantity)
    assert left(offer) == 5


@pytest.mark.django_db
def test_an_unknown_offer_is_nobodys() -> None:
    for verb in (reserve, release):
        with pytest.raises(Offer.DoesNotExist):
            verb(offer_id=10**9, quantity=1)


@pytest.mark.usefixtures("committing")
@pytest.mark.parametrize(("stock", "buyers"), [(1, 2), (3, 8)])
def test_buyers_at_the_same_moment_get_exactly_what_there_is(
    make_offer: Callable[..., Offer], stock: int, buyers: int
) -> None:
    offer = make_offer(stock=stock)
    together = Barrier(buyers)

    def buy() -> bool:
        try:
            together.wait(timeout=30)
            reserve(offer_id=offer.pk, quantity=1)
        except SoldOut:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(buyers) as crowd:
        outcomes = [each.result() for each in [crowd.submit(buy) for _ in range(buyers)]]
    assert outcomes.count(True) == stock
    assert left(offer) == 0
