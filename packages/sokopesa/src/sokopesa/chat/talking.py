"""Saying something."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from sokopesa.catalog.models import Offer, Product
from sokopesa.chat.blocking import blocks_between
from sokopesa.chat.errors import Blocked, NothingSaid, NotOffered, NotYours, OwnShop, TooFast, TooLong
from sokopesa.chat.models import MOST_CHARACTERS, Message, MessageFile, Read, Side, Thread
from sokopesa.chat.signals import changed
from sokopesa.chat.warnings import Kind, warnings_in, without_pins
from sokopesa.media.models import Upload
from sokopesa.orders.models import Order
from sokopesa.people.models import Seller, User
from sokopesa.people.sellers import acts_for

MINUTE = timedelta(minutes=1)
MOST_PER_MINUTE = 30
"""Messages of one person."""

_KEPT = "\n\t\u200d"
"""Control and format characters that stay: lines, and the joiner within emoji."""


@dataclass(frozen=True, slots=True)
class Said:
    """``is_new`` is False if the same key was stored before; ``hid_pin`` if a PIN was hidden in it."""

    message: Message
    is_new: bool
    hid_pin: bool


def side_of(thread: Thread, user: User) -> Side:
    """For whom the person speaks in this thread.

    Raises:
        NotYours: for nobody.
    """
    if thread.buyer_id == user.pk:
        return Side.BUYER
    if acts_for(user, thread.seller_id):
        return Side.SELLER
    raise NotYours


@transaction.atomic
def open_about_product(*, by: User, seller: Seller, product: Product, now: datetime) -> Thread:
    """The buyer's thread with this shop about the product; the one there is, or a new one.

    Raises:
        What `require_may_open` raises, if there is none.
    """
    known = Thread.objects.filter(buyer=by, seller=seller, product=product, order=None).first()
    if known:
        return known
    require_may_open(by=by, seller=seller, product=product)
    return _open(Thread(buyer=by, seller=seller, product=product, opened_at=now))


def require_may_open(*, by: User, seller: Seller, product: Product) -> None:
    """Refuse unless this buyer may begin to talk with the shop about the product.

    Raises:
        NotOffered: the shop does not sell it (any more).
        OwnShop: the buyer acts for the shop.
        Blocked: one side has blocked the other.
    """
    if not Offer.objects.filter(product=product, seller=seller, is_live=True).exists():
        raise NotOffered
    if acts_for(by, seller.pk):
        raise OwnShop
    if sides := blocks_between(by.pk, seller.pk):
        raise Blocked(by_oneself=Side.BUYER in sides)


@transaction.atomic
def open_about_order(*, by: User, order: Order, now: datetime) -> Thread:
    """The thread about this order, whichever side asks first; the one there is, or a new one.

    Raises:
        NotYours: the order is somebody else's.
    """
    buyer = order.purchase.buyer
    if by.pk != buyer.pk and not acts_for(by, order.seller_id):
        raise NotYours
    known = Thread.objects.filter(order=order).first()
    return known or _open(Thread(buyer=buyer, seller=order.seller, order=order, opened_at=now))


def _open(thread: Thread) -> Thread:
    """Store it with its two readers, or find what somebody has stored at the same moment."""
    try:
        with transaction.atomic():
            thread.save()
            Read.objects.bulk_create(
                [
                    Read(thread=thread, side=Side.BUYER, buyer_id=thread.buyer_id),
                    Read(thread=thread, side=Side.SELLER, seller_id=thread.seller_id),
                ]
            )
    except IntegrityError:
        same = Thread.objects.filter(buyer=thread.buyer, seller=thread.seller, order=thread.order)
        return same.get(product=thread.product)
    return thread


@transaction.atomic
def say(*, thread: Thread, by: User, text: str, key: UUID, now: datetime, uploads: Sequence[Upload] = ()) -> Said:
    """Store a message and count it as unread by the other side. The same ``key`` of the same person is stored once.
    ``uploads`` are the person's own files, claimed (`sokopesa.media.uploads.claim`).

    Raises:
        NotYours: the person takes no part in the thread.
        NothingSaid, TooLong: there are neither words nor files; the text is longer than `MOST_CHARACTERS`.
        Blocked: one side has blocked the other.
        TooFast: more than `MOST_PER_MINUTE` messages of this person in a minute.
    """
    side = side_of(thread, by)
    text = tidy(text)
    if not text and not uploads:
        raise NothingSaid
    if len(text) > MOST_CHARACTERS:
        raise TooLong(length=len(text), most=MOST_CHARACTERS)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one message of a person at a time, to count them
    if known := Message.objects.filter(author=by, key=key).first():
        return Said(known, is_new=False, hid_pin=Kind.PIN_TOLD in known.warnings)
    if Message.objects.filter(author=by, sent_at__gt=now - MINUTE).count() >= MOST_PER_MINUTE:
        raise TooFast(MOST_PER_MINUTE)
    reads = {
        read.side: read for read in Read.objects.select_for_update(no_key=True).filter(thread=thread).order_by("id")
    }
    if sides := blocks_between(thread.buyer_id, thread.seller_id):
        raise Blocked(by_oneself=side in sides)
    hidden = without_pins(text, asked=_was_asked(reads[side], side))
    found = set(warnings_in(hidden)) | ({Kind.PIN_TOLD} if hidden != text else set())
    message = Message.objects.create(
        thread=thread,
        side=side,
        author=by,
        text=hidden,
        warnings=[str(kind) for kind in Kind if kind in found],
        file_count=len(uploads),
        key=key,
        sent_at=now,
    )
    MessageFile.objects.bulk_create(
        MessageFile(message=message, upload=upload, position=place) for place, upload in enumerate(uploads)
    )
    _count(reads[side], reads[side.other], message)
    changed(thread.pk)
    return Said(message, is_new=True, hid_pin=hidden != text)


def tidy(text: str) -> str:
    """The text as it is kept: lines as they are, without what nobody sees, and not more than one empty line at once."""
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
        if character in _KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    lines: list[str] = []
    for line in (line.rstrip() for line in kept.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip()


def _was_asked(read: Read, side: Side) -> bool:
    """Whether the last message asked this side for a PIN."""
    latest = read.latest
    return latest is not None and latest.side != side and Kind.PIN_ASKED in latest.warnings


def _count(mine: Read, theirs: Read, message: Message) -> None:
    """Who writes has read everything; the other side has one more to read."""
    Read.objects.filter(pk=mine.pk).update(
        latest=message, up_to=message, unread=0, waiting_since=None, told_at=None, here_at=message.sent_at
    )
    Read.objects.filter(pk=theirs.pk).update(
        latest=message, unread=F("unread") + 1, waiting_since=theirs.waiting_since or message.sent_at
    )
