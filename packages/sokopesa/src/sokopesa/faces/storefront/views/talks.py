"""A conversation as one of its two sides sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest
from django.urls import reverse

from sokopesa.chat.away import subject
from sokopesa.chat.errors import NotYours
from sokopesa.chat.models import Message, Side, Thread
from sokopesa.chat.queries import Window, thread_with_its_subject
from sokopesa.chat.talking import side_of
from sokopesa.chat.warnings import Kind, words_for_reader
from sokopesa.kernel import clock
from sokopesa.people.models import User


@dataclass(frozen=True)
class Talk:
    """A thread, stored or yet to begin, and the side that looks at it."""

    thread: Thread
    side: Side

    @staticmethod
    def side_for(thread: Thread, user: User) -> Side:
        """For whom the person speaks; a page that is not there, when for nobody."""
        try:
            return side_of(thread, user)
        except NotYours as error:
            raise Http404 from error

    @property
    def is_buyer(self) -> bool:
        """Whether the buyer looks, not the shop."""
        return self.side == Side.BUYER

    @property
    def other(self) -> str:
        """Whom one talks with; never a phone number."""
        return self.thread.seller.name if self.is_buyer else (self.thread.buyer.name or "A buyer")

    @property
    def subject(self) -> str:
        """What it is about."""
        return subject(self.thread)

    @property
    def goods(self) -> str:
        """What was ordered, in a few words; empty for a product's own thread."""
        if not self.thread.order:
            return ""
        first, *others = self.thread.order.lines.all()
        return str(first.snapshot["title"]) + (f" and {len(others)} more" if others else "")

    @property
    def picture(self) -> str:
        """Of the goods."""
        if self.thread.product:
            return self.thread.product.picture
        assert self.thread.order is not None
        return str(self.thread.order.lines.all()[0].snapshot["picture"])

    @property
    def address(self) -> str:
        """Where the product or the order is looked at; empty where this side has no page for it."""
        if self.thread.product:
            return reverse("storefront:product", args=[self.thread.product.slug])
        assert self.thread.order is not None
        return reverse("storefront:order", args=[self.thread.order.purchase.number]) if self.is_buyer else ""


@dataclass(frozen=True)
class Bubble:
    """One message as it is shown. ``day`` is set on the first of each day; ``name`` is set where a colleague wrote."""

    message: Message
    is_own: bool
    name: str
    day: date | None
    warnings: tuple[str, ...]


def person(request: HttpRequest) -> User:
    """Whoever is signed in."""
    assert isinstance(request.user, User)
    return request.user


def own_talk(request: HttpRequest, pk: int) -> Talk:
    """A conversation in which the person takes part; a page that is not there, when it is somebody else's."""
    try:
        thread = thread_with_its_subject(pk)
    except Thread.DoesNotExist as error:
        raise Http404 from error
    return Talk(thread, Talk.side_for(thread, person(request)))


def bubbles(window: Window, talk: Talk, reader: User) -> Iterable[Bubble]:
    """The window's messages for this reader."""
    day = clock.nairobi_date(window.previous.sent_at) if window.previous else None
    for message in window.messages:
        own = message.side == talk.side
        sent_on = clock.nairobi_date(message.sent_at)
        kinds = [Kind(kind) for kind in message.warnings]
        yield Bubble(
            message=message,
            is_own=own,
            name=message.author.name if own and message.author_id != reader.pk else "",
            day=sent_on if sent_on != day else None,
            warnings=tuple(words_for_reader(kind, reader.language) for kind in kinds if not own),
        )
        day = sent_on
