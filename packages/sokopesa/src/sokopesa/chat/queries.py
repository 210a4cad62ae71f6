"""Reading conversations. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, ExpressionWrapper, Q, QuerySet
from django.db.models.fields import BooleanField

from sokopesa.chat.models import Message, MessageFile, Read, Report, Side, StaffRead, Thread
from sokopesa.chat.warnings import Kind
from sokopesa.media.models import Upload
from sokopesa.people.models import User
from sokopesa.people.sellers import sellers_of

PAGE = 20
"""Conversations on one page of the list."""

WINDOW = 50
"""Messages that a thread's page shows at once."""

LOOKED_BACK = timedelta(days=30)
THREADS_LOOKED_AT = 200
FEWEST_TURNS = 5
"""With fewer questions than this nothing is said about how soon a shop answers."""


def unread_of(user: User) -> int:
    """Messages that the person has not read, as a buyer and for every shop that they act for. One short query."""
    (unread,) = _row(
        """
        SELECT COALESCE(sum(unread), 0)::int FROM (
            SELECT unread FROM chat_read WHERE side = 'buyer' AND buyer_id = %s AND unread > 0
            UNION ALL
            SELECT unread FROM chat_read JOIN people_sellermember USING (seller_id)
            WHERE side = 'seller' AND user_id = %s AND unread > 0
        ) AS mine
        """,
        [user.pk, user.pk],
    )
    return int(unread)


def conversations_of(user: User, side: Side, *, page: int = 1) -> Page[Any]:
    """The person's conversations, as a buyer or for the shops that they act for: unread ones first, then the newest.
    Each is a `Read` with its thread, whatever it is about, and its latest message; the number of queries does not
    grow."""
    mine = Read.objects.filter(side=side, latest__isnull=False)
    mine = mine.filter(buyer=user) if side == Side.BUYER else mine.filter(seller__in=sellers_of(user).order_by())
    unread = ExpressionWrapper(Q(unread__gt=0), output_field=BooleanField())
    shown = (
        mine.select_related("latest", "thread__buyer", "thread__seller", "thread__product", "thread__order__purchase")
        .prefetch_related("thread__order__lines")
        .annotate(is_unread=unread)
        .order_by("-is_unread", "-latest")
    )
    return Paginator(shown, PAGE).get_page(page)


def thread_of_order(order_id: int) -> Thread | None:
    """The conversation about an order, if there is one."""
    return Thread.objects.filter(order=order_id).first()


def thread_with_its_subject(pk: int) -> Thread:
    """One thread with its two sides and what it is about.

    Raises:
        Thread.DoesNotExist: there is none.
    """
    known = Thread.objects.select_related("buyer", "seller", "product", "order__purchase")
    return known.prefetch_related("order__lines").get(pk=pk)


@dataclass(frozen=True, slots=True)
class Window:
    """Some messages in the order in which they were sent. ``previous`` is the one before them, if there is one:
    whether there are earlier ones, and on which day they were sent. ``reaches_the_end``: nothing came after them."""

    messages: Sequence[Message]
    previous: Message | None
    reaches_the_end: bool

    @property
    def last_id(self) -> int:
        """Of the last of them; 0 if there is none."""
        return self.messages[-1].pk if self.messages else 0


def _said_in(thread: Thread) -> QuerySet[Message]:
    return Message.objects.filter(thread=thread).select_related("author").prefetch_related("files__upload")


def file_in(thread: Thread, upload_id: UUID) -> Upload:
    """A file that was sent in the thread.

    Raises:
        MessageFile.DoesNotExist: there is no such file, or it was sent elsewhere.
    """
    return MessageFile.objects.select_related("upload").get(message__thread=thread, upload=upload_id).upload


NOTHING_YET = Window((), None, reaches_the_end=True)
"""Of a thread that is yet to begin."""


def window(thread: Thread, *, before: int | None = None) -> Window:
    """The newest messages, or the newest of those before one."""
    said = _said_in(thread)
    earlier = said if before is None else said.filter(pk__lt=before)
    found = list(earlier.order_by("-pk")[: WINDOW + 1])
    shown = found[:WINDOW]
    return Window(shown[::-1], found[WINDOW] if len(found) > WINDOW else None, reaches_the_end=before is None)


def news(thread: Thread, *, after: int) -> Window:
    """What was said after the message of that id, and that message before it; at most `WINDOW` at once."""
    said = _said_in(thread)
    found = list(said.filter(pk__gte=after).order_by("pk")[: WINDOW + 1])
    previous = found.pop(0) if found and found[0].pk == after else None
    return Window(found[:WINDOW], previous, reaches_the_end=len(found) <= WINDOW)


def usually_answers_within(seller_id: int, *, now: datetime) -> timedelta | None:
    """In how long the shop answers four of five questions, by its latest conversations of a month; None if that cannot
    be told from so few, or is longer than a week. What nobody has answered for a day counts as never answered."""
    turns, seconds = _row(
        """
        WITH said AS (
            SELECT thread_id, side, sent_at,
                   lag(side) OVER (PARTITION BY thread_id ORDER BY id) AS side_before,
                   min(sent_at) FILTER (WHERE side = 'seller') OVER (
                       PARTITION BY thread_id ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                   ) AS answered_at
            FROM chat_message WHERE thread_id IN (
                SELECT thread_id FROM chat_read WHERE side = 'seller' AND seller_id = %s AND latest_id IS NOT NULL
                ORDER BY latest_id DESC LIMIT %s
            )
        )
        SELECT count(*), percentile_disc(0.8) WITHIN GROUP (
            ORDER BY COALESCE(extract(epoch FROM answered_at - sent_at), 1e9)
        )::float
        FROM said
        WHERE side = 'buyer' AND side_before IS DISTINCT FROM 'buyer' AND sent_at > %s
          AND (answered_at IS NOT NULL OR sent_at < %s)
        """,
        [seller_id, THREADS_LOOKED_AT, now - LOOKED_BACK, now - timedelta(days=1)],
    )
    if turns < FEWEST_TURNS or seconds > timedelta(days=7).total_seconds():
        return None
    return timedelta(seconds=seconds)


def open_reports() -> QuerySet[Report]:
    """Cases that wait for our staff, the oldest first."""
    known = Report.objects.filter(state=Report.State.OPEN)
    return known.select_related("by", "thread__buyer", "thread__seller", "thread__product", "thread__order").order_by(
        "pk"
    )


def _row(statement: str, parameters: Sequence[int | datetime]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return tuple(cursor.fetchone() or ())


@dataclass(frozen=True, slots=True)
class Figures:
    """What can be told of a thread without reading it: how many messages, and how many carry what."""

    messages: int
    phone: int
    paybill: int
    pin_asked: int
    pin_told: int


def figures_of(thread: Thread) -> Figures:
    """One query."""
    counted = {str(kind): Count("pk", filter=Q(warnings__contains=[str(kind)])) for kind in Kind}
    return Figures(**Message.objects.filter(thread=thread).aggregate(messages=Count("pk"), **counted))


def staff_reads() -> QuerySet[StaffRead]:
    """Every look of our staff into a conversation, the newest first: for auditors."""
    known = StaffRead.objects.select_related("staff", "thread__buyer", "thread__seller")
    return known.order_by("-pk")
