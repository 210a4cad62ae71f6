"""What is said reaches whoever has the conversation open, at once, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient
from django.urls import reverse

from sokopesa.chat import talking
from sokopesa.chat.away import tell_away
from sokopesa.chat.models import Read
from sokopesa.faces.storefront.streams import LOOK_AGAIN_AFTER
from sokopesa.kernel import clock
from sokopesa.people.sellers import add_member


def test_both_sides_hear_at_once_and_what_is_heard_is_read(committing: None, make_shop: Any) -> None:
    shop = make_shop()
    buyer, offer = shop.buyer(), shop.offer()
    member = add_member(seller=offer.seller, phone="254711000301", name="Otieno")
    thread = talking.open_about_product(by=buyer, seller=offer.seller, product=offer.product, now=shop.now)
    address = reverse("storefront:thread_events", args=[thread.pk])

    def client(user: Any) -> AsyncClient:
        signed_in = AsyncClient()
        signed_in.force_login(user)
        return signed_in

    def say(by: Any, text: str) -> Any:
        return talking.say(thread=thread, by=by, text=text, key=uuid4(), now=clock.now()).message

    async def follow(signed_in: AsyncClient, **more: Any) -> AsyncIterator[bytes]:
        answer = await signed_in.get(address, **more)
        assert answer["Content-Type"] == "text/event-stream"
        return aiter(answer.streaming_content)

    async def hear(stream: AsyncIterator[bytes]) -> str:
        while (event := (await asyncio.wait_for(anext(stream), LOOK_AGAIN_AFTER - 3)).decode()).startswith(":"):
            pass
        return event

    async def talk(buyers: AsyncClient, members: AsyncClient) -> None:
        both = [await follow(buyers), await follow(members)]
        for stream in both:
            assert (await anext(stream)).startswith(b":")
        first = await sync_to_async(say)(buyer, "Habari")
        heard = [await hear(stream) for stream in both]
        assert all(f"id: {first.pk}\n" in event and "Habari" in event for event in heard)
        assert ["bubble--own" in event for event in heard] == [True, False]
        second = await sync_to_async(say)(member, "Nzuri\n\nsana")
        assert "Nzuri<br><br>sana" in await hear(both[0])
        back = await follow(buyers, headers={"Last-Event-ID": str(first.pk)})
        assert f"id: {second.pk}\n" in (again := await hear(back))
        assert "Habari" not in again

    async_to_sync(talk)(client(buyer), client(member))
    assert list(Read.objects.values_list("unread", flat=True)) == [0, 0]
    assert tell_away(now=clock.now()) == 0


def test_no_line_goes_to_somebody_else(committing: None, make_shop: Any) -> None:
    shop = make_shop()
    offer = shop.offer()
    thread = talking.open_about_product(by=shop.buyer(), seller=offer.seller, product=offer.product, now=shop.now)
    stranger = AsyncClient()
    stranger.force_login(shop.buyer("254722000999"))
    answer: Any = async_to_sync(stranger.get)(reverse("storefront:thread_events", args=[thread.pk]))
    assert answer.status_code == 404
