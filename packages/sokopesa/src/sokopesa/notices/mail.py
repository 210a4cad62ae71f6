"""Who carries our e-mails: an SMTP server, or in the demo the log."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from email.utils import parseaddr
from smtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from django.core.mail import EmailMessage, get_connection

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.errors import NeverDelivered, NotDelivered, ProviderRefusesUs
from sokopesa.notices.telling import PREFERENCES

log = structlog.get_logger(__name__)

TIMEOUT = 10.0
"""Seconds for each step of talking to the server; there are fewer than ten."""

_PERMANENT = range(500, 600)


class Mailer(Protocol):
    """Carries an e-mail to an address."""

    def send(self, *, key: str, to: str, subject: str, text: str) -> None:
        """Send it. The same ``key`` gets the same Message-ID, so that a repeat can be recognised.

        Raises:
            NotDelivered: it was not taken, or no answer says that it was.
        """

    def close(self) -> None:
        """Hang up. Nothing is sent afterwards."""


class SmtpMail:
    """An SMTP server, named by ``SOKOPESA_EMAIL_URL``; each e-mail has a line of its own. Threads may share it."""

    def __init__(self) -> None:
        self._server = _server(CONFIGURATION.email_url.get_secret_value())

    def send(self, *, key: str, to: str, subject: str, text: str) -> None:
        connection = get_connection("django.core.mail.backends.smtp.EmailBackend", timeout=TIMEOUT, **self._server)
        try:
            _message(key=key, to=to, subject=subject, text=text, connection=connection).send()
        except SMTPAuthenticationError as error:
            raise ProviderRefusesUs(f"mail server: {error}") from error
        except SMTPSenderRefused as error:
            refusal = ProviderRefusesUs if error.smtp_code in _PERMANENT else NotDelivered
            raise refusal(f"mail server, about our sender: {error}") from error
        except SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            refusal = NeverDelivered if code in _PERMANENT else NotDelivered
            raise refusal(f"mail server: {code} {words!r}") from error
        except (SMTPException, OSError) as error:
            raise NotDelivered(f"mail server: {error!r}") from error
        finally:
            # Django leaves the line open when the server refuses it after the greeting.
            with suppress(SMTPException, OSError):
                connection.close()

    def close(self) -> None:
        """Every line was closed after its e-mail."""


class LoggedMail:
    """The demo and development: the log shows the e-mail, with the link that it may hold."""

    def send(self, *, key: str, to: str, subject: str, text: str) -> None:
        log.info("email", to=to, subject=subject, text=text)

    def close(self) -> None:
        pass


def mailer() -> Mailer:
    """What the operator chose, newly made; whoever asks for it closes it."""
    url = CONFIGURATION.email_url.get_secret_value()
    return SmtpMail() if url.startswith(("smtp:", "smtps:")) else LoggedMail()


def _server(url: str) -> dict[str, Any]:
    """What Django's SMTP backend needs: ``smtp://user:password@host:587?tls`` (STARTTLS) or ``smtps://…`` (TLS)."""
    parts = urlsplit(url)
    uses_ssl = parts.scheme == "smtps"
    return {
        "host": parts.hostname,
        "port": parts.port or (465 if uses_ssl else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": not uses_ssl and "tls" in parse_qs(parts.query, keep_blank_values=True),
        "use_ssl": uses_ssl,
    }


def _message(*, key: str, to: str, subject: str, text: str, connection: Any) -> EmailMessage:
    sender = CONFIGURATION.email_from
    domain = parseaddr(sender)[1].partition("@")[2]
    headers = {
        "Message-ID": f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{CONFIGURATION.site_url}{PREFERENCES}>",
    }
    return EmailMessage(subject, text, sender, [to], headers=headers, connection=connection)
