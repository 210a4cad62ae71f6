"""E-mails on their way: over SMTP as it is spoken, tried again where that helps, and no further where it does not."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from pydantic import SecretStr

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel import clock
from sokopesa.notices.delivery import MOST_TRIES, Postman
from sokopesa.notices.letters import Envelope, post_all
from sokopesa.notices.mail import LoggedMail, SmtpMail, mailer
from sokopesa.notices.models import Letter, Notice

OPERATOR = "254711000200"


class _PostOffice(socketserver.StreamRequestHandler):
    """As much of an SMTP server as a client needs. ``answers`` replaces what it says to a command."""

    answers: dict[str, str]
    taken: list[bytes]
    login: str

    def handle(self) -> None:
        self.say("220 post ESMTP")
        for line in self.rfile:
            command = line.decode().strip()
            verb = command.split(":")[0].split(" ")[0].upper()
            if verb in self.answers:
                self.say(self.answers[verb])
            elif verb == "EHLO":
                self.say("250-post\r\n250-AUTH PLAIN\r\n250 SIZE 1000000")
            elif verb == "AUTH":
                type(self).login = command
                self.say("235 in")
            elif verb == "DATA":
                self.say("354 go on")
                type(self).taken.append(self.read())
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def read(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_PostOffice]]:
    _PostOffice.answers, _PostOffice.taken, _PostOffice.login = {}, [], ""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _PostOffice) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr(f"smtp://soko:p%40ss@127.0.0.1:{port}"))
        monkeypatch.setattr(CONFIGURATION, "email_from", "Sokopesa <no-reply@soko.example>")
        monkeypatch.setattr(CONFIGURATION, "operator_phone", OPERATOR)
        yield _PostOffice
        server.shutdown()


def post(**more: str) -> None:
    letter = {"to": "jane@soko.example", "subject": "Oda imefika", "text": "Karibu – soma hapa.\n", "kind": "test"}
    post_all([Envelope(**{**letter, "key": "test:1", **more})])


def carry(*, ahead: timedelta = timedelta()) -> Letter:
    def late() -> datetime:
        return clock.now() + ahead

    postman = Postman(mailer(), clock=late)
    while postman.carry():
        time.sleep(0.005)
    postman.finish()
    return Letter.objects.get()


def test_it_arrives_whole_once_and_says_how_to_have_no_more(committing: None, office: type[_PostOffice]) -> None:
    post()
    post()
    assert carry().state is Letter.State.SENT
    carry()
    (source,) = office.taken
    message = message_from_bytes(source, policy=policy.default)
    assert (message["To"], message["From"]) == ("jane@soko.example", "Sokopesa <no-reply@soko.example>")
    assert message["Subject"] == "Oda imefika"
    assert message.get_content().replace("\r\n", "\n") == "Karibu – soma hapa.\n"
    assert message["List-Unsubscribe"] == f"<{CONFIGURATION.site_url}/account/notices/>"
    assert message["Message-ID"].endswith("@soko.example>")
    assert office.login == "AUTH PLAIN AHNva28AcEBzcw=="


def test_what_is_refused_for_now_is_tried_again_with_the_same_message_id(
    committing: None, office: type[_PostOffice]
) -> None:
    post()
    office.answers["RCPT"] = "451 try later"
    letter = carry()
    assert (letter.state, letter.attempts) == (Letter.State.WAITING, 1)
    assert "451" in letter.last_error
    office.answers.clear()
    office.taken.clear()
    assert carry(ahead=timedelta(seconds=10)).state is Letter.State.SENT
    Letter.objects.update(sent_at=None, next_try_at=clock.now())
    carry()
    first, second = (message_from_bytes(source)["Message-ID"] for source in office.taken)
    assert first == second
    assert not Notice.objects.exists()


def test_an_address_that_does_not_exist_is_asked_once_and_the_operator_told(
    committing: None, office: type[_PostOffice]
) -> None:
    post()
    office.answers["RCPT"] = "550 no such person"
    letter = carry()
    assert (letter.state, letter.attempts) == (Letter.State.GIVEN_UP, 1)
    assert Notice.objects.get().text.startswith(
        "E-mail to j***@soko.example was given up after 1 try: mail server: 550"
    )


@pytest.mark.parametrize(("verb", "answer"), [("AUTH", "535 wrong password"), ("MAIL", "553 not your address")])
def test_the_operator_is_told_at_once_when_the_server_takes_nothing_from_us(
    committing: None, office: type[_PostOffice], verb: str, answer: str
) -> None:
    post()
    office.answers[verb] = answer
    letter = carry()
    assert (letter.state, letter.attempts) == (Letter.State.WAITING, 1)
    assert Notice.objects.get().text.startswith("E-mail is not sent at all: mail server")
    office.answers.clear()
    assert carry(ahead=timedelta(seconds=10)).state is Letter.State.SENT


def test_a_server_that_is_away_is_tried_ten_times(committing: None, office: type[_PostOffice]) -> None:
    post()
    CONFIGURATION.email_url = SecretStr("smtp://127.0.0.1:9")
    assert carry().state is Letter.State.WAITING
    Letter.objects.update(attempts=MOST_TRIES - 1, next_try_at=clock.now())
    assert carry().state is Letter.State.GIVEN_UP
    assert "was given up after 10 tries" in Notice.objects.get().text


def test_an_email_waits_in_a_queue_of_its_own(committing: None, office: type[_PostOffice]) -> None:
    from sokopesa.notices.actions import send

    send(to="254708374149", text="Asante.", kind="payment", key="a")
    post()
    assert carry().state is Letter.State.SENT
    assert Notice.objects.get().state is Notice.State.WAITING


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://soko.example?tls", {"port": 587, "use_tls": True, "use_ssl": False, "username": ""}),
        ("smtps://a%40b:c%2Fd@soko.example", {"port": 465, "use_ssl": True, "username": "a@b", "password": "c/d"}),
        ("smtp://soko.example:25", {"port": 25, "use_tls": False}),
    ],
)
def test_the_server_is_named_by_one_address(monkeypatch: pytest.MonkeyPatch, url: str, server: dict[str, Any]) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr(url))
    carrier = mailer()
    assert isinstance(carrier, SmtpMail)
    assert carrier._server.items() >= {"host": "soko.example", **server}.items()


def test_the_demo_logs_its_emails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "email_url", SecretStr("console:"))
    assert isinstance(mailer(), LoggedMail)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"to": "nobody"}, IntegrityError),
        ({"to": "a@b.example, c@d.example"}, IntegrityError),
        ({"subject": "a\nBcc: c@d.example"}, IntegrityError),
        ({"subject": ""}, IntegrityError),
        ({"text": ""}, IntegrityError),
        ({"subject": "x" * 121}, DataError),
    ],
)
def test_what_is_no_email_is_refused(wrong: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal), transaction.atomic():
        post(**wrong)
