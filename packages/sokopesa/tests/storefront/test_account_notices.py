"""Choosing what we tell: in the browser, in both languages, and never at an address that nobody has proved."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pydantic import SecretStr

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import now
from sokopesa.notices.events import Group
from sokopesa.notices.models import Letter, Preference
from sokopesa.notices.preferences import CHOICES, preferences_of
from sokopesa.notices.telling import PREFERENCES
from sokopesa.people import emails
from sokopesa.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr("console:"))


@pytest.fixture
def jane(client: Client) -> User:
    user = User.objects.create_user("254712345678")
    client.force_login(user)
    return user


def proved(user: User, email: str = "jane@soko.example") -> None:
    emails.confirm(user=user, token=emails.token_for(user=user, email=email), now=now())


def shown(client: Client, url: str = PREFERENCES, **form: Any) -> str:
    answer = client.post(url, form, follow=True) if form else client.get(url, follow=True)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return text.replace("&#x27;", "'")


def ticked(client: Client, column: str) -> set[str]:
    html = client.get(PREFERENCES).content.decode()
    boxes = re.findall(rf'<input type="checkbox" name="{column}" value="(\w+)"( checked)?', html)
    return {group for group, is_ticked in boxes if is_ticked}


def link(letter: Letter) -> str:
    found = re.search(rf"{re.escape(CONFIGURATION.site_url)}(/account/email/confirm/\S+)", letter.text)
    assert found, letter.text
    return found[1]


def test_the_page_stands_where_every_email_says_and_the_account_page_leads_to_it(client: Client, jane: User) -> None:
    assert reverse("account:notices") == PREFERENCES
    assert f'href="{PREFERENCES}"' in client.get("/account/addresses/").content.decode()
    client.logout()
    assert client.get(PREFERENCES).headers["Location"] == f"/account/login/?next={PREFERENCES}"


def test_everything_is_on_until_it_is_switched_off_and_stays_so(client: Client, jane: User) -> None:
    assert ticked(client, "sms") == set(CHOICES) - {Group.MONEY}
    page = shown(client)
    assert "You are always told of money by SMS, and codes to sign in always come by SMS." in page
    assert "SMS: always" in page
    assert "Saved." in shown(client, language="en", sms=["disputes", "orders"])
    assert ticked(client, "sms") == {"disputes", "orders"}
    shown(client, language="en")
    assert ticked(client, "sms") == set()
    assert preferences_of(jane)[Group.MONEY].sms


def test_who_has_no_address_is_not_asked_about_emails_and_loses_no_choice(client: Client, jane: User) -> None:
    assert 'name="email"' not in client.get(PREFERENCES).content.decode()
    shown(client, language="en", sms=["orders"], email=["orders"])
    assert set(Preference.objects.values_list("email", flat=True)) == {True}
    proved(jane)
    assert ticked(client, "email") == set(CHOICES)
    shown(client, language="en", sms=["orders"], email=["money"])
    assert ticked(client, "email") == {"money"}


def test_kiswahili(client: Client, jane: User) -> None:
    page = shown(client, language="sw", sms=["orders"])
    jane.refresh_from_db()
    assert jane.language == "sw"
    for words in ("Tunachokuambia", "Imehifadhiwa.", "Oda zako", "Malalamiko", "Barua pepe yako", "Hifadhi"):
        assert words in page
    assert 'lang="sw"' in client.get(PREFERENCES).content.decode()
    assert "Weka barua pepe, kama vile" in shown(client, "/account/email/", address="nobody")


@pytest.mark.parametrize("form", [{"language": "fr"}, {"language": "en", "sms": ["everything"]}, {}])
def test_what_the_page_did_not_offer_changes_nothing(client: Client, jane: User, form: dict[str, Any]) -> None:
    assert client.post(PREFERENCES, form).status_code == 200
    jane.refresh_from_db()
    assert jane.language == "en"
    assert not Preference.objects.exists()


def test_an_address_counts_once_its_link_was_opened_and_confirmed(client: Client, jane: User) -> None:
    page = shown(client, "/account/email/", address=" Jane@Soko.example ")
    assert "We sent a link to Jane@soko.example. Open it within 3 days" in page
    letter = Letter.objects.get()
    assert (letter.to, letter.kind, letter.urgent) == ("Jane@soko.example", "confirm-email", True)
    assert letter.subject == "Confirm your e-mail address for Sokopesa"
    jane.refresh_from_db()
    assert jane.email is None

    assert "Shall we write to this address? Jane@soko.example" in shown(client, link(letter))
    jane.refresh_from_db()
    assert jane.email is None, "a program that opens links confirms nothing"
    client.post(link(letter))
    jane.refresh_from_db()
    assert jane.email == "Jane@soko.example"
    page = shown(client)
    assert "E-mails go to Jane@soko.example" in page
    assert "We sent a link" not in page
    client.post("/account/email/forget/")
    jane.refresh_from_db()
    assert (jane.email, jane.email_confirmed_at) == (None, None)


def test_a_link_is_worth_nothing_to_anybody_else(client: Client, jane: User) -> None:
    shown(client, "/account/email/", address="jane@soko.example")
    url = link(Letter.objects.get())
    client.logout()
    assert client.get(url).headers["Location"].startswith("/account/login/")
    client.force_login(User.objects.create_user("254712345679"))
    for answer in (client.get(url, follow=True), client.post(url, follow=True)):
        assert "This link works no longer." in answer.content.decode()
    assert not User.objects.exclude(email=None).exists()


def test_another_accounts_address_is_refused_only_to_whoever_reads_its_mail(client: Client, jane: User) -> None:
    proved(User.objects.create_user("254712345679"), "shared@soko.example")
    assert "We sent a link to shared@soko.example" in shown(client, "/account/email/", address="shared@soko.example")
    answer = client.post(link(Letter.objects.get()), follow=True)
    assert "Another account uses this e-mail address." in answer.content.decode()


@pytest.mark.parametrize(
    "typed", ["", "jane", "jane@", "a@b@c.example", "a@soko.example, b@soko.example", "x" * 250 + "@s.co"]
)
def test_what_is_no_address_is_said_so_and_kept(client: Client, jane: User, typed: str) -> None:
    answer = client.post("/account/email/", {"address": typed})
    html = answer.content.decode()
    assert "Enter an e-mail address, such as jane@example.com." in html
    assert html.count("Enter an e-mail address, such as") == 1
    assert f'value="{typed}"' in html or not typed
    assert not Letter.objects.exists()


def test_links_are_not_sent_without_end(client: Client, jane: User) -> None:
    for _ in range(3):
        assert "We sent a link" in shown(client, "/account/email/", address="jane@soko.example")
    answer = client.post("/account/email/", {"address": "JANE@soko.example".lower()})
    assert answer.status_code == 429
    assert "Too many links were asked for." in answer.content.decode()
    assert Letter.objects.count() == 3


def test_a_market_without_a_mail_server_offers_no_emails(
    client: Client, jane: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr(""))
    assert "Your e-mail" not in shown(client)
    client.post("/account/email/", {"address": "jane@soko.example"})
    assert not Letter.objects.exists()


def test_the_page_costs_few_queries(client: Client, jane: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(5):  # session, user, preferences, shelves, unread messages
        client.get(PREFERENCES)
