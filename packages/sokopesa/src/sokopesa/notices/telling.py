"""Telling people of events: each in their language, by the ways they chose, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.actions import Message, send_all
from sokopesa.notices.events import ALWAYS, Event
from sokopesa.notices.languages import Both, moment
from sokopesa.notices.letters import Envelope, post_all
from sokopesa.notices.models import Preference
from sokopesa.people.models import User

PREFERENCES = "/account/notices/"
"""The page on which a person says what they want to be told, below the site's address."""

_CLOSING = Both(
    "{site}, {moment} (Nairobi).\nWhat we write to you about, you choose here: {page}",
    "{site}, {moment} (Nairobi).\nChagua tunachokuandikia hapa: {page}",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """An event for some people (ids of users). ``key`` tells it from other events of its kind.

    ``by_sms`` is false where the phone is told in another way already.
    """

    recipients: Sequence[int]
    event: Event
    key: str
    params: Mapping[str, Any]
    by_sms: bool = True


class _Person(NamedTuple):
    id: int
    phone: str
    language: str
    email: str | None
    confirmed_at: datetime | None


def tell(recipients: Iterable[int], event: Event, key: str, now: datetime, **params: Any) -> None:
    """Tell each of these users of the event once, in the caller's transaction, however often it is called.

    ``key`` and the event together name what happened: ``tell([buyer_id], words.ORDER_SHIPPED, "7", now, ...)``.
    ``now`` is when it happened. A user who does not exist is passed over.

    Raises:
        TypeError: the parameters are not those of the event's words.
    """
    tell_all([Telling(tuple(recipients), event, key, params)], now=now)


def tell_all(tellings: Sequence[Telling], *, now: datetime) -> None:
    """Tell of many events, all or none; the number of queries does not grow with them. Otherwise as `tell`."""
    for telling in tellings:
        telling.event.check(telling.params)
    people = _people({user_id for telling in tellings for user_id in telling.recipients})
    if not people:
        return
    silenced = _silenced(people, {telling.event.group.value for telling in tellings})
    messages, envelopes = [], []
    for telling in tellings:
        for person in (people[user_id] for user_id in telling.recipients if user_id in people):
            place = (person.id, telling.event.group.value)
            if telling.by_sms and (telling.event.group in ALWAYS or ("sms", *place) not in silenced):
                messages.append(_message(telling, person))
            if CONFIGURATION.email_url and person.confirmed_at and ("email", *place) not in silenced:
                envelopes.append(_envelope(telling, person, now))
    with transaction.atomic():
        send_all(messages)
        post_all(envelopes)


def letter_for(event: Event, language: str, params: Mapping[str, Any], *, now: datetime) -> tuple[str, str]:
    """Subject and text of the e-mail about the event, with where it comes from and how to have no more of them."""
    letter = event.in_letter(language, params)
    closing = _CLOSING.said_in(language).format(
        site=CONFIGURATION.site_name, moment=moment(now, language), page=CONFIGURATION.site_url + PREFERENCES
    )
    return letter.subject, f"{letter.text}\n\n-- \n{closing}\n"


def _people(ids: set[int]) -> dict[int, _Person]:
    rows = User.objects.filter(pk__in=ids).values_list("pk", "phone", "language", "email", "email_confirmed_at")
    return {row[0]: _Person(*row) for row in rows}


def _silenced(people: Mapping[int, _Person], groups: set[str]) -> set[tuple[str, int, str]]:
    """Which way (``sms`` or ``email``), person and group are switched off."""
    rows = Preference.objects.filter(user__in=people, event_group__in=groups)
    return {
        (way, preference.user_id, preference.event_group)
        for preference in rows
        for way, is_on in (("sms", preference.sms), ("email", preference.email))
        if not is_on
    }


def _key(telling: Telling, person: _Person) -> str:
    return f"{telling.event.name}:{telling.key}:{person.id}"


def _message(telling: Telling, person: _Person) -> Message:
    text = telling.event.in_sms(person.language, telling.params)
    return Message(to=person.phone, text=text, kind=telling.event.name, key=_key(telling, person))


def _envelope(telling: Telling, person: _Person, now: datetime) -> Envelope:
    subject, text = letter_for(telling.event, person.language, telling.params, now=now)
    return Envelope(
        to=str(person.email), subject=subject, text=text, kind=telling.event.name, key=_key(telling, person)
    )
