"""Messages and *Contact Now* as pages: by both sides, with and without the page's script."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from sokopesa.catalog.models import Offer
from sokopesa.chat import talking
from sokopesa.chat.models import Block, Message, MessageFile, Read, Report, Thread
from sokopesa.chat.warnings import HIDDEN
from sokopesa.faces.storefront.views.conversations import BY_SCRIPT
from sokopesa.people.models import User
from sokopesa.people.sellers import add_member

Shop = Any


def words(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def offer(shop: Shop) -> Offer:
    made: Offer = shop.offer(shop.product("Solar lantern"), seller="Mwanga Shop")
    return made


@pytest.fixture
def member(offer: Offer) -> User:
    return add_member(seller=offer.seller, phone="254711000301", name="Otieno Test")


@pytest.fixture
def seller(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def contact(offer: Offer) -> str:
    return reverse("storefront:contact_about_product", args=[offer.product.slug, offer.seller.slug])


def say(client: Client, text: str, *, thread: Thread | None = None, **more: Any) -> Any:
    thread = thread or Thread.objects.get()
    address = reverse("storefront:say", args=[thread.pk])
    files = {"files": more.pop("files")} if "files" in more else {}
    return client.post(address, {"text": text, "key": str(uuid4()), **files}, follow=True, **more)


@pytest.fixture
def thread(offer: Offer, member: User, buyer: User, shop: Shop) -> Thread:
    return talking.open_about_product(by=buyer, seller=offer.seller, product=offer.product, now=shop.now)


def url(thread: Thread, name: str = "thread") -> str:
    return reverse(f"storefront:{name}", args=[thread.pk])


def test_from_the_products_page_to_an_answer(signed_in: Client, seller: Client, offer: Offer, member: User) -> None:
    product = signed_in.get(reverse("storefront:product", args=[offer.product.slug]))
    assert f'href="{contact(offer)}"' in product.content.decode()
    assert "Contact Now : Mwanga Shop" in words(product)
    page = signed_in.get(contact(offer))
    assert "Pay only inside Sokopesa" in words(page)
    assert "Solar lantern" in words(page)
    assert not Thread.objects.exists(), "looking begins nothing"
    said = signed_in.post(contact(offer), {"text": "Is it bright?", "key": str(uuid4())}, follow=True)
    assert said.redirect_chain[-1][0] == url(Thread.objects.get()) + "#latest"
    assert "Today" in words(said)
    assert "You: Is it bright?" in words(said)
    assert signed_in.get(contact(offer))["Location"] == url(Thread.objects.get())

    shops = seller.get(reverse("storefront:messages"), {"as": "seller"})
    assert "Jane Wanjiru" in words(shops)
    assert "1 unread" in words(shops)
    assert "254712345678" not in shops.content.decode()
    answer = say(seller, "Very!")
    assert "Jane Wanjiru: Is it bright?" in words(answer)
    assert "0712" not in words(answer)
    home = signed_in.get("/")
    assert "Messages 1 unread" in words(home)
    assert "Mwanga Shop: Very!" in words(signed_in.get(url(Thread.objects.get())))
    assert "unread" not in words(signed_in.get("/"))


def test_from_an_order_to_its_seller_and_back(
    signed_in: Client, seller: Client, shop: Shop, buyer: User, offer: Offer
) -> None:
    purchase = shop.purchase(buyer, offer)
    order = purchase.orders.get()
    address = reverse("storefront:contact_about_order", args=[order.number])
    assert f'href="{address}"' in signed_in.get(reverse("storefront:order", args=[purchase.number])).content.decode()
    page = seller.get(address)
    assert f"Order {order.number}" in words(page)
    assert "KES 1,250" in words(page)
    seller.post(address, {"text": "It leaves tomorrow.", "key": str(uuid4())})
    assert signed_in.get(address)["Location"] == url(Thread.objects.get())
    talk = signed_in.get(url(Thread.objects.get()))
    assert "Mwanga Shop: It leaves tomorrow." in words(talk)
    assert reverse("storefront:order", args=[purchase.number]) in talk.content.decode()


def test_other_peoples_conversations_are_not_there(client: Client, shop: Shop, buyer: User, thread: Thread) -> None:
    order = shop.purchase(buyer).orders.get()
    client.force_login(shop.buyer("254722000999"))
    for name in ("thread", "thread_news", "thread_events", "report_thread"):
        assert client.get(url(thread, name)).status_code == 404
    for name in ("say", "block", "report_thread"):
        assert client.post(url(thread, name), {"text": "x"}).status_code == 404
    about_order = reverse("storefront:contact_about_order", args=[order.number])
    assert client.get(about_order).status_code == 404
    assert client.post(about_order, {"text": "x"}).status_code == 404
    assert not Message.objects.exists()


def test_signed_out_one_signs_in_and_comes_back(client: Client, thread: Thread, offer: Offer) -> None:
    for address in (url(thread), contact(offer), reverse("storefront:messages")):
        assert client.get(address)["Location"] == f"{reverse('account_login')}?next={address}"
    assert client.get(url(thread, "thread_events")).status_code == 204
    assert client.get(url(thread, "thread_news")).status_code == 403


def test_what_cannot_be_sent_comes_back_with_the_reason_and_nothing_lost(signed_in: Client, thread: Thread) -> None:
    empty = say(signed_in, "  ")
    assert (empty.status_code, "Write a message first." in words(empty)) == (422, True)
    long = say(signed_in, "x" * 2001)
    assert long.status_code == 422
    assert "2,000 characters at most" in words(long)
    assert "x" * 2001 in long.content.decode()
    by_script = signed_in.post(url(thread, "say"), {"text": "", "key": "nonsense"}, headers={BY_SCRIPT: "1"})
    assert (by_script.status_code, by_script.json()) == (422, {"error": "Write a message first."})


def test_the_same_form_sent_twice_is_one_message(signed_in: Client, thread: Thread) -> None:
    form = {"text": "Once", "key": str(uuid4()), "after": "0"}
    signed_in.post(url(thread, "say"), form)
    again = signed_in.post(url(thread, "say"), form, headers={BY_SCRIPT: "1"})
    assert again.json()["html"].count("Once") == 1
    assert Message.objects.count() == 1


def test_the_script_gets_what_was_said_since(signed_in: Client, seller: Client, thread: Thread) -> None:
    first = signed_in.post(url(thread, "say"), {"text": "One", "after": "0"}, headers={BY_SCRIPT: "1"}).json()
    assert signed_in.get(url(thread, "thread_news"), {"after": first["last"]}).status_code == 204
    say(seller, "Two\n\nlines <b>")
    news = signed_in.get(url(thread, "thread_news"), {"after": first["last"]}).json()
    assert "Two<br><br>lines &lt;b&gt;" in news["html"]
    assert "said__day" not in news["html"], "the day is there already"
    assert news["last"] == Message.objects.latest("pk").pk
    assert Read.objects.get(side="buyer").unread == 0


def test_a_pin_is_hidden_and_its_writer_told_at_once_in_their_language(
    signed_in: Client, seller: Client, thread: Thread, buyer: User
) -> None:
    plain = say(signed_in, "my pin is 2580")
    assert "We hid the PIN in your message" in words(plain)
    assert "2580" not in plain.content.decode()
    buyer.language = "sw"
    buyer.save()
    by_script = signed_in.post(url(thread, "say"), {"text": "PIN yangu ni 2580"}, headers={BY_SCRIPT: "1"}).json()
    assert "Tumeficha PIN" in by_script["warning"]
    assert HIDDEN in words(seller.get(url(thread)))


def test_a_till_is_shown_with_a_warning_to_its_reader_alone(signed_in: Client, seller: Client, thread: Thread) -> None:
    assert "speaks of paying outside" not in words(say(seller, "Pay to till number 5551234"))
    read = words(signed_in.get(url(thread)))
    assert "Pay to till number 5551234" in read
    assert "This message speaks of paying outside Sokopesa" in read


def photo(name: str = "back.jpg") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 40)).save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_photo_goes_with_a_message_or_alone_and_both_sides_see_it(
    signed_in: Client, seller: Client, shop: Shop, thread: Thread
) -> None:
    say(signed_in, "The back", thread=thread, files=[photo()])
    say(signed_in, "", thread=thread, files=[photo("front.jpg")])
    sent = MessageFile.objects.first()
    assert sent
    address = reverse("storefront:thread_file", args=[thread.pk, sent.upload_id])
    assert f'src="{address}"' in seller.get(url(thread)).content.decode()
    for who in (signed_in, seller):
        shown = who.get(address)
        assert (shown.status_code, shown["Content-Type"], body(shown)[:2]) == (200, "image/jpeg", b"\xff\xd8")
    stranger = Client()
    stranger.force_login(shop.buyer("254722000999"))
    assert stranger.get(address).status_code == 404
    assert seller.get(address.replace(str(sent.upload_id), str(uuid4()))).status_code == 404


def test_what_is_no_photo_is_refused_and_the_words_are_kept(signed_in: Client, thread: Thread) -> None:
    fake = SimpleUploadedFile("photo.jpg", b"MZ" + bytes(5000), "image/jpeg")
    answer = say(signed_in, "Look at this", thread=thread, files=[fake])
    assert answer.status_code == 422
    assert "photo.jpg:" in words(answer)
    assert "Look at this" in answer.content.decode()
    assert not Message.objects.exists()


def test_blocking_and_lifting_it(signed_in: Client, seller: Client, thread: Thread) -> None:
    say(seller, "Buy! Buy!")
    blocked = signed_in.post(url(thread, "block"), follow=True)
    assert "You have blocked Mwanga Shop" in words(blocked)
    assert "writer" not in re.findall(r'class="(writer)"', blocked.content.decode())
    theirs = seller.get(url(thread))
    assert "Jane Wanjiru takes no more messages from you." in words(theirs)
    assert say(seller, "Hello?").status_code == 422
    signed_in.post(url(thread, "block"), {"lift": "1"})
    assert Block.objects.get().lifted_at
    assert say(seller, "Sorry").status_code == 200


def test_reporting(signed_in: Client, thread: Thread) -> None:
    form = url(thread, "report_thread")
    assert "Asks me" not in words(signed_in.get(form))
    missing = signed_in.post(form, {})
    assert (missing.status_code, "Choose what is wrong." in words(missing)) == (422, True)
    unsaid = signed_in.post(form, {"reason": "other"})
    assert (unsaid.status_code, "Say in a few words why." in words(unsaid)) == (422, True)
    done = signed_in.post(form, {"reason": "pay_outside", "words": "Wants M-PESA to 0722"}, follow=True)
    assert "Our staff will look at this conversation." in words(done)
    assert Report.objects.get().reason == "pay_outside"
    again = signed_in.post(form, {"reason": "spam"})
    assert "You have reported this conversation." in words(again)


def test_what_is_no_longer_sold_is_not_begun_with(signed_in: Client, shop: Shop, offer: Offer) -> None:
    Offer.objects.update(is_live=False)
    answer = signed_in.get(contact(offer), follow=True)
    assert "This seller no longer offers the product." in words(answer)
    for wrong in (("nothing", offer.seller.slug), (offer.product.slug, "nobody")):
        assert signed_in.get(reverse("storefront:contact_about_product", args=wrong)).status_code == 404


def test_a_long_conversation_is_read_backwards(signed_in: Client, thread: Thread, buyer: User, shop: Shop) -> None:
    Message.objects.bulk_create(
        Message(thread=thread, side="buyer", author=buyer, text=f"number {n}.", key=uuid4(), sent_at=shop.now)
        for n in range(120)
    )
    newest = signed_in.get(url(thread))
    assert "number 119." in words(newest)
    assert "number 69." not in words(newest)
    earlier = re.search(r"\?before=(\d+)", newest.content.decode())
    assert earlier
    older = signed_in.get(url(thread), {"before": earlier[1]})
    assert "number 69." in words(older)
    assert "data-events" not in older.content.decode(), "what is said now belongs to the newest page"
    assert signed_in.get(url(thread), {"before": "x"}).status_code == 200


def test_the_pages_cost_the_same_queries_for_one_and_for_many(
    signed_in: Client, shop: Shop, thread: Thread, offer: Offer, django_assert_num_queries: Any
) -> None:
    """For the list: session and person, shops, count, rows, lines of orders, shelves, unread, basket. For a
    conversation: session and person, thread, messages, their files, being there (two and a savepoint's two), blocks,
    how soon the shop answers, shelves, unread, basket."""
    buyer = thread.buyer
    for rounds in (1, 8):
        for number in range(rounds):
            order = shop.purchase(buyer, offer).orders.get()
            talk = talking.open_about_order(by=buyer, order=order, now=shop.now)
            for each in (talk, thread):
                talking.say(thread=each, by=buyer, text=f"{rounds} {number}", key=uuid4(), now=shop.now)
        with django_assert_num_queries(9):
            signed_in.get(reverse("storefront:messages"))
        with django_assert_num_queries(14):
            signed_in.get(url(thread))
