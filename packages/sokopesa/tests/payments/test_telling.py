"""The buyer's words: every ending has them, and nobody is told to pay again while M-PESA has not spoken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import daraja
from sokopesa.payments.models import Prompt
from sokopesa.payments.telling import tell

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def prompt(state: str, code: str = "", sent: datetime = NOW) -> Prompt:
    return Prompt(state=state, code=code, msisdn="254708374149", amount_cents=125_000, requested_at=sent, sent_at=sent)


ENDINGS = ["1", "1001", "1019", "1025", "1032", "1037", "2001", *Prompt.Ending.values]


def test_each_ending_is_told_in_words_of_its_own() -> None:
    titles = [tell(prompt("refused", code), now=NOW).title for code in ENDINGS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("code", [*ENDINGS, *daraja.RESULT_CODES[daraja.Scope.STK], "E9999"])
def test_an_ending_says_that_nothing_was_taken_and_what_to_do_next(code: str) -> None:
    telling = tell(prompt("refused", code), now=NOW)
    assert telling.may_retry
    assert telling.is_final
    says_so = "Nothing was taken from your M-PESA account." in telling.body
    assert says_so is (code != Prompt.Ending.NOT_FOUND), "only M-PESA's word says that nothing was taken"
    assert telling.steps
    assert not code.isdecimal() or code not in telling.title


@pytest.mark.parametrize(("state", "code"), [("requested", ""), ("sent", ""), ("unknown", ""), ("unknown", "1037")])
def test_silence_never_offers_another_payment_nor_speaks_of_failure(state: str, code: str) -> None:
    for waited in (0, 1, 70, 80, 600, 90_000):
        telling = tell(prompt(state, code), now=NOW + timedelta(seconds=waited))
        assert not telling.may_retry
        assert not telling.is_final
        assert "fail" not in " ".join((telling.title, *telling.body, *telling.steps)).lower()


def test_after_a_minute_the_page_says_that_we_are_asking() -> None:
    assert tell(prompt("sent"), now=NOW + timedelta(seconds=30)).title == "Check your phone"
    assert tell(prompt("sent"), now=NOW + timedelta(seconds=80)).title == "We are checking with M-PESA"
