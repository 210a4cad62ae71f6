"""The address book, and what the database refuses to keep."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sokopesa.people import actions, queries
from sokopesa.people.models import Address, Seller, User

pytestmark = pytest.mark.django_db

BOX: dict[str, Any] = {
    "kind": "po_box",
    "recipient": "Jane Wanjiru Otieno",
    "phone": "254712345678",
    "box_number": "12345",
    "postcode": "00100",
    "post_office": "Nairobi",
}
STREET: dict[str, Any] = {
    "kind": "street",
    "recipient": "Jane Wanjiru Otieno",
    "phone": "254712345678",
    "building": "Bishop Magua Centre, 3rd floor",
    "street": "Ngong Road",
    "landmark": "Uchumi Hyper",
    "town": "Nairobi",
    "county": "Nairobi",
}


@pytest.fixture
def jane() -> User:
    return User.objects.create_user("254712345678")


def test_a_box_address_is_written_as_on_a_kenyan_envelope() -> None:
    assert Address(**BOX).lines() == ["Jane Wanjiru Otieno", "P.O. Box 12345 - 00100", "NAIROBI"]
    assert Address(**BOX | {"box_number": "Private Bag", "postcode": "20157", "post_office": "Kabarak"}).lines() == [
        "Jane Wanjiru Otieno",
        "Private Bag - 20157",
        "KABARAK",
    ]


def test_a_street_address_goes_from_the_door_to_the_county() -> None:
    assert Address(**STREET).lines() == [
        "Jane Wanjiru Otieno",
        "Bishop Magua Centre, 3rd floor",
        "Ngong Road",
        "Near Uchumi Hyper",
        "Nairobi",
    ]
    up_country = STREET | {"landmark": "", "street": "", "town": "Iten", "county": "Elgeyo-Marakwet"}
    assert Address(**up_country).lines()[2:] == ["Iten, Elgeyo-Marakwet County"]


def test_the_first_address_is_the_default_and_names_the_person(jane: User) -> None:
    first = actions.save_address(user=jane, address=Address(**BOX))
    second = actions.save_address(user=jane, address=Address(**STREET | {"recipient": "Otieno"}))
    assert queries.default_address(jane) == first
    assert list(queries.addresses_of(jane)) == [first, second]
    jane.refresh_from_db()
    assert jane.name == "Jane Wanjiru Otieno"


def test_another_address_can_become_the_default(jane: User) -> None:
    first = actions.save_address(user=jane, address=Address(**BOX))
    second = actions.save_address(user=jane, address=Address(**STREET))
    actions.make_default(address=second)
    assert queries.default_address(jane) == second
    third = actions.save_address(user=jane, address=Address(**BOX), make_default=True)
    assert list(queries.addresses_of(jane)) == [third, second, first]


def test_changing_the_default_address_keeps_it_the_default(jane: User) -> None:
    first = actions.save_address(user=jane, address=Address(**BOX))
    actions.save_address(user=jane, address=Address(**STREET))
    first.box_number = "999"
    actions.save_address(user=jane, address=first)
    assert queries.default_address(jane) == first


def test_deleting_the_default_hands_it_to_the_newest(jane: User) -> None:
    first = actions.save_address(user=jane, address=Address(**BOX))
    actions.save_address(user=jane, address=Address(**STREET))
    newest = actions.save_address(user=jane, address=Address(**STREET))
    actions.delete_address(address=first)
    assert queries.default_address(jane) == newest
    for address in list(queries.addresses_of(jane)):
        actions.delete_address(address=address)
    assert queries.default_address(jane) is None


@pytest.mark.parametrize(
    "wrong",
    [
        BOX | {"box_number": ""},
        BOX | {"box_number": "0123"},
        BOX | {"box_number": "1234567"},
        BOX | {"postcode": "100"},
        BOX | {"post_office": ""},
        BOX | {"street": "Ngong Road"},
        BOX | {"recipient": ""},
        BOX | {"phone": "0712345678"},
        STREET | {"building": "", "street": ""},
        STREET | {"town": ""},
        STREET | {"county": ""},
        STREET | {"postcode": "00100"},
        STREET | {"kind": "island"},
    ],
)
def test_the_database_refuses_an_address_that_is_not_whole(jane: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(user=jane, **wrong)


def test_the_database_refuses_two_defaults_for_one_person(jane: User) -> None:
    Address.objects.create(user=jane, is_default=True, **BOX)
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(user=jane, is_default=True, **BOX)


@pytest.mark.parametrize("phone", ["0712345678", "254812345678", "25471234567", "+25471234567"])
def test_the_database_keeps_only_msisdns(phone: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(phone)


def test_a_phone_belongs_to_one_person(jane: User) -> None:
    assert actions.account_of(phone=jane.phone) == jane
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(jane.phone)


def test_nobody_has_a_password(jane: User) -> None:
    assert not jane.has_usable_password()
    assert not actions.account_of(phone="254733000000").has_usable_password()


@pytest.mark.parametrize("wrong", [{"country": "ke"}, {"rating": Decimal("5.1")}, {"rating": Decimal("-0.1")}])
def test_the_database_refuses_a_seller_out_of_this_world(wrong: dict[str, Any]) -> None:
    seller = {"name": "Shop", "slug": "shop", "town": "Nairobi", "joined_on": date(2024, 1, 1)} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Seller.objects.create(**seller)


def test_a_seller_is_domestic_in_kenya_only() -> None:
    assert Seller(country="KE").is_domestic
    assert not Seller(country="CN").is_domestic
