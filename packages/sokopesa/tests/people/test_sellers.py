"""Who acts for a shop."""

from __future__ import annotations

from typing import Any

import pytest

from sokopesa.people.errors import NotMember
from sokopesa.people.sellers import acts_for, add_member, members_of, remove_member, sellers_of

pytestmark = pytest.mark.django_db
Market = Any


def test_a_member_acts_for_the_shop_until_taken_out(market: Market) -> None:
    shop, other = market.offer().seller, market.offer().seller
    user = add_member(seller=shop, phone="254711000001", name="Counter")
    add_member(seller=shop, phone="254711000001")
    assert (user.name, list(sellers_of(user))) == ("Counter", [shop])
    assert acts_for(user, shop.pk)
    assert not acts_for(user, other.pk)
    remove_member(seller=shop, phone="254711000001")
    assert not acts_for(user, shop.pk)
    with pytest.raises(NotMember, match="Nobody with this number"):
        remove_member(seller=shop, phone="254711000001")


def test_members_of_many_shops_cost_one_query(market: Market, django_assert_num_queries: Any) -> None:
    shops = [market.offer().seller for _ in range(3)]
    for place, shop in enumerate(shops):
        add_member(seller=shop, phone=f"25471100000{place}")
    with django_assert_num_queries(1):
        members = members_of(shop.pk for shop in shops)
    assert {seller_id: [user.phone for user in users] for seller_id, users in members.items()} == {
        shop.pk: [f"25471100000{place}"] for place, shop in enumerate(shops)
    }
    assert members_of([]) == {}
