"""Two people, or one person twice, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from sokopesa.chat import talking
from sokopesa.chat.away import tell_away
from sokopesa.chat.errors import TooFast
from sokopesa.chat.models import Message, Read, Thread
from sokopesa.kernel.clock import now
from sokopesa.notices.models import Notice

AllAtOnce = Callable[..., list[object]]


def test_one_thread_and_one_message_however_often_it_is_sent_at_once(
    all_at_once: AllAtOnce, market: Any, make_talks: Any
) -> None:
    talks = make_talks(market)
    key = uuid4()

    def contact() -> bool:
        return talking.say(thread=talks.about_product(), by=talks.buyer, text="Hi", key=key, now=talks.now).is_new

    results = all_at_once(*[contact] * 6)
    assert sorted(map(bool, results)) == [False] * 5 + [True]
    assert (Thread.objects.count(), Read.objects.count(), Message.objects.count()) == (1, 2, 1)


def test_both_sides_write_at_once_and_every_message_is_counted(
    all_at_once: AllAtOnce, market: Any, make_talks: Any
) -> None:
    talks = make_talks(market)
    thread = talks.about_product()

    def write(by: Any) -> Callable[[], object]:
        return lambda: talking.say(thread=thread, by=by, text="Hi", key=uuid4(), now=now())

    all_at_once(*[write(by) for by in (talks.buyer, talks.member) * 3])
    said = list(Message.objects.order_by("pk"))
    assert len(said) == 6
    for read in Read.objects.all():
        unread = [message for message in said if message.pk > (read.up_to_id or 0) and message.side != read.side]
        assert (read.unread, read.latest_id) == (len(unread), said[-1].pk)


def test_the_limit_of_a_minute_holds_at_once_too(
    all_at_once: AllAtOnce, market: Any, make_talks: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(talking, "MOST_PER_MINUTE", 3)
    talks = make_talks(market)
    threads = (talks.about_product(), talks.about_order())

    def write(thread: Thread) -> Callable[[], object]:
        return lambda: talking.say(thread=thread, by=talks.buyer, text="Hi", key=uuid4(), now=talks.now)

    results = all_at_once(*[write(thread) for thread in threads * 3])
    assert sum(isinstance(result, TooFast) for result in results) == 3
    assert Message.objects.count() == 3


def test_two_workers_tell_once(all_at_once: AllAtOnce, market: Any, make_talks: Any) -> None:
    talks = make_talks(market)
    said = talks.say(talks.about_product(), talks.buyer)
    later = said.sent_at.replace(year=said.sent_at.year + 1)
    assert sorted(all_at_once(*[lambda: tell_away(now=later)] * 4)) == [0, 0, 0, 1]
    assert Notice.objects.count() == 1
