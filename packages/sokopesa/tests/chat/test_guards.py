"""What the database itself refuses, whatever the code above it believes."""

from __future__ import annotations

from io import BytesIO
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from PIL import Image

from sokopesa.chat.blocking import block, unblock
from sokopesa.chat.models import Block, Message, MessageFile, Read, Report, Side, StaffRead, Thread
from sokopesa.chat.reporting import report
from sokopesa.media import uploads
from sokopesa.media.models import Upload

Talks = Any


def refused(statement: str, *values: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_thread_is_about_one_thing_between_its_two(talks: Talks) -> None:
    order = talks.order()
    wrong = [
        Thread(buyer=talks.buyer, seller=talks.shop, opened_at=talks.now),
        Thread(buyer=talks.buyer, seller=talks.shop, product=talks.offer.product, order=order, opened_at=talks.now),
        Thread(buyer=talks.person(), seller=talks.shop, order=order, opened_at=talks.now),
        Thread(buyer=talks.buyer, seller=talks.market.offer().seller, order=order, opened_at=talks.now),
        Thread(buyer=talks.buyer, seller=talks.shop, product=talks.market.offer().product, opened_at=talks.now),
    ]
    for thread in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            thread.save()
    for right in (talks.about_product(), talks.about_order()):
        right.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            right.save(force_insert=True)


def test_what_was_said_is_not_changed_or_deleted(talks: Talks) -> None:
    thread = talks.about_product()
    message = talks.say(thread, talks.buyer)
    refused("UPDATE chat_message SET text = 'other' WHERE id = %s", message.pk)
    refused("DELETE FROM chat_message WHERE id = %s", message.pk)
    connection.check_constraints()
    refused("TRUNCATE chat_message CASCADE")
    refused("UPDATE chat_thread SET buyer_id = buyer_id")
    refused("DELETE FROM chat_thread")
    refused("DELETE FROM chat_read")
    refused("UPDATE chat_read SET side = side")


def test_nobody_speaks_for_a_side_that_is_not_theirs_and_nobody_where_a_block_is(talks: Talks) -> None:
    thread = talks.about_product()

    def insert(side: Side, author: Any, text: str = "x") -> None:
        Message.objects.create(thread=thread, side=side, author=author, text=text, key=uuid4(), sent_at=talks.now)

    for side, author in ((Side.BUYER, talks.member), (Side.SELLER, talks.buyer), (Side.SELLER, talks.person())):
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(side, author)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Side.BUYER, talks.buyer, "")
    block(thread=thread, side=Side.SELLER, by=talks.member, now=talks.now)
    for side, author in ((Side.BUYER, talks.buyer), (Side.SELLER, talks.member)):
        with pytest.raises(IntegrityError, match="a block is in force"), transaction.atomic():
            insert(side, author)
    unblock(thread=thread, side=Side.SELLER, now=talks.now)
    insert(Side.BUYER, talks.buyer)


def test_blocks_and_reports_stay_on_record(talks: Talks) -> None:
    thread = talks.about_product()
    block(thread=thread, side=Side.BUYER, by=talks.buyer, now=talks.now)
    unblock(thread=thread, side=Side.BUYER, now=talks.now)
    assert Block.objects.get().lifted_at == talks.now
    refused("UPDATE chat_block SET lifted_at = NULL")
    refused("DELETE FROM chat_block")
    report(thread=thread, side=Side.BUYER, by=talks.buyer, reason=Report.Reason.SPAM, words="", now=talks.now)
    refused("UPDATE chat_report SET words = 'other'")
    refused("UPDATE chat_report SET state = 'closed'")
    refused("DELETE FROM chat_report")
    refused(
        "INSERT INTO chat_report (thread_id, side, by_id, reason, words, at, state, outcome) "
        "SELECT thread_id, side, by_id, 'pin', '', at, 'open', '' FROM chat_report"
    )


def test_staff_read_nothing_without_a_case(talks: Talks) -> None:
    thread, clerk = talks.about_order(), talks.person()
    look = {"thread": thread, "staff": clerk, "reason": "To see", "at": talks.now}
    with pytest.raises(IntegrityError, match="no case is open"), transaction.atomic():
        StaffRead.objects.create(**look)
    type(thread.order).objects.update(disputed=True)
    StaffRead.objects.create(**look)
    refused("UPDATE chat_staffread SET reason = 'other'")
    refused("DELETE FROM chat_staffread")


def test_a_side_that_waits_has_something_to_read(talks: Talks) -> None:
    thread = talks.about_product()
    with pytest.raises(IntegrityError), transaction.atomic():
        Read.objects.filter(thread=thread, side=Side.BUYER).update(unread=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Read.objects.filter(thread=thread, side=Side.BUYER).update(waiting_since=talks.now)


def test_a_message_has_the_files_that_it_counts_and_they_are_its_authors(talks: Talks) -> None:
    thread = talks.about_product()

    shades = count()

    def upload(owner: Any, purpose: str = "chat") -> Upload:
        photo = BytesIO()
        Image.new("RGB", (8, 8), (next(shades), 0, 0)).save(photo, "JPEG")
        content = photo.getvalue()
        begun = uploads.begin(
            owner=owner, name="a.jpg", size=len(content), purpose=Upload.Purpose(purpose), now=talks.now
        )
        return uploads.finish(uploads.append(begun, offset=0, chunk=content, now=talks.now), now=talks.now)

    def insert(files: int, *sent: Upload) -> None:
        with transaction.atomic():
            message = Message.objects.create(
                thread=thread, side="buyer", author=talks.buyer, file_count=files, key=uuid4(), sent_at=talks.now
            )
            for place, each in enumerate(sent):
                MessageFile.objects.create(message=message, upload=each, position=place)
            connection.check_constraints()

    own = upload(talks.buyer)
    for wrong in (
        (0,),
        (1,),
        (2, own),
        (1, own, upload(talks.buyer)),
        (1, upload(talks.member)),
        (1, upload(talks.buyer, "evidence")),
    ):
        with pytest.raises(IntegrityError):
            insert(*wrong)
    insert(1, own)
    refused("DELETE FROM chat_messagefile")
