"""Reports, and our staff's looks."""

from __future__ import annotations

from typing import Any

import pytest

from sokopesa.chat.errors import NoOpenCase, OwnConversation, ReasonMissing, ReportedAlready
from sokopesa.chat.models import Report, Side, StaffRead
from sokopesa.chat.queries import Figures, figures_of, open_reports
from sokopesa.chat.reporting import close, has_case, open_for_staff, report

Talks = Any


def make_report(talks: Talks, thread: Any, **more: Any) -> Report:
    facts = {"side": Side.BUYER, "by": talks.buyer, "reason": Report.Reason.PAY_OUTSIDE, "words": "", "now": talks.now}
    return report(thread=thread, **{**facts, **more})


def test_a_report_is_open_once_for_each_side(talks: Talks) -> None:
    thread = talks.about_product()
    make_report(talks, thread)
    with pytest.raises(ReportedAlready):
        make_report(talks, thread)
    make_report(talks, thread, side=Side.SELLER, by=talks.member)
    assert open_reports().count() == 2


def test_something_else_needs_words(talks: Talks) -> None:
    with pytest.raises(ReasonMissing):
        make_report(talks, talks.about_product(), reason=Report.Reason.OTHER, words="  ")


def test_staff_read_while_a_case_is_open_and_each_look_is_kept(talks: Talks) -> None:
    thread, clerk = talks.about_product(), talks.person("Clerk")
    latest = talks.say(thread, talks.buyer)
    with pytest.raises(NoOpenCase):
        open_for_staff(thread=thread, staff=clerk, reason="Curious", now=talks.now)
    case = make_report(talks, thread)
    with pytest.raises(ReasonMissing):
        open_for_staff(thread=thread, staff=clerk, reason="  ", now=talks.now)
    for reason in ("The report", "Once more"):
        open_for_staff(thread=thread, staff=clerk, reason=reason, now=talks.now)
    assert [(look.staff, look.reason, look.up_to) for look in StaffRead.objects.order_by("pk")] == [
        (clerk, "The report", latest),
        (clerk, "Once more", latest),
    ]
    with pytest.raises(ReasonMissing):
        close(report_id=case.pk, by=clerk, outcome="", now=talks.now)
    assert close(report_id=case.pk, by=clerk, outcome="The shop was warned.", now=talks.now)
    assert not close(report_id=case.pk, by=clerk, outcome="Again", now=talks.now)
    with pytest.raises(NoOpenCase):
        open_for_staff(thread=thread, staff=clerk, reason="Late", now=talks.now)
    make_report(talks, thread)
    assert has_case(thread)


def test_nobody_of_the_staff_looks_into_a_conversation_of_their_own(talks: Talks) -> None:
    thread = talks.about_product()
    case = make_report(talks, thread)
    for person in (talks.buyer, talks.member):
        with pytest.raises(OwnConversation):
            open_for_staff(thread=thread, staff=person, reason="Mine", now=talks.now)
        with pytest.raises(OwnConversation):
            close(report_id=case.pk, by=person, outcome="Fine", now=talks.now)


def test_a_dispute_about_the_order_is_a_case_too(talks: Talks) -> None:
    thread = talks.about_order()
    assert not has_case(thread)
    type(thread.order).objects.update(disputed=True)
    assert has_case(thread)


def test_figures_tell_what_a_thread_carries_without_a_word_of_it(talks: Talks) -> None:
    thread = talks.about_product()
    for text in ("Hello", "call 0712 345 678", "0712 345 678, till number 5551234", "Send me your PIN"):
        talks.say(thread, talks.member, text)
    talks.say(thread, talks.buyer, "2580")
    assert figures_of(thread) == Figures(messages=5, phone=2, paybill=1, pin_asked=1, pin_told=1)
